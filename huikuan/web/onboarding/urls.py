"""Addresses of the first steps, below /o/<code>/settings/start/."""

from __future__ import annotations

from django.urls import path

from huikuan.web.onboarding import views

urlpatterns = [
    path("", views.onboarding, name="onboarding"),
    path("skip/", views.skip, name="onboarding-skip"),
    path("put-away/", views.put_away, name="onboarding-put-away"),
    path("sample/", views.sample, name="onboarding-sample"),
    path("sample/undo/", views.undo_sample, name="onboarding-sample-undo"),
    path("sample/<slug:kind>.xlsx", views.sample_file, name="onboarding-sample-file"),
]

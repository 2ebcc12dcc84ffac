"""Addresses of policies tried out."""

from __future__ import annotations

from django.urls import path

from huikuan.web.replay import views, what_if

urlpatterns = [
    path("credit/replay/", views.policy_replay, name="credit-replay"),
    path("credit/what-if/", what_if.what_if, name="credit-what-if"),
]

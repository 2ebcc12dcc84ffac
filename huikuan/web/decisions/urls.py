"""Addresses of the decision page."""

from __future__ import annotations

from django.urls import path

from huikuan.web.decisions import views

urlpatterns = [
    path("decisions/", views.decisions, name="decisions"),
    path("decisions/risks/", views.at_risk, name="decisions-risks"),
    path("decisions/steps/", views.steps, name="decisions-steps"),
]

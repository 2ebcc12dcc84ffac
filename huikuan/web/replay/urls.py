"""Addresses of policies tried out."""

from __future__ import annotations

from django.urls import path

from huikuan.web.replay import views

urlpatterns = [path("credit/replay/", views.policy_replay, name="credit-replay")]

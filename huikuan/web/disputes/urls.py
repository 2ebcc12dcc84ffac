"""Addresses of disputes."""

from __future__ import annotations

from django.urls import path

from huikuan.web.disputes import acts, disputes
from huikuan.web.lists.views import list_urls

urlpatterns = [
    path("disputes/", disputes.disputes, name="disputes"),
    *list_urls(disputes.DISPUTES, "disputes/"),
    path("disputes/<uuid:key>/", disputes.dispute, name="dispute"),
    path("disputes/<uuid:key>/resolve/", acts.dispute_resolve, name="dispute-resolve"),
    path("documents/<uuid:key>/dispute/", acts.dispute_new, name="dispute-new"),
]

"""Addresses of early warnings."""

from __future__ import annotations

from django.urls import path

from huikuan.web.lists.views import list_urls
from huikuan.web.warnings import acts, effect, listing, settings, views

urlpatterns = [
    path("credit/warnings/", listing.warnings, name="credit-warnings"),
    path("credit/warnings/settings/", settings.warning_settings, name="credit-warning-settings"),
    path("credit/warnings/effect/", effect.warning_effect, name="credit-warning-effect"),
    path("credit/warnings/<uuid:key>/", views.warning, name="credit-warning"),
    path("credit/warnings/<uuid:key>/note/", acts.warning_note, name="credit-warning-note"),
    path("credit/warnings/<uuid:key>/hand-over/", acts.warning_hand_over, name="credit-warning-hand-over"),
    path("credit/warnings/<uuid:key>/close/", acts.warning_close, name="credit-warning-close"),
    *list_urls(listing.WARNINGS, "credit/warnings/list/"),
]

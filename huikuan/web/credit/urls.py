"""Addresses of credit."""

from __future__ import annotations

from django.urls import path

from huikuan.web.credit import customers, holds

urlpatterns = [
    path("credit/holds/", holds.holds, name="credit-holds"),
    path("credit/holds/recheck/", holds.recheck, name="credit-recheck"),
    path("credit/holds/<uuid:key>/", holds.hold, name="credit-hold"),
    path("credit/holds/<uuid:key>/ask/", holds.hold_ask, name="credit-hold-ask"),
    path("credit/holds/<uuid:key>/release/", holds.hold_release, name="credit-hold-release"),
    path("credit/customers/<uuid:key>/", customers.customer_credit, name="customer-credit"),
    path("credit/customers/<uuid:key>/limit/", customers.limit_set, name="customer-credit-limit"),
    path("credit/customers/<uuid:key>/stop/", customers.customer_stop, name="customer-credit-stop"),
    path("credit/customers/<uuid:key>/resume/", customers.customer_resume, name="customer-credit-resume"),
]

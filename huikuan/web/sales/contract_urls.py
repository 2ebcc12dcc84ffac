"""Addresses of contracts, billing by plan and tax invoices."""

from __future__ import annotations

from django.urls import path

from huikuan.web.lists.views import list_urls
from huikuan.web.sales import contract_acts, contracts, plan_billing, tax_invoice, tax_invoices

urlpatterns = [
    path("contracts/", contracts.contracts, name="contracts"),
    *list_urls(contracts.CONTRACTS, "contracts/"),
    path("contracts/new/", contract_acts.contract_new, name="contract-new"),
    path("contracts/plan-check/", contract_acts.plan_check, name="plan-check"),
    path("contracts/plan-row/", contract_acts.plan_row, name="plan-row"),
    path("contracts/billing/", plan_billing.plan_billing, name="plan-billing"),
    path("contracts/<uuid:key>/", contracts.contract, name="contract"),
    path("contracts/<uuid:key>/change/", contract_acts.contract_change, name="contract-change"),
    path("contracts/<uuid:key>/cancel/", contract_acts.contract_cancel, name="contract-cancel"),
    path("contracts/<uuid:key>/bill/", contract_acts.contract_bill, name="contract-bill"),
    path(
        "contracts/<uuid:key>/lines/<uuid:line>/milestone/",
        contract_acts.contract_milestone,
        name="contract-milestone",
    ),
    path(
        "contracts/<uuid:key>/lines/<uuid:line>/delivery/",
        contract_acts.contract_delivery,
        name="contract-delivery",
    ),
    path("tax-invoices/", tax_invoices.tax_invoices, name="tax-invoices"),
    *list_urls(tax_invoices.TAX_INVOICES, "tax-invoices/"),
    path("tax-invoices/upload/", tax_invoices.tax_invoices_upload, name="tax-invoices-upload"),
    path("tax-invoices/<uuid:key>/", tax_invoice.tax_invoice, name="tax-invoice"),
    path("tax-invoices/<uuid:key>/link/", tax_invoice.tax_invoice_link, name="tax-invoice-link"),
    path(
        "tax-invoices/<uuid:key>/links/<uuid:link>/undo/",
        tax_invoice.tax_invoice_unlink,
        name="tax-invoice-unlink",
    ),
]

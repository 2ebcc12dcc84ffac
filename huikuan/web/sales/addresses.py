"""Where products, orders and invoices are."""

from __future__ import annotations

from uuid import UUID

from django.urls import reverse

from huikuan.sales.models import Invoice, InvoiceState
from huikuan.web.ledger.addresses import document_url
from huikuan.web.pages import Work


def order_url(work: Work, key: UUID | None) -> str:
    """Where an order is; nothing for people who may not see orders."""
    return _url(work, "order", key)


def delivery_url(work: Work, key: UUID | None) -> str:
    """Where a delivery is; nothing for people who may not see it."""
    return _url(work, "delivery", key)


def product_url(work: Work, key: UUID | None) -> str:
    """Where a product is; nothing for people who may not see it."""
    return _url(work, "product", key)


def invoice_url(work: Work, invoice: Invoice) -> str:
    """Where an invoice is: a posted one with its document, another on a page of its own."""
    if invoice.state == InvoiceState.POSTED and invoice.document_id:
        return document_url(work, invoice.document_id)
    return _url(work, "invoice", invoice.pk)


def _url(work: Work, name: str, key: UUID | None) -> str:
    if key is None or not work.actor.may("ledger.read"):
        return ""
    return reverse(name, args=[work.organization.code, key])

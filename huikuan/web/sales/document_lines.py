"""On the page of a document: the lines of the invoice it was posted from, and what can be done with that."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from huikuan.ledger.models import Document
from huikuan.sales.models import Invoice, InvoiceKind, InvoiceLine, InvoiceState
from huikuan.web.lists import with_query
from huikuan.web.pages import Work
from huikuan.web.sales.line_tables import invoice_lines


def lines_of(document: Document) -> dict[str, Any]:
    """Context of the lines of a document; empty rows where it has none."""
    lines = list(
        InvoiceLine.objects.filter(invoice__document=document).select_related("product").order_by("position")
    )
    columns, rows = invoice_lines(lines) if lines else ([], [])
    return {"invoice_line_columns": columns, "invoice_line_rows": rows}


def invoice_actions(work: Work, document: Document, *, reason: str = "") -> list[dict[str, Any]]:
    """红字, for those who may, where the document has an invoice; `reason` is filled in for it."""
    if not work.actor.may("invoice.record"):
        return []
    found = Invoice.objects.filter(document=document, state=InvoiceState.POSTED).first()
    if found is None:
        return []
    address = [work.organization.code, found.pk]
    if found.kind != InvoiceKind.INVOICE:
        return []
    url = with_query(reverse("invoice-credit", args=address), {"reason": reason} if reason else {})
    return [{"label": _("开红字"), "url": url, "icon": "receipt-refund"}]

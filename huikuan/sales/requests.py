"""冲销 of the ledger, where the document is an invoice with lines: what it billed can be billed again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from huikuan.approvals.registry import Kind, Payload, Result
from huikuan.ledger.requests import KINDS as LEDGER_KINDS
from huikuan.ledger.requests import VOID, void_result
from huikuan.organizations.actors import Actor
from huikuan.sales.models import Invoice, InvoiceState
from huikuan.sales.operations import reverse_invoices


def knowing_invoices(kind: Kind) -> Kind:
    """A kind of the ledger; undoing a document undoes its invoice too."""
    if kind.code != VOID:
        return kind

    def execute(payload: Payload, actor: Actor, today: date) -> Result:
        invoice = Invoice.objects.filter(document_id=payload["document"], state=InvoiceState.POSTED).first()
        if invoice is None:
            return kind.execute(payload, actor, today)
        reverse_invoices([invoice.pk], actor=actor, reason=payload["reason"], today=today)
        return void_result(payload)

    return replace(kind, execute=execute)


KINDS = tuple(knowing_invoices(kind) for kind in LEDGER_KINDS)

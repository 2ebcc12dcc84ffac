"""红字: credit notes against the lines of posted invoices, by quantity or by amount."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from huikuan.audit.operations import act
from huikuan.organizations.actors import Actor
from huikuan.sales.errors import SalesRefused, line_refusal
from huikuan.sales.models import Invoice, InvoiceKind, InvoiceLine, InvoiceState
from huikuan.sales.operations.drafts import SALE_DEFERRED_VAT, SALE_SIMPLE_VAT, write_drafts
from huikuan.sales.operations.line_rows import ComputedLine, row_of, sums
from huikuan.sales.operations.posting import SALE_RETURN, SALE_RETURN_DEFERRED_VAT, SALE_RETURN_SIMPLE_VAT
from huikuan.sales.rules import Creditable, Credited, UnusableLine, credit_share

# What a return takes back goes from the account that its sale put the tax on.
RETURNS = {SALE_DEFERRED_VAT: SALE_RETURN_DEFERRED_VAT, SALE_SIMPLE_VAT: SALE_RETURN_SIMPLE_VAT}


@dataclass(frozen=True, slots=True)
class CreditLine:
    """What is taken back of one invoice line: a quantity, or an amount with tax."""

    line_id: UUID
    quantity: Decimal | None = None
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class NewCredit:
    """A credit note against lines of one posted invoice; `reason` stands on it."""

    invoice_id: UUID
    credit_on: date
    lines: Sequence[CreditLine]
    reason: str
    rate: Decimal | None = None  # of its own day; by default that of the invoice


def draft_credit_notes(credits: Sequence[NewCredit], *, actor: Actor) -> list[UUID]:
    """Write credit notes as drafts; returns their keys in order.

    What is left of each line counts posted credit notes; it is held to again when the draft is posted.
    """
    actor.require("invoice.record")
    if not credits:
        return []
    with act("draft_credit_notes", actor=actor) as opened:
        originals = _originals([credit.invoice_id for credit in credits])
        lines = {
            line.pk: line
            for line in InvoiceLine.objects.filter(
                pk__in={each.line_id for credit in credits for each in credit.lines}
            )
        }
        heads: list[tuple[Any, ...]] = []
        rows: list[tuple[Any, ...]] = []
        keys: list[UUID] = []
        for credit in credits:
            key = uuid7()
            original = originals[credit.invoice_id]
            parts = _parts(credit, original, lines)
            keys.append(key)
            heads.append((key, *_head(credit, original, [part for _line, part in parts])))
            rows.extend((key, line, *row_of(part)) for line, part in parts)
        write_drafts(heads, rows, opened)
    return keys


def _originals(keys: Sequence[UUID]) -> dict[UUID, Invoice]:
    """The invoices to be credited, held: nobody reverses one while a credit note is written against it."""
    found = {
        invoice.pk: invoice
        for invoice in Invoice.objects.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True)
    }
    for key in keys:
        invoice = found.get(key)
        if invoice is None or invoice.state != InvoiceState.POSTED:
            raise SalesRefused(_("只能对已过账的发票开红字。"), code="not_posted")
        if invoice.kind != InvoiceKind.INVOICE:
            raise SalesRefused(_("只有销售发票可以开红字；调增单请冲销。"), code="not_creditable")
    return found


def _parts(
    credit: NewCredit, original: Invoice, lines: Mapping[UUID, InvoiceLine]
) -> list[tuple[UUID, ComputedLine]]:
    if not credit.reason.strip():
        raise SalesRefused(_("红字必须写明原因。"), code="reason_missing")
    if credit.credit_on < original.invoice_on:
        raise SalesRefused(_("红字日期不能早于原发票日期 %s。") % original.invoice_on, code="before_original")
    if not credit.lines:
        raise SalesRefused(_("至少要有一行。"), code="no_lines")
    if len({each.line_id for each in credit.lines}) < len(credit.lines):
        raise SalesRefused(_("同一发票行出现了两次。"), code="line_twice")
    parts = []
    for position, asked in enumerate(credit.lines, start=1):
        line = lines.get(asked.line_id)
        if line is None or line.invoice_id != original.pk:
            raise SalesRefused(_("这一行不属于原发票。"), code="unknown_line")
        try:
            found = credit_share(
                _creditable(line), currency=original.currency, quantity=asked.quantity, amount=asked.amount
            )
        except UnusableLine as error:
            raise line_refusal(_("原发票第 %d 行") % line.position, error) from error
        parts.append((line.pk, _line(position, line, found)))
    return parts


def _creditable(line: InvoiceLine) -> Creditable:
    return Creditable(
        line.quantity,
        line.net,
        line.gross,
        line.tax_rate,
        line.credited_quantity,
        line.credited_net,
        line.credited_gross,
    )


def _line(position: int, line: InvoiceLine, part: Credited) -> ComputedLine:
    """A line of the credit note: as the original's, with what it takes back."""
    return ComputedLine(
        position,
        line.product_id,
        line.description,
        line.unit,
        part.quantity,
        line.unit_price if part.quantity else Decimal(0),
        line.discount_percent if part.quantity else Decimal(0),
        Decimal(0),
        line.tax_code,
        line.tax_rate,
        part.net,
        part.tax,
        part.gross,
    )


def _head(credit: NewCredit, original: Invoice, parts: Sequence[ComputedLine]) -> tuple[Any, ...]:
    amount, net, tax = sums(parts)
    return (
        InvoiceKind.CREDIT_NOTE.value,
        RETURNS.get(original.event, SALE_RETURN),
        original.customer_id,
        original.salesperson_id,
        original.term_id,
        original.pk,
        credit.credit_on,
        original.ordered_on,
        original.delivered_on,
        original.currency,
        credit.rate or original.rate,
        original.prices_include_tax,
        amount,
        net,
        tax,
        "[]",
        original.number,
        credit.reason.strip()[:1000],
    )

"""Posting drafts: they become documents of the ledger, numbered and owed; and undoing what was posted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from huikuan.audit.operations import OpenAct, act
from huikuan.core.postgres.bulk import stage
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.customers.models import PaymentTerm
from huikuan.customers.rules import UnusableTerm
from huikuan.ledger.models import Kind, Side
from huikuan.ledger.operations import Instalment, NewAllocation, NewDocument, allocate, void_documents
from huikuan.ledger.operations.documents import Posting, RecordedDocument, post_documents
from huikuan.organizations.actors import Actor
from huikuan.sales.errors import SalesRefused
from huikuan.sales.models import Invoice, InvoiceKind, InvoiceState
from huikuan.sales.operations.credit import let_invoice
from huikuan.sales.operations.draft_rows import (
    INVOICE_CONTENT,
    LINES_CONTENT,
    RELEASE_DELIVERIES,
    run_statements,
)
from huikuan.sales.operations.drafts import (
    FEE_CHARGED,
    LATE_INTEREST,
    SALE,
    SALE_DEFERRED_VAT,
    SALE_SIMPLE_VAT,
    locked_drafts,
)
from huikuan.sales.rules import Part, own_parts, part_amounts, parts_by_term

SALE_RETURN: Final = "sale_return"
SALE_RETURN_DEFERRED_VAT: Final = "sale_return_deferred_vat"
SALE_RETURN_SIMPLE_VAT: Final = "sale_return_simple_vat"
POSTINGS: Final = {
    SALE: Posting(Kind.INVOICE, "sale", Side.DEBIT),
    SALE_DEFERRED_VAT: Posting(Kind.INVOICE, "sale_deferred_vat", Side.DEBIT),
    SALE_SIMPLE_VAT: Posting(Kind.INVOICE, "sale_simple_vat", Side.DEBIT),
    SALE_RETURN_SIMPLE_VAT: Posting(Kind.CREDIT_NOTE, "sale_return_simple_vat", Side.CREDIT),
    SALE_RETURN: Posting(Kind.CREDIT_NOTE, "sale_return", Side.CREDIT),
    SALE_RETURN_DEFERRED_VAT: Posting(Kind.CREDIT_NOTE, "sale_return_deferred_vat", Side.CREDIT),
    LATE_INTEREST: Posting(Kind.DEBIT_NOTE, "late_interest", Side.DEBIT),
    FEE_CHARGED: Posting(Kind.DEBIT_NOTE, "fee_charged", Side.DEBIT),
}


@dataclass(frozen=True, slots=True)
class PostedInvoice:
    """A posted invoice and the ledger's document that it became."""

    id: UUID
    document_id: UUID
    number: str
    item_ids: tuple[UUID, ...]


def post_invoices(
    invoice_ids: Sequence[UUID], *, actor: Actor, today: date, settle_credits: bool = True
) -> list[PostedInvoice]:
    """过账: drafts become receivables with numbers, items, entries and due dates; all of the set or none.

    Of several people who post one draft at once, one does and the others are refused. A credit note may not take
    back more than is left of its lines; with `settle_credits` it is allocated to what is still open of its
    original, as far as the actor may allocate.
    """
    actor.require("invoice.record")
    ids = list(dict.fromkeys(invoice_ids))
    if not ids:
        return []
    with act("post_invoices", actor=actor) as opened:
        drafts = locked_drafts(ids)
        _require_not_ahead(drafts, today)
        let_invoice(drafts, today=today)
        recorded = _post(drafts, opened)
        posted = [
            PostedInvoice(draft.pk, document.id, document.number, document.item_ids)
            for draft, document in zip(drafts, recorded, strict=True)
        ]
        stage(
            "posted_invoice",
            (("id", "uuid"), ("document_id", "uuid"), ("number", "text")),
            ((each.id, each.document_id, each.number) for each in posted),
        )
        credits = any(draft.kind == InvoiceKind.CREDIT_NOTE for draft in drafts)
        run_statements((*(TAKE_BACK if credits else ()), *MARK_POSTED), opened)
        if credits and settle_credits and actor.may("allocation.write"):
            _settle_with_originals(drafts, actor=actor, today=today)
    return posted


def _require_not_ahead(drafts: Sequence[Invoice], today: date) -> None:
    late = next((draft for draft in drafts if draft.invoice_on > today), None)
    if late is not None:
        raise SalesRefused(_("开票日期 %s 晚于今天，不能过账。") % late.invoice_on, code="invoice_in_future")


def _post(drafts: Sequence[Invoice], opened: OpenAct) -> list[RecordedDocument]:
    """The ledger's documents of drafts, in their order; those of one posting rule at once."""
    texts = _texts([draft.pk for draft in drafts])
    dates = _Dates()
    by_event: dict[str, list[int]] = defaultdict(list)
    for position, draft in enumerate(drafts):
        by_event[draft.event].append(position)
    recorded: dict[int, RecordedDocument] = {}
    for event, positions in sorted(by_event.items()):
        documents = [_document(drafts[each], texts[drafts[each].pk], dates) for each in positions]
        recorded |= zip(
            positions, post_documents(documents, posting=POSTINGS[event], opened=opened), strict=True
        )
    return [recorded[position] for position in range(len(drafts))]


@dataclass(frozen=True)
class _Texts:
    """What a document says of its invoice: the goods, and what it refers to; and the customer's term."""

    product: str
    reference: str
    rule: Any
    instalments: Any
    term_id: UUID | None


def _texts(invoice_ids: Sequence[UUID]) -> dict[UUID, _Texts]:
    with connection.cursor() as cursor:
        cursor.execute(
            TEXTS,
            {
                "organization": current_organization_id(),
                "ids": "{" + ",".join([key.hex for key in invoice_ids]) + "}",
            },
        )
        rows = cursor.fetchall()
    terms = _terms({row[3] for row in rows if row[3] is not None})
    return {
        key: _Texts(product, reference, *terms.get(term, (None, None)), term)
        for key, product, reference, term in rows
    }


def _terms(keys: set[UUID]) -> dict[UUID, tuple[Any, Any]]:
    return {
        key: (rule, instalments)
        for key, rule, instalments in PaymentTerm.objects.filter(pk__in=keys).values_list(
            "pk", "rule", "instalments"
        )
    }


# A document names the first goods of its invoice; "…" says that there are more.
TEXTS = """
    SELECT i.id, first.description || CASE WHEN more.position IS NULL THEN '' ELSE ' …' END,
           coalesce(nullif(i.reference, ''), o.number, original.number, ''),
           CASE WHEN i.kind = 'credit_note' THEN NULL ELSE coalesce(i.term_id, c.term_id) END
    FROM unnest(%(ids)s::uuid[]) wanted (id)
    JOIN sales_invoice i ON i.organization_id = %(organization)s AND i.id = wanted.id
    JOIN customers_customer c ON c.organization_id = %(organization)s AND c.id = i.customer_id
    JOIN sales_invoice_line first ON first.organization_id = %(organization)s AND first.invoice_id = i.id
        AND first.position = 1
    LEFT JOIN sales_invoice_line more ON more.organization_id = %(organization)s AND more.invoice_id = i.id
        AND more.position = 2
    LEFT JOIN sales_order o ON o.organization_id = %(organization)s AND o.id = i.order_id
    LEFT JOIN sales_invoice original ON original.organization_id = %(organization)s AND original.id = i.original_id
"""


class _Dates:
    """When invoices fall due: asked once for each term and set of dates."""

    def __init__(self) -> None:
        self._by_term = cache(self._found)
        self._rules: dict[UUID | None, tuple[Any, Any]] = {}

    def parts(self, draft: Invoice, texts: _Texts) -> tuple[Part, ...]:
        if draft.kind == InvoiceKind.CREDIT_NOTE:
            return (Part(Decimal(100), draft.invoice_on, draft.invoice_on),)
        if draft.instalments:
            return own_parts(draft.instalments)
        self._rules.setdefault(texts.term_id, (texts.rule, texts.instalments))
        return self._by_term(texts.term_id, draft.invoice_on, draft.ordered_on, draft.delivered_on)

    def _found(
        self, term: UUID | None, on: date, ordered_on: date | None, delivered_on: date | None
    ) -> tuple[Part, ...]:
        rule, instalments = self._rules[term]
        events: dict[str, date] = {"order": ordered_on or on, "delivery": delivered_on or on}
        try:
            return parts_by_term(rule, instalments, invoice_on=on, events=events)
        except UnusableTerm as error:
            raise SalesRefused(_("付款条件无法使用：%s") % error.field, code="term_unusable") from error


def _document(draft: Invoice, texts: _Texts, dates: _Dates) -> NewDocument:
    parts = dates.parts(draft, texts)
    single = parts[0] if len(parts) == 1 and not parts[0].account else None
    instalments: tuple[Instalment, ...] = ()
    if single is None:
        amounts = part_amounts(draft.amount, parts, draft.currency)
        instalments = tuple(
            Instalment(amount, part.due_on, part.effective_due_on, part.account)
            for amount, part in zip(amounts, parts, strict=True)
        )
    return NewDocument(
        customer_id=draft.customer_id,
        document_on=draft.invoice_on,
        amount=draft.amount,
        net=draft.net,
        tax=draft.tax,
        currency=draft.currency,
        rate=draft.rate,
        due_on=single.due_on if single else None,
        effective_due_on=single.effective_due_on if single else None,
        instalments=instalments,
        salesperson_id=draft.salesperson_id,
        reference=texts.reference,
        product=texts.product[:200],
        memo=draft.memo,
    )


def _settle_with_originals(drafts: Sequence[Invoice], *, actor: Actor, today: date) -> None:
    """Allocate posted credit notes to what is open of the invoices they take back, earliest due first."""
    with connection.cursor() as cursor:
        cursor.execute(
            OPEN_BESIDE,
            {
                "organization": current_organization_id(),
                "ids": [draft.pk for draft in drafts if draft.kind == InvoiceKind.CREDIT_NOTE],
            },
        )
        rows = cursor.fetchall()
    left: dict[UUID, Decimal] = {}
    allocations = []
    for credit, credit_open, debit, debit_open, on in rows:
        part = min(left.setdefault(credit, credit_open), left.setdefault(debit, debit_open))
        if part > 0:
            left[credit] -= part
            left[debit] -= part
            allocations.append(NewAllocation(debit, credit, part, on))
    if allocations:
        allocate(allocations, actor=actor, today=today)


OPEN_BESIDE = """
    SELECT credit.id, credit.open_amount, debit.id, debit.open_amount,
           greatest(credit.document_on, debit.document_on)
    FROM sales_invoice i
    JOIN sales_invoice original ON original.organization_id = %(organization)s AND original.id = i.original_id
    JOIN ledger_open_item credit ON credit.organization_id = %(organization)s AND credit.document_id = i.document_id
    JOIN ledger_open_item debit ON debit.organization_id = %(organization)s
        AND debit.document_id = original.document_id AND debit.open_amount > 0
    WHERE i.organization_id = %(organization)s AND i.id = ANY(%(ids)s)
    ORDER BY i.id, debit.effective_due_on NULLS LAST, debit.line
"""


def reverse_invoices(invoice_ids: Sequence[UUID], *, actor: Actor, reason: str, today: date) -> int:
    """冲销: undo posted invoices by mirrored entries; what they billed can be billed, what they credited credited again.

    Refused while receipts are allocated to them, or posted credit notes take back their lines.
    """
    actor.require("invoice.record")
    ids = list(dict.fromkeys(invoice_ids))
    if not reason.strip():
        raise SalesRefused(_("冲销必须写明原因。"), code="reason_missing")
    if not ids:
        return 0
    with act("reverse_invoices", actor=actor, reason=reason) as opened:
        found = list(Invoice.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True))
        if len(found) < len(ids) or any(invoice.state != InvoiceState.POSTED for invoice in found):
            raise SalesRefused(_("只有已过账的发票可以冲销。"), code="not_posted")
        _require_uncredited(found)
        void_documents(
            [invoice.document_id for invoice in found if invoice.document_id],
            actor=actor,
            reason=reason,
            today=today,
        )
        stage("ended_invoice", (("id", "uuid"),), ((invoice.pk,) for invoice in found))
        run_statements((*RELEASE_DELIVERIES, *GIVE_BACK, *VOID_POSTED), opened)
    return len(ids)


def _require_uncredited(invoices: Sequence[Invoice]) -> None:
    keys = {invoice.pk for invoice in invoices}
    credit = (
        Invoice.objects.filter(original_id__in=keys)
        .exclude(pk__in=keys)
        .exclude(state=InvoiceState.VOID)
        .order_by("state", "pk")
        .first()
    )
    if credit is not None:
        raise SalesRefused(
            _("这张发票有红字 %s，请先处理红字。") % (credit.number or _("草稿")), code="credited"
        )


# Original lines are held in the order of their keys before they are changed.
TAKE_BACK = (
    """
    SELECT count(*) FROM (
        SELECT o.id
        FROM sales_invoice_line o
        WHERE o.organization_id = %(organization)s AND o.id IN (
            SELECT l.credited_line_id FROM posted_invoice n
            JOIN sales_invoice_line l ON l.organization_id = %(organization)s AND l.invoice_id = n.id)
        ORDER BY o.id FOR NO KEY UPDATE
    ) held
    """,
    """
    UPDATE sales_invoice_line o
    SET credited_quantity = o.credited_quantity + c.quantity, credited_net = o.credited_net + c.net,
        credited_gross = o.credited_gross + c.gross
    FROM (
        SELECT l.credited_line_id, sum(l.quantity) AS quantity, sum(l.net) AS net, sum(l.gross) AS gross
        FROM posted_invoice n
        JOIN sales_invoice_line l ON l.organization_id = %(organization)s AND l.invoice_id = n.id
        WHERE l.credited_line_id IS NOT NULL
        GROUP BY l.credited_line_id
    ) c
    WHERE o.organization_id = %(organization)s AND o.id = c.credited_line_id
    """,
)

MARK_POSTED = (
    """
    UPDATE sales_invoice i SET state = 'posted', document_id = n.document_id, number = n.number
    FROM posted_invoice n WHERE i.organization_id = %(organization)s AND i.id = n.id
    """,
    f"""
    INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
    SELECT %(organization)s, uuidv7(), %(act)s, 'posted', 'sales_invoice', i.id, i.number,
        {INVOICE_CONTENT} || jsonb_build_object('document', i.document_id, 'lines', {LINES_CONTENT})
    FROM posted_invoice n
    JOIN sales_invoice i ON i.organization_id = %(organization)s AND i.id = n.id
    """,
)

GIVE_BACK = (
    """
    UPDATE sales_invoice_line o
    SET credited_quantity = o.credited_quantity - c.quantity, credited_net = o.credited_net - c.net,
        credited_gross = o.credited_gross - c.gross
    FROM (
        SELECT l.credited_line_id, sum(l.quantity) AS quantity, sum(l.net) AS net, sum(l.gross) AS gross
        FROM ended_invoice n
        JOIN sales_invoice_line l ON l.organization_id = %(organization)s AND l.invoice_id = n.id
        WHERE l.credited_line_id IS NOT NULL
        GROUP BY l.credited_line_id
    ) c
    WHERE o.organization_id = %(organization)s AND o.id = c.credited_line_id
    """,
)

VOID_POSTED = (
    """
    UPDATE sales_invoice i SET state = 'void'
    FROM ended_invoice n WHERE i.organization_id = %(organization)s AND i.id = n.id
    """,
    """
    INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
    SELECT %(organization)s, uuidv7(), %(act)s, 'voided', 'sales_invoice', i.id, i.number, '{}'::jsonb
    FROM ended_invoice n
    JOIN sales_invoice i ON i.organization_id = %(organization)s AND i.id = n.id
    """,
)

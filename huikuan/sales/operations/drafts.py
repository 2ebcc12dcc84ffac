"""Drafts of invoices and debit notes: written, changed, put aside. Nothing is owed before they are posted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from huikuan.audit.operations import OpenAct, act
from huikuan.core.lengths import first_too_long, lengths_of, too_long
from huikuan.core.money import is_currency
from huikuan.core.postgres.bulk import stage
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.customers.models import Customer, PaymentTerm, Salesperson
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization
from huikuan.sales.errors import SalesRefused, line_refusal
from huikuan.sales.models import Invoice, InvoiceKind, InvoiceState
from huikuan.sales.operations.draft_rows import (
    CHANGE_DRAFT,
    HEAD_COLUMNS,
    RELEASE_DELIVERIES,
    STAGED_LINE_COLUMNS,
    VOID_DRAFTS,
    WRITE_DRAFTS,
    run_statements,
)
from huikuan.sales.operations.line_rows import (
    ComputedLine,
    Known,
    NewLine,
    computed_lines,
    known_for,
    row_of,
    sums,
)
from huikuan.sales.rules import UnusableLine, own_parts

SALE: Final = "sale"
SALE_DEFERRED_VAT: Final = "sale_deferred_vat"
SALE_SIMPLE_VAT: Final = "sale_simple_vat"
HIGHEST_LEVY: Final = Decimal("0.05")
LATE_INTEREST: Final = "late_interest"
FEE_CHARGED: Final = "fee_charged"
EVENTS: Final = {
    InvoiceKind.INVOICE: (SALE, SALE_DEFERRED_VAT, SALE_SIMPLE_VAT),
    InvoiceKind.DEBIT_NOTE: (LATE_INTEREST, FEE_CHARGED),
}
LENGTHS = lengths_of(Invoice, "reference", "memo")
MOST_INSTALMENTS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInvoice:
    """An invoice or debit note as it is entered; its sums follow from the lines.

    `event` is the posting rule, by default that of a sale. `rate`: base currency per unit of a foreign one, needed
    at posting. `instalments`: own due dates, [{"percent": "30", "due_on": "2026-12-31"}]; empty: the payment term
    of the invoice, else the customer's. `ordered_on` and `delivered_on` are what terms may count from. `amount`
    and `tax`, where they are stated, must be what the lines come to.
    """

    customer_id: UUID
    invoice_on: date
    lines: Sequence[NewLine]
    kind: str = InvoiceKind.INVOICE.value
    event: str = ""
    currency: str = ""
    rate: Decimal | None = None
    prices_include_tax: bool = False
    salesperson_id: UUID | None = None
    term_id: UUID | None = None
    ordered_on: date | None = None
    delivered_on: date | None = None
    instalments: Sequence[Mapping[str, str]] = ()
    reference: str = ""
    memo: str = ""
    amount: Decimal | None = None
    tax: Decimal | None = None


def draft_invoices(invoices: Sequence[NewInvoice], *, actor: Actor) -> list[UUID]:
    """Write invoices and debit notes as drafts, in a handful of statements; returns their keys in order."""
    actor.require("invoice.record")
    if not invoices:
        return []
    with act("draft_invoices", actor=actor) as opened:
        known = known_for([line for invoice in invoices for line in invoice.lines])
        parties = _parties(invoices)
        base = base_currency()
        heads: list[tuple[Any, ...]] = []
        lines: list[tuple[Any, ...]] = []
        keys: list[UUID] = []
        for number, invoice in enumerate(invoices, start=1):
            place = _("第 %d 张") % number if len(invoices) > 1 else ""
            head, computed = _checked(invoice, parties, known, base, place)
            key = uuid7()
            keys.append(key)
            heads.append((key, *head))
            lines.extend((key, None, *row_of(line)) for line in computed)
        write_drafts(heads, lines, opened)
    return keys


def change_draft(invoice_id: UUID, invoice: NewInvoice, *, revision: int, actor: Actor) -> None:
    """Replace what a draft says. Refused where it was posted, put aside or changed since `revision` was read."""
    actor.require("invoice.record")
    with act("change_draft", actor=actor) as opened:
        former = locked_drafts([invoice_id])[0]
        if former.revision != revision:
            raise SalesRefused(_("别人刚刚修改了这张草稿，请重新打开后再改。"), code="draft_changed")
        if former.order_id or former.kind == InvoiceKind.CREDIT_NOTE:
            raise SalesRefused(
                _("由发货或红字生成的草稿不能逐行修改，可以作废后重新生成。"), code="draft_is_derived"
            )
        head, computed = _checked(invoice, _parties([invoice]), known_for(invoice.lines), base_currency(), "")
        stage("incoming_invoice", HEAD_COLUMNS, [(invoice_id, *head)])
        stage(
            "incoming_invoice_line",
            STAGED_LINE_COLUMNS,
            [(invoice_id, None, *row_of(line)) for line in computed],
        )
        run_statements(CHANGE_DRAFT, opened)


def void_drafts(invoice_ids: Sequence[UUID], *, actor: Actor, reason: str) -> int:
    """作废: put drafts aside before they were posted; deliveries they billed can be billed again."""
    actor.require("invoice.record")
    if not reason.strip():
        raise SalesRefused(_("作废必须写明原因。"), code="reason_missing")
    ids = list(dict.fromkeys(invoice_ids))
    with act("void_drafts", actor=actor, reason=reason) as opened:
        locked_drafts(ids)
        stage("ended_invoice", (("id", "uuid"),), ((key,) for key in ids))
        run_statements((*RELEASE_DELIVERIES, *VOID_DRAFTS), opened)
    return len(ids)


def locked_drafts(invoice_ids: Sequence[UUID]) -> list[Invoice]:
    """The drafts with these keys, held until the transaction ends; refused where one is none any more."""
    found = {
        invoice.pk: invoice
        for invoice in Invoice.objects.filter(pk__in=invoice_ids)
        .order_by("pk")
        .select_for_update(no_key=True)
    }
    if len(found) < len(set(invoice_ids)):
        raise SalesRefused(_("没有这张发票。"), code="unknown_invoice")
    for invoice in found.values():
        if invoice.state == InvoiceState.POSTED:
            raise SalesRefused(
                _("发票 %s 已经过账，没有重复过账或修改。") % invoice.number, code="already_posted"
            )
        if invoice.state == InvoiceState.VOID:
            raise SalesRefused(_("发票已经作废。"), code="already_void")
    return [found[key] for key in invoice_ids]


def write_drafts(heads: Sequence[tuple[Any, ...]], lines: Sequence[tuple[Any, ...]], opened: OpenAct) -> None:
    """Stage and insert drafts with their lines and events."""
    stage("incoming_invoice", HEAD_COLUMNS, heads)
    stage("incoming_invoice_line", STAGED_LINE_COLUMNS, lines)
    run_statements(WRITE_DRAFTS, opened)


def base_currency() -> str:
    """The organization's own currency."""
    return str(Organization.objects.values_list("currency", flat=True).get(pk=current_organization_id()))


@dataclass(frozen=True)
class _Parties:
    """Who is named: customers with their salespeople and terms, salespeople, terms."""

    customers: Mapping[UUID, tuple[UUID | None, UUID | None]]
    salespeople: frozenset[UUID]
    terms: frozenset[UUID]


def _parties(invoices: Sequence[NewInvoice]) -> _Parties:
    customers = Customer.objects.filter(pk__in={invoice.customer_id for invoice in invoices})
    people = {invoice.salesperson_id for invoice in invoices if invoice.salesperson_id}
    terms = {invoice.term_id for invoice in invoices if invoice.term_id}
    return _Parties(
        {
            key: (person, term)
            for key, person, term in customers.values_list("pk", "salesperson_id", "term_id")
        },
        frozenset(Salesperson.objects.filter(pk__in=people).values_list("pk", flat=True))
        if people
        else frozenset(),
        frozenset(PaymentTerm.objects.filter(pk__in=terms).values_list("pk", flat=True))
        if terms
        else frozenset(),
    )


def _checked(
    invoice: NewInvoice, parties: _Parties, known: Known, base: str, place: str
) -> tuple[tuple[Any, ...], list[ComputedLine]]:
    """The head of a draft without its key, and its computed lines."""
    if invoice.kind not in EVENTS:
        raise SalesRefused(_("红字发票要对着原发票的行开具。"), code="credit_without_original")
    events = EVENTS[InvoiceKind(invoice.kind)]
    event = invoice.event or events[0]
    if event not in events:
        raise SalesRefused(_("不认识的业务类型：%s") % event, code="unknown_event")
    person, _term = _party(invoice, parties)
    currency = invoice.currency or base
    if not is_currency(currency):
        raise SalesRefused(_("不认识的币种：%s") % currency, code="unknown_currency")
    _require_rate(invoice.rate, currency, base)
    _require_short(invoice)
    _require_parts(invoice)
    computed = computed_lines(
        invoice.lines,
        currency=currency,
        prices_include_tax=invoice.prices_include_tax,
        known=known,
        place=place,
    )
    if event == SALE_SIMPLE_VAT and any(line.tax_rate > HIGHEST_LEVY for line in computed):
        raise SalesRefused(
            _("简易计税只能用征收率（如 3%）；其他税率的行请另开一张发票。"), code="not_a_levy_rate"
        )
    amount, net, tax = sums(computed)
    for stated, found in ((invoice.amount, amount), (invoice.tax, tax)):
        if stated is not None and stated != found:
            raise SalesRefused(
                _("所填合计 %(stated)s 与各行计算之和 %(found)s 不符。") % {"stated": stated, "found": found},
                code="tax_does_not_add_up",
            )
    instalments = [{"percent": part["percent"], "due_on": part["due_on"]} for part in invoice.instalments]
    head = (
        invoice.kind,
        event,
        invoice.customer_id,
        invoice.salesperson_id or person,
        invoice.term_id,
        None,
        invoice.invoice_on,
        invoice.ordered_on,
        invoice.delivered_on,
        currency,
        None if currency == base else invoice.rate,
        invoice.prices_include_tax,
        amount,
        net,
        tax,
        _json(instalments),
        invoice.reference,
        invoice.memo,
    )
    return head, computed


def _json(instalments: Sequence[Mapping[str, str]]) -> str:
    inside = ",".join(
        f'{{"percent":"{each["percent"]}","due_on":"{each["due_on"]}"}}' for each in instalments
    )
    return f"[{inside}]"


def _party(invoice: NewInvoice, parties: _Parties) -> tuple[UUID | None, UUID | None]:
    if invoice.customer_id not in parties.customers:
        raise SalesRefused(_("客户不存在，或不属于本组织。"), code="unknown_customer")
    if invoice.salesperson_id and invoice.salesperson_id not in parties.salespeople:
        raise SalesRefused(_("没有这位业务员。"), code="unknown_salesperson")
    if invoice.term_id and invoice.term_id not in parties.terms:
        raise SalesRefused(_("没有这个付款条件。"), code="unknown_term")
    return parties.customers[invoice.customer_id]


def _require_rate(rate: Decimal | None, currency: str, base: str) -> None:
    if rate is not None and currency != base and not (rate.is_finite() and 0 < rate < 10**9):
        raise SalesRefused(_("汇率必须是大于零的数字。"), code="rate_unusable")


def _require_parts(invoice: NewInvoice) -> None:
    if len(invoice.instalments) > MOST_INSTALMENTS:
        raise SalesRefused(_("最多分 %d 期。") % MOST_INSTALMENTS, code="too_many_instalments")
    try:
        parts = own_parts(invoice.instalments)
    except UnusableLine as error:
        raise line_refusal(_("分期"), error) from error
    if any(part.due_on is not None and part.due_on < invoice.invoice_on for part in parts):
        raise SalesRefused(_("到期日不能早于开票日期。"), code="due_before_issue")


def _require_short(invoice: NewInvoice) -> None:
    labels = {"reference": _("参考号"), "memo": _("备注")}
    name = first_too_long({"reference": invoice.reference, "memo": invoice.memo}, LENGTHS)
    if name:
        raise SalesRefused(too_long(_("发票"), labels[name], LENGTHS[name]), code="text_too_long")

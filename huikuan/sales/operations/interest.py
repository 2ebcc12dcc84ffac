"""违约金: debit notes for paying late, by the contract's rate or the statute's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.audit.operations import act, record_event
from huikuan.core.money import amount_text
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.customers.models import Customer
from huikuan.ledger.models import OpenItem, Side
from huikuan.organizations.actors import Actor
from huikuan.sales.errors import SalesRefused, line_refusal
from huikuan.sales.late_days import Days, LateInterest, uncharged_days
from huikuan.sales.models import Invoice, InvoiceKind, InvoiceState
from huikuan.sales.operations.drafts import LATE_INTEREST, NewInvoice, draft_invoices
from huikuan.sales.operations.line_rows import NewLine
from huikuan.sales.rules import STATUTORY_DAILY_RATE, UnusableLine, interest
from huikuan.sales.shipped import USUAL_CODE


@dataclass(frozen=True, slots=True)
class Late:
    """An item paid late or not at all: interest for its late days up to and with `until` that nothing charged yet.

    `principal`: what the interest is on, by default what is open of the item. `after`: the last day that is not
    counted; None: whatever is free since the due date.
    """

    item_id: UUID
    until: date
    daily_rate: Decimal = STATUTORY_DAILY_RATE
    principal: Decimal | None = None
    after: date | None = None


def draft_late_interest(
    late: Sequence[Late], *, on: date, actor: Actor, tax_code: str = USUAL_CODE, rate: Decimal | None = None
) -> list[UUID]:
    """Write debit notes dated `on`, one per customer and currency with a line per item; returns their keys.

    The interest is a price outside the price (价外费用): VAT is inside it, at the rate of the goods. A day is charged
    once: raises SalesRefused where an item is asked to be charged for days that another document charges.
    """
    actor.require("invoice.record")
    with act("draft_late_interest", actor=actor):
        items = {
            item.pk: item
            for item in OpenItem.objects.filter(pk__in={each.item_id for each in late}).select_related(
                "document"
            )
        }
        _lock({item.customer_id for item in items.values()})
        lines: dict[tuple[UUID, str], list[NewLine]] = defaultdict(list)
        charged: dict[tuple[UUID, str], list[tuple[UUID, Days]]] = defaultdict(list)
        free = _free(late)
        for each in late:
            item = items.get(each.item_id)
            if item is None or item.side != Side.DEBIT:
                raise SalesRefused(_("没有这笔应收。"), code="unknown_item")
            party = item.customer_id, item.currency
            for days in _days(each, item, free[each.until].get(item.pk, [])):
                lines[party].append(_line(each, item, days, tax_code))
                charged[party].append((item.pk, days))
        drafts = draft_invoices(
            [
                NewInvoice(
                    customer_id=customer,
                    kind=InvoiceKind.DEBIT_NOTE.value,
                    event=LATE_INTEREST,
                    invoice_on=on,
                    currency=currency,
                    rate=rate,
                    prices_include_tax=True,
                    lines=of_customer,
                )
                for (customer, currency), of_customer in lines.items()
            ],
            actor=actor,
        )
        LateInterest.objects.bulk_create(
            LateInterest(
                organization_id=current_organization_id(),
                invoice_id=draft,
                item_id=item,
                after_on=days.after,
                until_on=days.until,
            )
            for draft, party in zip(drafts, lines, strict=True)
            for item, days in charged[party]
        )
        return drafts


def state_late_days(
    invoice_id: UUID, item_ids: Collection[UUID], *, until: date, actor: Actor, first: date | None = None
) -> None:
    """写明计收的天数: say of a posted debit note for paying late, typed line by line, which items and days it charges for.

    From then on the late days of the items from `first` (None: whatever is free since the due day) up to and with
    `until` count as charged, until the note is undone. Raises SalesRefused for any other document, for items of another
    customer or currency, for days after the note, and for days that were not late or that another document charges.
    """
    actor.require("invoice.record")
    with act("state_late_days", actor=actor):
        note = Invoice.objects.filter(pk=invoice_id, event=LATE_INTEREST, state=InvoiceState.POSTED).first()
        if note is None:
            raise SalesRefused(_("只有已过账的违约金调增单可以写明计收的天数。"), code="not_late_interest")
        if until > note.invoice_on:
            raise SalesRefused(_("计收的天数不能晚于单据日期 %s。") % note.invoice_on, code="days_after_note")
        _lock({note.customer_id})
        found = OpenItem.objects.filter(
            pk__in=item_ids, customer_id=note.customer_id, currency=note.currency, side=Side.DEBIT
        )
        items = {item.pk: item for item in found.select_related("document")}
        if not items or set(item_ids) - items.keys():
            raise SalesRefused(_("没有这笔应收。"), code="unknown_item")
        free = uncharged_days(items.keys(), until=until)
        after = None if first is None else first - timedelta(days=1)
        rows = [
            LateInterest(
                organization_id=current_organization_id(),
                invoice=note,
                item=item,
                after_on=days.after,
                until_on=days.until,
            )
            for key, item in items.items()
            for days in _days(Late(key, until, after=after), item, free.get(key, []))
        ]
        LateInterest.objects.bulk_create(rows)
        record_event(
            action="stated",
            record_kind="sales_invoice",
            record_id=note.pk,
            number=note.number,
            content={
                "days": [
                    [row.item.document.number, row.after_on.isoformat(), row.until_on.isoformat()]
                    for row in rows
                ]
            },
        )


def _lock(customers: set[UUID]) -> None:
    """Two who charge a customer at once see each other's days."""
    found = Customer.everyone.filter(pk__in=customers).order_by("pk")
    list(found.select_for_update(no_key=True).values_list("pk", flat=True))


def _free(late: Sequence[Late]) -> dict[date, dict[UUID, list[Days]]]:
    """The free days of the items by the last day asked for; in practice there is one."""
    asked: dict[date, list[UUID]] = defaultdict(list)
    for each in late:
        asked[each.until].append(each.item_id)
    return {until: uncharged_days(keys, until=until) for until, keys in asked.items()}


def _days(late: Late, item: OpenItem, free: Sequence[Days]) -> Sequence[Days]:
    if item.effective_due_on is None:
        raise SalesRefused(_("单据 %s 的这一期还没有到期日。") % item.document.number, code="not_due")
    if late.until <= item.effective_due_on:
        raise SalesRefused(_("单据 %s 到那一天还没有逾期。") % item.document.number, code="not_late")
    if late.after is None:
        taken, days = not free, free
    else:
        days = [Days(late.after, late.until)]
        taken = not any(each.after <= late.after and late.until <= each.until for each in free)
    if taken:
        raise SalesRefused(
            _("单据 %s 的这些天已经计收过违约金。") % item.document.number, code="already_charged"
        )
    return days


def _line(late: Late, item: OpenItem, days: Days, tax_code: str) -> NewLine:
    principal = item.open_amount if late.principal is None else late.principal
    if principal > item.amount:
        raise SalesRefused(_("计息的本金不能超过这一期的金额。"), code="beyond_item")
    try:
        amount = interest(principal, late.daily_rate, (days.until - days.after).days, item.currency)
    except UnusableLine as error:
        raise line_refusal(item.document.number, error) from error
    words = _("%(number)s 逾期违约金 %(principal)s × %(rate)s%% × %(days)d 天") % {
        "number": item.document.number,
        "principal": amount_text(principal, item.currency),
        "rate": f"{(late.daily_rate * 100).normalize():f}",
        "days": (days.until - days.after).days,
    }
    return NewLine(quantity=Decimal(1), unit_price=amount, description=words[:200], tax_code=tax_code)

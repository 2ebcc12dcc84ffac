"""Bills as operations move them: locked in key order, checked, and given their next event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, connection
from django.utils.translation import gettext as _

from huikuan.audit.operations import OpenAct
from huikuan.cash.errors import BillRefused, bill_refusal
from huikuan.cash.models import Bill, BillEvent, BillState
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.ledger.operations import EntryLine, NewEntry

EVENT_CONTENT = """jsonb_build_object('position', e.position, 'state', e.state, 'on', e.effective_on,
        'booked', e.booked, 'counterparty', e.counterparty, 'amount', e.amount, 'rate', e.rate,
        'interest', e.interest, 'document', e.document_id, 'entry', e.entry_id, 'memo', e.memo)"""
BILL_CONTENT = """jsonb_build_object('number', b.number, 'from', b.range_from, 'to', b.range_to, 'kind', b.kind,
        'drawer', b.drawer, 'acceptor', b.acceptor, 'class', b.acceptor_class, 'face', b.face,
        'issued_on', b.issued_on, 'matures_on', b.matures_on, 'pays_on', b.pays_on, 'customer', b.customer_id,
        'receipt', b.document_id, 'account', b.account, 'parent', b.parent_id)"""


def locked_bills(bill_ids: Iterable[UUID]) -> list[Bill]:
    """The bills, locked in key order, in the order asked for; BillRefused where one is unknown."""
    ids = list(dict.fromkeys(bill_ids))
    found = {
        bill.pk: bill
        for bill in Bill.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True)
    }
    if len(found) != len(ids):
        raise BillRefused(_("票据不存在，或不属于本组织。"), code="unknown_bill")
    return [found[key] for key in ids]


def last_events(bills: Sequence[Bill]) -> dict[UUID, BillEvent]:
    """The last event of each bill."""
    events = BillEvent.objects.filter(bill__in=[bill.pk for bill in bills]).order_by("bill_id", "position")
    return {event.bill_id: event for event in events}


def require(
    bills: Sequence[Bill], states: Sequence[BillState], on: date, today: date
) -> dict[UUID, BillEvent]:
    """The last events, where every bill is in one of the states and nothing happened after `on`."""
    if on > today:
        raise BillRefused(_("日期不能晚于今天。"), code="in_future")
    last = last_events(bills)
    for bill in bills:
        if bill.state not in states:
            raise BillRefused(
                _("票据 %(bill)s 现在是“%(state)s”，不能这样处理。")
                % {"bill": bill.label, "state": BillState(bill.state).label},
                code="wrong_state",
            )
        if on < last[bill.pk].effective_on:
            raise BillRefused(
                _("票据 %(bill)s 在 %(day)s 已有记录，日期不能更早。")
                % {"bill": bill.label, "day": last[bill.pk].effective_on},
                code="before_last_event",
            )
    return last


def next_event(
    bill: Bill, last: BillEvent | None, state: BillState, on: date, opened: OpenAct, *, booked: bool
) -> BillEvent:
    """The event that follows `last`, to be filled in and written by `write_events`."""
    return BillEvent(
        organization_id=current_organization_id(),
        act_id=opened.id,
        bill_id=bill.pk,
        position=last.position + 1 if last else 1,
        state=state,
        effective_on=on,
        booked=booked,
    )


def write_bills(bills: Sequence[Bill]) -> None:
    """Add bills, and to the trail what they say."""
    try:
        Bill.objects.bulk_create(bills)
    except IntegrityError as error:
        raise bill_refusal(error) from error
    _record("cash_bill b", "'created'", "b.id", BILL_CONTENT, [bill.pk for bill in bills])


def write_events(events: Sequence[BillEvent]) -> None:
    """Add events, and to the trail what they say; the database keeps the states of their bills."""
    try:
        BillEvent.objects.bulk_create(events)
    except IntegrityError as error:
        raise bill_refusal(error) from error
    _record(
        "cash_bill_event e", "'bill_' || e.state", "e.bill_id", EVENT_CONTENT, [event.pk for event in events]
    )


def _record(table: str, action: str, record: str, content: str, ids: Sequence[UUID]) -> None:
    alias = table.split()[1]
    number = "left(n.number, 64)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
            SELECT %(organization)s, uuidv7(), {alias}.act_id, {action}, 'bill_of_exchange', {record}, {number}, {content}
            FROM {table}
            JOIN cash_bill n ON n.organization_id = %(organization)s AND n.id = {record}
            WHERE {alias}.organization_id = %(organization)s AND {alias}.id = ANY(%(ids)s)
            ORDER BY {alias}.id
            """,
            {"organization": current_organization_id(), "ids": list(ids)},
        )


def entry_of(accounts: Mapping[str, UUID], event: str, on: date, memo: str, **amounts: Decimal) -> NewEntry:
    """An entry by purposes of accounts: positive amounts are debits, negative ones credits, zeros left out."""
    lines = tuple(
        EntryLine(accounts[purpose], debit=amount)
        if amount > 0
        else EntryLine(accounts[purpose], credit=-amount)
        for purpose, amount in amounts.items()
        if amount
    )
    return NewEntry(event, on, lines, memo)

"""The figures of the first page: where the receivables stand today, how they got there, and what needs attention."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.ledger.models import Kind
from huikuan.ledger.rules import Basis, aging_buckets
from huikuan.reports.aging import Aging, AgingRow, By, aging
from huikuan.reports.customer_totals import customer_totals_sql
from huikuan.reports.day_sheet import ZERO, DaySheet, Standing, day_sheet
from huikuan.reports.filters import OVERDUE, RECEIVABLE, UNALLOCATED, UNTRIGGERED, ItemFilter
from huikuan.reports.moments import Moment, moment
from huikuan.reports.open_items import ItemRow, ItemTotal, Order, open_items_as_of, open_items_total

NEWLY_OVERDUE_DAYS = 7
LONG_OVERDUE_DAYS = 90
TOP_DEBTORS = 10
SHOWN = 5
TREND_MONTHS = 24
PAST_WEEKS, COMING_WEEKS = 8, 4


@dataclass(frozen=True, slots=True)
class Figure:
    """An amount in base currency and the open items that make it, as of today.

    `count`: how many items, where that is known. `before`: the same figure at the end of last month.
    """

    amount: Decimal
    where: ItemFilter
    count: int | None = None
    before: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """What came in from customers (receipts and advances dated `from_on` to `until_on`), in base currency.

    `before`: what had come in by the same day of last month.
    """

    amount: Decimal
    from_on: date
    until_on: date
    before: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class MonthEnd:
    """How things stood at the end of a month, or stand today in the month that is running."""

    on: date
    standing: Standing


@dataclass(frozen=True, slots=True)
class Week:
    """Monday to Sunday: what falls due, what of it is still open, and what was received from whomever."""

    since: date
    until: date
    due: Decimal
    still_open: Decimal
    received: Decimal


@dataclass(frozen=True, slots=True)
class Debtor:
    """A customer and what it owes. `share` of everything owed is a fraction, None when nothing is."""

    customer_id: UUID
    code: str
    name: str
    receivable: Decimal
    overdue: Decimal
    share: Decimal | None

    @property
    def where(self) -> ItemFilter:
        return ItemFilter(customer=self.code, cell=RECEIVABLE)


@dataclass(frozen=True, slots=True)
class Unapplied:
    """A customer with overdue debts whose credits (positive here) wait to be allocated."""

    code: str
    name: str
    unallocated: Decimal
    overdue: Decimal

    @property
    def where(self) -> ItemFilter:
        return ItemFilter(customer=self.code)


@dataclass(frozen=True, slots=True)
class Items:
    """Open items that ask for attention: the largest of them, how many there are in all, and their filter."""

    rows: tuple[ItemRow, ...]
    total: ItemTotal
    where: ItemFilter


@dataclass(frozen=True)
class Attention:
    """What to look at first.

    `newly_overdue`: due within the last week; `long_overdue`: more than 90 days ago; `unapplied`: the customers
    with most overdue debt that credits already held could settle, of `unapplied_count`.
    """

    newly_overdue: Items
    long_overdue: Items
    unapplied: tuple[Unapplied, ...]
    unapplied_count: int


@dataclass(frozen=True)
class Dashboard:
    """The figures of a day, in base currency. `aging` has only its total; credits are negative."""

    today: date
    known_at: datetime | None
    currency: str
    receivable: Figure
    unallocated: Figure
    overdue: Figure
    due_this_week: Figure
    newly_overdue: Figure
    long_overdue: Figure
    untriggered: Figure
    received_this_month: Received
    aging: Aging
    debtors: tuple[Debtor, ...]
    trend: tuple[MonthEnd, ...]
    weeks: tuple[Week, ...]


def dashboard(*, today: date, salesperson_ids: frozenset[UUID] | None = None) -> Dashboard:
    """The dashboard of the current organization; `salesperson_ids`: only customers of these salespeople.

    Receivable is all that is owed, credits not deducted. The week runs from Monday to Sunday; what was due on
    its first days and is still open belongs to it.
    """
    at = moment(today)
    sheet = day_sheet(salesperson_ids)
    now = sheet.standing(today)
    before = sheet.standing(_month_start(today) - timedelta(days=1))

    def figure(where: ItemFilter) -> Figure:
        return _figure(sheet, where, at, salesperson_ids)

    return Dashboard(
        today=today,
        known_at=at.known_at,
        currency=at.currency,
        receivable=Figure(now.receivable, ItemFilter(cell=RECEIVABLE), before=before.receivable),
        unallocated=Figure(-now.credit, ItemFilter(cell=UNALLOCATED), before=-before.credit),
        overdue=Figure(now.overdue, ItemFilter(cell=OVERDUE), before=before.overdue),
        due_this_week=figure(_this_week(today)),
        newly_overdue=figure(newly_overdue_on(today)),
        long_overdue=figure(long_overdue_on(today)),
        untriggered=Figure(
            sheet.untriggered.due_open, ItemFilter(cell=UNTRIGGERED), sheet.untriggered.due_count
        ),
        received_this_month=_received(sheet, today),
        aging=_aging(sheet, at, now, salesperson_ids),
        debtors=_debtors(at, now.receivable, salesperson_ids),
        trend=tuple(MonthEnd(on, sheet.standing(on)) for on in _month_ends(today)),
        weeks=tuple(_weeks(sheet, today)),
    )


def newly_overdue_on(today: date) -> ItemFilter:
    """Debts that were due within the last week."""
    since = today - timedelta(days=NEWLY_OVERDUE_DAYS)
    return ItemFilter(cell=OVERDUE, due_from=since, due_until=today - timedelta(days=1))


def long_overdue_on(today: date) -> ItemFilter:
    """Debts that were due more than 90 days ago."""
    return ItemFilter(cell=OVERDUE, due_until=today - timedelta(days=LONG_OVERDUE_DAYS + 1))


def _this_week(today: date) -> ItemFilter:
    monday = today - timedelta(days=today.weekday())
    return ItemFilter(cell=RECEIVABLE, due_from=monday, due_until=monday + timedelta(days=6))


def _figure(
    sheet: DaySheet, where: ItemFilter, at: Moment, salesperson_ids: frozenset[UUID] | None
) -> Figure:
    """The debts due between the days of a filter. What is dated later than today must not count yet."""
    if not at.is_now:
        total = open_items_total(as_of=at.as_of, where=where, salesperson_ids=salesperson_ids)
        return Figure(total.base, where, total.count)
    amount, count = sheet.due_open(where.due_from, where.due_until)
    return Figure(amount, where, count)


def _aging(sheet: DaySheet, at: Moment, now: Standing, salesperson_ids: frozenset[UUID] | None) -> Aging:
    """The total of the aging report, from what is open by due date."""
    if not at.is_now:
        return aging(as_of=at.as_of, by=By.NONE, salesperson_ids=salesperson_ids)
    buckets = aging_buckets(at.as_of, Basis.DUE)
    amounts = tuple(sheet.due_open(bucket.from_on, bucket.until_on)[0] for bucket in buckets)
    total = AgingRow("", "", at.currency, amounts, -now.credit, sheet.untriggered.due_open)
    return Aging(
        as_of=at.as_of,
        known_at=at.known_at,
        currency=at.currency,
        by=By.NONE,
        basis=Basis.DUE,
        bounds=(),
        buckets=buckets,
        rows=(total,) if any((*amounts, now.credit, total.untriggered)) else (),
        total=total,
    )


def _received(sheet: DaySheet, today: date) -> Received:
    start, _until = this_month(today)
    return Received(sheet.received(start, today), start, today, sheet.received(*same_days_before(today)))


def this_month(today: date) -> tuple[date, date]:
    """The first day of the month, and today."""
    return _month_start(today), today


def same_days_before(today: date) -> tuple[date, date]:
    """The same days of the month before, as far as it has them."""
    start = _month_start(today)
    last_month = _month_start(start - timedelta(days=1))
    return last_month, min(last_month + (today - start), start - timedelta(days=1))


def _month_start(on: date) -> date:
    return on.replace(day=1)


def _month_ends(today: date) -> list[date]:
    """The ends of the months before today's, oldest first, and today."""
    ends = [today]
    while len(ends) < TREND_MONTHS:
        ends.append(_month_start(ends[-1]) - timedelta(days=1))
    return ends[::-1]


def _weeks(sheet: DaySheet, today: date) -> Iterator[Week]:
    monday = today - timedelta(days=today.weekday())
    for number in range(1 - PAST_WEEKS, COMING_WEEKS + 1):
        since = monday + timedelta(weeks=number)
        until = since + timedelta(days=6)
        still_open, _count = sheet.due_open(since, until)
        yield Week(since, until, sheet.due_amount(since, until), still_open, sheet.received(since, until))


def _debtors(at: Moment, owed: Decimal, salesperson_ids: frozenset[UUID] | None) -> tuple[Debtor, ...]:
    rows = _read(DEBTORS, at, salesperson_ids, limit=TOP_DEBTORS)
    return tuple(
        Debtor(key, code, name, receivable, overdue, receivable / owed if owed else None)
        for key, code, name, receivable, overdue in rows
    )


def attention(*, today: date, salesperson_ids: frozenset[UUID] | None = None) -> Attention:
    """What to look at first, with the largest items of each kind."""
    unapplied = _read(UNAPPLIED, moment(today), salesperson_ids, limit=SHOWN)
    return Attention(
        newly_overdue=_items(today, newly_overdue_on(today), salesperson_ids),
        long_overdue=_items(today, long_overdue_on(today), salesperson_ids),
        unapplied=tuple(Unapplied(*row[:-1]) for row in unapplied),
        unapplied_count=unapplied[0][-1] if unapplied else 0,
    )


def _items(today: date, where: ItemFilter, salesperson_ids: frozenset[UUID] | None) -> Items:
    page = open_items_as_of(
        as_of=today, where=where, salesperson_ids=salesperson_ids, order=Order.LARGEST, limit=SHOWN
    )
    return Items(
        page.rows, open_items_total(as_of=today, where=where, salesperson_ids=salesperson_ids), where
    )


@dataclass(frozen=True, slots=True)
class Collected:
    """What a salesperson's customers paid this month, and by the same day of last month, in base currency.

    `code` and `name` are empty for customers without a salesperson.
    """

    code: str
    name: str
    amount: Decimal
    before: Decimal


def collected_by_salesperson(
    *, today: date, salesperson_ids: frozenset[UUID] | None = None
) -> tuple[Collected, ...]:
    """Receipts and advances by the salesperson that customers have now, the largest first."""
    last_month, same_day = same_days_before(today)
    parameters: dict[str, Any] = {
        "organization": current_organization_id(),
        "start": _month_start(today),
        "today": today,
        "last_month": last_month,
        "same_day": same_day,
        "kinds": [Kind.RECEIPT.value, Kind.ADVANCE.value],
        "reach": None if salesperson_ids is None else list(salesperson_ids),
    }
    with connection.cursor() as cursor:
        cursor.execute(COLLECTED, parameters)
        return tuple(Collected(*row) for row in cursor.fetchall())


def _read(
    sql: str, at: Moment, salesperson_ids: frozenset[UUID] | None, *, limit: int
) -> list[tuple[Any, ...]]:
    totals, parameters = customer_totals_sql(today=at.as_of)
    parameters |= {"limit": limit, "reach": None if salesperson_ids is None else list(salesperson_ids)}
    with connection.cursor() as cursor:
        cursor.execute(
            sql.format(totals=totals, reach=OF_SALESPEOPLE if salesperson_ids is not None else "true"),
            parameters,
        )
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


OF_SALESPEOPLE = """t.id IN (
    SELECT id FROM customers_customer
    WHERE organization_id = %(organization)s AND salesperson_id = ANY(%(reach)s::uuid[])
)"""

DEBTORS = """
    SELECT c.id, c.code, c.name, t.receivable, t.overdue
    FROM (
        SELECT t.* FROM ({totals}) t WHERE t.receivable > 0 AND {reach} ORDER BY t.receivable DESC, t.id LIMIT %(limit)s
    ) t
    JOIN customers_customer c ON c.organization_id = %(organization)s AND c.id = t.id
    ORDER BY t.receivable DESC, c.code
"""

UNAPPLIED = """
    SELECT c.code, c.name, t.credit, t.overdue, t.count
    FROM (
        SELECT t.*, count(*) OVER () AS count FROM ({totals}) t
        WHERE t.credit > 0 AND t.overdue > 0 AND {reach}
        ORDER BY least(t.credit, t.overdue) DESC, t.id LIMIT %(limit)s
    ) t
    JOIN customers_customer c ON c.organization_id = %(organization)s AND c.id = t.id
    ORDER BY least(t.credit, t.overdue) DESC, c.code
"""

COLLECTED = """
    SELECT coalesce(s.code, ''), coalesce(s.name, ''), sum(paid.amount), sum(paid.before)
    FROM (
        SELECT d.customer_id,
               coalesce(sum(d.base_amount) FILTER (WHERE d.document_on >= %(start)s), 0) AS amount,
               coalesce(sum(d.base_amount) FILTER (WHERE d.document_on <= %(same_day)s), 0) AS before
        FROM ledger_document d
        WHERE d.organization_id = %(organization)s AND d.document_on BETWEEN %(last_month)s AND %(today)s
          AND d.kind = ANY(%(kinds)s) AND d.voided_by_id IS NULL
        GROUP BY d.customer_id
    ) paid
    JOIN customers_customer c ON c.organization_id = %(organization)s AND c.id = paid.customer_id
    LEFT JOIN customers_salesperson s ON s.organization_id = %(organization)s AND s.id = c.salesperson_id
    WHERE %(reach)s::uuid[] IS NULL OR c.salesperson_id = ANY(%(reach)s::uuid[])
    GROUP BY s.id, s.code, s.name
    ORDER BY sum(paid.amount) DESC, coalesce(s.code, '')
"""

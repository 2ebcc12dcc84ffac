"""The figures of the first page: where the receivables stand today and what needs attention."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from huikuan.ledger.models import Kind
from huikuan.reports.aging import ZERO, Aging, AgingRow, By
from huikuan.reports.filters import (
    EVERYTHING,
    OVERDUE,
    RECEIVABLE,
    UNALLOCATED,
    ItemFilter,
    bucket_sums,
    condition,
)
from huikuan.reports.moments import Moment, moment
from huikuan.reports.open_items import ItemRow, ItemTotal, Order, open_items_as_of, open_items_total
from huikuan.reports.rules import Basis, aging_buckets
from huikuan.reports.state import moves_sql, reading_whole_tables, with_sql

NEWLY_OVERDUE_DAYS = 7
LONG_OVERDUE_DAYS = 90
TOP_DEBTORS = 10
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """An amount in base currency and the open items that make it, as of today."""

    amount: Decimal
    where: ItemFilter


@dataclass(frozen=True, slots=True)
class Received:
    """What came in from customers (receipts and advances dated `from_on` to `until_on`), in base currency."""

    amount: Decimal
    from_on: date
    until_on: date


@dataclass(frozen=True, slots=True)
class Debtor:
    """A customer and what it owes. `share` of everything owed is a fraction, None when nothing is."""

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
    received_this_month: Received
    aging: Aging
    debtors: tuple[Debtor, ...]
    attention: Attention


def dashboard(*, today: date, salesperson_ids: frozenset[UUID] | None = None) -> Dashboard:
    """The dashboard of the current organization; `salesperson_ids`: only customers of these salespeople.

    Receivable is all that is owed, credits not deducted. The week runs from Monday to Sunday; what was due on
    its first days and is still open belongs to it.
    """
    at = moment(today)
    monday = today - timedelta(days=today.weekday())
    week = ItemFilter(cell=RECEIVABLE, due_from=monday, due_until=monday + timedelta(days=6))
    sums = _sums(at, week, salesperson_ids)
    total, whole, unapplied_count = sums.total, sums.whole, sums.unapplied_count
    return Dashboard(
        today=today,
        known_at=at.known_at,
        currency=at.currency,
        receivable=Figure(whole.receivable, ItemFilter(cell=RECEIVABLE)),
        unallocated=Figure(total.unallocated, ItemFilter(cell=UNALLOCATED)),
        overdue=Figure(whole.overdue, ItemFilter(cell=OVERDUE)),
        due_this_week=Figure(whole.due_this_week, week),
        received_this_month=_received(at, salesperson_ids),
        aging=sums.aging,
        debtors=sums.debtors,
        attention=Attention(
            newly_overdue=_items(
                at,
                ItemFilter(
                    cell=OVERDUE,
                    due_from=today - timedelta(days=NEWLY_OVERDUE_DAYS),
                    due_until=today - timedelta(days=1),
                ),
                salesperson_ids,
            ),
            long_overdue=_items(
                at,
                ItemFilter(cell=OVERDUE, due_until=today - timedelta(days=LONG_OVERDUE_DAYS + 1)),
                salesperson_ids,
            ),
            unapplied=sums.unapplied,
            unapplied_count=unapplied_count,
        ),
    )


def _items(at: Moment, where: ItemFilter, salesperson_ids: frozenset[UUID] | None) -> Items:
    page = open_items_as_of(
        as_of=at.as_of, where=where, salesperson_ids=salesperson_ids, order=Order.LARGEST, limit=SHOWN
    )
    total = open_items_total(as_of=at.as_of, where=where, salesperson_ids=salesperson_ids)
    return Items(page.rows, total, where)


@dataclass(frozen=True, slots=True)
class _Line:
    receivable: Decimal
    overdue: Decimal
    due_this_week: Decimal


@dataclass(frozen=True, slots=True)
class _Sums:
    whole: _Line
    total: AgingRow
    aging: Aging
    debtors: tuple[Debtor, ...]
    unapplied: tuple[Unapplied, ...]
    unapplied_count: int


def _sums(at: Moment, week: ItemFilter, salesperson_ids: frozenset[UUID] | None) -> _Sums:
    """One pass over the open items, summed by customer; the rest follows from these sums."""
    buckets = aging_buckets(at.as_of, Basis.DUE)
    only = condition(at, EVERYTHING, salesperson_ids)
    in_week = condition(at, week, None)
    sums = bucket_sums(buckets, Basis.DUE, "open_base")
    names = [f"s{position}" for position in range(len(sums))]
    *aged, unallocated, untriggered = names
    parameters = {
        **at.parameters,
        **only.parameters,
        **in_week.parameters,
        "debtors": TOP_DEBTORS,
        "shown": SHOWN,
    }
    sql = SUMS.format(
        tables=with_sql(at),
        moves=moves_sql(at, SUMMED_COLUMNS),
        only=only.sql,
        sums=", ".join(f"{total} AS {name}" for total, name in zip(sums, names, strict=True)),
        week=in_week.sql,
        owed=" + ".join(f"coalesce({name}, 0)" for name in (*aged, untriggered)),
        overdue=" + ".join(f"coalesce({name}, 0)" for name in aged[1:]),
        totals=", ".join(f"sum({name}) AS {name}" for name in names),
        columns=", ".join(names),
        unallocated=unallocated,
    )
    with connection.cursor() as cursor, reading_whole_tables():
        cursor.execute(sql, parameters)
        rows = cursor.fetchall()
    return _told(at, rows)


def _told(at: Moment, rows: list[tuple[Any, ...]]) -> _Sums:
    [whole] = [row for row in rows if row[0] == "total"]
    _what, count, _code, _name, receivable, overdue, due_this_week, *amounts = whole
    line = _Line(receivable or ZERO, overdue or ZERO, due_this_week or ZERO)
    *aged, unallocated, untriggered = (amount or ZERO for amount in amounts)
    total = AgingRow("", "", at.currency, tuple(aged), unallocated, untriggered)
    debtors = tuple(
        Debtor(row[2], row[3], row[4], row[5] or ZERO, row[4] / line.receivable if line.receivable else None)
        for row in rows
        if row[0] == "debtor"
    )
    unapplied = tuple(
        Unapplied(row[2], row[3], -row[-2], row[5] or ZERO) for row in rows if row[0] == "unapplied"
    )
    aging = Aging(
        as_of=at.as_of,
        known_at=at.known_at,
        currency=at.currency,
        by=By.NONE,
        basis=Basis.DUE,
        bounds=(),
        buckets=aging_buckets(at.as_of, Basis.DUE),
        rows=(total,) if any((*aged, unallocated, untriggered)) else (),
        total=total,
    )
    return _Sums(line, total, aging, debtors, unapplied, count)


SUMMED_COLUMNS = ("customer_id", "side", "effective_due_on")

SUMS = """
    {tables},
    grouped AS (
        SELECT m.customer_id, sum(m.open_base) FILTER (WHERE {week}) AS due_this_week, {sums}
        FROM ({moves}) m WHERE {only} GROUP BY m.customer_id
    ),
    summed AS MATERIALIZED (SELECT *, {owed} AS receivable, {overdue} AS overdue FROM grouped)
    (SELECT 'total' AS what, count(*) FILTER (WHERE {unallocated} < 0 AND overdue > 0) AS count, '' AS code, '' AS name,
            sum(receivable), sum(overdue), sum(due_this_week), {totals}
     FROM summed)
    UNION ALL
    (SELECT 'debtor', 0, p.code, p.name, receivable, overdue, due_this_week, {columns}
     FROM summed JOIN party p ON p.id = customer_id
     WHERE receivable > 0 ORDER BY receivable DESC, p.code LIMIT %(debtors)s)
    UNION ALL
    (SELECT 'unapplied', 0, p.code, p.name, receivable, overdue, due_this_week, {columns}
     FROM summed JOIN party p ON p.id = customer_id
     WHERE {unallocated} < 0 AND overdue > 0
     ORDER BY least(-{unallocated}, overdue) DESC, p.code LIMIT %(shown)s)
"""


def _received(at: Moment, salesperson_ids: frozenset[UUID] | None) -> Received:
    parameters: dict[str, Any] = {
        **at.parameters,
        "from_on": at.as_of.replace(day=1),
        "kinds": [Kind.RECEIPT.value, Kind.ADVANCE.value],
    }
    reach = "true"
    if salesperson_ids is not None:
        parameters["reach"] = list(salesperson_ids)
        reach = OF_SALESPEOPLE
    with connection.cursor() as cursor:
        cursor.execute(RECEIVED.format(reach=reach), parameters)
        [amount] = cursor.fetchone()
    return Received(amount or ZERO, parameters["from_on"], at.as_of)


OF_SALESPEOPLE = """d.customer_id IN (
    SELECT id FROM customers_customer
    WHERE organization_id = %(organization)s AND salesperson_id = ANY(%(reach)s::uuid[])
)"""

RECEIVED = """
    SELECT sum(d.base_amount) FROM ledger_document d
    WHERE d.organization_id = %(organization)s AND d.document_on BETWEEN %(from_on)s AND %(as_of)s
      AND d.kind = ANY(%(kinds)s) AND d.voided_by_id IS NULL AND {reach}
"""

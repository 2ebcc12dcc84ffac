"""The open items behind a number, with the same total."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from huikuan.core.keyset import Key, MarkUnknown, read_mark, segments, write_mark
from huikuan.reports.filters import EVERYTHING, Condition, FilterRefused, ItemFilter, condition
from huikuan.reports.moments import Moment, moment
from huikuan.reports.state import items_sql, moves_sql, reading_whole_tables, to_the_end, with_sql


class Order(StrEnum):
    """Earliest due first (without a due date last), largest first, or oldest document first."""

    DUE = "due"
    LARGEST = "largest"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An open item at a moment. Credits are negative, so that the rows sum to the number they are behind.

    `open_base` is in the organization's currency, `amount` and `open_amount` are in the item's. `overdue_days`
    is 0 until the effective due date has passed, and None for credits and where there is no due date.
    """

    item_id: UUID
    document_id: UUID
    line: int
    number: str
    kind: str
    customer_id: UUID
    customer_code: str
    customer_name: str
    salesperson_code: str
    salesperson_name: str
    side: int
    document_on: date
    due_on: date | None
    effective_due_on: date | None
    overdue_days: int | None
    currency: str
    amount: Decimal
    open_amount: Decimal
    open_base: Decimal
    as_of: date


@dataclass(frozen=True)
class ItemTotal:
    """How many items, their sum in base currency, and their sum in each currency."""

    count: int
    base: Decimal
    amounts: dict[str, Decimal]


@dataclass(frozen=True)
class ItemPage:
    """A page of open items; `after` asks for the next one, `before` for the one before: None where there is none."""

    as_of: date
    known_at: datetime | None
    currency: str
    rows: tuple[ItemRow, ...]
    after: str | None
    before: str | None = None


def open_items_as_of(
    *,
    as_of: date,
    known_at: datetime | None = None,
    where: ItemFilter = EVERYTHING,
    salesperson_ids: frozenset[UUID] | None = None,
    only: Collection[UUID] | None = None,
    order: Order = Order.DUE,
    reverse: bool = False,
    after: str | None = None,
    before: str | None = None,
    limit: int = 50,
) -> ItemPage:
    """The items of a filter open as of a day, those of `only` (None: all).

    `reverse` turns the order round. `after` continues behind the page that gave it, `before` goes back. Raises
    FilterRefused for a mark that is none.
    """
    at = moment(as_of, known_at)
    asked = condition(at, where, salesperson_ids, only)
    keys, descending = ORDERS[order]
    text = after if before is None else before
    try:
        mark = None if text is None else read_mark(text, keys)
    except MarkUnknown as error:
        raise FilterRefused(_("地址中的页码无法识别，请从第一页重新开始。"), code="unknown_mark") from error
    descending = (descending != reverse) != (before is not None)
    rows: list[ItemRow] = []
    for missing, begun in segments(nullable=keys[0].nullable, descending=descending, mark=mark):
        place = _Place(keys, missing, begun, descending)
        rows += _read(at, asked, place, limit + 1 - len(rows))
        if len(rows) > limit:
            break
    more, rows = len(rows) > limit, rows[:limit]
    if before is not None:
        rows.reverse()
    has_before, has_after = (mark is not None, more) if before is None else (more, True)
    return ItemPage(
        as_of=as_of,
        known_at=at.known_at,
        currency=at.currency,
        rows=tuple(rows),
        after=_mark(order, rows[-1]) if rows and has_after else None,
        before=_mark(order, rows[0]) if rows and has_before else None,
    )


BY_ID = Key("id", UUID)
ORDERS: dict[Order, tuple[tuple[Key, ...], bool]] = {
    Order.DUE: ((Key("effective_due_on", date, nullable=True), BY_ID), False),
    Order.LARGEST: ((Key("open_base", Decimal), BY_ID), True),
    Order.DOCUMENT: ((Key("document_on", date), BY_ID), False),
}
"""The keys of each order, and whether it descends."""


@dataclass(frozen=True)
class _Place:
    """A range of an order: where the first key is missing or not (None: it never is), behind a mark."""

    keys: tuple[Key, ...]
    missing: bool | None
    mark: Sequence[Any] | None
    descending: bool

    @property
    def _columns(self) -> list[str]:
        """What rows are ordered by here, where the first key may say nothing."""
        return [f"s.{key.expression}" for key in self.keys[1 if self.missing else 0 :]]

    @property
    def order_by(self) -> str:
        return ", ".join(f"{column} {'DESC' if self.descending else 'ASC'}" for column in self._columns)

    @property
    def sql(self) -> str:
        terms = []
        if self.missing is not None:
            terms.append(f"s.{self.keys[0].expression} IS {'' if self.missing else 'NOT '}NULL")
        if self.mark is not None:
            values = [f"%(mark_{place})s" for place in range(len(self._columns))]
            beyond = "<" if self.descending else ">"
            terms.append(f"({', '.join(self._columns)}) {beyond} ({', '.join(values)})")
        return " AND ".join(terms) or "true"

    @property
    def parameters(self) -> dict[str, Any]:
        values = (self.mark or ())[1 if self.missing else 0 :]
        return {f"mark_{place}": value for place, value in enumerate(values)}


def every_open_item(
    *,
    as_of: date,
    known_at: datetime | None = None,
    where: ItemFilter = EVERYTHING,
    salesperson_ids: frozenset[UUID] | None = None,
    only: Collection[UUID] | None = None,
    order: Order = Order.DUE,
    reverse: bool = False,
    size: int = 5_000,
) -> Iterator[list[ItemRow]]:
    """All items that `open_items_as_of` pages through, in its order, so many at a time as they come from the server."""
    at = moment(as_of, known_at)
    asked = condition(at, where, salesperson_ids, only)
    keys, descending = ORDERS[order]
    descending = descending != reverse
    for missing, _begun in segments(nullable=keys[0].nullable, descending=descending, mark=None):
        sql, parameters = _rows_sql(at, asked, _Place(keys, missing, None, descending))
        with connection.chunked_cursor() as cursor:
            with nullcontext() if asked.few_customers else reading_whole_tables(), to_the_end():
                cursor.execute(sql, {**parameters, "limit": None})
            while rows := cursor.fetchmany(size):
                yield [ItemRow(*row) for row in rows]


def _read(at: Moment, asked: Condition, place: _Place, limit: int) -> list[ItemRow]:
    sql, parameters = _rows_sql(at, asked, place)
    # Items that keep what was open then are walked in the order of an index; only others are added up first.
    walked = at.all_settled or asked.few_customers
    return [ItemRow(*row) for row in _fetch(sql, {**parameters, "limit": limit}, walked=walked)]


def _rows_sql(at: Moment, asked: Condition, place: _Place) -> tuple[str, dict[str, Any]]:
    """The rows of a range in its order, and the parameters but `limit`."""
    sql = f"""
        {with_sql(at, few_customers=asked.few_customers)},
        page AS (
            SELECT * FROM ({_state_sql(at, asked)}) s
            WHERE {place.sql} ORDER BY {place.order_by} LIMIT %(limit)s
        )
        SELECT i.id, i.document_id, i.line, d.number, d.kind, p.id, p.code, p.name,
               coalesce(sold.code, ''), coalesce(sold.name, ''), i.side, i.document_on, i.due_on, i.effective_due_on,
               CASE WHEN i.side > 0 AND i.effective_due_on IS NOT NULL THEN greatest(0, %(as_of)s - i.effective_due_on) END,
               i.currency, i.side * i.amount, i.side * s.open_amount, i.side * s.open_base, %(as_of)s::date
        FROM page s
        JOIN {items_sql(at)} i ON i.id = s.id
        JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = i.document_id
        JOIN party p ON p.id = i.customer_id
        LEFT JOIN customers_salesperson sold
          ON sold.organization_id = %(organization)s AND sold.id = i.salesperson_id
        ORDER BY {place.order_by}
    """
    return sql, {**at.parameters, **asked.parameters, **place.parameters}


def _mark(order: Order, row: ItemRow) -> str:
    keys, _descending = ORDERS[order]
    values = {
        "effective_due_on": row.effective_due_on,
        "open_base": abs(row.open_base),
        "document_on": row.document_on,
        "id": row.item_id,
    }
    return write_mark([values[key.expression] for key in keys])


def open_items_total(
    *,
    as_of: date,
    known_at: datetime | None = None,
    where: ItemFilter = EVERYTHING,
    salesperson_ids: frozenset[UUID] | None = None,
    only: Collection[UUID] | None = None,
) -> ItemTotal:
    """The sums over all pages of `open_items_as_of`; they equal the cell, tile or chart that the filter is behind."""
    at = moment(as_of, known_at)
    asked = condition(at, where, salesperson_ids, only)
    sql = f"""
        {with_sql(at, few_customers=asked.few_customers)}
        SELECT s.currency, count(*), sum(s.side * s.open_base), sum(s.side * s.open_amount)
        FROM ({_state_sql(at, asked)}) s GROUP BY s.currency ORDER BY s.currency
    """
    rows = _fetch(sql, {**at.parameters, **asked.parameters}, walked=asked.few_customers)
    return ItemTotal(
        count=sum(row[1] for row in rows),
        base=sum((row[2] for row in rows), Decimal(0)),
        amounts={row[0]: row[3] for row in rows},
    )


def _fetch(sql: str, parameters: dict[str, Any], *, walked: bool) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor, nullcontext() if walked else reading_whole_tables():
        cursor.execute(sql, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


STATE_COLUMNS = ("id", "customer_id", "salesperson_id", "currency", "side", "document_on", "effective_due_on")


def _state_sql(at: Moment, only: Condition) -> str:
    """One row per item of the filter with what was open, and what pages are sorted by."""
    moves = moves_sql(at, (*STATE_COLUMNS, *only.columns), few_customers=only.few_customers)
    if at.all_settled:
        return f"""
            SELECT m.id, m.currency, m.side, m.document_on, m.effective_due_on, m.open_amount, m.open_base
            FROM ({moves}) m WHERE {only.sql}"""
    return f"""
        SELECT m.id, min(m.currency) AS currency, min(m.side) AS side, min(m.document_on) AS document_on,
               min(m.effective_due_on) AS effective_due_on,
               sum(m.open_amount) AS open_amount, sum(m.open_base) AS open_base
        FROM ({moves}) m WHERE {only.sql}
        GROUP BY m.id HAVING sum(m.open_amount) <> 0 OR sum(m.open_base) <> 0"""

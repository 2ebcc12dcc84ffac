"""The open items behind a number, with the same total."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from huikuan.reports.filters import EVERYTHING, Condition, FilterRefused, ItemFilter, condition
from huikuan.reports.moments import Moment, moment
from huikuan.reports.state import items_sql, moves_sql, reading_whole_tables, with_sql


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


@dataclass(frozen=True)
class ItemTotal:
    """How many items, their sum in base currency, and their sum in each currency."""

    count: int
    base: Decimal
    amounts: dict[str, Decimal]


@dataclass(frozen=True)
class ItemPage:
    """A page of open items; `after` asks for the next one, and is None on the last."""

    as_of: date
    known_at: datetime | None
    currency: str
    rows: tuple[ItemRow, ...]
    after: str | None


def open_items_as_of(
    *,
    as_of: date,
    known_at: datetime | None = None,
    where: ItemFilter = EVERYTHING,
    salesperson_ids: frozenset[UUID] | None = None,
    order: Order = Order.DUE,
    after: str | None = None,
    limit: int = 50,
) -> ItemPage:
    """The items of a filter open as of a day; `after` continues behind the page that gave it."""
    at = moment(as_of, known_at)
    only = condition(at, where, salesperson_ids)
    continued, place = _place(order, after)
    sql = f"""
        {with_sql(at, few_customers=only.few_customers)},
        page AS (
            SELECT * FROM ({_state_sql(at, only)}) s
            WHERE {continued} ORDER BY {SORTS[order]} LIMIT %(limit)s
        )
        SELECT i.id, i.document_id, i.line, d.number, d.kind, p.id, p.code, p.name,
               coalesce(sold.code, ''), coalesce(sold.name, ''), i.side, i.document_on, i.due_on, i.effective_due_on,
               CASE WHEN i.side > 0 AND i.effective_due_on IS NOT NULL THEN greatest(0, %(as_of)s - i.effective_due_on) END,
               i.currency, i.side * i.amount, i.side * s.open_amount, i.side * s.open_base
        FROM page s
        JOIN {items_sql(at)} i ON i.id = s.id
        JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = i.document_id
        JOIN party p ON p.id = i.customer_id
        LEFT JOIN customers_salesperson sold
          ON sold.organization_id = %(organization)s AND sold.id = i.salesperson_id
        ORDER BY {SORTS[order]}
    """
    rows = _fetch(sql, only, {**at.parameters, **only.parameters, **place, "limit": limit + 1})
    found = tuple(ItemRow(*row) for row in rows)
    more = len(found) > limit
    return ItemPage(
        as_of=as_of,
        known_at=at.known_at,
        currency=at.currency,
        rows=found[:limit],
        after=_mark(order, found[limit - 1]) if more else None,
    )


def open_items_total(
    *,
    as_of: date,
    known_at: datetime | None = None,
    where: ItemFilter = EVERYTHING,
    salesperson_ids: frozenset[UUID] | None = None,
) -> ItemTotal:
    """The sums over all pages of `open_items_as_of`; they equal the cell, tile or chart that the filter is behind."""
    at = moment(as_of, known_at)
    only = condition(at, where, salesperson_ids)
    sql = f"""
        {with_sql(at, few_customers=only.few_customers)}
        SELECT s.currency, count(*), sum(s.side * s.open_base), sum(s.side * s.open_amount)
        FROM ({_state_sql(at, only)}) s GROUP BY s.currency ORDER BY s.currency
    """
    rows = _fetch(sql, only, {**at.parameters, **only.parameters})
    return ItemTotal(
        count=sum(row[1] for row in rows),
        base=sum((row[2] for row in rows), Decimal(0)),
        amounts={row[0]: row[3] for row in rows},
    )


def _fetch(sql: str, only: Condition, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor, nullcontext() if only.few_customers else reading_whole_tables():
        cursor.execute(sql, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


STATE_COLUMNS = ("id", "customer_id", "salesperson_id", "currency", "side", "document_on", "effective_due_on")


def _state_sql(at: Moment, only: Condition) -> str:
    """One row per item of the filter with what was open, and what pages are sorted by."""
    moves = moves_sql(at, STATE_COLUMNS, few_customers=only.few_customers)
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


SORTS = {
    Order.DUE: "s.effective_due_on, s.id",
    Order.LARGEST: "s.open_base DESC, s.id DESC",
    Order.DOCUMENT: "s.document_on, s.id",
}
NO_DUE_DATE = "-"


def _mark(order: Order, row: ItemRow) -> str:
    value = {
        Order.DUE: row.effective_due_on or NO_DUE_DATE,
        Order.LARGEST: abs(row.open_base),
        Order.DOCUMENT: row.document_on,
    }[order]
    return f"{value}~{row.item_id}"


def _place(order: Order, after: str | None) -> tuple[str, dict[str, Any]]:
    """The condition that a row comes after the mark, with its parameters. Raises FilterRefused."""
    if after is None:
        return "true", {}
    value, _tilde, key = after.partition("~")
    try:
        place: dict[str, Any] = {"after_id": UUID(key)}
        if order is Order.LARGEST:
            return "(s.open_base, s.id) < (%(after)s, %(after_id)s)", {**place, "after": Decimal(value)}
        if order is Order.DUE and value == NO_DUE_DATE:
            return "s.effective_due_on IS NULL AND s.id > %(after_id)s", place
        place["after"] = date.fromisoformat(value)
    except (ValueError, ArithmeticError) as error:
        raise FilterRefused(_("地址中的页码无法识别,请从第一页重新开始。")) from error
    if order is Order.DUE:
        return (
            "(s.effective_due_on IS NULL OR (s.effective_due_on, s.id) > (%(after)s, %(after_id)s))",
            place,
        )
    return "(s.document_on, s.id) > (%(after)s, %(after_id)s)", place

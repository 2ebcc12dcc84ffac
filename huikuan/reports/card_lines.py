"""What moved the balance of customers with us, line by line: the ledger's side, write-offs and undone documents included.

A line is a document (all its items of a currency), a settlement across customers of a group, or what an exchange rate
did to the value in base currency: a revaluation, or the difference that a settlement realised. Added up they are what
customers owe less what we hold for them, at any moment.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from huikuan.reports.moments import Moment
from huikuan.reports.state import changes_sql, items_sql, known_row_sql, with_sql

SETTLED, EXCHANGE = "settled", "exchange"
"""What lines that are no documents are: settled across customers, and differences of exchange."""


class CardLine(NamedTuple):
    """A line of a card; `debit` and `credit` in `currency`, `base` (debit less credit) in the organization's.

    `on` None: the balance brought forward, debit less credit in `debit`. `kind`: a document's, or SETTLED or EXCHANGE.
    """

    customer_id: UUID
    currency: str
    on: date | None
    document_id: UUID | None
    number: str
    kind: str
    memo: str
    debit: Decimal
    credit: Decimal
    base: Decimal


class CardTotal(NamedTuple):
    """A customer and currency in a period: balances in the currency and, `…_base`, in the organization's."""

    customer_id: UUID
    code: str
    name: str
    currency: str
    opening: Decimal
    debit: Decimal
    credit: Decimal
    closing: Decimal
    opening_base: Decimal
    debit_base: Decimal
    credit_base: Decimal
    closing_base: Decimal


def card_lines(at: Moment, since: date, customer_ids: Collection[UUID]) -> list[CardLine]:
    """The balance brought forward to `since` and the lines from then to the moment's day, by customer and currency."""
    parameters = {**at.parameters, "since": since, "customers": list(customer_ids)}
    with connection.cursor() as cursor:
        cursor.execute(_lines_sql(at), parameters)
        return [CardLine(*row) for row in cursor.fetchall()]


def card_totals(
    at: Moment,
    since: date,
    *,
    customer_ids: Collection[UUID] | None = None,
    salesperson_ids: frozenset[UUID] | None = None,
) -> list[CardTotal]:
    """Opening, turnover and closing of every customer (of these, or of these salespeople) by code and currency."""
    parameters = {
        **at.parameters,
        "since": since,
        "customers": None if customer_ids is None else list(customer_ids),
        "reach": None if salesperson_ids is None else list(salesperson_ids),
    }
    with connection.cursor() as cursor:
        cursor.execute(_totals_sql(at), parameters)
        return [CardTotal(*row) for row in cursor.fetchall()]


def _moved(at: Moment, customers: str) -> str:
    """Every change of a balance up to the moment: customer, currency, day, document, kind, amount and base."""
    changes = changes_sql(at, after=None, debits_only=True)
    revalued = _revalued_sql(at)
    return f"""
        item AS (SELECT i.* FROM {items_sql(at)} i WHERE {customers}),
        moved AS (
            SELECT i.customer_id, i.currency, i.document_on AS on_day, i.document_id, '' AS what,
                   i.side * i.amount AS amount, i.side * i.base_amount AS base
            FROM item i
            UNION ALL
            SELECT x.customer_id, i.currency, c.effective_on, x.document_id,
                   CASE WHEN i.customer_id = o.customer_id THEN '{EXCHANGE}' ELSE '{SETTLED}' END,
                   CASE WHEN i.customer_id = o.customer_id THEN 0 ELSE x.sign * c.amount END, x.sign * x.base
            FROM ({changes}) c
            JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = c.item_id
            JOIN ledger_open_item o ON o.organization_id = %(organization)s AND o.id = c.other_id
            CROSS JOIN LATERAL (
                VALUES (i.customer_id, o.document_id, -1, c.base), (o.customer_id, o.document_id, 1, c.other_base)
            ) x (customer_id, document_id, sign, base)
            WHERE (i.customer_id <> o.customer_id OR c.base <> c.other_base)
              AND x.customer_id IN (SELECT customer_id FROM item)
            UNION ALL
            SELECT i.customer_id, i.currency, r.effective_on, i.document_id, '{EXCHANGE}', 0, i.side * r.base_change
            FROM ({revalued}) r JOIN item i ON i.id = r.item_id
        )"""


# A line of a card; all before the period is one. Totals add up lines, so that both say the same.
LINES = """
    SELECT m.customer_id, m.currency, CASE WHEN m.on_day >= %(since)s THEN m.on_day END AS on_day,
           CASE WHEN m.on_day >= %(since)s THEN m.document_id END AS document_id,
           CASE WHEN m.on_day >= %(since)s THEN m.what ELSE '' END AS what,
           sum(m.amount) AS amount, sum(m.base) AS base
    FROM moved m GROUP BY 1, 2, 3, 4, 5
"""


def _revalued_sql(at: Moment) -> str:
    join, known = known_row_sql(at, "r", "r.effective_on")
    return f"""
        SELECT r.item_id, r.effective_on, r.base_change FROM ledger_revaluation r {join}
        WHERE r.organization_id = %(organization)s AND r.effective_on <= %(as_of)s AND {known} AND r.base_change <> 0"""


def _lines_sql(at: Moment) -> str:
    return f"""
        {with_sql(at)},
        {_moved(at, "i.customer_id = ANY(%(customers)s::uuid[])")},
        line AS ({LINES})
        SELECT l.customer_id, l.currency, l.on_day, l.document_id, coalesce(d.number, ''),
               coalesce(nullif(l.what, ''), d.kind, ''), coalesce(d.memo, ''),
               CASE WHEN l.on_day IS NULL THEN l.amount ELSE greatest(l.amount, 0) END,
               CASE WHEN l.on_day IS NULL THEN 0 ELSE greatest(-l.amount, 0) END, l.base
        FROM line l
        LEFT JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = l.document_id
        WHERE l.amount <> 0 OR l.base <> 0
        ORDER BY l.customer_id, l.currency, l.on_day NULLS FIRST, l.what <> '', l.amount < 0, d.number
    """


def _totals_sql(at: Moment) -> str:
    customers = """(%(customers)s::uuid[] IS NULL OR i.customer_id = ANY(%(customers)s::uuid[]))
        AND (%(reach)s::uuid[] IS NULL OR i.customer_id IN (
            SELECT id FROM party WHERE salesperson_id = ANY(%(reach)s::uuid[])))"""
    later = "l.on_day IS NOT NULL"
    return f"""
        {with_sql(at)},
        {_moved(at, customers)},
        line AS ({LINES})
        SELECT p.id, p.code, p.name, l.currency,
               coalesce(sum(l.amount) FILTER (WHERE NOT {later}), 0),
               coalesce(sum(l.amount) FILTER (WHERE {later} AND l.amount > 0), 0),
               coalesce(-sum(l.amount) FILTER (WHERE {later} AND l.amount < 0), 0),
               sum(l.amount),
               coalesce(sum(l.base) FILTER (WHERE NOT {later}), 0),
               coalesce(sum(l.base) FILTER (WHERE {later} AND l.base > 0), 0),
               coalesce(-sum(l.base) FILTER (WHERE {later} AND l.base < 0), 0),
               sum(l.base)
        FROM line l JOIN party p ON p.id = l.customer_id
        GROUP BY p.id, p.code, p.name, l.currency
        HAVING bool_or({later}) OR sum(l.amount) <> 0 OR sum(l.base) <> 0
        ORDER BY p.code, l.currency
    """

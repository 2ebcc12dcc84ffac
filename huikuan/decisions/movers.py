"""Whose overdue debts grew or shrank most since a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.reports.state import joining_whole_tables


@dataclass(frozen=True, slots=True)
class Mover:
    """A customer whose overdue debt changed, in base currency.

    `change` = `fell_due` − `settled`: what fell due since and is still owed, less what was settled of the debts that
    were overdue by then.
    """

    customer_id: UUID
    code: str
    name: str
    fell_due: Decimal
    settled: Decimal
    change: Decimal


@dataclass(frozen=True)
class Movers:
    """Those whose overdue debt grew most, and those whose shrank most."""

    worse: tuple[Mover, ...]
    better: tuple[Mover, ...]


def movers(
    *, since: date, today: date, salesperson_ids: frozenset[UUID] | None = None, limit: int = 5
) -> Movers:
    """Changes of overdue debt from the end of `since` to `today`, as known now; the largest `limit` either way."""
    values: dict[str, Any] = {
        "organization": current_organization_id(),
        "since": since,
        "today": today,
        "limit": limit,
        "reach": None if salesperson_ids is None else list(salesperson_ids),
    }
    with joining_whole_tables(), connection.cursor() as cursor:
        cursor.execute(MOVERS, values)
        rows = cursor.fetchall()
    found = [Mover(*row[:-1]) for row in rows]
    return Movers(
        tuple(each for each in found if each.change > 0),
        tuple(sorted((each for each in found if each.change < 0), key=lambda each: (each.change, each.code))),
    )


# A debt was overdue at the end of a day when it was due before it. Debts written after `since` that were due before it
# count as fallen due since.
MOVERS = """
    WITH part AS (
        SELECT i.customer_id, i.open_base AS fell_due, 0 AS settled
        FROM ledger_open_item i
        WHERE i.organization_id = %(organization)s AND i.side = 1 AND i.open_amount > 0
          AND i.effective_due_on < %(today)s AND i.document_on <= %(today)s
          AND (i.effective_due_on >= %(since)s OR i.document_on > %(since)s)
        UNION ALL
        SELECT i.customer_id, 0, a.debit_base
        FROM ledger_allocation a
        JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = a.debit_item_id
        WHERE a.organization_id = %(organization)s AND a.effective_on > %(since)s AND a.effective_on <= %(today)s
          AND i.side = 1 AND i.effective_due_on < %(since)s AND i.document_on <= %(since)s
    ),
    summed AS (
        SELECT p.customer_id, sum(p.fell_due) AS fell_due, sum(p.settled) AS settled,
               sum(p.fell_due - p.settled) AS change
        FROM part p GROUP BY p.customer_id
    ),
    ranked AS (
        SELECT c.id, c.code, c.name, s.fell_due, s.settled, s.change,
               row_number() OVER (PARTITION BY s.change > 0 ORDER BY abs(s.change) DESC, c.code) AS place
        FROM summed s
        JOIN customers_customer c ON c.organization_id = %(organization)s AND c.id = s.customer_id
        WHERE s.change <> 0 AND (%(reach)s::uuid[] IS NULL OR c.salesperson_id = ANY(%(reach)s::uuid[]))
    )
    SELECT id, code, name, fell_due, settled, change, place FROM ranked
    WHERE place <= %(limit)s ORDER BY change DESC, code
"""

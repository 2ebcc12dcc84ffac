"""What is at risk: what somebody was warned of, promises broken, claims that lapse, debts of few."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from huikuan.collection.limitation import expiring
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.reports.customer_totals import customer_totals_sql

LAPSE_DAYS = 180
BROKEN_SINCE = 30
LARGEST = 3


@dataclass(frozen=True, slots=True)
class Warned:
    """Open early warnings of a kind: of how many customers, and what these owe, in base currency."""

    kind: str
    customers: int
    receivable: Decimal


@dataclass(frozen=True, slots=True)
class Counted:
    """How many customers it is about, and an amount in base currency."""

    customers: int
    amount: Decimal


@dataclass(frozen=True)
class Risks:
    """What is at risk on a day. `lapsing`: open debts whose limitation ends within half a year, or has ended;
    `broken`: promises of the last thirty days that were not kept; `largest`: what the three largest debtors owe.
    `disputes_late`: disputes that nobody answered in time.
    """

    warned: tuple[Warned, ...]
    lapsing: Counted
    broken: Counted
    disputes_late: Counted
    largest: Counted
    receivable: Decimal


def risks(*, today: date, salesperson_ids: frozenset[UUID] | None = None) -> Risks:
    """The risks of the current organization, of customers of these salespeople only (None: of all)."""
    totals, parameters = customer_totals_sql(today=today)
    values: dict[str, Any] = {
        **parameters,
        "organization": current_organization_id(),
        "today": today,
        "broken_since": today - timedelta(days=BROKEN_SINCE),
        "largest": LARGEST,
        "reach": None if salesperson_ids is None else list(salesperson_ids),
    }
    with connection.cursor() as cursor:
        cursor.execute(WARNED.format(totals=totals), values)
        warned = tuple(Warned(*row) for row in cursor.fetchall())
        cursor.execute(COUNTED.format(totals=totals), values)
        broken, broken_amount, late, late_amount, few, few_amount, receivable = cursor.fetchone()
    lapsing = expiring(until=today + timedelta(days=LAPSE_DAYS), salespeople=salesperson_ids)
    return Risks(
        warned=warned,
        lapsing=Counted(
            len({each.customer_id for each in lapsing}), sum((each.open_base for each in lapsing), Decimal(0))
        ),
        broken=Counted(broken, broken_amount),
        disputes_late=Counted(late, late_amount),
        largest=Counted(few, few_amount),
        receivable=receivable,
    )


REACH = "(%(reach)s::uuid[] IS NULL OR c.salesperson_id = ANY(%(reach)s::uuid[]))"

WARNED = f"""
    SELECT w.kind, count(*)::int, coalesce(sum(t.receivable), 0)
    FROM warnings_warning w
    JOIN customers_customer c ON c.organization_id = %(organization)s AND c.id = w.customer_id
    LEFT JOIN ({{totals}}) t ON t.id = w.customer_id
    WHERE w.organization_id = %(organization)s AND w.state = 'open' AND {REACH}
    GROUP BY w.kind ORDER BY coalesce(sum(t.receivable), 0) DESC, w.kind
"""

# A promise is in the currency of its items, and is counted at what they are open with in base currency.
COUNTED = f"""
    WITH owed AS (
        SELECT t.id, t.receivable FROM ({{totals}}) t
        JOIN customers_customer c ON c.organization_id = %(organization)s AND c.id = t.id
        WHERE t.receivable > 0 AND {REACH}
    ),
    broken AS (
        SELECT count(DISTINCT p.customer_id)::int AS customers, coalesce(sum(o.open_base), 0) AS amount
        FROM collection_promise p
        JOIN customers_customer c ON c.organization_id = %(organization)s AND c.id = p.customer_id
        LEFT JOIN LATERAL (
            SELECT sum(i.open_base) AS open_base
            FROM collection_promised_item m
            JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = m.item_id
            WHERE m.organization_id = %(organization)s AND m.promise_id = p.id
        ) o ON true
        WHERE p.organization_id = %(organization)s AND p.state IN ('broken', 'partly')
          AND p.judged_on > %(broken_since)s AND {REACH}
    ),
    late AS (
        SELECT count(DISTINCT d.customer_id)::int AS customers, coalesce(sum(i.open_base), 0) AS amount
        FROM disputes_dispute d
        JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = d.item_id
        JOIN customers_customer c ON c.organization_id = %(organization)s AND c.id = d.customer_id
        WHERE d.organization_id = %(organization)s AND d.state = 'open' AND d.due_on < %(today)s AND {REACH}
    ),
    few AS (
        SELECT count(*)::int AS customers, coalesce(sum(f.receivable), 0) AS amount
        FROM (SELECT receivable FROM owed ORDER BY receivable DESC, id LIMIT %(largest)s) f
    )
    SELECT b.customers, b.amount, l.customers, l.amount, f.customers, f.amount,
           (SELECT coalesce(sum(receivable), 0) FROM owed)
    FROM broken b, late l, few f
"""

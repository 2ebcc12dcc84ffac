"""Whom to stop: customers long overdue who are still sold to on credit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from huikuan.core.postgres.tenancy import current_organization_id

LATE_DAYS = 60
BOUGHT_DAYS = 30
BROKEN_DAYS = 365


@dataclass(frozen=True, slots=True)
class ToStop:
    """A customer that goes on buying while it owes for long.

    `late`: owed for more than so many days, not disputed, in base currency; `oldest_on`: the earliest due of that.
    `bought`: what was invoiced within the last thirty days; `broken`: promises not kept within a year; `agreed`: a
    repayment plan is in force, which speaks for waiting.
    """

    customer_id: UUID
    code: str
    name: str
    late: Decimal
    oldest_on: date
    bought: Decimal
    broken: int
    agreed: bool


def customers_to_stop(
    *, today: date, days: int = LATE_DAYS, salesperson_ids: frozenset[UUID] | None = None, limit: int = 10
) -> tuple[ToStop, ...]:
    """Customers with undisputed debts more than `days` overdue, sold to within a month and not stopped.

    Neither by themselves nor with their whole group. Those who owe most for that long come first.
    """
    values: dict[str, Any] = {
        "organization": current_organization_id(),
        "today": today,
        "late_before": today - timedelta(days=days),
        "bought_since": today - timedelta(days=BOUGHT_DAYS),
        "broken_since": today - timedelta(days=BROKEN_DAYS),
        "limit": limit,
        "reach": None if salesperson_ids is None else list(salesperson_ids),
    }
    with connection.cursor() as cursor:
        cursor.execute(TO_STOP, values)
        return tuple(ToStop(*row) for row in cursor.fetchall())


TO_STOP = """
    WITH bought AS (
        SELECT d.customer_id, sum(d.base_amount) AS amount
        FROM ledger_document d
        WHERE d.organization_id = %(organization)s AND d.kind = 'invoice' AND d.voided_by_id IS NULL
          AND d.document_on > %(bought_since)s AND d.document_on <= %(today)s
        GROUP BY d.customer_id
    ),
    late AS (
        SELECT i.customer_id, sum(i.open_base) AS amount, min(i.effective_due_on) AS oldest_on
        FROM ledger_open_item i
        WHERE i.organization_id = %(organization)s AND i.side = 1 AND i.open_amount > 0
          AND i.effective_due_on < %(late_before)s
          AND i.customer_id = ANY(SELECT customer_id FROM bought)
          AND NOT EXISTS (
              SELECT FROM disputes_dispute o
              WHERE o.organization_id = %(organization)s AND o.item_id = i.id AND o.state = 'open')
        GROUP BY i.customer_id
    )
    SELECT c.id, c.code, c.name, l.amount, l.oldest_on, b.amount,
           (SELECT count(*) FROM collection_promise p
            WHERE p.organization_id = %(organization)s AND p.customer_id = c.id AND p.state IN ('broken', 'partly')
              AND p.promised_on >= %(broken_since)s)::int,
           EXISTS (
               SELECT FROM collection_plan p
               WHERE p.organization_id = %(organization)s AND p.customer_id = c.id AND p.state = 'open')
    FROM late l
    JOIN bought b ON b.customer_id = l.customer_id
    JOIN customers_customer c ON c.organization_id = %(organization)s AND c.id = l.customer_id
    WHERE (%(reach)s::uuid[] IS NULL OR c.salesperson_id = ANY(%(reach)s::uuid[]))
      AND NOT EXISTS (
          SELECT FROM credit_manual_hold h
          WHERE h.organization_id = %(organization)s AND h.until_on IS NULL
            AND (h.customer_id = c.id
                 OR (h.whole_group AND h.customer_id = c.parent_id)))
    ORDER BY l.amount DESC, c.code
    LIMIT %(limit)s
"""

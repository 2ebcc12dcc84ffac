"""What of a customer's debts is chased: what is open and overdue, less what is in dispute or in a plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from huikuan.collection.planned import in_plan, in_plan_on
from huikuan.core.postgres.tenancy import current_organization_id

# Rows (item_id, customer_id, due_on, open_base) of overdue debts, in the organization's currency, as of now. What is in a repayment plan
# waits for it.
OVERDUE = f"""
    SELECT i.id AS item_id, i.customer_id, i.effective_due_on AS due_on,
           CASE WHEN d.amount IS NULL THEN i.open_base
                ELSE round(i.open_base * greatest(i.open_amount - d.amount, 0) / i.open_amount, 4) END AS open_base
    FROM ledger_open_item i
    LEFT JOIN (
        SELECT item_id, sum(amount) AS amount FROM disputes_dispute
        WHERE organization_id = %(organization)s AND state = 'open' GROUP BY item_id
    ) d ON d.item_id = i.id
    WHERE i.organization_id = %(organization)s AND i.side = 1 AND i.open_amount > 0
      AND i.effective_due_on < %(today)s AND NOT {in_plan("i.id")}
"""


@dataclass(frozen=True, slots=True)
class OpenClaim:
    """An open item as it stood at the end of a day. `paid`: what money had settled of it by then, as known now."""

    customer_id: UUID
    item_id: UUID
    number: str
    due_on: date | None
    currency: str
    open_amount: Decimal
    open_base: Decimal
    paid: Decimal


@dataclass(frozen=True, slots=True)
class Asked:
    """Which items of a customer are asked for as of a day: these, or (None) all that are overdue and undisputed."""

    customer_id: UUID
    day: date
    item_ids: Sequence[UUID] | None = None


def open_claims(asked: Sequence[Asked]) -> list[list[OpenClaim]]:
    """For each of the asked its open items, the earliest due first; what is settled or not the customer's is absent."""
    rows: list[list[OpenClaim]] = [[] for _each in asked]
    values: dict[str, Any] = {
        "organization": current_organization_id(),
        "places": list(range(len(asked))),
        "customers": [each.customer_id for each in asked],
        "days": [each.day for each in asked],
        "chosen": [each.item_ids is not None for each in asked],
        "item_places": [place for place, each in enumerate(asked) for _item in each.item_ids or ()],
        "items": [item for each in asked for item in each.item_ids or ()],
    }
    with connection.cursor() as cursor:
        cursor.execute(OPEN_CLAIMS, values)
        for place, *row in cursor.fetchall():
            rows[place].append(OpenClaim(*row))
    return rows


# Kinds of documents that settle a debt by paying it; what is credited or written off is no payment.
PAYING = "('receipt', 'advance', 'bill', 'offset', 'transfer_out', 'factoring', 'discount', 'difference')"

OPEN_CLAIMS = f"""
    WITH asked AS MATERIALIZED (
        SELECT * FROM unnest(%(places)s::int[], %(customers)s::uuid[], %(days)s::date[], %(chosen)s::bool[])
            AS a (place, customer_id, day, chosen)
    ),
    named AS MATERIALIZED (
        SELECT * FROM unnest(%(item_places)s::int[], %(items)s::uuid[]) AS n (place, item_id)
    ),
    wanted AS (
        SELECT a.place, a.day, a.chosen, i.*
        FROM asked a
        JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.customer_id = a.customer_id
        WHERE i.side = 1 AND i.document_on <= a.day
          AND (CASE WHEN a.chosen THEN (a.place, i.id) IN (SELECT place, item_id FROM named)
                    ELSE i.effective_due_on < a.day AND NOT {in_plan_on("i.id", "a.day")} END)
    ),
    stood AS (
        SELECT w.*,
               w.open_amount + coalesce(s.after, 0) AS open_then,
               w.open_base + coalesce(s.base_after, 0) AS base_then,
               coalesce(s.paid, 0) AS paid,
               coalesce((
                   SELECT sum(x.amount) FROM disputes_dispute x
                   WHERE x.organization_id = %(organization)s AND x.item_id = w.id AND NOT w.chosen
                     AND x.opened_on <= w.day AND (x.ended_on IS NULL OR x.ended_on > w.day)
               ), 0) AS disputed
        FROM wanted w
        LEFT JOIN LATERAL (
            SELECT sum(a.amount) FILTER (WHERE a.effective_on > w.day) AS after,
                   sum(a.debit_base) FILTER (WHERE a.effective_on > w.day) AS base_after,
                   sum(a.amount) FILTER (WHERE a.effective_on <= w.day AND c.kind IN {PAYING}) AS paid
            FROM ledger_allocation a
            JOIN ledger_open_item o ON o.organization_id = %(organization)s AND o.id = a.credit_item_id
            JOIN ledger_document c ON c.organization_id = %(organization)s AND c.id = o.document_id
            WHERE a.organization_id = %(organization)s AND a.debit_item_id = w.id
        ) s ON true
    )
    SELECT s.place, s.customer_id, s.id, d.number, s.effective_due_on, s.currency,
           s.open_then - s.disputed, round(s.base_then * (s.open_then - s.disputed) / s.open_then, 4), s.paid
    FROM stood s
    JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = s.document_id
    WHERE s.open_then > s.disputed
    ORDER BY s.place, s.effective_due_on, s.id
"""

"""Until when debts can be claimed in court: one statement over any set of open items."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from huikuan.collection.rules import CEILING_YEARS, LIMITATION_YEARS
from huikuan.core.dates import add_years
from huikuan.core.postgres.tenancy import current_organization_id


@dataclass(frozen=True, slots=True)
class Limitation:
    """An open item and the last day of its limitation. `due_on`: the debt's, that of its last instalment.

    `interrupted_on`: the last interruption that counts, by the contact `contact_id`, or (None) by a case at law. Amounts are open now.
    """

    item_id: UUID
    document_id: UUID
    number: str
    line: int
    customer_id: UUID
    due_on: date
    interrupted_on: date | None
    expires_on: date
    contact_id: UUID | None
    currency: str
    open_amount: Decimal
    open_base: Decimal


def limitations(*, item_ids: Collection[UUID]) -> dict[UUID, Limitation]:
    """The limitation of items, settled ones too; items without a due date have none."""
    found = _read("i.id = ANY(%(items)s)", items=list(item_ids))
    return {each.item_id: each for each in found}


def limitation_of_customer(customer_id: UUID) -> list[Limitation]:
    """The limitation of what a customer owes, the earliest first."""
    return _read("i.customer_id = %(customer)s AND i.open_amount > 0", customer=customer_id)


def expiring(*, until: date, salespeople: Collection[UUID] | None = None) -> list[Limitation]:
    """The open items whose limitation ends by a day, or has ended; the earliest first.

    `salespeople`: only those of their customers (None: all).
    """
    where, values = expiring_where(until)
    if salespeople is not None:
        where += """ AND i.customer_id IN (SELECT id FROM customers_customer
            WHERE organization_id = %(organization)s AND salesperson_id = ANY(%(people)s))"""
        values["people"] = list(salespeople)
    return [each for each in _read(where, **values) if each.expires_on <= until]


def expiring_where(until: date) -> tuple[str, dict[str, Any]]:
    """A condition on items `i` that all those pass whose limitation may end by a day, and its parameters.

    None ends earlier than three years after its own due date.
    """
    return "i.open_amount > 0 AND i.effective_due_on <= %(from_due)s", {
        "from_due": add_years(until, -LIMITATION_YEARS)
    }


def _read(where: str, **values: Any) -> list[Limitation]:
    values["organization"] = current_organization_id()
    with connection.cursor() as cursor:
        cursor.execute(f"{limitation_sql(where)} SELECT * FROM expiry ORDER BY expires_on, item_id", values)
        return [Limitation(*row) for row in cursor.fetchall()]


def limitation_sql(where: str) -> str:
    """A WITH list that ends in `expiry`: rows of `Limitation` for the debit items `i` under a condition.

    Documents billed from one contract are one debt, so are the instalments of one document, and those of a signed
    repayment plan (Civil Code art. 189). Interruptions after the
    end are left out up to the next agreement of the debtor: see `rules.limitation_expiry`.
    """
    return LIMITATION.replace("{where}", where)


LIMITATION = f"""
    WITH asked AS MATERIALIZED (
        SELECT i.id, i.document_id, i.line, i.customer_id, i.effective_due_on, i.currency, i.open_amount, i.open_base
        FROM ledger_open_item i
        WHERE i.organization_id = %(organization)s AND i.side = 1 AND i.effective_due_on IS NOT NULL AND ({{where}})
    ),
    contract AS MATERIALIZED (
        SELECT DISTINCT l.contract_id
        FROM sales_invoice s
        JOIN sales_plan_billing b ON b.organization_id = %(organization)s AND b.invoice_id = s.id
        JOIN sales_plan_line l ON l.organization_id = %(organization)s AND l.id = b.line_id
        WHERE s.organization_id = %(organization)s AND s.document_id IN (SELECT document_id FROM asked)
    ),
    billed AS MATERIALIZED (
        SELECT DISTINCT s.document_id, l.contract_id
        FROM contract c
        JOIN sales_plan_line l ON l.organization_id = %(organization)s AND l.contract_id = c.contract_id
        JOIN sales_plan_billing b ON b.organization_id = %(organization)s AND b.line_id = l.id
        JOIN sales_invoice s ON s.organization_id = %(organization)s AND s.id = b.invoice_id
        WHERE s.document_id IS NOT NULL
    ),
    -- Agreed in instalments, it is due with the last of them; with a plan that was broken, at once.
    planned AS (
        SELECT q.item_id,
               max(CASE WHEN p.state IN ('broken', 'partly') THEN least(t.due_on, p.ended_on) ELSE t.due_on END) AS due
        FROM collection_planned_item q
        JOIN collection_plan p ON p.organization_id = %(organization)s AND p.id = q.plan_id
        JOIN collection_plan_instalment t ON t.organization_id = %(organization)s AND t.plan_id = p.id
        WHERE q.organization_id = %(organization)s AND q.item_id IN (SELECT id FROM asked)
          AND p.signed_on IS NOT NULL AND p.state <> 'withdrawn'
        GROUP BY q.item_id
    ),
    debt AS (
        SELECT a.*, b.contract_id,
               greatest((SELECT n.due FROM planned n WHERE n.item_id = a.id), coalesce((
                   SELECT max(o.effective_due_on) FROM ledger_open_item o
                   WHERE o.organization_id = %(organization)s AND o.side = 1 AND b.contract_id IS NULL
                     AND o.document_id = a.document_id
               ), (
                   SELECT max(o.effective_due_on)
                   FROM billed f
                   JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = f.document_id
                   JOIN ledger_open_item o ON o.organization_id = %(organization)s AND o.document_id = f.document_id
                   WHERE f.contract_id = b.contract_id AND o.side = 1 AND d.voided_by_id IS NULL
               ), a.effective_due_on)) AS due
        FROM asked a LEFT JOIN billed b ON b.document_id = a.document_id
    ),
    interruption AS (
        SELECT d.id AS item_id, d.due, k.id AS contact_id,
               CASE WHEN r.id IS NULL THEN k.interrupts_on ELSE r.on_day END AS on_day,
               CASE WHEN r.id IS NULL THEN k.agreement ELSE r.agreement END AS agreement
        FROM debt d
        JOIN collection_claim c ON c.organization_id = %(organization)s AND c.item_id = d.id
        JOIN collection_contact k ON k.organization_id = %(organization)s AND k.id = c.contact_id
        LEFT JOIN LATERAL (
            SELECT u.id, u.on_day, u.agreement FROM collection_ruling u
            WHERE u.organization_id = %(organization)s AND u.contact_id = k.id ORDER BY u.id DESC LIMIT 1
        ) r ON true
        WHERE CASE WHEN r.id IS NULL THEN k.interrupts_on ELSE r.on_day END IS NOT NULL
          AND NOT EXISTS (
              SELECT FROM collection_contact n
              WHERE n.organization_id = %(organization)s AND n.supersedes_id = k.id)
        UNION ALL
        -- A suit, payment order or arbitration: from filing on, and anew from the day its procedure ended.
        SELECT d.id, d.due, NULL, e.on_day, false
        FROM debt d
        JOIN collection_case_item t ON t.organization_id = %(organization)s AND t.item_id = d.id
        JOIN collection_case f ON f.organization_id = %(organization)s AND f.id = t.case_id
        CROSS JOIN LATERAL (VALUES (f.filed_on), (f.closed_on)) AS e (on_day)
        WHERE f.filed_on IS NOT NULL AND e.on_day IS NOT NULL
    ),
    parted AS (
        SELECT *,
               count(*) FILTER (WHERE agreement) OVER turn AS part,
               NOT agreement AND on_day > greatest(due, lag(on_day) OVER turn) + interval '{LIMITATION_YEARS} years'
                   AS late
        FROM interruption
        WINDOW turn AS (PARTITION BY item_id ORDER BY on_day, agreement DESC, contact_id
                        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
    ),
    counted AS (
        SELECT *, NOT bool_or(late) OVER (PARTITION BY item_id, part ORDER BY on_day, agreement DESC, contact_id
                                          ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS counts
        FROM parted
    ),
    latest AS (
        SELECT DISTINCT ON (item_id) item_id, contact_id, on_day
        FROM counted WHERE counts ORDER BY item_id, on_day DESC, contact_id DESC
    ),
    expiry AS (
        SELECT d.id AS item_id, d.document_id, m.number, d.line, d.customer_id, d.due AS due_on,
               l.on_day AS interrupted_on,
               least(greatest(d.due, l.on_day) + interval '{LIMITATION_YEARS} years',
                     d.due + interval '{CEILING_YEARS} years')::date AS expires_on,
               l.contact_id, d.currency, d.open_amount, d.open_base
        FROM debt d
        JOIN ledger_document m ON m.organization_id = %(organization)s AND m.id = d.document_id
        LEFT JOIN latest l ON l.item_id = d.id
    )
"""

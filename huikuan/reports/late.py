"""迟登记: what was recorded between two knowledge dates and dated early enough to count on the day of a report.

It explains why the same question says something else the second time: the sum of the effects is the change of the
net that is owed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from huikuan.reports.asking import Question
from huikuan.reports.filters import Condition, condition
from huikuan.reports.moments import Moment, moment
from huikuan.reports.state import with_sql

MOST = 500
"""So many lines are listed of each kind; what tells them reads one more where only that says that there are more."""


class LatePosting(NamedTuple):
    """A posting that the earlier report could not know.

    `kind`: a document's kind, or allocation, unallocation, revaluation, due_date. `number`: of the document (of an
    allocation that of the credit; `other` that of the debit). `effect` on the net owed, in base currency.
    """

    kind: str
    recorded_at: datetime
    by: str
    effective_on: date
    number: str
    other: str
    document_id: UUID
    customer: str
    effect: Decimal


@dataclass(frozen=True)
class LatePostings:
    """The postings in the order they were recorded, at most MOST of them; how many there are, and their effect."""

    rows: tuple[LatePosting, ...]
    count: int
    effect: Decimal


def late_postings(question: Question, *, after: datetime, until: datetime | None) -> LatePostings:
    """What was recorded after one knowledge date and until another (None: by now) and counts in the question."""
    at = moment(question.as_of, until)
    only = condition(at, question.item_filter, question.salesperson_ids)
    parameters = {**at.parameters, **only.parameters, "after": after, "until": at.known_at, "most": MOST}
    with connection.cursor() as cursor:
        cursor.execute(_sql(at, only), parameters)
        found = cursor.fetchall()
    rows = tuple(LatePosting(*row[2:]) for row in found)
    count, effect = (found[0][0], found[0][1]) if found else (0, Decimal(0))
    return LatePostings(rows, count, effect)


def _sql(at: Moment, only: Condition) -> str:
    return f"""
        {with_sql(at)},
        late AS MATERIALIZED (
            SELECT id, recorded_at, actor_name FROM audit_act
            WHERE organization_id = %(organization)s AND recorded_at > %(after)s AND recorded_at <= %(until)s
        ),
        posting AS ({" UNION ALL ".join(_parts(only))})
        SELECT count(*) OVER (), coalesce(sum(p.effect) OVER (), 0), p.kind, p.recorded_at, p.actor_name,
               p.effective_on, d.number, coalesce(other.number, ''), d.id, k.name, p.effect
        FROM posting p
        JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = p.document_id
        JOIN customers_customer k ON k.organization_id = %(organization)s AND k.id = d.customer_id
        LEFT JOIN ledger_document other ON other.organization_id = %(organization)s AND other.id = p.other_id
        ORDER BY p.recorded_at, d.number, other.number, p.kind LIMIT %(most)s
    """


def _parts(only: Condition) -> Sequence[str]:
    """(kind, recorded_at, actor, effective_on, document, other document, effect) of each source."""
    counts = f"({only.sql})"
    if only.few_customers:
        counts += " AND m.customer_id = ANY(%(customers)s::uuid[])"
    # What was dated before the organization went live is known from its own date.
    dated = "BETWEEN %(live_on)s AND %(as_of)s"
    debit, credit = (
        f"""CASE WHEN EXISTS (
                SELECT 1 FROM ledger_open_item m
                WHERE m.organization_id = %(organization)s AND m.id = a.{side}_item_id AND {counts}
            ) THEN {sign}a.{side}_base END"""
        for side, sign in (("debit", "-"), ("credit", ""))
    )
    return (
        f"""
            SELECT d.kind, late.recorded_at, late.actor_name, d.document_on AS effective_on, d.id AS document_id,
                   NULL::uuid AS other_id, mine.effect
            FROM late JOIN ledger_document d ON d.organization_id = %(organization)s AND d.act_id = late.id
            JOIN LATERAL (
                SELECT sum(m.side * m.base_amount) AS effect FROM ledger_open_item m
                WHERE m.organization_id = %(organization)s AND m.document_id = d.id AND {counts}
            ) mine ON mine.effect IS NOT NULL
            WHERE d.document_on {dated}""",
        f"""
            SELECT CASE WHEN a.reverses_id IS NULL THEN 'allocation' ELSE 'unallocation' END, late.recorded_at,
                   late.actor_name, a.effective_on, c.document_id, b.document_id,
                   coalesce(mine.debit, 0) + coalesce(mine.credit, 0)
            FROM late JOIN ledger_allocation a ON a.organization_id = %(organization)s AND a.act_id = late.id
            JOIN ledger_open_item c ON c.organization_id = %(organization)s AND c.id = a.credit_item_id
            JOIN ledger_open_item b ON b.organization_id = %(organization)s AND b.id = a.debit_item_id
            JOIN LATERAL (SELECT {debit} AS debit, {credit} AS credit) mine
              ON mine.debit IS NOT NULL OR mine.credit IS NOT NULL
            WHERE a.effective_on {dated}""",
        f"""
            SELECT 'revaluation', late.recorded_at, late.actor_name, r.effective_on, m.document_id, NULL::uuid,
                   m.side * r.base_change
            FROM late JOIN ledger_revaluation r ON r.organization_id = %(organization)s AND r.act_id = late.id
            JOIN ledger_open_item m ON m.organization_id = %(organization)s AND m.id = r.item_id
            WHERE r.effective_on {dated} AND r.base_change <> 0 AND {counts}""",
        f"""
            SELECT DISTINCT 'due_date', late.recorded_at, late.actor_name, m.document_on, m.document_id,
                   NULL::uuid, 0::numeric
            FROM late JOIN ledger_item_change c ON c.organization_id = %(organization)s AND c.act_id = late.id
            JOIN ledger_open_item m ON m.organization_id = %(organization)s AND m.id = c.item_id
            JOIN LATERAL (
                SELECT n.effective_due_on, n.id FROM ledger_item_change n
                WHERE n.organization_id = %(organization)s AND n.item_id = c.item_id AND n.id > c.id
                UNION ALL SELECT m.effective_due_on, NULL
                ORDER BY 2 NULLS LAST LIMIT 1
            ) afterwards ON afterwards.effective_due_on IS DISTINCT FROM c.effective_due_on
            WHERE m.document_on <= %(as_of)s AND {counts}""",
    )

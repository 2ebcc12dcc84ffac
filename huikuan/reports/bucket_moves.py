"""Where the debts of each aging bucket stand at the end of a period: paid, written off, or in which bucket.

Buckets are those of aging by due date; what waits for its due date to be triggered counts as not due. Due dates are
those known at the moment, on both days.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection

from huikuan.ledger.rules import OVERDUE_BOUNDS, Basis, aging_buckets
from huikuan.reports.asking import Question
from huikuan.reports.debt_moves import debt_moves_sql
from huikuan.reports.filters import condition
from huikuan.reports.moments import Moment
from huikuan.reports.state import reading_whole_tables, with_sql

ZERO = Decimal(0)
NEW = "new"
"""In place of a bucket: what was issued within the period."""


@dataclass
class BucketMove:
    """What became of a bucket in base currency; paid and written off are positive.

    opening − paid − written off + other = the sum of `closing`, which is by the bucket at the end.
    """

    opening: Decimal = ZERO
    paid: Decimal = ZERO
    written_off: Decimal = ZERO
    other: Decimal = ZERO
    closing: dict[str, Decimal] = field(default_factory=dict)


def bucket_names() -> tuple[str, ...]:
    """The buckets of aging by due date, youngest first."""
    return tuple(bucket.name for bucket in aging_buckets(date(2026, 1, 1), Basis.DUE))


def bucket_moves(at: Moment, since: date, question: Question) -> dict[str, BucketMove]:
    """By the bucket at the beginning of `since`, and for NEW, where debts stand at the moment; all of them, in order."""
    only = condition(at, question.item_filter, question.salesperson_ids)
    if only.few_customers:
        only = replace(only, sql=f"{only.sql} AND m.customer_id = ANY(%(customers)s::uuid[])")
    names = bucket_names()
    found = {name: BucketMove(closing=dict.fromkeys(names, ZERO)) for name in (*names, NEW)}
    parameters = {**at.parameters, **only.parameters, "eve": since - timedelta(days=1)}
    with connection.cursor() as cursor, reading_whole_tables():
        cursor.execute(_sql(at, only.sql), parameters)
        for before, after, opening, paid, written_off, other, closing in cursor.fetchall():
            move = found[NEW if before is None else names[before]]
            move.opening += opening
            move.paid += paid
            move.written_off += written_off
            move.other += other
            move.closing[names[after]] += closing
    return found


def _sql(at: Moment, only: str) -> str:
    during = "m.on_day > %(eve)s"
    return f"""
        {with_sql(at)},
        move AS ({debt_moves_sql(at, debts="i.side = 1", still_fresh="false")}),
        debt AS (
            SELECT CASE WHEN m.document_on <= %(eve)s THEN {_bucket("eve")} END AS before, {_bucket("as_of")} AS after,
                   sum(m.base) FILTER (WHERE m.what = 'fresh' OR m.on_day <= %(eve)s) AS opening,
                   -sum(m.base) FILTER (WHERE {during} AND m.what = 'money') AS paid,
                   -sum(m.base) FILTER (WHERE {during} AND m.what = 'write_off') AS written_off,
                   sum(m.base) FILTER (WHERE {during} AND m.what IN ('other', 'exchange')) AS other,
                   sum(m.base) AS closing
            FROM move m WHERE m.on_day <= %(as_of)s AND {only}
            GROUP BY m.id, m.document_on, m.due
        )
        SELECT before, after, coalesce(sum(opening), 0), coalesce(sum(paid), 0), coalesce(sum(written_off), 0),
               coalesce(sum(other), 0), coalesce(sum(closing), 0)
        FROM debt GROUP BY before, after
    """


def _bucket(day: str) -> str:
    """SQL for the place of the bucket of a debt `m` on the day of a parameter."""
    return f"""
        CASE WHEN m.due IS NULL OR m.due >= %({day})s::date THEN 0
             ELSE 1 + width_bucket(%({day})s::date - m.due - 1, ARRAY{list(OVERDUE_BOUNDS)}) END"""

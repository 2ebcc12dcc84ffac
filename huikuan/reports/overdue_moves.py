"""How what is overdue moved in a period: what it was, what fell overdue, how it ended, what it came to.

A debt is overdue from the day after its effective due date, as in aging. What it was open with at the end of its due
date is newly overdue; from then on money cures it, a write-off ends it, anything else (credit notes, offsets, transfers)
and exchange differences are `other`. Due dates are those known at the moment, so that an agreed later date changes the
opening figure too, as it does in aging.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from huikuan.ledger.rules import OVERDUE_BOUNDS
from huikuan.reports.asking import Question
from huikuan.reports.debt_moves import debt_moves_sql
from huikuan.reports.dimensions import columns_of, keyed_sql, levels_sql
from huikuan.reports.filters import Condition, condition
from huikuan.reports.moments import Moment
from huikuan.reports.state import reading_whole_tables, with_sql

SUMS = ("opening", "fresh", "cured", "written_off", "other", "closing", "rolled")
ZERO = Decimal(0)
OVERDUE = "i.side = 1 AND i.effective_due_on < %(as_of)s"


class OverdueMove(NamedTuple):
    """The movement of one key (empty: of everything) in base currency; cured and written off are positive.

    opening + fresh − cured − written_off + other = closing. `rolled`: of the closing, what was overdue at the beginning and
    stands in a worse bucket now.
    """

    key: tuple[str, ...]
    name: str
    opening: Decimal
    fresh: Decimal
    cured: Decimal
    written_off: Decimal
    other: Decimal
    closing: Decimal
    rolled: Decimal


def overdue_moves(at: Moment, since: date, question: Question) -> list[OverdueMove]:
    """The movement from `since` to the moment's day, by the first dimension asked for; the total (key empty) first."""
    only = condition(at, question.item_filter, question.salesperson_ids)
    if only.few_customers:
        only = replace(only, sql=f"{only.sql} AND m.customer_id = ANY(%(customers)s::uuid[])")
    parameters = {**at.parameters, **only.parameters, "eve": since - timedelta(days=1)}
    depth = len(question.by)
    with connection.cursor() as cursor, reading_whole_tables():
        cursor.execute(_sql(at, question.by, only), parameters)
        found = []
        for level, *rest in cursor.fetchall():
            key = tuple(rest[0 : 2 * depth : 2]) if level >= 0 else ()
            name = (rest[2 * depth - 1] or "") if level >= 0 else ""
            found.append(OverdueMove(key, name, *(amount or ZERO for amount in rest[2 * depth :])))
    return [each for each in found if not each.key or any(each[2:])]


def _sql(at: Moment, by: Sequence[str], only: Condition) -> str:
    keys = columns_of(by)
    chosen = "".join(f"m.{key}, " for key in keys)
    before, during = "m.place = 0", "m.place = 1"
    sums = {
        "opening": f"sum(m.base) FILTER (WHERE {before})",
        "fresh": f"sum(m.base) FILTER (WHERE {during} AND m.what = 'fresh')",
        "cured": f"-sum(m.base) FILTER (WHERE {during} AND m.what = 'money')",
        "written_off": f"-sum(m.base) FILTER (WHERE {during} AND m.what = 'write_off')",
        "other": f"sum(m.base) FILTER (WHERE {during} AND m.what NOT IN ('fresh', 'money', 'write_off'))",
        "closing": "sum(m.base)",
        "rolled": f"sum(m.base) FILTER (WHERE m.due < %(eve)s AND {_bucket('as_of')} > {_bucket('eve')})",
    }
    summed = ", ".join(f"{sql} AS {name}" for name, sql in sums.items())
    return f"""
        {with_sql(at)},
        move AS ({debt_moves_sql(at, debts=OVERDUE, still_fresh="{on} <= i.effective_due_on")}),
        grouped AS (
            SELECT {chosen}{summed}
            FROM (
                SELECT v.*, (greatest(v.on_day, v.due + 1) > %(eve)s)::int AS place
                FROM move v WHERE greatest(v.on_day, v.due + 1) <= %(as_of)s
            ) m
            WHERE {only.sql}
            {f"GROUP BY {', '.join(f'm.{key}' for key in keys)}" if keys else ""}
        ),
        keyed AS ({keyed_sql(by, SUMS)})
        {levels_sql(by, SUMS)}
    """


def _bucket(day: str) -> str:
    """SQL for the bucket of days overdue on the day of a parameter, the worse the larger."""
    return f"width_bucket(%({day})s::date - m.due - 1, ARRAY{list(OVERDUE_BOUNDS)})"

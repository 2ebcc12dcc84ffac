"""The flows of the whole organization by day: kept up to an act, and counted from the acts since.

An act adds rows and changes two things of older ones: that a document is undone, and when an item is due. So what acts
add to the flows is what their own rows say; less what the documents said that they undid; and, of items whose due date
they changed, everything at the new date less what it said at the old one. Day by day the sums are those of `facts`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import connection

from huikuan.reports.kpi.facts import (
    DUE,
    FLOORED,
    GIVEN_BACK,
    IN_TIME,
    LATE,
    MATURED,
    ON_DUE,
    PAID,
    PLAIN,
    SIGNS,
)  # fmt: skip

FEW = 2_000
"""Of so many acts what they added is counted beside the kept flows; of more everything is counted from the ledger."""


def flows_hold(organization_id: UUID) -> bool:
    """Whether flows are kept, and few enough acts have been recorded since."""
    with connection.cursor() as cursor:
        cursor.execute(SINCE, {"organization": organization_id, "limit": FEW + 1})
        marked, acts = cursor.fetchone()
    return bool(marked) and acts <= FEW


def flows_between(organization_id: UUID, ends: Sequence[date]) -> list[tuple[int, str, Decimal]]:
    """(at, what, amount) as `facts.facts_sql` places them: the kept flows and what came since, in one statement."""
    with connection.cursor() as cursor, following_keys():
        cursor.execute(BETWEEN, {"organization": organization_id, "ends": list(ends)})
        return list(cursor.fetchall())


@contextmanager
def following_keys() -> Iterator[None]:
    """Tell the planner to look up by key what few acts added.

    It cannot know that they are few, and reads whole tables for none: measured seconds at a million items.
    """
    with connection.cursor() as cursor:
        cursor.execute(FOLLOWING)
        before = cursor.fetchone()[:2]
        yield
        cursor.execute(AS_BEFORE, before)


FOLLOWING = """
    SELECT current_setting('enable_hashjoin'), current_setting('enable_mergejoin'),
           set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)
"""
AS_BEFORE = "SELECT set_config('enable_hashjoin', %s, true), set_config('enable_mergejoin', %s, true)"


def added_sql(late: str | None) -> str:
    """day, what, amount: what acts added. `late`: the name of a set of their ids (None: all acts there are)."""
    parts = [_documents(late), _items(late), _settled(late), _revalued(late)]
    return " UNION ALL ".join(parts)


RECORDED_SINCE = """
    SELECT a.id FROM audit_act a
    WHERE a.organization_id = %(organization)s AND a.recorded_at > (
        SELECT m.folded_until FROM reports_flow_mark m WHERE m.organization_id = %(organization)s)
"""
# And the one that the reader is in the middle of.
LATE_ACTS = f"""
    {RECORDED_SINCE}
    UNION ALL
    SELECT a.id FROM audit_act a WHERE a.organization_id = %(organization)s AND a.recorded_at IS NULL
"""
# What an item said before the acts, where they changed when it is due; new items say only what they say now.
MOVED = """
    SELECT DISTINCT ON (c.item_id) c.item_id, c.effective_due_on AS old_due
    FROM late JOIN ledger_item_change c ON c.organization_id = %(organization)s AND c.act_id = late.id
    JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = c.item_id AND i.side = 1
    WHERE NOT EXISTS (SELECT FROM late x WHERE x.id = i.act_id)
    ORDER BY c.item_id, c.id
"""

_KINDS = ", ".join(
    f"('{kind}', '{what}', {sign})" for what, signs in SIGNS.items() for kind, sign in signs.items()
)


def _documents(late: str | None) -> str:
    """Sold, collected and written off; of documents that the acts undid, what they had said taken back."""
    counted = f"JOIN (VALUES {_KINDS}) s (kind, what, sign) ON s.kind = d.kind"
    own = "" if late is None else f"JOIN {late} late ON late.id = d.act_id"
    added = f"""
        SELECT d.document_on AS day, s.what, s.sign * d.base_amount AS amount
        FROM ledger_document d {own} {counted}
        WHERE d.organization_id = %(organization)s AND d.voided_by_id IS NULL AND d.event NOT LIKE 'opening_%%'"""
    if late is None:
        return added
    return f"""{added}
        UNION ALL
        SELECT d.document_on, s.what, -s.sign * d.base_amount
        FROM {late} late
        JOIN ledger_document undoing ON undoing.organization_id = %(organization)s AND undoing.act_id = late.id
        JOIN ledger_document d ON d.organization_id = %(organization)s AND d.voided_by_id = undoing.id {counted}
        WHERE d.event NOT LIKE 'opening_%%' AND NOT EXISTS (SELECT FROM {late} x WHERE x.id = d.act_id)"""


def _items(late: str | None) -> str:
    """Debts by the day they were to be paid, and matured."""
    new = f"""
        SELECT i.document_on, i.document_id, i.base_amount, i.effective_due_on AS due, 1 AS weight
        FROM ledger_open_item i {"" if late is None else f"JOIN {late} late ON late.id = i.act_id"}
        WHERE i.organization_id = %(organization)s AND i.side = 1"""
    moved = """
        UNION ALL
        SELECT i.document_on, i.document_id, i.base_amount, due.due, due.weight
        FROM moved JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = moved.item_id
        CROSS JOIN LATERAL (VALUES (moved.old_due, -1), (i.effective_due_on, 1)) due (due, weight)"""
    return f"""
        SELECT greatest(i.due, i.document_on), x.what, i.weight * i.base_amount
        FROM ({new}{"" if late is None else moved}) i
        JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = i.document_id
        CROSS JOIN LATERAL (VALUES ('{MATURED}', true), ('{DUE}', d.kind NOT IN {GIVEN_BACK})) x (what, counts)
        WHERE i.due IS NOT NULL AND x.counts"""


def _settled(late: str | None) -> str:
    """What settled debts, as `facts` counts it."""
    columns = """a.debit_item_id, a.credit_item_id, a.debit_base AS base, a.effective_on AS paid_on,
        CASE WHEN a.reverses_id IS NULL THEN a.effective_on ELSE (
            SELECT o.effective_on FROM ledger_allocation o
            WHERE o.organization_id = %(organization)s AND o.id = a.reverses_id) END AS first_on"""
    if late is None:
        rows = f"""
            SELECT {columns}, i.effective_due_on AS due, 1 AS weight, i.document_id
            FROM ledger_allocation a
            JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = a.debit_item_id
            WHERE a.organization_id = %(organization)s"""
    else:
        rows = f"""
            SELECT {columns}, i.effective_due_on AS due, 1 AS weight, i.document_id
            FROM {late} late
            JOIN ledger_allocation a ON a.organization_id = %(organization)s AND a.act_id = late.id
            JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = a.debit_item_id
            UNION ALL
            SELECT {columns}, due.due, due.weight, i.document_id
            FROM moved
            JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = moved.item_id
            JOIN ledger_allocation a ON a.organization_id = %(organization)s AND a.debit_item_id = i.id
            CROSS JOIN LATERAL (VALUES (moved.old_due, -1), (i.effective_due_on, 1)) due (due, weight)
            WHERE NOT EXISTS (SELECT FROM {late} x WHERE x.id = a.act_id)"""
    return f"""
        SELECT x.day, x.what, x.amount
        FROM (
            SELECT r.paid_on, r.first_on, r.due, money.kind IN {PLAIN} AS by_money,
                   d.kind NOT IN {GIVEN_BACK} AS debt, sum(r.weight * r.base) AS base
            FROM ({rows}) r
            JOIN ledger_open_item c ON c.organization_id = %(organization)s AND c.id = r.credit_item_id
            JOIN ledger_document money ON money.organization_id = %(organization)s AND money.id = c.document_id
            JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = r.document_id
            WHERE r.due IS NOT NULL
            GROUP BY 1, 2, 3, 4, 5
        ) r
        CROSS JOIN LATERAL (VALUES
            ('{MATURED}', greatest(r.paid_on, r.due), -r.base, true),
            ('{DUE}', r.due, -r.base, r.debt AND NOT r.by_money AND r.paid_on <= r.due),
            ('{IN_TIME}', r.due, r.base, r.debt AND r.by_money AND r.paid_on <= r.due),
            ('{ON_DUE}', greatest(r.paid_on, r.due), r.base, r.debt AND r.by_money),
            ('{PAID}', r.paid_on, r.base, r.debt AND r.by_money),
            ('{LATE}', r.paid_on, r.base * (r.first_on - r.due), r.debt AND r.by_money),
            ('{FLOORED}', r.paid_on, r.base * greatest(r.first_on - r.due, 0), r.debt AND r.by_money)
        ) x (what, day, amount, counts)
        WHERE x.counts"""


def _revalued(late: str | None) -> str:
    """What a rate changed of debts, as far as they had matured."""
    if late is None:
        rows = """
            SELECT a.effective_on, a.base_change, i.effective_due_on AS due, 1 AS weight
            FROM ledger_revaluation a
            JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = a.item_id AND i.side = 1
            WHERE a.organization_id = %(organization)s"""
    else:
        rows = f"""
            SELECT a.effective_on, a.base_change, i.effective_due_on AS due, 1 AS weight
            FROM {late} late
            JOIN ledger_revaluation a ON a.organization_id = %(organization)s AND a.act_id = late.id
            JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = a.item_id AND i.side = 1
            UNION ALL
            SELECT a.effective_on, a.base_change, due.due, due.weight
            FROM moved
            JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = moved.item_id
            JOIN ledger_revaluation a ON a.organization_id = %(organization)s AND a.item_id = i.id
            CROSS JOIN LATERAL (VALUES (moved.old_due, -1), (i.effective_due_on, 1)) due (due, weight)
            WHERE NOT EXISTS (SELECT FROM {late} x WHERE x.id = a.act_id)"""
    return f"""
        SELECT greatest(r.effective_on, r.due), '{MATURED}', r.weight * r.base_change
        FROM ({rows}) r WHERE r.due IS NOT NULL"""


SINCE = f"""
    SELECT (SELECT true FROM reports_flow_mark m WHERE m.organization_id = %(organization)s),
           (SELECT count(*) FROM ({LATE_ACTS} LIMIT %(limit)s) few)
"""
ADDED_SINCE = f"WITH late AS MATERIALIZED ({LATE_ACTS}), moved AS MATERIALIZED ({MOVED})"
ADDED_RECORDED = f"WITH late AS MATERIALIZED ({RECORDED_SINCE}), moved AS MATERIALIZED ({MOVED})"
NOW_SQL = f"""
    SELECT f.day, f.what, f.amount FROM reports_day_flow f WHERE f.organization_id = %(organization)s
    UNION ALL {added_sql("late")}
"""
BETWEEN = f"""
    {ADDED_SINCE}
    SELECT width_bucket(f.day - 1, %(ends)s::date[]) AS at, f.what, sum(f.amount)
    FROM ({NOW_SQL}) f WHERE f.day <= (%(ends)s::date[])[cardinality(%(ends)s::date[])]
    GROUP BY 1, 2
"""

"""Keeping revalued items at the rate in force, whatever is done to them afterwards and on whatever date.

From its first closing on, an item is carried at what it is open × the rate in force of each day (see
`ledger.currencies.Revaluation`). An allocation dated before a closing therefore takes the closing's change of
the settled part back on the closing's own date, and what undoes an allocation gives the rate of its day. The
statements here work that out for a set of items from all their rows, and for what an act is about to add.

The caller has locked the items. Only items that were ever revalued cost anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from huikuan.core.money import currency_exponent
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.ledger.operations.entries import ENTRY_CONTENT
from huikuan.organizations.models import Organization

START_RESTATEMENT = """
    CREATE TEMP TABLE IF NOT EXISTS restated_item (item_id uuid, since date) ON COMMIT DELETE ROWS;
    CREATE TEMP TABLE IF NOT EXISTS planned_rate (item_id uuid, effective_on date, kind text, rate numeric)
        ON COMMIT DELETE ROWS;
    CREATE TEMP TABLE IF NOT EXISTS planned_revaluation (
        id uuid, item_id uuid, kind text, effective_on date, rate numeric, base_change numeric, entry_id uuid
    ) ON COMMIT DELETE ROWS;
    TRUNCATE restated_item, planned_rate, planned_revaluation;
"""


def plan_restatement(parameters: Mapping[str, Any], *, new: bool) -> bool:
    """Plan what the staged `planned_allocation` means for revalued items; returns whether any is among them.

    `new`: what leaves a revalued item is worked out at its carrying rate on the day of the allocation; what
    is undone comes back as it went.
    """
    with connection.cursor() as cursor:
        cursor.execute(ANY_REVALUATION, parameters)
        if not cursor.fetchone()[0]:
            return False
        cursor.execute(START_RESTATEMENT)
        cursor.execute(FIND_REVALUED, parameters)
        if not cursor.rowcount:
            return False
        with_places = {**parameters, "places": base_places()}
        if new:
            for statement in AT_CARRYING_RATE:
                cursor.execute(statement, with_places)
        cursor.execute(PLAN_REVALUATIONS, with_places)
    return True


def rate_in_force(item_id: UUID, *, on: date) -> Decimal | None:
    """The rate that an item is carried at on a day; None: the one it was recorded at."""
    with connection.cursor() as cursor:
        cursor.execute(RATE_IN_FORCE, {"organization": current_organization_id(), "item": item_id, "on": on})
        row = cursor.fetchone()
    return row[0] if row else None


def base_places() -> int:
    """The decimals of the organization's currency."""
    return currency_exponent(
        Organization.objects.values_list("currency", flat=True).get(pk=current_organization_id())
    )


def write_revaluations(parameters: Mapping[str, Any]) -> None:
    """Write the planned revaluations with their entries and events.

    Before allocations that take from the items, after what gives back to them: nothing is below zero between.
    """
    with connection.cursor() as cursor:
        for statement in WRITE_REVALUATIONS:
            cursor.execute(statement, parameters)


ANY_REVALUATION = "SELECT EXISTS (SELECT FROM ledger_revaluation WHERE organization_id = %(organization)s)"

# Counted, not asked whether one exists: planned to be read to its end, by the keys.
FIND_REVALUED = """
    INSERT INTO restated_item
    SELECT n.item_id, min(n.effective_on)
    FROM (
        SELECT debit_item_id AS item_id, effective_on FROM planned_allocation
        UNION ALL
        SELECT credit_item_id, effective_on FROM planned_allocation
    ) n
    JOIN LATERAL (
        SELECT count(*) AS rows FROM ledger_revaluation r
        WHERE r.organization_id = %(organization)s AND r.item_id = n.item_id
    ) revalued ON revalued.rows > 0
    GROUP BY n.item_id
"""

# The rates that closings set, by item and day: until the next one, where not undone. Rows of an act follow each other.
RATES_SET = """
    SELECT item_id, effective_on AS since,
           lead(effective_on) OVER (PARTITION BY item_id ORDER BY effective_on) AS until, rate
    FROM (
        SELECT DISTINCT ON (item_id, effective_on) item_id, effective_on, kind, rate
        FROM ({rows}) said
        ORDER BY item_id, effective_on, planned DESC, id DESC
    ) setting
    WHERE kind <> 'undone'
"""
_RECORDED_RATES = """
    SELECT r.item_id, r.effective_on, r.kind, r.rate, false AS planned, r.id
    FROM restated_item n
    JOIN ledger_revaluation r ON r.organization_id = %(organization)s AND r.item_id = n.item_id
    WHERE r.kind <> 'settled'
"""
_ALL_RATES = f"""
    {_RECORDED_RATES}
    UNION ALL
    SELECT item_id, effective_on, kind, rate, true, NULL FROM planned_rate
"""


RATE_IN_FORCE = """
    SELECT rate
    FROM (
        SELECT DISTINCT ON (effective_on) effective_on, kind, rate
        FROM ledger_revaluation
        WHERE organization_id = %(organization)s AND item_id = %(item)s AND effective_on <= %(on)s
          AND kind <> 'settled'
        ORDER BY effective_on, id DESC
    ) setting
    WHERE kind <> 'undone' ORDER BY effective_on DESC LIMIT 1
"""


def carried_sql(amount: str) -> str:
    """What `amount` of an item `i` is worth in the books at the rate of `s` (a row of RATES_SET, or none)."""
    return f"""CASE WHEN s.rate IS NULL THEN round({amount} * i.base_amount / nullif(i.amount, 0), %(places)s)
        ELSE round({amount} * s.rate, %(places)s) END"""


def _at_carrying_rate(side: str) -> str:
    return f"""
        WITH set_rate AS MATERIALIZED ({RATES_SET.format(rows=_RECORDED_RATES)}), running AS (
            SELECT p.id, p.{side}_item_id AS item_id, p.amount, p.effective_on,
                   sum(p.amount) OVER (PARTITION BY p.{side}_item_id ORDER BY p.effective_on, p.id) AS planned
            FROM planned_allocation p
            JOIN restated_item n ON n.item_id = p.{side}_item_id
            WHERE p.reverses_id IS NULL
        )
        UPDATE planned_allocation p
        SET {side}_base = {carried_sql("(open.amount + x.amount)")} - {carried_sql("open.amount")}
        FROM running x
        JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = x.item_id
        LEFT JOIN set_rate s
          ON s.item_id = x.item_id AND s.since <= x.effective_on AND (s.until IS NULL OR s.until > x.effective_on)
        CROSS JOIN LATERAL (
            SELECT i.amount - x.planned - coalesce(sum(a.amount), 0) AS amount
            FROM ledger_allocation a
            WHERE a.organization_id = %(organization)s AND a.{side}_item_id = x.item_id
              AND a.effective_on <= x.effective_on
        ) open
        WHERE p.id = x.id
    """


AT_CARRYING_RATE = (_at_carrying_rate("debit"), _at_carrying_rate("credit"))


def path_sql(items: str, further: str = "") -> str:
    """What the items of `items` (item_id) were open and carried at the end of each day on which they moved."""
    return f"""
        SELECT item_id, day, sum(amount) OVER so_far AS open_amount, sum(base) OVER so_far AS open_base
        FROM (
            SELECT item_id, day, sum(amount) AS amount, sum(base) AS base
            FROM (
                SELECT n.item_id, i.document_on AS day, i.amount, i.base_amount AS base
                FROM {items} n
                JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = n.item_id
                UNION ALL
                SELECT n.item_id, a.effective_on, -a.amount, -a.debit_base
                FROM {items} n
                JOIN ledger_allocation a ON a.organization_id = %(organization)s AND a.debit_item_id = n.item_id
                UNION ALL
                SELECT n.item_id, a.effective_on, -a.amount, -a.credit_base
                FROM {items} n
                JOIN ledger_allocation a ON a.organization_id = %(organization)s AND a.credit_item_id = n.item_id
                UNION ALL
                SELECT n.item_id, r.effective_on, 0, r.base_change
                FROM {items} n
                JOIN ledger_revaluation r ON r.organization_id = %(organization)s AND r.item_id = n.item_id
                {further}
            ) move
            GROUP BY item_id, day
        ) by_day
        WINDOW so_far AS (PARTITION BY item_id ORDER BY day)
    """


_PLANNED_MOVES = """
                UNION ALL
                SELECT n.item_id, p.effective_on, -p.amount, -p.debit_base
                FROM restated_item n JOIN planned_allocation p ON p.debit_item_id = n.item_id
                UNION ALL
                SELECT n.item_id, p.effective_on, -p.amount, -p.credit_base
                FROM restated_item n JOIN planned_allocation p ON p.credit_item_id = n.item_id
                UNION ALL
                SELECT item_id, effective_on, 0, 0 FROM planned_rate
"""

# A row wherever the rate in force asks for another value than the moves leave, and for each rate that is set.
PLAN_REVALUATIONS = f"""
    INSERT INTO planned_revaluation
    WITH set_rate AS MATERIALIZED ({RATES_SET.format(rows=_ALL_RATES)}),
    path AS MATERIALIZED ({path_sql("restated_item", _PLANNED_MOVES)}), gap AS (
        SELECT p.item_id, p.day, coalesce({carried_sql("p.open_amount")}, 0) - p.open_base AS wanting
        FROM path p
        JOIN restated_item n ON n.item_id = p.item_id AND p.day >= n.since
        JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = p.item_id
        LEFT JOIN set_rate s ON s.item_id = p.item_id AND s.since <= p.day AND (s.until IS NULL OR s.until > p.day)
    ), change AS (
        SELECT item_id, day, wanting - lag(wanting, 1, 0) OVER (PARTITION BY item_id ORDER BY day) AS base FROM gap
    )
    SELECT uuidv7(), c.item_id, coalesce(set.kind, 'settled'), c.day, set.rate, c.base,
           CASE WHEN c.base <> 0 THEN uuidv7() END
    FROM change c
    LEFT JOIN planned_rate set ON set.item_id = c.item_id AND set.effective_on = c.day
    WHERE c.base <> 0 OR set.item_id IS NOT NULL
    ORDER BY c.item_id, c.day
"""

# What the trail says of a revaluation `r`: written when it is made, compared by the check.
REVALUATION_CONTENT = """jsonb_build_object('item', r.item_id, 'kind', r.kind, 'on', r.effective_on,
        'rate', r.rate, 'base_change', r.base_change, 'entry', r.entry_id)"""

WRITE_REVALUATIONS = (
    """
    INSERT INTO ledger_journal_entry (organization_id, id, act_id, event, effective_on, memo)
    SELECT %(organization)s, r.entry_id, %(act)s, 'revaluation', r.effective_on,
           concat_ws(' ', i.currency, trim_scale(r.rate))
    FROM planned_revaluation r
    JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = r.item_id
    WHERE r.entry_id IS NOT NULL
    """,
    # A gain is a loss in red ink, as in the exchange differences of allocations.
    """
    INSERT INTO ledger_journal_line (organization_id, entry_id, position, account_id, debit, credit, item_id)
    SELECT %(organization)s, r.entry_id, line.position, line.account_id, line.debit, line.credit, line.item_id
    FROM planned_revaluation r
    JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = r.item_id
    JOIN ledger_account expense ON expense.organization_id = %(organization)s AND expense.purpose = 'financial_expense'
    CROSS JOIN LATERAL (VALUES
        (1, expense.id, -i.side * r.base_change, 0, NULL::uuid),
        (2, i.account_id, 0, -i.side * r.base_change, i.id)
    ) line (position, account_id, debit, credit, item_id)
    WHERE r.entry_id IS NOT NULL
    """,
    """
    INSERT INTO ledger_revaluation (organization_id, id, act_id, item_id, kind, effective_on, rate, base_change,
        entry_id)
    SELECT %(organization)s, id, %(act)s, item_id, kind, effective_on, rate, base_change, entry_id
    FROM planned_revaluation
    """,
    f"""
    INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
    SELECT %(organization)s, uuidv7(), %(act)s, 'recorded', 'revaluation', r.id, d.number, {REVALUATION_CONTENT}
    FROM planned_revaluation n
    JOIN ledger_revaluation r ON r.organization_id = %(organization)s AND r.id = n.id
    JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = r.item_id
    JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = i.document_id
    """,
    f"""
    INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
    SELECT %(organization)s, uuidv7(), %(act)s, 'recorded', 'journal_entry', e.id, '', {ENTRY_CONTENT}
    FROM planned_revaluation n
    JOIN ledger_journal_entry e ON e.organization_id = %(organization)s AND e.id = n.entry_id
    """,
)

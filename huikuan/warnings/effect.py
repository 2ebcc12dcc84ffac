"""What warnings were worth: how many customers got overdue afterwards, against how many do anyway."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.reports.state import joining_whole_tables
from huikuan.warnings.rules import OVERDUE_DAYS, WATCHED_DAYS, Hits, Kind


@dataclass(frozen=True, slots=True)
class Effect:
    """Of a kind: how many warnings there were, are open, and turned out false; of those old enough what came true."""

    kind: Kind
    found: int
    open: int
    false_alarms: int
    hits: Hits


def effects(*, today: date) -> list[Effect]:
    """What each kind was worth up to a day, in the order of the kinds; kinds that never warned have noughts.

    A warning came true where a debt of the customer, not paid by then, got more than 30 days overdue within 90 days
    after it. The base is the share of all customers invoiced within a year to whom the same happened, from the first
    day of the month of each warning on, averaged over the warnings of the kind.
    """
    values: dict[str, Any] = {
        "organization": current_organization_id(),
        "today": today,
        "overdue": OVERDUE_DAYS,
        "watched": WATCHED_DAYS,
    }
    with joining_whole_tables(), connection.cursor() as cursor:
        cursor.execute(EFFECTS, values)
        rows: Mapping[str, tuple[int, int, int, int, int, Decimal | None]] = {
            row[0]: row[1:] for row in cursor.fetchall()
        }
    found = []
    for kind in Kind:
        count, still_open, false_alarms, ripe, overdue, base = rows.get(kind.value, (0, 0, 0, 0, 0, None))
        found.append(Effect(kind, count, still_open, false_alarms, Hits(ripe, overdue, base)))
    return found


# `crossed`: the days on which customers got more than 30 days overdue with a debt of any kind.
EFFECTS = """
    WITH warned AS MATERIALIZED (
        SELECT id, kind, customer_id, found_on, state, outcome, date_trunc('month', found_on)::date AS month,
               found_on + %(watched)s <= %(today)s AS ripe
        FROM warnings_warning WHERE organization_id = %(organization)s
    ),
    crossed AS MATERIALIZED (
        SELECT DISTINCT i.customer_id, i.effective_due_on + %(overdue)s + 1 AS on_day
        FROM ledger_open_item i
        JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = i.document_id
        WHERE i.organization_id = %(organization)s AND i.side = 1 AND d.voided_by_id IS NULL
          AND d.kind IN ('invoice', 'debit_note', 'dishonour')
          AND i.effective_due_on + %(overdue)s + 1 <= %(today)s
          AND i.effective_due_on + %(overdue)s + 1 > (SELECT min(month) FROM warned WHERE ripe)
          AND i.amount > coalesce((
              SELECT sum(a.amount) FROM ledger_allocation a
              WHERE a.organization_id = %(organization)s AND a.debit_item_id = i.id
                AND a.effective_on <= i.effective_due_on + %(overdue)s), 0)
    ),
    base AS (
        SELECT m.month, avg(CASE WHEN EXISTS (
                   SELECT FROM crossed c
                   WHERE c.customer_id = k.customer_id AND c.on_day > m.month AND c.on_day <= m.month + %(watched)s
               ) THEN 1 ELSE 0 END) AS share
        FROM (SELECT DISTINCT month FROM warned WHERE ripe) m
        JOIN LATERAL (
            SELECT DISTINCT d.customer_id FROM ledger_document d
            WHERE d.organization_id = %(organization)s AND d.kind IN ('invoice', 'debit_note')
              AND d.document_on <= m.month AND d.document_on > m.month - 365
        ) k ON true
        GROUP BY m.month
    )
    SELECT w.kind, count(*), count(*) FILTER (WHERE w.state = 'open'),
           count(*) FILTER (WHERE w.outcome = 'false_alarm'), count(*) FILTER (WHERE w.ripe),
           count(*) FILTER (WHERE w.ripe AND EXISTS (
               SELECT FROM crossed c WHERE c.customer_id = w.customer_id
                 AND c.on_day > w.found_on AND c.on_day <= w.found_on + %(watched)s)),
           avg(b.share) FILTER (WHERE w.ripe)
    FROM warned w LEFT JOIN base b ON b.month = w.month
    GROUP BY w.kind
"""

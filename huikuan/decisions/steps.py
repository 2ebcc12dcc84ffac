"""Which steps of collection do not work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from huikuan.collection.chased import PAYING
from huikuan.collection.effect_queries import step_effects
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.decisions.rules import StepFacts, Weakness, weakness

LOOKED_BACK = 90
PAID_WITHIN = 14
_MIDDLE = 1  # the window of fourteen days among those of `effect_queries.WINDOWS`


@dataclass(frozen=True, slots=True)
class WeakStep:
    """A step in force, what speaks against it, and the figures of the last ninety days."""

    policy_id: UUID
    policy: str
    step: str
    weakness: Weakness
    facts: StepFacts


def weak_steps(*, today: date) -> tuple[WeakStep, ...]:
    """The steps in force that do not do what they are there for, those with proof first."""
    without_effect = {
        each.step_key
        for each in step_effects(today=today)
        if (shown := each.difference(_MIDDLE)) is not None and not shown.low > 0
    }
    values: dict[str, Any] = {
        "organization": current_organization_id(),
        "today": today,
        "since": today - timedelta(days=LOOKED_BACK),
        "within": PAID_WITHIN,
    }
    with connection.cursor() as cursor:
        cursor.execute(STEPS, values)
        rows = cursor.fetchall()
    found = []
    for key, policy_id, policy, step, unreached, made, failed, watched, paid in rows:
        facts = StepFacts(unreached, made, failed, watched, paid, no_effect=key in without_effect)
        against = weakness(facts)
        if against is not None:
            found.append(WeakStep(policy_id, policy, step, against, facts))
    order = list(Weakness)
    return tuple(sorted(found, key=lambda each: (order.index(each.weakness), each.policy, each.step)))


STEPS = f"""
    WITH step AS (
        SELECT s.key, v.policy_id, p.name AS policy, s.name, s.position
        FROM collection_policy_version v
        JOIN collection_policy p ON p.organization_id = %(organization)s AND p.id = v.policy_id
        JOIN collection_policy_step s ON s.organization_id = %(organization)s AND s.version_id = v.id
        WHERE v.organization_id = %(organization)s AND v.starts_on <= %(today)s
          AND (v.ends_on IS NULL OR v.ends_on > %(today)s)
    ),
    made AS (
        SELECT s.key, a.customer_id, min(a."on") AS on_day, bool_and(a.state = 'failed') AS failed
        FROM collection_action a
        JOIN collection_policy_step s ON s.organization_id = %(organization)s AND s.id = a.step_id
        WHERE a.organization_id = %(organization)s AND a."on" > %(since)s AND a."on" <= %(today)s
          AND a.state IN ('sent', 'done', 'failed')
        GROUP BY s.key, a.customer_id
    ),
    unreached AS (
        SELECT s.key, count(DISTINCT k.customer_id)::int AS customers
        FROM collection_run r
        JOIN collection_run_skip k ON k.organization_id = %(organization)s AND k.run_id = r.id
        JOIN collection_policy_step s ON s.organization_id = %(organization)s AND s.id = k.step_id
        WHERE r.organization_id = %(organization)s AND r."on" > %(since)s AND k.reason = 'no_address'
        GROUP BY s.key
    ),
    outcome AS (
        SELECT m.*, m.on_day + %(within)s <= %(today)s AS watched, m.on_day + %(within)s <= %(today)s AND EXISTS (
            SELECT FROM ledger_document d
            WHERE d.organization_id = %(organization)s AND d.customer_id = m.customer_id AND d.kind IN {PAYING}
              AND d.voided_by_id IS NULL AND d.document_on > m.on_day AND d.document_on <= m.on_day + %(within)s
        ) AS paid
        FROM made m
    )
    SELECT s.key, s.policy_id, s.policy, s.name, coalesce(max(u.customers), 0),
           count(o.customer_id)::int, count(*) FILTER (WHERE o.failed)::int,
           count(*) FILTER (WHERE o.watched)::int, count(*) FILTER (WHERE o.paid)::int
    FROM step s
    LEFT JOIN outcome o ON o.key = s.key
    LEFT JOIN unreached u ON u.key = s.key
    GROUP BY s.key, s.policy_id, s.policy, s.name, s.position
    ORDER BY s.policy, s.position
"""

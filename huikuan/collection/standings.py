"""How customers stand: what is overdue of them, the last contact, limitation, what is foretold; counted beforehand where that still holds.

A row of `collection_standing` holds until something is recorded of its customer (`collection_touched`, which the
database writes) or a day comes by which time alone changes it. Whoever it no longer holds for is counted live, by the
same statement that counted the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from huikuan.collection.chased import OVERDUE
from huikuan.collection.limitation import expiring_where, limitation_sql
from huikuan.collection.reaching import CALLS, HOURS
from huikuan.collection.rules import WARNED_DAYS
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.risk.payments.outlook import FRESH_DAYS

LONGEST = 31
"""Days that a row holds at most: limitation is looked at that much farther ahead than anybody is warned."""
FEW = 5_000
"""Of so many customers what has changed is counted live beside the kept rows; of more everybody is."""


@dataclass(frozen=True, slots=True)
class Standings:
    """A WITH list that ends in `standing` (rows of STANDING, of whom something is chased), and its parameters."""

    sql: str
    values: dict[str, Any] = field(default_factory=dict)


def standings(*, today: date) -> Standings:
    """Of all customers, from the kept rows where they hold."""
    changed = changed_customers(today=today, limit=FEW + 1)
    if len(changed) > FEW:
        return live_standings(today=today)
    if not changed:
        return Standings(f"standing AS ({KEPT})", _values(today))
    counting, values = _counting("AND i.customer_id = ANY(%(changed)s::uuid[])", today, max(WARNED_DAYS))
    kept = f"{KEPT} AND NOT s.id = ANY(%(changed)s::uuid[])"
    return Standings(
        f"{counting}, standing AS ({kept} UNION ALL {LIVE})", {**values, "changed": list(changed)}
    )


def live_standings(*, today: date, only: str = "") -> Standings:
    """Counted now from everything that is recorded. `only`: a condition on items `i`, beginning with AND."""
    counting, values = _counting(only, today, max(WARNED_DAYS))
    return Standings(f"{counting}, standing AS ({LIVE})", values)


def counted_standings(*, today: date) -> Standings:
    """`counted`: what is to be kept of the customers of the temporary table `collection_counted`, debtors all."""
    only = "AND i.customer_id IN (SELECT customer_id FROM collection_counted)"
    counting, values = _counting(only, today, max(WARNED_DAYS) + LONGEST)
    return Standings(f"{counting}, {COUNTED.replace('{only}', only)}", {**values, "longest": LONGEST})


def _counting(only: str, today: date, ahead: int) -> tuple[str, dict[str, Any]]:
    """The lists `late` and `next_expiry` of the customers of items under a condition, limitation so many days ahead."""
    where, limitation = expiring_where(today + timedelta(days=ahead))
    return (
        f"""late AS MATERIALIZED (
        SELECT customer_id, sum(open_base) AS overdue, count(*)::int AS items, min(due_on) AS oldest_on
        FROM ({OVERDUE} {only}) i WHERE open_base > 0 GROUP BY customer_id
    ),
    next_expiry AS (
        {limitation_sql(f"{where} {only}")}
        SELECT customer_id, min(expires_on) AS expires_on FROM expiry WHERE expires_on >= %(today)s
        GROUP BY customer_id
    ),
    heard AS MATERIALIZED ({HOURS.format(calls=CALLS.format(only=only))})""",
        {**_values(today), **limitation},
    )


def changed_customers(*, today: date, limit: int | None = None) -> Sequence[UUID]:
    """For whom the kept rows do not hold, or there is none."""
    with connection.cursor() as cursor:
        cursor.execute(CHANGED, {**_values(today), "limit": limit})
        return [row[0] for row in cursor.fetchall()]


def _values(today: date) -> dict[str, Any]:
    return {"organization": current_organization_id(), "today": today, "warned": max(WARNED_DAYS)}


CHANGED = """
    SELECT customer_id FROM (
        SELECT customer_id FROM collection_touched WHERE organization_id = %(organization)s
        UNION
        SELECT id FROM collection_standing
        WHERE organization_id = %(organization)s AND changes_on <= %(today)s
        UNION
        SELECT id FROM collection_standing
        WHERE organization_id = %(organization)s AND counted_on > %(today)s
    ) changed
    LIMIT %(limit)s
"""
STANDING = "overdue, items, oldest_on, contacted_on, result, claimed, next_step, next_on, expires_on, slow, likely_on, foretold_on, answers_at, silent_at"
FRESH = f"{{at}}.{{on}} > %(today)s::date - {FRESH_DAYS} AND {{at}}.{{on}} <= %(today)s"
"""Whether what the payment model said still counts."""
_FRESH = FRESH.format(at="s", on="foretold_on")
KEPT = f"""
    SELECT s.id AS customer_id, s.overdue, s.items, s.oldest_on, s.contacted_on, s.result, s.claimed, s.next_step,
           s.next_on, CASE WHEN s.expires_on <= %(today)s::date + %(warned)s THEN s.expires_on END AS expires_on,
           CASE WHEN {_FRESH} THEN s.slow::int END AS slow, CASE WHEN {_FRESH} THEN s.likely_on END AS likely_on,
           s.answers_at, s.silent_at
    FROM collection_standing s
    WHERE s.organization_id = %(organization)s AND s.overdue > 0
"""
LAST_CONTACT = """
    LEFT JOIN LATERAL (
        SELECT x.made_on, x.result, x.next_step, x.next_on, nullif(x.claimed, 0) AS claimed
        FROM collection_contact x
        WHERE x.organization_id = %(organization)s AND x.customer_id = l.customer_id AND NOT EXISTS (
            SELECT FROM collection_contact n
            WHERE n.organization_id = %(organization)s AND n.supersedes_id = x.id)
        ORDER BY x.made_at DESC, x.id DESC LIMIT 1
    ) c ON true
"""
LIVE = f"""
    SELECT l.customer_id, l.overdue, l.items, l.oldest_on, c.made_on AS contacted_on, coalesce(c.result, '') AS result,
           c.claimed, coalesce(c.next_step, '') AS next_step, c.next_on,
           CASE WHEN e.expires_on <= %(today)s::date + %(warned)s THEN e.expires_on END AS expires_on,
           f.slow::int AS slow, f.likely_on, h.answers_at, h.silent_at
    FROM late l
    {LAST_CONTACT}
    LEFT JOIN next_expiry e ON e.customer_id = l.customer_id
    LEFT JOIN heard h ON h.customer_id = l.customer_id
    LEFT JOIN risk_customer_outlook f ON f.organization_id = %(organization)s AND f.customer_id = l.customer_id
        AND {FRESH.format(at="f", on="as_of_on")}
    WHERE l.overdue > 0
"""
# Everybody with a debt that may become overdue: the row must be there to say when.
COUNTED = f"""
    debtor AS MATERIALIZED (
        SELECT i.customer_id, min(i.effective_due_on) FILTER (WHERE i.effective_due_on >= %(today)s) AS next_due_on
        FROM ledger_open_item i
        WHERE i.organization_id = %(organization)s AND i.side = 1 AND i.open_amount > 0 {{only}}
        GROUP BY i.customer_id
    ),
    counted AS (
        SELECT l.customer_id, coalesce(o.overdue, 0) AS overdue, coalesce(o.items, 0) AS items, o.oldest_on,
               c.made_on AS contacted_on, coalesce(c.result, '') AS result, c.claimed,
               coalesce(c.next_step, '') AS next_step, c.next_on, e.expires_on,
               f.slow, f.likely_on, f.as_of_on AS foretold_on, h.answers_at, h.silent_at,
               least(l.next_due_on + 1, e.expires_on + 1, %(today)s::date + %(longest)s) AS changes_on
        FROM debtor l
        LEFT JOIN late o ON o.customer_id = l.customer_id
        {LAST_CONTACT}
        LEFT JOIN next_expiry e ON e.customer_id = l.customer_id
        LEFT JOIN heard h ON h.customer_id = l.customer_id
        LEFT JOIN risk_customer_outlook f ON f.organization_id = %(organization)s AND f.customer_id = l.customer_id
    )
"""

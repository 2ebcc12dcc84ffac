"""What is judged and entered of customers: a score that fell, records in public registers that got worse."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from uuid import UUID

from huikuan.warnings.detection.reading import read, whole
from huikuan.warnings.rules import Finding, Kind, Row, Setting

WORSE_ABOVE = ("dishonest", "bankrupt", "abnormal", "litigation")
WORSE_BELOW = ("tax_rating", "insurer_rating", "registered_capital", "paid_in_capital")


def score_dropped(setting: Setting, day: date) -> list[Finding]:
    """Customers whose score is so many points below the best of the days before, or that a veto put down since."""
    return [
        Finding(
            Kind.SCORE_DROP,
            key,
            {
                "before": f"{before:.2f}",
                "grade_before": grade_before,
                "after": f"{after:.2f}",
                "grade": grade,
                "days": str(days),
            },
            [Row("customer", key, code, since)],
            since,
        )
        for key, code, before, grade_before, after, grade, days, since in read(DROPPED, setting, day)
    ]


def register_worse(setting: Setting, day: date) -> list[Finding]:
    """Customers of whom something worse was entered than was known before; the latest of it is told."""
    rows = read(WORSE, setting, day, above=list(WORSE_ABOVE), below=list(WORSE_BELOW))
    of: defaultdict[UUID, list[tuple[UUID, str, str, str, date]]] = defaultdict(list)
    for key, fact, code, before, value, on in rows:
        of[key].append((fact, code, "" if before is None else whole(before), whole(value), on))
    found = []
    for key, facts in of.items():
        _fact, code, before_text, after_text, on = facts[0]
        figures = {"fact": code, "before": before_text, "after": after_text, "on": on.isoformat()}
        evidence = [Row("fact", each[0], each[1], each[4]) for each in facts[:10]]
        found.append(Finding(Kind.REGISTRY, key, figures, evidence, on))
    return found


DROPPED = """
    WITH judged AS (
        SELECT a.*, row_number() OVER (PARTITION BY a.customer_id ORDER BY a.as_of_on DESC, a.id DESC) AS place
        FROM credit_assessment a
        WHERE a.organization_id = %(organization)s AND a.as_of_on <= %(day)s
    ),
    told AS (
        SELECT DISTINCT ON (n.customer_id) n.customer_id, b.points AS before, b.grade AS grade_before,
               n.points AS after, n.grade, n.as_of_on - b.as_of_on AS days, n.as_of_on AS since,
               n.vetoed AND NOT b.vetoed AS vetoed
        FROM judged n
        JOIN judged b ON b.customer_id = n.customer_id AND b.place > 1
        WHERE n.place = 1 AND n.as_of_on > %(day)s::date - %(days)s::int
          AND (b.as_of_on > %(day)s::date - %(days)s::int
               OR b.place = (SELECT min(o.place) FROM judged o
                             WHERE o.customer_id = n.customer_id AND o.place > 1
                               AND o.as_of_on <= %(day)s::date - %(days)s::int))
        ORDER BY n.customer_id, b.points DESC, b.place
    )
    SELECT t.customer_id, k.code, t.before, t.grade_before, t.after, t.grade, t.days, t.since
    FROM told t
    JOIN customers_customer k ON k.organization_id = %(organization)s AND k.id = t.customer_id
    WHERE t.before - t.after >= %(points)s OR (t.vetoed AND t.grade <> t.grade_before)
    ORDER BY t.customer_id
"""
WORSE = """
    SELECT customer_id, id, code, before, value, as_of_on FROM (
        SELECT f.customer_id, f.id, f.code, f.value, f.as_of_on,
               lag(f.value) OVER (PARTITION BY f.customer_id, f.code ORDER BY f.as_of_on, f.id) AS before
        FROM credit_customer_fact f
        WHERE f.organization_id = %(organization)s AND f.as_of_on <= %(day)s
          AND (f.code = ANY(%(above)s) OR f.code = ANY(%(below)s))
    ) entered
    WHERE as_of_on > %(day)s::date - %(days)s::int
      AND ((code = ANY(%(above)s) AND value > coalesce(before, 0)) OR (code = ANY(%(below)s) AND value < before))
    ORDER BY customer_id, as_of_on DESC, id DESC
"""

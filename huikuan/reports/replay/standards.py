"""What a card and the limits gave each customer month by month, by what was known on the eve of the month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from huikuan.credit.assessing import judge
from huikuan.credit.assessment_queries import InForce, card_for
from huikuan.credit.facts import customer_facts, segments
from huikuan.credit.ledger_facts import knowledge
from huikuan.credit.rules import SetLimit, limit_in_force
from huikuan.reports.replay.rules import Subject


@dataclass(frozen=True, slots=True)
class Standard:
    """What the card gave a customer for a month: grade and limit; None where nothing was known of it."""

    grade: str
    points: Decimal
    limit: Decimal
    term_days: int


def read_standards(
    subjects: Sequence[Subject], cards: Mapping[str, InForce], zone: ZoneInfo
) -> dict[tuple[UUID, date], Standard]:
    """What the card gave each customer for each month in which it ordered, by what was known on the month's eve."""
    by_month: defaultdict[date, set[UUID]] = defaultdict(set)
    for each in subjects:
        by_month[each.on.replace(day=1)].add(each.customer_id)
    found: dict[tuple[UUID, date], Standard] = {}
    for month, keys in sorted(by_month.items()):
        eve = month - timedelta(days=1)
        known_at = datetime.combine(month, time(), tzinfo=zone) - timedelta(microseconds=1)
        ids = sorted(keys)
        facts = customer_facts(ids, as_of=eve, known_at=known_at)
        of_segment = segments(ids, as_of=eve, known_at=known_at)
        covers = _securities(ids, eve, known_at)
        for key in ids:
            chosen = card_for(cards, of_segment.get(key, ""))
            judged = chosen and judge(chosen.card, facts.get(key, {}), securities=covers.get(key, ()))
            if judged:
                found[key, month] = Standard(
                    judged.grade,
                    judged.score.points,
                    judged.recommendation.limit,
                    judged.recommendation.term_days,
                )
    return found


def _securities(
    ids: Sequence[UUID], day: date, known_at: datetime
) -> dict[UUID, list[tuple[Decimal, Decimal]]]:
    """Amount and cover of what secured customers on a day, as known then."""
    known = knowledge(day, known_at)
    found: defaultdict[UUID, list[tuple[Decimal, Decimal]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT s.customer_id, s.amount * CASE WHEN s.currency = g.currency THEN 1 ELSE coalesce((
                       SELECT r.rate FROM ledger_rate r
                       WHERE r.organization_id = %(organization)s AND r.currency = s.currency
                         AND r.rated_on <= %(as_of)s ORDER BY r.rated_on DESC LIMIT 1), 0) END, s.cover
            FROM credit_security s{known.late_act("s")}
            JOIN organizations_organization g ON g.id = %(organization)s
            WHERE s.organization_id = %(organization)s AND s.customer_id = ANY(%(ids)s::uuid[])
              AND {known.counted("s", "starts_on")} AND s.expires_on >= %(as_of)s
              AND (s.released_on IS NULL OR s.released_on > %(as_of)s)
            ORDER BY s.id
            """,
            {**known.parameters, "ids": list(ids)},
        )
        for key, amount, cover in cursor.fetchall():
            found[key].append((amount, cover))
    return found


@dataclass(frozen=True, slots=True)
class KnownLimit:
    """A limit with the days from which it was known and, where it was withdrawn, on which that was known."""

    known_on: date
    gone_on: date | None
    limit: SetLimit


def read_limits(parameters: Mapping[str, Any], ids: Sequence[UUID]) -> dict[UUID, list[KnownLimit]]:
    """The limits that customers were given, in base currency at the rate of their first day."""
    found: defaultdict[UUID, list[KnownLimit]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(LIMITS, {**parameters, "ids": list(ids)})
        for key, known_on, gone_on, amount, starts_on, ends_on, kind in cursor.fetchall():
            limit = SetLimit(amount, starts_on, ends_on, kind == "temporary")
            found[key].append(KnownLimit(known_on, gone_on, limit))
    return dict(found)


def limit_then(limits: Sequence[KnownLimit], day: date) -> Decimal | None:
    """The limit of a day, as known on its eve; None where there was none."""
    known = [
        each.limit for each in limits if each.known_on < day and (each.gone_on is None or each.gone_on >= day)
    ]
    chosen = limit_in_force(known, day)
    return None if chosen is None else chosen.amount


LIMITS = """
    SELECT l.customer_id,
           CASE WHEN l.starts_on < %(live_on)s THEN l.starts_on - 1
                ELSE (a.recorded_at AT TIME ZONE %(zone)s)::date END,
           (w.recorded_at AT TIME ZONE %(zone)s)::date,
           l.amount * CASE WHEN l.currency = g.currency THEN 1 ELSE coalesce((
               SELECT r.rate FROM ledger_rate r
               WHERE r.organization_id = %(organization)s AND r.currency = l.currency AND r.rated_on <= l.starts_on
               ORDER BY r.rated_on DESC LIMIT 1), 0) END,
           l.starts_on, l.ends_on, l.kind
    FROM credit_limit l
    JOIN audit_act a ON a.organization_id = %(organization)s AND a.id = l.act_id
    JOIN organizations_organization g ON g.id = %(organization)s
    LEFT JOIN audit_act w ON w.organization_id = %(organization)s AND w.id = l.withdrawn_act_id
    WHERE l.organization_id = %(organization)s AND l.customer_id = ANY(%(ids)s) AND NOT l.whole_group
      AND l.contract_id IS NULL
    ORDER BY l.starts_on, l.id
"""

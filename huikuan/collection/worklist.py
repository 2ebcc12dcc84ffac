"""Who is chased next: one line per customer with something overdue, ranked by points.

Ranking reads how customers stand (`standings`) and few small tables; what else a line says is read of the lines shown.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import date, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from huikuan.collection.points import (
    FULL_AGE,
    FULL_SILENCE,
    LIMITATION_PARTS,
    PAYS_ALONE,
    THOUSAND,
    Signal,
    Standing,
    Weights,
    points,
)
from huikuan.collection.reaching import CALLED_TODAY, CALLS, GOOD, REACH, Clock, Reach
from huikuan.collection.standings import Standings, live_standings, standings
from huikuan.core.keyset import Key, read_mark, write_mark

MINE, TEAM, UNASSIGNED, PROMISED, BROKEN = "mine", "team", "unassigned", "promised", "broken"
ALONE = "alone"
PARTS = (MINE, TEAM, UNASSIGNED, PROMISED, BROKEN, ALONE)
_KEYS = (Key("points", int), Key("customer_id", UUID))


@dataclass(frozen=True, slots=True)
class WorkFilter:
    """Which lines: a part of the worklist, words of a name or code, and whose customers may be seen.

    `people`: salespeople whose customers are seen (None: all). `memberships`: the reader, and whom the reader
    stands in for. `keys`: none but these customers (None: all).
    """

    part: str = TEAM
    text: str = ""
    people: Collection[UUID] | None = None
    memberships: Collection[UUID] = ()
    keys: Collection[UUID] | None = None


@dataclass(frozen=True, slots=True)
class WorkLine:
    """A customer with something overdue. Amounts in the organization's currency, `promised` in `currency`.

    `slow`, `likely_on`: what the payment model expects (`risk.payments.models.CustomerOutlook`), as far as it still counts.
    `reach`: whether now is a time to call (`reaching`); `called`: the calls of today; `answers_at`: the hours at which it
    answers, a bit each; `tries`, `answered`: of the last calls those at about this hour. `called_from`, `called_until`: what it
    told us, `away_until`: where it is away today. `claimed`: what was overdue at the last contact. `credit`: unallocated
    credits we hold. `collector…`: who was chosen by hand, else the salesperson.
    """

    points: int
    customer_id: UUID
    code: str
    name: str
    salesperson: str
    overdue: Decimal
    items: int
    oldest_on: date
    contacted_on: date | None
    result: str
    claimed: Decimal | None
    next_step: str
    next_on: date | None
    promised_on: date | None
    promised: Decimal | None
    currency: str
    broken: bool
    broken_on: date | None
    expires_on: date | None
    held: bool
    slow: int | None
    likely_on: date | None
    reach: str
    called: int
    answers_at: int
    tries: int
    answered: int
    called_from: time | None
    called_until: time | None
    away_until: date | None
    credit: Decimal
    collector_id: UUID | None
    collector: str
    chosen: bool

    @property
    def mark(self) -> str:
        """What asks for the lines behind this one."""
        return write_mark((self.points, self.customer_id))

    def standing(self, today: date) -> Standing:
        """What its points rest on."""
        return Standing(
            overdue=self.overdue,
            overdue_days=(today - self.oldest_on).days,
            contacted_on=self.contacted_on,
            claimed=self.claimed,
            next_on=self.next_on,
            promised_on=self.promised_on,
            broken=self.broken,
            expires_on=self.expires_on,
            held=self.held,
            slow=self.slow,
            reach=Reach(self.reach),
        )

    def explained(self, weights: Weights, *, today: date) -> dict[Signal, int]:
        """Its points by what they are given for; they sum to `points`."""
        return points(self.standing(today), weights, today=today)


_NAMES = tuple(each.name for each in fields(WorkLine))


def work_lines(
    wanted: WorkFilter,
    weights: Weights,
    *,
    today: date,
    after: str = "",
    before: str = "",
    limit: int = 25,
    live: bool = False,
    clock: Clock | None = None,
) -> list[WorkLine]:
    """The lines of a part, most points first, behind a mark or before one. Raises keyset.MarkUnknown.

    `clock`: the time for which is told who can be called; None: it plays no part. `live`: nothing that was counted
    beforehand is used; the lines are the same.
    """
    where, values = _conditions(wanted, today)
    mark = after or before
    order = "points DESC, customer_id DESC"
    if mark:
        values["mark_points"], values["mark_id"] = read_mark(mark, _KEYS)
        where += f" AND (points, customer_id) {'<' if after else '>'} (%(mark_points)s, %(mark_id)s)"
        order = order if after else "points, customer_id"
    values["limit"] = limit
    stand = live_standings(today=today) if live else standings(today=today)
    lines = _lines(stand, where, values, weights, clock=clock, order=order)
    return lines if after or not mark else lines[::-1]


def work_line(
    customer_id: UUID, weights: Weights, *, today: date, clock: Clock | None = None
) -> WorkLine | None:
    """The line of one customer; None without anything overdue."""
    stand = live_standings(today=today, only="AND i.customer_id = %(customer)s")
    values = {"customer": customer_id, "limit": 1}
    lines = _lines(stand, "customer_id = %(customer)s", values, weights, clock=clock)
    return lines[0] if lines else None


def work_counts(wanted: WorkFilter, *, today: date) -> Mapping[str, int]:
    """How many lines each part has."""
    where, values = _conditions(WorkFilter(TEAM, "", wanted.people, wanted.memberships), today)
    sums = ", ".join(f"count(*) FILTER (WHERE {PART_SQL[part]})" for part in PARTS)
    [row] = _read(
        standings(today=today), f"{STANDING_LINES} SELECT {sums} FROM standing_line WHERE {where}", values
    )
    return dict(zip(PARTS, row, strict=True))


def work_total(wanted: WorkFilter, *, today: date) -> tuple[int, Decimal]:
    """How many lines a part has, and what is overdue in them."""
    where, values = _conditions(wanted, today)
    statement = (
        f"{STANDING_LINES} SELECT count(*)::int, coalesce(sum(overdue), 0) FROM standing_line WHERE {where}"
    )
    [row] = _read(standings(today=today), statement, values)
    return row[0], row[1]


def _conditions(wanted: WorkFilter, today: date) -> tuple[str, dict[str, Any]]:
    where = PART_SQL[wanted.part]
    values: dict[str, Any] = {"memberships": list(wanted.memberships), "day": today}
    if wanted.people is not None:
        where += " AND salesperson_id = ANY(%(people)s)"
        values["people"] = list(wanted.people)
    if wanted.keys is not None:
        where += " AND customer_id = ANY(%(keys)s::uuid[])"
        values["keys"] = list(wanted.keys)
    if wanted.text:
        where += (
            " AND (strpos(lower(name), lower(%(text)s)) > 0 OR starts_with(lower(code), lower(%(text)s))"
            " OR strpos(initials, lower(%(text)s)) > 0)"
        )
        values["text"] = wanted.text.strip()
    return where, values


PART_SQL = {
    MINE: "collector_id = ANY(%(memberships)s) AND (next_on IS NULL OR next_on <= %(day)s)",
    TEAM: "true",
    UNASSIGNED: "collector_id IS NULL",
    PROMISED: "promised_on <= %(day)s",
    BROKEN: "broken",
    ALONE: f"slow <= {PAYS_ALONE} AND NOT broken",
}


def _lines(
    stand: Standings,
    where: str,
    values: Mapping[str, Any],
    weights: Weights,
    *,
    clock: Clock | None,
    order: str = "customer_id",
) -> list[WorkLine]:
    given = {
        **values,
        **_time(clock),
        **{f"w_{signal}": weights.points[signal] for signal in Signal},
        "full_amount": weights.full_amount,
    }
    chosen = f"SELECT {_RANKED_BY} FROM scored WHERE {where} ORDER BY {order} LIMIT %(limit)s"
    rows = _read(
        stand,
        f"{STANDING_LINES}, {SCORED}, chosen AS MATERIALIZED ({chosen}) {SHOWN} ORDER BY {order}",
        given,
    )
    return [WorkLine(*row) for row in rows]


def _time(clock: Clock | None) -> dict[str, Any]:
    if clock is None:
        return {"clock": None, "hour": None, "may_call": False}
    return {"clock": clock.at, "hour": clock.at.hour, "may_call": clock.may_call}


def _read(stand: Standings, statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {stand.sql}, {statement}", {**_time(None), **stand.values, **values})
        return list(cursor.fetchall())


THIRDS = " ".join(
    f"WHEN expires_on <= %(today)s::date + {within} THEN {thirds}" for within, thirds in LIMITATION_PARTS
)
REACHED = ", ".join(f"'{each}'" for each in sorted(GOOD))
POINTS = f"""
    CASE WHEN overdue >= %(full_amount)s THEN %(w_amount)s ELSE div(%(w_amount)s * overdue, %(full_amount)s)::int END
    + %(w_age)s * least(%(today)s::date - oldest_on, {FULL_AGE}) / {FULL_AGE}
    + %(w_silence)s * coalesce(greatest(0, least(%(today)s::date - contacted_on, {FULL_SILENCE})), {FULL_SILENCE})
        / {FULL_SILENCE}
    + %(w_limitation)s * (CASE WHEN expires_on IS NULL THEN 0 {THIRDS} ELSE 0 END) / 3
    + CASE WHEN overdue > claimed THEN %(w_grown)s ELSE 0 END
    + CASE WHEN broken THEN %(w_broken)s ELSE 0 END
    + CASE WHEN promised_on <= %(today)s THEN %(w_due_today)s WHEN promised_on > %(today)s
           THEN -%(w_promised)s ELSE 0 END
    + CASE WHEN next_on <= %(today)s THEN %(w_step_due)s WHEN next_on > %(today)s THEN -%(w_later)s ELSE 0 END
    + CASE WHEN held THEN %(w_held)s ELSE 0 END
    + CASE WHEN reach = '' THEN 0 WHEN reach IN ({REACHED}) THEN %(w_reachable)s ELSE -%(w_away)s END
    + CASE WHEN slow <= {PAYS_ALONE} AND NOT broken THEN -%(w_alone)s
           ELSE %(w_unlikely)s * coalesce(slow, 0) / {THOUSAND} END
"""
# Each table is joined by what is unique in it: the planner leaves out those that a statement asks nothing of.
STANDING_LINES = f"""
    promise AS (
        SELECT DISTINCT ON (customer_id) customer_id, promised_on, amount, currency FROM collection_promise
        WHERE organization_id = %(organization)s AND state = 'open' ORDER BY customer_id, promised_on, id
    ),
    last_promise AS (
        SELECT DISTINCT ON (customer_id) customer_id, state IN ('broken', 'partly') AS broken, promised_on
        FROM (
            SELECT id, customer_id, state, promised_on, made_on FROM collection_promise
            WHERE organization_id = %(organization)s AND state <> 'withdrawn'
            UNION ALL
            SELECT id, customer_id, state, ended_on, coalesce(ended_on, signed_on) FROM collection_plan
            WHERE organization_id = %(organization)s AND state NOT IN ('draft', 'withdrawn')
        ) said
        ORDER BY customer_id, made_on DESC, id DESC
    ),
    held AS (
        SELECT DISTINCT customer_id FROM credit_order_hold
        WHERE organization_id = %(organization)s AND state = 'open'
    ),
    assigned AS (
        SELECT DISTINCT ON (customer_id) customer_id, collector_id FROM collection_assignment
        WHERE organization_id = %(organization)s AND ends_on IS NULL ORDER BY customer_id
    ),
    called_today AS ({CALLED_TODAY}),
    standing_line AS (
        SELECT l.*, {REACH} AS reach, coalesce(ct.calls, 0) AS called, k.code, k.name, k.initials, k.salesperson_id, p.promised_on, p.amount AS promised,
               coalesce(p.currency, '') AS currency, coalesce(b.broken, false) AS broken,
               CASE WHEN b.broken THEN b.promised_on END AS broken_on, h.customer_id IS NOT NULL AS held,
               coalesce(g.collector_id, s.membership_id) AS collector_id
        FROM standing l
        LEFT JOIN customers_customer k ON k.organization_id = %(organization)s AND k.id = l.customer_id
        LEFT JOIN customers_salesperson s ON s.organization_id = %(organization)s AND s.id = k.salesperson_id
        LEFT JOIN promise p ON p.customer_id = l.customer_id
        LEFT JOIN last_promise b ON b.customer_id = l.customer_id
        LEFT JOIN held h ON h.customer_id = l.customer_id
        LEFT JOIN assigned g ON g.customer_id = l.customer_id
        LEFT JOIN called_today ct ON ct.customer_id = l.customer_id
        LEFT JOIN collection_hours ch ON ch.organization_id = %(organization)s AND ch.id = l.customer_id
    )
"""
SCORED = f"scored AS (SELECT *, ({POINTS})::int AS points FROM standing_line)"
_RANKED_BY = (
    "points, customer_id, overdue, items, oldest_on, contacted_on, result, claimed, next_step, next_on, expires_on,"
    " promised_on, promised, currency, broken, broken_on, held, slow, likely_on, reach, called,"
    " coalesce(answers_at, 0) AS answers_at"
)
SHOWN = f"""
    SELECT {", ".join(_NAMES)} FROM (
        SELECT c.*, k.code, k.name, coalesce(s.name, '') AS salesperson, coalesce(t.credit, 0) AS credit,
               coalesce(r.tries, 0) AS tries, coalesce(r.answered, 0) AS answered, ch.called_from, ch.called_until,
               CASE WHEN %(today)s::date BETWEEN ch.away_from AND ch.away_until THEN ch.away_until END AS away_until,
               coalesce(g.collector_id, s.membership_id) AS collector_id,
               coalesce(gu.name, CASE WHEN g.collector_id IS NULL THEN s.name END, '') AS collector,
               g.collector_id IS NOT NULL AS chosen
        FROM chosen c
        JOIN customers_customer k ON k.organization_id = %(organization)s AND k.id = c.customer_id
        LEFT JOIN customers_salesperson s ON s.organization_id = %(organization)s AND s.id = k.salesperson_id
        LEFT JOIN collection_hours ch ON ch.organization_id = %(organization)s AND ch.id = c.customer_id
        LEFT JOIN LATERAL (
            SELECT count(*)::int AS tries, count(*) FILTER (WHERE answered)::int AS answered
            FROM ({CALLS.format(only="AND i.customer_id = c.customer_id")}) near
            WHERE c.reach IN ('answers', 'silent') AND abs(near.at - %(hour)s::int) <= 1
        ) r ON true
        LEFT JOIN ledger_customer_total t ON t.organization_id = %(organization)s AND t.id = c.customer_id
        LEFT JOIN collection_assignment g
            ON g.organization_id = %(organization)s AND g.customer_id = c.customer_id AND g.ends_on IS NULL
        LEFT JOIN organizations_membership gm
            ON gm.organization_id = %(organization)s AND gm.id = g.collector_id
        LEFT JOIN organizations_user gu ON gu.id = gm.user_id
    ) shown
"""

"""What came of contacts, by whom and how; what was paid after them. What is told here is no proof: see `effects`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from huikuan.collection.chased import PAYING
from huikuan.collection.effects import Interval, Sample, rate_difference, sample_difference
from huikuan.core.postgres.tenancy import current_organization_id

WINDOWS = (7, 14, 30)
ANSWERED_DAYS = 7
BY_CHANNEL, BY_PERSON, BY_TEMPLATE, BY_STEP = "channel", "person", "template", "step"
WAYS = (BY_CHANNEL, BY_PERSON, BY_TEMPLATE, BY_STEP)
_KEYS = {BY_CHANNEL: "k.channel", BY_PERSON: "k.member_name", BY_TEMPLATE: "t.key", BY_STEP: "t.key"}
# What a contact came of: the action of a policy, or a letter that somebody wrote.
_SOURCES = {
    BY_TEMPLATE: """
        JOIN (
            SELECT a.contact_id, s.template AS key
            FROM collection_action a
            JOIN collection_policy_step s ON s.organization_id = %(organization)s AND s.id = a.step_id
            WHERE a.organization_id = %(organization)s AND a.contact_id IS NOT NULL AND s.template <> ''
              AND a.channel NOT IN ('phone', 'visit')
            UNION
            SELECT l.contact_id, l.template FROM collection_letter l
            WHERE l.organization_id = %(organization)s AND l.contact_id IS NOT NULL
        ) t ON t.contact_id = k.id""",
    BY_STEP: """
        JOIN (
            SELECT DISTINCT a.contact_id, s.name AS key
            FROM collection_action a
            JOIN collection_policy_step s ON s.organization_id = %(organization)s AND s.id = a.step_id
            WHERE a.organization_id = %(organization)s AND a.contact_id IS NOT NULL
        ) t ON t.contact_id = k.id""",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of the contacts of a kind. `watched` and `paid` by the windows of 7, 14 and 30 days.

    `reached`: somebody was spoken to, or it was delivered. `answered`: a reply, or the customer came back within
    seven days. `watched`: contacts whose window is over; `paid`: those of them after which something of what was
    claimed was paid within it. `claimed` in the organization's currency.
    """

    key: str
    contacts: int
    reached: int
    answered: int
    promised: int
    claimed: Decimal
    watched: tuple[int, ...]
    paid: tuple[int, ...]

    def rate(self, place: int) -> float | None:
        """The share that paid within a window; None where none is over."""
        return self.paid[place] / self.watched[place] if self.watched[place] else None


def outcomes(by: str, *, starts_on: date, ends_on: date, today: date) -> list[Outcome]:
    """The contacts of ours from a day up to and with another, the most first; one statement.

    By channel, person, template (of what was sent) or step (of policies): one of `WAYS`.
    """
    values: dict[str, Any] = {
        "organization": current_organization_id(),
        "from": starts_on,
        "to": ends_on,
        "today": today,
        "answered": ANSWERED_DAYS,
    }
    with connection.cursor() as cursor:
        cursor.execute(OUTCOMES.replace("{key}", _KEYS[by]).replace("{source}", _SOURCES.get(by, "")), values)
        return [
            Outcome(
                key, contacts, reached, answered, promised, claimed, tuple(windows[:3]), tuple(windows[3:])
            )
            for key, contacts, reached, answered, promised, claimed, *windows in cursor.fetchall()
        ]


OUTCOMES = f"""
    WITH made AS (
        SELECT {{key}} AS key, k.id, k.customer_id, k.made_on, k.made_at, k.result, k.proof, k.claimed
        FROM collection_contact k {{source}}
        WHERE k.organization_id = %(organization)s AND k.direction = 'out' AND k.made_on BETWEEN %(from)s AND %(to)s
          AND NOT EXISTS (
              SELECT FROM collection_contact n
              WHERE n.organization_id = %(organization)s AND n.supersedes_id = k.id)
    ),
    money AS (
        SELECT m.id, min(a.effective_on) AS paid_on
        FROM made m
        JOIN collection_claim c ON c.organization_id = %(organization)s AND c.contact_id = m.id
        JOIN ledger_allocation a ON a.organization_id = %(organization)s AND a.debit_item_id = c.item_id
        JOIN ledger_open_item o ON o.organization_id = %(organization)s AND o.id = a.credit_item_id
        JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = o.document_id
        WHERE d.kind IN {PAYING} AND a.reverses_id IS NULL AND a.effective_on > m.made_on
          AND a.effective_on <= m.made_on + {WINDOWS[-1]}
        GROUP BY m.id
    )
    SELECT m.key, count(*)::int,
           count(*) FILTER (WHERE m.result NOT IN ('not_reached', 'sent')
               OR m.proof IN ('reply', 'delivered', 'signed'))::int,
           count(*) FILTER (WHERE m.proof = 'reply' OR EXISTS (
               SELECT FROM collection_action x
               WHERE x.organization_id = %(organization)s AND x.contact_id = m.id AND x.replied_on IS NOT NULL)
               OR EXISTS (
               SELECT FROM collection_contact r
               WHERE r.organization_id = %(organization)s AND r.customer_id = m.customer_id AND r.direction = 'in'
                 AND r.made_at > m.made_at AND r.made_on <= m.made_on + %(answered)s))::int,
           count(*) FILTER (WHERE m.result = 'promised')::int,
           coalesce(sum(m.claimed), 0),
           {", ".join(f"count(*) FILTER (WHERE m.made_on + {days} <= %(today)s)::int" for days in WINDOWS)},
           {
    ", ".join(
        f"count(*) FILTER (WHERE m.made_on + {days} <= %(today)s AND p.paid_on <= m.made_on + {days})::int"
        for days in WINDOWS
    )
}
    FROM made m LEFT JOIN money p ON p.id = m.id
    GROUP BY m.key
    ORDER BY count(*) DESC, m.key
"""


@dataclass(frozen=True, slots=True)
class Group:
    """Customers of a step, nudged or held out. By windows: whose days are over, and who paid within them.

    `days`: count, mean and variance of the days to the first payment, at most 30, of those whose 30 days are over.
    """

    watched: tuple[int, ...]
    paid: tuple[int, ...]
    days: Sample


@dataclass(frozen=True, slots=True)
class StepEffect:
    """A step with somebody held out: both groups, since the hold-out began."""

    step_key: UUID
    name: str
    percent: int
    starts_on: date
    nudged: Group
    held: Group

    def difference(self, place: int) -> Interval | None:
        """The rate that paid within a window, nudged less held out; None where too few to say."""
        return rate_difference(
            self.nudged.paid[place],
            self.nudged.watched[place],
            self.held.paid[place],
            self.held.watched[place],
        )

    @property
    def days_saved(self) -> Interval | None:
        """How many days sooner those nudged paid, at most 30 counted."""
        return sample_difference(self.held.days, self.nudged.days)


NOBODY = Group((0, 0, 0), (0, 0, 0), Sample(0, 0.0, 0.0))


def step_effects(*, today: date) -> list[StepEffect]:
    """The steps at which customers are held out now, with what both groups came to; one statement.

    A customer counts once for a step, from the first day the step was due; with everything that a run planned,
    whatever became of it, so that neither group is chosen by what happened. Paid: any payment for what was billed by
    then.
    """
    values: dict[str, Any] = {"organization": current_organization_id(), "today": today}
    with connection.cursor() as cursor:
        cursor.execute(STEP_EFFECTS, values)
        rows = cursor.fetchall()
    found: dict[UUID, dict[bool, Group]] = {}
    heads: dict[UUID, tuple[str, int, date]] = {}
    for key, name, percent, starts_on, held, count, mean, spread, *windows in rows:
        heads[key] = (name, percent, starts_on)
        if held is not None:
            sample = Sample(count, float(mean or 0), float(spread or 0))
            found.setdefault(key, {})[held] = Group(tuple(windows[:3]), tuple(windows[3:]), sample)
    return [
        StepEffect(
            key, *heads[key], found.get(key, {}).get(False, NOBODY), found.get(key, {}).get(True, NOBODY)
        )
        for key in heads
    ]


def best_effect(*, today: date) -> float | None:
    """By how much the step that does most raises the share of those who pay within thirty days, where that is shown."""
    found = (each.difference(len(WINDOWS) - 1) for each in step_effects(today=today))
    return max((shown.value for shown in found if shown is not None and shown.low > 0), default=None)


STEP_EFFECTS = f"""
    WITH hold AS (
        SELECT h.step_key, h.percent, h.starts_on,
               (SELECT s.name FROM collection_policy_step s
                WHERE s.organization_id = %(organization)s AND s.key = h.step_key ORDER BY s.id DESC LIMIT 1) AS name
        FROM collection_hold_out h
        WHERE h.organization_id = %(organization)s AND h.ends_on IS NULL
    ),
    unit AS (
        SELECT h.step_key, a.customer_id, min(a."on") AS on_day, false AS held
        FROM hold h
        JOIN collection_policy_step s ON s.organization_id = %(organization)s AND s.key = h.step_key
        JOIN collection_action a ON a.organization_id = %(organization)s AND a.step_id = s.id
        WHERE a.lead_id IS NULL AND a."on" >= h.starts_on
        GROUP BY h.step_key, a.customer_id
        UNION ALL
        SELECT h.step_key, k.customer_id, min(r."on"), true
        FROM hold h
        JOIN collection_policy_step s ON s.organization_id = %(organization)s AND s.key = h.step_key
        JOIN collection_run_skip k ON k.organization_id = %(organization)s AND k.step_id = s.id
        JOIN collection_run r ON r.organization_id = %(organization)s AND r.id = k.run_id
        WHERE k.reason = 'held_out' AND r."on" >= h.starts_on
        GROUP BY h.step_key, k.customer_id
    ),
    outcome AS (
        SELECT u.*, p.days
        FROM unit u
        LEFT JOIN LATERAL (
            SELECT min(a.effective_on) - u.on_day AS days
            FROM ledger_open_item i
            JOIN ledger_allocation a ON a.organization_id = %(organization)s AND a.debit_item_id = i.id
            JOIN ledger_open_item o ON o.organization_id = %(organization)s AND o.id = a.credit_item_id
            JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = o.document_id
            WHERE i.organization_id = %(organization)s AND i.customer_id = u.customer_id AND i.side = 1
              AND i.document_on <= u.on_day AND d.kind IN {PAYING} AND a.reverses_id IS NULL
              AND a.effective_on > u.on_day AND a.effective_on <= u.on_day + {WINDOWS[-1]}
        ) p ON true
    )
    SELECT h.step_key, coalesce(h.name, ''), h.percent, h.starts_on, o.held,
           count(o.customer_id) FILTER (WHERE o.on_day + {WINDOWS[-1]} <= %(today)s)::int,
           avg(coalesce(o.days, {WINDOWS[-1]})) FILTER (WHERE o.on_day + {WINDOWS[-1]} <= %(today)s),
           var_samp(coalesce(o.days, {WINDOWS[-1]})) FILTER (WHERE o.on_day + {WINDOWS[-1]} <= %(today)s),
           {", ".join(f"count(*) FILTER (WHERE o.on_day + {days} <= %(today)s)::int" for days in WINDOWS)},
           {
    ", ".join(
        f"count(*) FILTER (WHERE o.on_day + {days} <= %(today)s AND o.days <= {days})::int"
        for days in WINDOWS
    )
}
    FROM hold h LEFT JOIN outcome o ON o.step_key = h.step_key
    GROUP BY h.step_key, h.name, h.percent, h.starts_on, o.held
    ORDER BY h.starts_on, h.step_key
"""

"""Why somebody is chased before others: points for what is known of a customer, each explained.

The worklist's statement adds up the same points (`worklist.POINTS`); a test holds them together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from huikuan.collection.reaching import BAD, GOOD, Reach


class Signal(StrEnum):
    """What gives points. `promised` and `later` take them: somebody waits for a day that was agreed; so does
    `alone`: the customer is expected to pay without being asked, and `away`: now is no time to call it.
    """

    AMOUNT = "amount"
    AGE = "age"
    GROWN = "grown"
    BROKEN = "broken"
    DUE_TODAY = "due_today"
    LIMITATION = "limitation"
    SILENCE = "silence"
    STEP_DUE = "step_due"
    HELD = "held"
    REACHABLE = "reachable"
    UNLIKELY = "unlikely"
    ALONE = "alone"
    AWAY = "away"
    PROMISED = "promised"
    LATER = "later"


TAKES_POINTS = frozenset({Signal.AWAY, Signal.ALONE, Signal.PROMISED, Signal.LATER})
SHIPPED: dict[Signal, int] = {
    Signal.AMOUNT: 30,
    Signal.AGE: 20,
    Signal.GROWN: 5,
    Signal.BROKEN: 25,
    Signal.DUE_TODAY: 20,
    Signal.LIMITATION: 30,
    Signal.SILENCE: 15,
    Signal.STEP_DUE: 25,
    Signal.HELD: 10,
    Signal.REACHABLE: 10,
    Signal.UNLIKELY: 20,
    Signal.ALONE: 15,
    Signal.AWAY: 20,
    Signal.PROMISED: 40,
    Signal.LATER: 40,
}
MOST_POINTS = 1000
FULL_AMOUNT = Decimal(500_000)
"""From this overdue amount on, in the organization's currency, a customer gets all points for the amount."""
FULL_AGE, FULL_SILENCE = 90, 30
PAYS_ALONE, THOUSAND = 150, 1000
"""Of whom at most so many thousandths of what is overdue are expected unpaid in four weeks, pays by itself."""
LIMITATION_PARTS = ((30, 3), (90, 2), (180, 1))
"""Thirds of the points for limitation, by the days that are left."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How many points each signal gives or takes at most, and the overdue amount that gives all of them."""

    points: Mapping[Signal, int]
    full_amount: Decimal = FULL_AMOUNT


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a customer as of a day. Amounts in the organization's currency.

    `contacted_on`: the last contact; `claimed`: what was overdue then; `next_on`: the day agreed there.
    `slow`: thousandths of what is overdue that the payment model expects unpaid in four weeks; None: it says nothing.
    `reach`: whether now is a time to call. `promised_on`: the earliest open promise. `broken`: the last promise that ended was not kept, and none came after.
    """

    overdue: Decimal
    overdue_days: int
    contacted_on: date | None = None
    claimed: Decimal | None = None
    next_on: date | None = None
    promised_on: date | None = None
    broken: bool = False
    expires_on: date | None = None
    held: bool = False
    slow: int | None = None
    reach: Reach = Reach.UNKNOWN

    @property
    def pays_alone(self) -> bool:
        """Whether the customer is expected to pay without being asked: such as broke their word are not."""
        return self.slow is not None and self.slow <= PAYS_ALONE and not self.broken


def points(standing: Standing, weights: Weights, *, today: date) -> dict[Signal, int]:
    """The points of a customer by what they are given for; signals without any are absent."""
    most = weights.points
    found = {
        Signal.AMOUNT: _part(most[Signal.AMOUNT], standing.overdue, weights.full_amount),
        Signal.AGE: most[Signal.AGE] * min(standing.overdue_days, FULL_AGE) // FULL_AGE,
        Signal.SILENCE: most[Signal.SILENCE] * _silent_days(standing, today) // FULL_SILENCE,
        Signal.LIMITATION: most[Signal.LIMITATION] * _thirds(standing, today) // 3,
        Signal.UNLIKELY: 0
        if standing.pays_alone
        else most[Signal.UNLIKELY] * (standing.slow or 0) // THOUSAND,
    }
    for signal, applies in (
        (Signal.GROWN, standing.claimed is not None and standing.overdue > standing.claimed),
        (Signal.BROKEN, standing.broken),
        (Signal.DUE_TODAY, standing.promised_on is not None and standing.promised_on <= today),
        (Signal.STEP_DUE, standing.next_on is not None and standing.next_on <= today),
        (Signal.HELD, standing.held),
        (Signal.REACHABLE, standing.reach in GOOD),
        (Signal.AWAY, standing.reach in BAD),
        (Signal.ALONE, standing.pays_alone),
        (Signal.PROMISED, standing.promised_on is not None and standing.promised_on > today),
        (Signal.LATER, standing.next_on is not None and standing.next_on > today),
    ):
        if applies:
            found[signal] = -most[signal] if signal in TAKES_POINTS else most[signal]
    return {signal: found[signal] for signal in Signal if found.get(signal)}


def _part(most: int, amount: Decimal, full: Decimal) -> int:
    return min(most, int(most * amount // full))


def _silent_days(standing: Standing, today: date) -> int:
    if standing.contacted_on is None:
        return FULL_SILENCE
    return max(0, min((today - standing.contacted_on).days, FULL_SILENCE))


def _thirds(standing: Standing, today: date) -> int:
    if standing.expires_on is None or standing.expires_on < today:
        return 0
    days = (standing.expires_on - today).days
    return next((thirds for within, thirds in LIMITATION_PARTS if days <= within), 0)

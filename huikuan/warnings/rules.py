"""Kinds of early warnings, their thresholds as shipped, and what a finding is: pure decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

ZERO = Decimal(0)
MOST_ROWS = 10
OVERDUE_DAYS = 30
WATCHED_DAYS = 90


class Kind(StrEnum):
    """What a warning is about."""

    SCORE_DROP = "score_drop"
    LATE_TREND = "late_trend"
    FIRST_LATE = "first_late"
    ORDER_SPIKE = "order_spike"
    LIMIT_USE = "limit_use"
    CONCENTRATION = "concentration"
    PARTIAL_PAYMENTS = "partial_payments"
    PROMISE_BROKEN = "promise_broken"
    DISHONOURED = "dishonoured"
    DORMANT = "dormant"
    REGISTRY = "registry"
    EXPECTED_LATE = "expected_late"


class Owner(StrEnum):
    """Who looks into a warning: the customer's salesperson, or whoever decides about credit."""

    SALESPERSON = "salesperson"
    CREDIT = "credit"


class Outcome(StrEnum):
    """What became of a warning when it was closed."""

    FALSE_ALARM = "false_alarm"
    EXPLAINED = "explained"
    SETTLED = "settled"
    TERMS_CHANGED = "terms_changed"
    STOPPED = "stopped"
    LOSS = "loss"


class Unit(StrEnum):
    """What a threshold is counted in; a share in percent."""

    DAYS = "days"
    AMOUNT = "amount"
    PERCENT = "percent"
    TIMES = "times"
    COUNT = "count"
    POINTS = "points"


@dataclass(frozen=True, slots=True)
class Threshold:
    """A number that a kind of warning rests on: what it is counted in, and what it is where nobody decided."""

    unit: Unit
    default: Decimal
    least: Decimal = ZERO
    most: Decimal = Decimal(10) ** 12


@dataclass(frozen=True, slots=True)
class Shipped:
    """A kind of warning as an organization starts with it: who looks into it, and its thresholds by name."""

    owner: Owner
    thresholds: Mapping[str, Threshold]


@dataclass(frozen=True, slots=True)
class Setting:
    """A kind of warning as it is in force. `values`: thresholds by name."""

    kind: Kind
    active: bool
    owner: Owner
    values: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Row:
    """A record that a warning rests on; `amount` in the organization's currency, as it was found."""

    kind: str
    id: UUID
    number: str
    on: date | None = None
    amount: Decimal | None = None

    def as_data(self) -> dict[str, str | None]:
        """As it is kept with the warning."""
        return {
            "kind": self.kind,
            "id": str(self.id),
            "number": self.number,
            "on": self.on.isoformat() if self.on else None,
            "amount": None if self.amount is None else f"{self.amount:.2f}",
        }


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to warn of: about whom, with the figures of its sentence and the records it rests on.

    `since`: the day from which it was so, where it has one; what is older than the last warning of the kind does not
    warn again.
    """

    kind: Kind
    customer_id: UUID
    figures: Mapping[str, str] = field(default_factory=dict)
    rows: Sequence[Row] = ()
    since: date | None = None


def _days(default: int, least: int = 1, most: int = 3650) -> Threshold:
    return Threshold(Unit.DAYS, Decimal(default), Decimal(least), Decimal(most))


def _amount(default: int) -> Threshold:
    return Threshold(Unit.AMOUNT, Decimal(default))


def _count(default: int) -> Threshold:
    return Threshold(Unit.COUNT, Decimal(default), Decimal(1), Decimal(10_000))


def _percent(default: int, most: int = 1000) -> Threshold:
    return Threshold(Unit.PERCENT, Decimal(default), Decimal(1), Decimal(most))


# What an organization starts with. `quiet`: for so many days after a warning was closed the same does not warn again.
SHIPPED: dict[Kind, Shipped] = {
    Kind.SCORE_DROP: Shipped(
        Owner.CREDIT,
        {
            "points": Threshold(Unit.POINTS, Decimal(10), Decimal(1), Decimal(100)),
            "days": _days(90),
            "quiet": _days(30),
        },
    ),
    Kind.LATE_TREND: Shipped(
        Owner.SALESPERSON,
        {"rise": _days(10), "late": _days(5), "days": _days(90), "debts": _count(3), "quiet": _days(60)},
    ),
    Kind.FIRST_LATE: Shipped(
        Owner.SALESPERSON,
        {
            "grace": _days(5, 0),
            "debts": _count(5),
            "amount": _amount(10_000),
            "days": _days(30),
            "quiet": _days(90),
        },
    ),
    Kind.ORDER_SPIKE: Shipped(
        Owner.SALESPERSON,
        {
            "times": Threshold(Unit.TIMES, Decimal(3), Decimal("1.1"), Decimal(1000)),
            "amount": _amount(300_000),
            "days": _days(30),
            "debts": _count(3),
            "quiet": _days(30),
        },
    ),
    Kind.LIMIT_USE: Shipped(Owner.CREDIT, {"percent": _percent(90), "quiet": _days(30)}),
    Kind.CONCENTRATION: Shipped(
        Owner.CREDIT, {"percent": _percent(20, 100), "amount": _amount(100_000), "quiet": _days(90)}
    ),
    Kind.PARTIAL_PAYMENTS: Shipped(
        Owner.SALESPERSON,
        {"rise": _percent(20, 100), "debts": _count(3), "days": _days(90), "quiet": _days(60)},
    ),
    Kind.PROMISE_BROKEN: Shipped(
        Owner.SALESPERSON, {"amount": _amount(0), "days": _days(30), "quiet": _days(1, 0)}
    ),
    Kind.DISHONOURED: Shipped(Owner.CREDIT, {"days": _days(30), "quiet": _days(1, 0)}),
    Kind.DORMANT: Shipped(
        Owner.SALESPERSON,
        {"silent": _days(180), "amount": _amount(100_000), "days": _days(30), "quiet": _days(30)},
    ),
    Kind.REGISTRY: Shipped(Owner.CREDIT, {"days": _days(30), "quiet": _days(1, 0)}),
    Kind.EXPECTED_LATE: Shipped(
        Owner.SALESPERSON, {"percent": _percent(50, 100), "amount": _amount(100_000), "quiet": _days(60)}
    ),
}


def shipped_setting(kind: Kind) -> Setting:
    """A kind of warning as it is where the organization decided nothing."""
    shipped = SHIPPED[kind]
    return Setting(
        kind, True, shipped.owner, {name: each.default for name, each in shipped.thresholds.items()}
    )


def out_of_range(kind: Kind, values: Mapping[str, Decimal]) -> list[str]:
    """The names of thresholds that are missing, unknown, no number, or outside their range."""
    known = SHIPPED[kind].thresholds
    wrong = [name for name in values if name not in known]
    for name, threshold in known.items():
        value = values.get(name)
        if (
            value is None
            or not value.is_finite()
            or not threshold.least <= value <= threshold.most
            or (threshold.unit in (Unit.DAYS, Unit.COUNT) and value != value.to_integral_value())
        ):
            wrong.append(name)
    return wrong


@dataclass(frozen=True, slots=True)
class Last:
    """The last warning of a kind about a customer."""

    found_on: date
    open: bool
    closed_on: date | None


def is_news(finding: Finding, last: Last | None, *, day: date, quiet: Decimal) -> bool:
    """Whether a finding becomes a warning: not while one is open, not within the quiet days, not the same event."""
    if last is None:
        return True
    if last.open or last.found_on >= day:
        return False
    if finding.since is not None and finding.since <= last.found_on:
        return False
    return last.closed_on is None or day > last.closed_on + timedelta(days=int(quiet))


@dataclass(frozen=True, slots=True)
class Hits:
    """Of `count` warnings old enough to tell, `overdue` came true; the `base` is what would be true anyway.

    `base`: the share of all customers with debts that got more than 30 days overdue within the same 90 days.
    """

    count: int
    overdue: int
    base: Decimal | None

    @property
    def share(self) -> Decimal | None:
        """The share that came true; None without any."""
        return Decimal(self.overdue) / self.count if self.count else None

    @property
    def lift(self) -> Decimal | None:
        """How many times as often as without a warning; None where either is not known or nothing."""
        share = self.share
        return share / self.base if share is not None and self.base else None

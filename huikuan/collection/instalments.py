"""Repayment plans: what the instalments are, what was paid of them, and when a plan is broken: pure decisions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum

from huikuan.core.dates import add_months

ZERO = Decimal(0)
BREACH_DAYS = 7
"""How many days an instalment may be late at most, where nothing else was agreed."""


class PlanState(StrEnum):
    """What a repayment plan has come to. `draft`: not signed, without any effect. `partly`: broken, a part was paid."""

    DRAFT = "draft"
    OPEN = "open"
    KEPT = "kept"
    PARTLY = "partly"
    BROKEN = "broken"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Instalment:
    """What is to be paid by the end of a day."""

    due_on: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Payment:
    """What was paid towards a plan on a day; negative where a settlement was undone."""

    on: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class BreachRule:
    """When a plan is broken: an instalment more than `days` late, or `instalments` of them late at once (0: never)."""

    days: int = BREACH_DAYS
    instalments: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a plan stands as of a day. `parts`: what was paid of each instalment, the first filled first.

    `late`: instalments due before the day and not paid in full. `ended_on`: the day it was kept, or broken.
    """

    state: PlanState
    paid: Decimal
    parts: tuple[Decimal, ...]
    late: int
    ended_on: date | None


def even_instalments(total: Decimal, *, count: int, first_on: date, months: int = 1) -> list[Instalment]:
    """`count` instalments `months` apart: equal ones in whole cents, the last takes what is left.

    Days are counted from the first: the 31st becomes the last of shorter months. Raises ValueError for less than one.
    """
    if count < 1 or total <= ZERO:
        raise ValueError("at least one instalment of something")
    part = (total / count).quantize(Decimal("0.01"), rounding=ROUND_DOWN)
    amounts = [part] * (count - 1) + [total - part * (count - 1)]
    return [Instalment(add_months(first_on, months * place), amount) for place, amount in enumerate(amounts)]


def progress(
    instalments: Sequence[Instalment],
    payments: Iterable[Payment],
    rule: BreachRule,
    *,
    day: date,
    left: Decimal,
    unbilled: Decimal = ZERO,
) -> Progress:
    """What a plan has come to at the end of a day. Instalments come in the order of their days.

    `left`: what its items are still open with; nothing left without all paid (credited): kept where anything was paid.
    `unbilled`: agreed interest for which no document was made yet; it is the last to be paid and not demanded before.
    Payments of before count whenever they were recorded, so that the same day may come to something better later.
    """
    paid = sorted((each for each in payments if each.on <= day), key=lambda each: each.on)
    total = sum((each.amount for each in instalments), ZERO)
    demanded = total - unbilled
    due: list[Decimal] = []
    for each in instalments:
        due.append(min((due[-1] if due else ZERO) + each.amount, demanded))
    amount = _paid_by(paid, day)
    parts = _parts(instalments, amount)
    late = sum(each.due_on < day and amount < owed for each, owed in zip(instalments, due, strict=True))
    if amount >= total:
        return Progress(PlanState.KEPT, amount, parts, 0, _day_of(paid, total))
    if left <= ZERO and not unbilled:
        state = PlanState.KEPT if amount > ZERO else PlanState.WITHDRAWN
        return Progress(state, amount, parts, 0, day)
    broken_on = _broken_on(instalments, due, paid, rule, day)
    if broken_on is None:
        return Progress(PlanState.OPEN, amount, parts, late, None)
    state = PlanState.PARTLY if amount > ZERO else PlanState.BROKEN
    return Progress(state, amount, parts, late, broken_on)


def _paid_by(payments: Iterable[Payment], day: date) -> Decimal:
    return sum((each.amount for each in payments if each.on <= day), ZERO)


def _parts(instalments: Sequence[Instalment], amount: Decimal) -> tuple[Decimal, ...]:
    rest, parts = max(amount, ZERO), []
    for each in instalments:
        parts.append(min(rest, each.amount))
        rest -= parts[-1]
    return tuple(parts)


def _day_of(payments: Sequence[Payment], total: Decimal) -> date:
    """The day on which payments reached a total for good."""
    amount = sum((each.amount for each in payments), ZERO)
    for each in reversed(payments):
        amount -= each.amount
        if amount < total:
            return each.on
    return payments[0].on


def _broken_on(
    instalments: Sequence[Instalment],
    due: Sequence[Decimal],
    payments: Sequence[Payment],
    rule: BreachRule,
    day: date,
) -> date | None:
    """The first day on which the rule says broken, if that is not after `day`."""
    found = []
    for place, each in enumerate(instalments):
        last = each.due_on + timedelta(days=rule.days)
        if last < day and _paid_by(payments, last) < due[place]:
            found.append(last + timedelta(days=1))
        if rule.instalments and each.due_on < day:
            then = _paid_by(payments, each.due_on)
            if sum(then < owed for owed in due[: place + 1]) >= rule.instalments:
                found.append(each.due_on + timedelta(days=1))
    return min(found, default=None)

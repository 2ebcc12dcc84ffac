"""Cash by week from predictions. Pure.

A customer pays its debts together more often than chance would have it, so a week's range is drawn, not added up: each
of the draws lets every customer be early or late with all it owes (one uniform number per customer, smoothed by one
per debt). The same debts give the same draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huikuan.risk.payments.weeks import monday_of

Numbers = NDArray[np.float64]
WEEKS = 26
DRAWS = 200
SEED = 20260101


@dataclass(frozen=True, slots=True)
class ForetoldCash:
    """What is expected in a week or month from a Monday or first on, and what stays below with 10%, 50% and 90%.

    `expected` is the mean, which adds up; `middle` the median, None where it was not kept.
    """

    starts_on: date
    expected: Decimal
    low: Decimal
    middle: Decimal | None
    high: Decimal


def week_ends(day: date, count: int = WEEKS) -> list[date]:
    """The Sundays of the weeks from that of `day` on."""
    return [monday_of(day) + timedelta(days=7 * each + 6) for each in range(count)]


def weekly_cash(
    amounts: Numbers, customers: NDArray[np.int64], weeks: Numbers, today: date
) -> list[ForetoldCash]:
    """By week from that of `today` on. `amounts` in base currency, `weeks`: probability by debt and week."""
    starts = [monday_of(today) + timedelta(days=7 * each) for each in range(weeks.shape[1])]
    return _cash(starts, amounts @ weeks, drawn(amounts, customers, weeks))


def by_month(weeks: Sequence[ForetoldCash]) -> list[ForetoldCash]:
    """Weeks added up by month; a week belongs to the month of its Thursday, as by ISO 8601.

    The range of a month is that of weeks that go their own ways: distances from what is expected add up as squares. How far
    its median lies from what is expected are those distances of the weeks, weighted with their squared ranges (third
    cumulants add up, the first term of Cornish and Fisher).
    """
    months: dict[date, list[ForetoldCash]] = {}
    for week in weeks:
        months.setdefault((week.starts_on + timedelta(days=3)).replace(day=1), []).append(week)
    made = []
    for month, each in sorted(months.items()):
        expected = sum((week.expected for week in each), Decimal(0))
        below = sum(((week.expected - week.low) ** 2 for week in each), Decimal(0)).sqrt()
        above = sum(((week.high - week.expected) ** 2 for week in each), Decimal(0)).sqrt()
        low, high = _money(expected - below), _money(expected + above)
        made.append(ForetoldCash(month, expected, low, _middle_of(each, expected, low, high), high))
    return made


def _middle_of(
    weeks: Sequence[ForetoldCash], expected: Decimal, low: Decimal, high: Decimal
) -> Decimal | None:
    gap = square = Decimal(0)
    for week in weeks:
        if week.middle is None:
            return None
        width = (week.high - week.low) ** 2
        gap, square = gap + width * (week.expected - week.middle), square + width
    return min(max(_money(expected - gap / square if square else expected), low), high)


def drawn(amounts: Numbers, customers: NDArray[np.int64], weeks: Numbers) -> Numbers:
    """Cash by draw and week."""
    generator = np.random.default_rng(SEED)
    _codes, customer = np.unique(customers, return_inverse=True)
    cumulated = np.cumsum(weeks, axis=1)
    found = np.zeros((DRAWS, weeks.shape[1]))
    for draw in range(DRAWS):
        own = generator.random(len(amounts))
        shared = generator.random(customer.max() + 1 if len(customer) else 0)[customer]
        luck = np.where(generator.random(len(amounts)) < SHARED, shared, own)
        week = (cumulated < luck[:, None]).sum(axis=1)
        inside = week < weeks.shape[1]
        found[draw] = np.bincount(week[inside], weights=amounts[inside], minlength=weeks.shape[1])
    return found


SHARED = 0.5  # how often a debt follows its customer's luck instead of its own


def _cash(starts: Sequence[date], expected: Numbers, draws: Numbers) -> list[ForetoldCash]:
    low, middle, high = np.quantile(draws, (0.1, 0.5, 0.9), axis=0)
    return [
        ForetoldCash(
            start,
            _money(expected[at]),
            _money(min(low[at], expected[at])),
            _money(middle[at]),
            _money(max(high[at], expected[at])),
        )
        for at, start in enumerate(starts)
    ]


def _money(value: Any) -> Decimal:
    return Decimal(f"{max(float(value), 0.0):.2f}")

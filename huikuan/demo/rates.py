"""Monthly exchange rates of the demo, in yuan; invented, near what they were."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from random import Random

from huikuan.core.dates import add_months

Rates = Mapping[tuple[str, date], Decimal]


def plan_rates(*, first: date, last: date, rng: Random) -> Rates:
    """The rate of each foreign currency by (currency, first day of the month), from `first` to `last`."""
    rates: dict[tuple[str, date], Decimal] = {}
    for currency, start, step in (("USD", 7.16, 0.025), ("EUR", 7.78, 0.05)):
        value, month = start, first.replace(day=1)
        while month <= last:
            rates[currency, month] = Decimal(f"{value:.4f}")
            value += rng.uniform(-step, step) + (start - value) * 0.1
            month = add_months(month, 1)
    return rates


def rate_of(rates: Rates, currency: str, on: date) -> Decimal | None:
    """The rate that holds on a day; None for yuan."""
    return rates.get((currency, on.replace(day=1)))

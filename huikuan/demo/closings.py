"""The foreign currency of the demo: its rates, and the revaluation at the end of each month."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from huikuan.core.dates import add_months, month_end
from huikuan.demo.rates import Rates
from huikuan.ledger.operations import NewRate, record_rates, revalue
from huikuan.organizations.actors import Actor

SOURCE = "演示汇率"
MONTHS = 6


def keep_rates(rates: Rates, *, today: date, actor: Actor) -> None:
    """The rate of each month from its first day, and between two months the one of its last day."""
    new = []
    for (currency, month), rate in rates.items():
        following = rates.get((currency, add_months(month, 1)), rate)
        closing = ((rate + following) / 2).quantize(Decimal("0.0001"))
        new += [NewRate(currency, month, rate, SOURCE), NewRate(currency, month_end(month), closing, SOURCE)]
    record_rates([each for each in new if each.rated_on <= today], actor=actor)


def revalue_months(rates: Rates, *, today: date, actor: Actor) -> None:
    """Revalue the last months that are over, the earliest first."""
    over = sorted({month for _currency, month in rates if month_end(month) < today})
    for month in over[-MONTHS:]:
        revalue(month=month, actor=actor, today=today)

"""What another limit or term does to one customer: pure decisions, with assumptions that can be said in a sentence.

- A limit changes by a percentage. Who uses 90 % of it or more uses as much of the new one; who uses less goes on as
  before, and whoever would be above the new limit comes down to it.
- A term changes by days; monthly sales ÷ 30 × days more or less are owed, never less than nothing.
- Money that is owed costs the yearly rate of capital; of it is lost what the provision matrix says of the customer's
  debts as they are now, by days overdue.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

ZERO, HUNDRED, MONTH = Decimal(0), Decimal(100), Decimal(30)
USED_UP = Decimal("0.9")


class Change(NamedTuple):
    """What is tried: limits by so many percent, terms by so many days, at a yearly cost of capital (0.06: 6 %)."""

    limit_percent: Decimal
    term_days: int
    capital_rate: Decimal


class Account(NamedTuple):
    """A customer now, in base currency; `limit` None: none was set. `loss_rate`: the share expected to be lost."""

    limit: Decimal | None
    used: Decimal
    monthly_sales: Decimal
    loss_rate: Decimal


class Effect(NamedTuple):
    """What is allowed and used, what using it costs a year, and what of it is expected to be lost."""

    allowed: Decimal
    used: Decimal
    capital_cost: Decimal
    expected_loss: Decimal

    def plus(self, other: Effect) -> Effect:
        """Both together."""
        return Effect(*(one + two for one, two in zip(self, other, strict=True)))

    def less(self, other: Effect) -> Effect:
        """How this differs from the other."""
        return Effect(*(one - two for one, two in zip(self, other, strict=True)))


NOTHING = Effect(ZERO, ZERO, ZERO, ZERO)


class Outcome(NamedTuple):
    """Before and after; `stopped`: what it would use beyond the new limit, and so cannot."""

    before: Effect
    after: Effect
    stopped: Decimal


def effect_of(account: Account, change: Change) -> Outcome:
    """What a change does to a customer.

    Monthly sales of 200,000 and 15 days more make 100,000 more that is owed, which costs 6,000 a year at 6 %.
    """
    before = _effect(account.limit, account.used, account.loss_rate, change)
    limit = None if account.limit is None else account.limit * (1 + change.limit_percent / HUNDRED)
    wanted = account.used
    if (
        account.limit
        and limit is not None
        and account.used >= account.limit * USED_UP
        and limit > account.limit
    ):
        wanted = account.used * limit / account.limit
    wanted = max(wanted + account.monthly_sales * change.term_days / MONTH, min(account.used, ZERO))
    used, stopped = wanted, ZERO
    if limit is not None and wanted > limit:
        # Who was above its limit before stays where it was: only what the change adds is stopped.
        kept = limit if limit < (account.limit or ZERO) else max(limit, min(account.used, wanted))
        used, stopped = kept, wanted - kept
    return Outcome(before, _effect(limit, used, account.loss_rate, change), stopped)


def _effect(limit: Decimal | None, used: Decimal, loss_rate: Decimal, change: Change) -> Effect:
    owed = max(used, ZERO)
    return Effect(limit or ZERO, used, owed * change.capital_rate, owed * loss_rate)

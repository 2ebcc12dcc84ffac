"""Expected credit losses and the grounds for deducting a bad debt: pure decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from huikuan.core.dates import add_months
from huikuan.ledger.rules import OVERDUE_BOUNDS

BUCKETS = (
    "not_due",
    *(f"{low + 1}-{high}" for low, high in zip((0, *OVERDUE_BOUNDS), OVERDUE_BOUNDS, strict=False)),
    f">{OVERDUE_BOUNDS[-1]}",
)
"""The buckets of a provision matrix: days overdue, as the aging by due date has them."""

STARTING_RATES = dict(
    zip(BUCKETS, map(Decimal, ("0.005", "0.02", "0.05", "0.10", "0.30", "0.60", "1")), strict=True)
)
"""Rates to begin with; each organization sets its own from its experience (CAS 22, simplified approach)."""


class UnusableRates(ValueError):
    """A matrix has one rate from 0 to 1 for each bucket."""


def require_rates(rates: Mapping[str, Decimal]) -> None:
    """Raise UnusableRates unless `rates` is a whole matrix: no bucket missing, no share outside 0 to 1."""
    if set(rates) != set(BUCKETS):
        raise UnusableRates("a rate for each bucket")
    if not all(rate.is_finite() and 0 <= rate <= 1 for rate in rates.values()):
        raise UnusableRates("shares from 0 to 1")


def expected_loss(balance: Decimal, rate: Decimal, unit: Decimal) -> Decimal:
    """The loss expected on a balance, rounded to the currency; nothing on a negative balance (CAS 22)."""
    return max(Decimal(0), balance * rate).quantize(unit, rounding=ROUND_HALF_UP)


def cumulated_losses(balances: Sequence[Decimal], rate: Decimal, unit: Decimal) -> list[Decimal]:
    """The loss on a sum of balances divided among them: each part is what it adds to the rounded loss so far.

    The parts add up to the loss on the sum (`expected_loss`).
    """
    found, balance, before = [], Decimal(0), Decimal(0)
    for each in balances:
        balance += each
        after = expected_loss(balance, rate, unit)
        found.append(after - before)
        before = after
    return found


class Ground(StrEnum):
    """Why a bad debt may be deducted from taxable income (国家税务总局公告2011年第25号, articles 22 to 24)."""

    OVERDUE_THREE_YEARS = "overdue_three_years"
    OVERDUE_ONE_YEAR_SMALL = "overdue_one_year_small"
    BANKRUPTCY = "bankruptcy"
    DEREGISTERED = "deregistered"
    DEATH = "death"
    JUDGEMENT = "judgement"
    DISASTER = "disaster"


SMALL_AMOUNT = Decimal(50_000)
SMALL_SHARE = Decimal("0.0001")

EVIDENCE: Mapping[Ground, tuple[str, ...]] = {
    Ground.OVERDUE_THREE_YEARS: ("contract", "dunning", "booked_as_loss", "special_report"),
    Ground.OVERDUE_ONE_YEAR_SMALL: ("contract", "dunning", "booked_as_loss", "special_report"),
    Ground.BANKRUPTCY: ("contract", "court_notice", "liquidation"),
    Ground.DEREGISTERED: ("contract", "registry_notice"),
    Ground.DEATH: ("contract", "death_certificate"),
    Ground.JUDGEMENT: ("contract", "judgement", "enforcement_end"),
    Ground.DISASTER: ("contract", "disaster_statement"),
}
"""What has to be on file for each ground."""


@dataclass(frozen=True, slots=True)
class OldDebt:
    """What the grounds by age ask of a debt: its amount in base currency and since when it is due."""

    amount: Decimal
    due_on: date | None


def grounds_by_age(debt: OldDebt, *, as_of: date, annual_revenue: Decimal | None) -> tuple[Ground, ...]:
    """The grounds that a debt meets by its age and size alone.

    Overdue more than three years; or more than one year and at most 50,000, or at most one ten-thousandth of
    the year's revenue where that is known.
    """
    if debt.due_on is None:
        return ()
    found = []
    if add_months(debt.due_on, 36) < as_of:
        found.append(Ground.OVERDUE_THREE_YEARS)
    small = debt.amount <= SMALL_AMOUNT or (
        annual_revenue is not None and debt.amount <= annual_revenue * SMALL_SHARE
    )
    if small and add_months(debt.due_on, 12) < as_of:
        found.append(Ground.OVERDUE_ONE_YEAR_SMALL)
    return tuple(found)

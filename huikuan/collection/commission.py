"""What being paid late costs the salesperson: pure decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from huikuan.core.money import quantize

ZERO, ONE = Decimal(0), Decimal(1)


@dataclass(frozen=True, slots=True)
class Factor:
    """Up to and with so many days late (0: on time), this share of the commission is paid."""

    days: int
    share: Decimal


@dataclass(frozen=True, slots=True)
class CommissionTerms:
    """Commission on what was collected net of VAT. Later than the last factor's days nothing is paid."""

    rate: Decimal
    factors: tuple[Factor, ...]

    def share(self, days_late: int) -> Decimal:
        """The share that is paid for money so many days late; early money is on time."""
        return next((each.share for each in self.factors if days_late <= each.days), ZERO)

    def next_drop(self, days_late: int) -> int | None:
        """How late money is when a smaller share is paid for it than so many days late; None: nothing is left to lose."""
        return next((each.days + 1 for each in self.factors if days_late <= each.days), None)


SHIPPED_TERMS = CommissionTerms(
    Decimal("0.02"),
    (
        Factor(0, ONE),
        Factor(30, Decimal("0.9")),
        Factor(60, Decimal("0.8")),
        Factor(90, Decimal("0.5")),
    ),
)


def commission(
    collected: Decimal, *, net: Decimal, gross: Decimal, days_late: int, terms: CommissionTerms, currency: str
) -> Decimal:
    """The commission on money collected for a document of `net` and `gross` amount, to the currency's smallest unit.

    113,000 collected of 113,000 with VAT inside, 10 days late, at 2 %: 100,000 x 2 % x 0.9 = 1,800.00. Money given
    back is negative and claws it back.
    """
    if not gross:
        return ZERO
    return quantize(collected * net * terms.rate * terms.share(days_late) / gross, currency)


def lost(
    collected: Decimal, *, net: Decimal, gross: Decimal, days_late: int, terms: CommissionTerms, currency: str
) -> Decimal:
    """What lateness took of the commission that timely money would have given."""
    in_time = commission(collected, net=net, gross=gross, days_late=0, terms=terms, currency=currency)
    return in_time - commission(
        collected, net=net, gross=gross, days_late=days_late, terms=terms, currency=currency
    )


def in_order(factors: Sequence[Factor]) -> bool:
    """Whether factors go from early to late, each from 0 to 1 and not above the one before."""
    days = [each.days for each in factors]
    shares = [each.share for each in factors]
    return (
        bool(days)
        and days[0] == 0
        and days == sorted(set(days))
        and shares == sorted(shares, reverse=True)
        and all(ZERO <= each <= ONE for each in shares)
    )

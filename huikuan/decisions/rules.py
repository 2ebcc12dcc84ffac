"""When a step of a collection policy is worth a look; pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

LEAST_CUSTOMERS = 20
"""Of fewer customers nothing is said."""

UNREACHED_FROM = 0.3
FAILED_FROM = 0.2
PAID_BELOW = 0.1


class Weakness(StrEnum):
    """What speaks against a step.

    `NO_EFFECT`: those left alone paid as often (a hold-out says so, the only proof of the four). `UNREACHED`: many
    customers have no address for it. `FAILED`: many of its messages do not arrive. `RARELY_PAID`: few pay soon after.
    """

    NO_EFFECT = "no_effect"
    UNREACHED = "unreached"
    FAILED = "failed"
    RARELY_PAID = "rarely_paid"


@dataclass(frozen=True, slots=True)
class StepFacts:
    """What came of a step: customers it came up for and could not reach, those it was carried out for, of them failed,
    those whose fourteen days are over, and who of them paid by then. `no_effect`: a hold-out found none.
    """

    unreached: int
    made: int
    failed: int
    watched: int
    paid: int
    no_effect: bool = False

    @property
    def unreached_share(self) -> float | None:
        """Of all it came up for; None of nobody."""
        return _share(self.unreached, self.unreached + self.made)

    @property
    def failed_share(self) -> float | None:
        """Of those it was carried out for; None of nobody."""
        return _share(self.failed, self.made)

    @property
    def paid_share(self) -> float | None:
        """Of those whose days are over; None of nobody."""
        return _share(self.paid, self.watched)


def weakness(facts: StepFacts) -> Weakness | None:
    """The strongest thing that speaks against a step; None where nothing does, or too few are known."""
    if facts.no_effect:
        return Weakness.NO_EFFECT
    if _weighs(facts.unreached_share, facts.unreached + facts.made, UNREACHED_FROM):
        return Weakness.UNREACHED
    if _weighs(facts.failed_share, facts.made, FAILED_FROM):
        return Weakness.FAILED
    paid = facts.paid_share
    if paid is not None and facts.watched >= LEAST_CUSTOMERS and paid < PAID_BELOW:
        return Weakness.RARELY_PAID
    return None


def _weighs(share: float | None, of: int, least: float) -> bool:
    return share is not None and of >= LEAST_CUSTOMERS and share >= least


def _share(part: int, of: int) -> float | None:
    return part / of if of else None

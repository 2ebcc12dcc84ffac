"""The next step that predictions suggest, and what is at stake; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from huikuan.collection.points import THOUSAND, Standing

CENT = Decimal("0.01")


class Advice(StrEnum):
    """What to do next."""

    LEAVE = "leave"
    REMIND = "remind"
    CALL = "call"
    VISIT = "visit"
    LETTER = "letter"
    LEGAL = "legal"


@dataclass(frozen=True, slots=True)
class Advised:
    """A step, and what of the overdue amount is expected to be unpaid in four weeks if all goes on as it did."""

    step: Advice
    at_stake: Decimal

    def worth(self, effect: float | None) -> Decimal | None:
        """What a step brings on average that raises the share of payers by `effect`; None where that is not known."""
        return None if effect is None else (self.at_stake * Decimal(str(effect))).quantize(CENT)


def advise(standing: Standing, *, today: date) -> Advised | None:
    """What predictions suggest for a customer; None where there are none, or a day was agreed that is still to come."""
    if standing.slow is None:
        return None
    waits = max((day for day in (standing.promised_on, standing.next_on) if day), default=None)
    if waits is not None and waits > today:
        return None
    at_stake = (standing.overdue * standing.slow / THOUSAND).quantize(CENT)
    return Advised(_step(standing, standing.slow, today), at_stake)


def _step(standing: Standing, slow: int, today: date) -> Advice:
    silent = (today - standing.contacted_on).days if standing.contacted_on else None
    if standing.pays_alone:
        return Advice.LEAVE
    if standing.overdue_days > 180 and slow >= 800:
        return Advice.LEGAL
    if standing.broken or (standing.overdue_days > 60 and slow >= 600):
        return Advice.LETTER
    if slow >= 500 and silent is not None and silent <= 14:
        return Advice.VISIT
    if standing.overdue_days <= 7 and slow < 400:
        return Advice.REMIND
    return Advice.CALL

"""From explanations to options: how far each may be believed, and what is shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from huikuan.cash.matching.facts import LIKELY, NONE, SURE, TIERS, WEAK, Line, to_decimal
from huikuan.cash.matching.fits import BY_NUMBER, BY_TAIL, CERTAIN, GOOD, Fit, Part, numbers
from huikuan.cash.matching.options import Option, Reason, Settled
from huikuan.cash.matching.payers import HINT, PROVEN, STRONG
from huikuan.cash.matching.subjects import OTHER, STRANGER, Subject


@dataclass(frozen=True, slots=True)
class Candidate:
    """A fit for a subject with the tier it deserves."""

    subject: Subject
    fit: Fit
    tier: str

    @property
    def score(self) -> int:
        """Higher is better; the tier comes before the payer, the payer before the amount."""
        return TIERS.index(self.tier) * 10_000 + max(0, self.subject.strength) * 1_000 + self.fit.rank


@dataclass(frozen=True, slots=True)
class Proposed:
    """What the matching thinks of a line: options, best first. `proven`: no search stopped at its limit."""

    line_id: UUID
    tier: str
    customer_id: UUID | None
    options: tuple[Option, ...]
    proven: bool = True


def judged(subject: Subject, fit: Fit) -> Candidate:
    """The tier a fit deserves: the weakest of payer, items and what speaks against them."""
    tier = SURE if fit.level == CERTAIN else LIKELY if fit.level == GOOD else WEAK
    tier = min(tier, _by_payer(subject.strength, fit), key=TIERS.index)
    if subject.conflict is not None:
        tier = min(tier, WEAK if subject.strength == OTHER else LIKELY, key=TIERS.index)
        fit = replace(fit, reasons=(*fit.reasons, subject.conflict))
    if subject.members:
        tier = min(tier, LIKELY, key=TIERS.index)
    disputed = [item for item, amount in fit.items if amount > item.amount - item.disputed]
    if disputed:
        tier = min(tier, LIKELY, key=TIERS.index)
        fit = replace(fit, reasons=(*fit.reasons, Reason("disputed", {"numbers": numbers(disputed)})))
    return Candidate(subject, fit, tier)


def _by_payer(strength: int, fit: Fit) -> str:
    """How far a fit may be believed on account of who paid."""
    if strength == PROVEN:
        return SURE
    if fit.named == BY_NUMBER and fit.exact:
        return SURE
    if strength == STRONG:
        return LIKELY
    if strength == HINT and fit.named == BY_TAIL and fit.exact:
        return LIKELY
    return LIKELY if strength in (HINT, STRANGER) and fit.named == BY_NUMBER else WEAK


def proposed(line: Line, candidates: Iterable[Candidate], *, shown: int, proven: bool) -> Proposed:
    """The best candidates as options, of equal scores in the order given; what does the same once."""
    ranked = sorted(candidates, key=lambda each: -each.score)
    seen: set[object] = set()
    kept: list[Candidate] = []
    for each in ranked:
        key = (each.subject.customer_id, each.fit.key)
        if key not in seen:
            seen.add(key)
            kept.append(each)
    if not kept:
        return nothing(line)
    options = tuple(option_of(line, each) for each in kept[:shown])
    return Proposed(line.id, options[0].tier, options[0].customer_id, options, proven)


def nothing(line: Line, *reasons: Reason) -> Proposed:
    """Nobody known paid this, or it is no payment."""
    whole = to_decimal(line.amount, line.currency)
    option = Option(customer_id=None, tier=NONE, score=0, unapplied=whole, reasons=reasons)
    return Proposed(line.id, NONE, None, (option,) if reasons else ())


def option_of(line: Line, candidate: Candidate) -> Option:
    """The option as others read it."""
    subject, fit = candidate.subject, candidate.fit
    return Option(
        customer_id=subject.customer_id,
        tier=candidate.tier,
        score=candidate.score,
        items=_settled(fit.items, line.currency),
        credits=_settled(fit.credits, line.currency),
        differences={name: to_decimal(amount, line.currency) for name, amount in fit.differences.items()},
        companions=fit.companions,
        unapplied=to_decimal(fit.unapplied, line.currency),
        payer_reasons=subject.reasons,
        reasons=fit.reasons,
    )


def _settled(parts: Sequence[Part], currency: str) -> tuple[Settled, ...]:
    return tuple(Settled(item.id, item.number, to_decimal(amount, currency)) for item, amount in parts)

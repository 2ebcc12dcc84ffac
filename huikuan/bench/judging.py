"""How good proposals are, beside a truth that is known: straight-through rate, precision per tier, first candidate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from huikuan.bench.payments import Payment
from huikuan.cash.matching.composing import Proposed
from huikuan.cash.matching.facts import to_units
from huikuan.cash.matching.options import Option


@dataclass(slots=True)
class Judged:
    """Counts per tier, of right ones among them, and how lines were made that were answered wrongly."""

    answerable: int = 0
    tiers: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    listed: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[Payment, Proposed]] = field(default_factory=list)
    by_shape: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def straight_through(self) -> float:
        """Lines that are settled by themselves, and rightly, among those that have an answer."""
        return self.right["sure"] / max(1, self.answerable)

    def precision(self, tier: str) -> float:
        """The share of a tier whose first option is right."""
        return self.right[tier] / self.tiers[tier] if self.tiers[tier] else 1.0


def judge(payments: Iterable[Payment], proposals: Mapping[UUID, Proposed]) -> Judged:
    """Compare what was proposed with what is true."""
    judged = Judged()
    payments = list(payments)
    truth = {payment.id: payment.settles for payment in payments}
    for payment in payments:
        proposal = proposals[payment.id]
        judged.answerable += bool(payment.settles)
        judged.tiers[proposal.tier] += 1
        judged.by_shape[payment.shape, proposal.tier] += 1
        if _right(payment, proposal.options[0] if proposal.options else None, truth):
            judged.right[proposal.tier] += 1
        else:
            judged.wrong.append((payment, proposal))
        judged.listed[proposal.tier] += any(_right(payment, option, truth) for option in proposal.options)
    return judged


def _right(payment: Payment, option: Option | None, truth: Mapping[UUID, Mapping[UUID, int]]) -> bool:
    """Whether an option settles exactly what the payment, with its companions, was for, for the right customer."""
    settles = {item.item_id: to_units(item.amount, "CNY") for item in option.items} if option else {}
    true: Counter[UUID] = Counter(payment.settles)
    for companion in option.companions if option else ():
        true.update(truth[companion])
    if settles != dict(true):
        return False
    return not settles or (option is not None and option.customer_id == payment.customer)

"""Ways to explain an amount by open items of one customer, each adding up to the last cent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from huikuan.cash.matching.facts import Item, Limits
from huikuan.cash.matching.options import Reason
from huikuan.cash.matching.references import TAIL

CERTAIN, GOOD, GUESS = 3, 2, 1
UNNAMED, BY_TAIL, BY_NUMBER = 0, 1, 2
# In yuan: what banks charge for transfers, and corresponding banks for remittances.
_FEES_IN_TEXT = "0.5 1 2 2.5 3 3.5 4 5 5.5 6 7 7.5 8 10 10.5 12 15 15.5 18 20 25 30 35 40 45 50 60 75 80 100"
USUAL_FEES = frozenset(int(Decimal(each) * 100) for each in _FEES_IN_TEXT.split())
USUAL_DISCOUNTS = (100, 200, 300)  # hundredths of a percent
USUAL_RETENTIONS = (500, 300, 1000)
FEE_SHARE = 20  # a fee is at most one twentieth of what is paid
ROUNDING = 100  # up to here a difference is rather rounded off than a fee

Part = tuple[Item, int]


@dataclass(frozen=True, slots=True)
class Fit:
    """One explanation. Line + credits + differences (over: −) = items + unapplied.

    `level`: how far it may be believed once the payer is certain; `named`: whether the text names the items.
    `exact`: nothing is left over or missing. `rank` orders fits of equal level, higher first.
    """

    items: tuple[Part, ...] = ()
    credits: tuple[Part, ...] = ()
    differences: Mapping[str, int] = field(default_factory=dict)
    unapplied: int = 0
    companions: tuple[UUID, ...] = ()
    level: int = GUESS
    named: int = UNNAMED
    exact: bool = False
    rank: int = 0
    reasons: tuple[Reason, ...] = ()

    @property
    def key(self) -> tuple[object, ...]:
        """What it does, whatever the reasons: two fits of one key are one."""
        return (
            tuple(sorted((item.id, amount) for item, amount in self.items)),
            tuple(sorted((item.id, amount) for item, amount in self.credits)),
            tuple(sorted(self.differences.items())),
            self.unapplied,
        )


def total(items: Iterable[Item]) -> int:
    """What the items have open."""
    return sum(item.amount for item in items)


def whole(items: Iterable[Item]) -> tuple[Part, ...]:
    """Each item with all that it has open."""
    return tuple((item, item.amount) for item in items)


def spread(amount: int, items: Iterable[Item]) -> tuple[tuple[Part, ...], int]:
    """The amount shared out to the items in their order, and what is left of it."""
    parts: list[Part] = []
    for item in items:
        if amount <= 0:
            break
        part = min(amount, item.amount)
        parts.append((item, part))
        amount -= part
    return tuple(parts), amount


def by_due(item: Item) -> tuple[date, date, str, int, UUID]:
    """Earliest due first."""
    return (item.due_on or date.max, item.document_on, item.number, item.position, item.id)


def difference(lacks: int, sum_: int, limits: Limits) -> tuple[str, Reason] | None:
    """What a small amount that is missing probably is: rounded off, or the bank's fee; None where it is neither."""
    if lacks <= 0 or lacks * FEE_SHARE > sum_:
        return None
    if lacks <= limits.fee and lacks in USUAL_FEES and lacks > ROUNDING:
        return "fee", Reason("bank_fee")
    if lacks <= limits.short:
        return "short", Reason("tolerance_short")
    return ("fee", Reason("bank_fee")) if lacks <= limits.fee else None


def _share(amount: int, points: int) -> int:
    return (amount * points * 2 + 10_000) // 20_000  # half up


def discounts(
    items: Sequence[Item], lacks: int, booked_on: date, agreed: Sequence[tuple[int, int]], grace: int
) -> tuple[Reason, bool] | None:
    """Whether what is missing is a settlement discount on invoices not paid yet, and whether it was agreed.

    A discount is counted on the amount with or without VAT. One that was agreed for less time, or is only usual,
    is not agreed.
    """
    if not items or any(item.amount != item.gross for item in items):
        return None
    age = max((booked_on - item.document_on).days for item in items)
    for points, days in agreed:
        if age <= days + grace and _takes(items, lacks, points):
            return Reason("discount_agreed", {"percent": f"{points / 100:g}", "days": str(days)}), True
    for points in USUAL_DISCOUNTS:
        if _takes(items, lacks, points):
            late = any(points == each for each, _days in agreed)
            code = "discount_late" if late else "discount_usual"
            return Reason(code, {"percent": f"{points / 100:g}"}), False
    return None


def _takes(items: Sequence[Item], lacks: int, points: int) -> bool:
    gross = total(items)
    if lacks * 10_000 > gross * points + 10_000 * len(items):
        return False
    net = sum(item.net for item in items)
    each_gross = sum(_share(item.gross, points) for item in items)
    each_net = sum(_share(item.net, points) for item in items)
    return lacks in (_share(gross, points), _share(net, points), each_gross, each_net)


def retained(items: Sequence[Item], lacks: int) -> Reason | None:
    """Whether what is missing is a usual share withheld as retention."""
    gross = sum(item.gross for item in items)
    if lacks <= 0 or gross != total(items):
        return None
    for points in USUAL_RETENTIONS:
        if lacks == _share(gross, points):
            return Reason("retention_withheld", {"percent": f"{points / 100:g}"})
    return None


def numbers(items: Iterable[Item], most: int = 6) -> str:
    """Document numbers for a sentence: the first few, each once."""
    seen = list(dict.fromkeys(item.number for item in items))
    return "、".join(seen[:most]) + ("…" if len(seen) > most else "")


def named_by(qualities: Iterable[str]) -> int:
    """How well items are named: by whole numbers and ranges, or by tails only."""
    return BY_TAIL if TAIL in set(qualities) else BY_NUMBER


def lowered(fit: Fit, level: int, *reasons: Reason) -> Fit:
    """The fit, believed no further than `level`, and why."""
    return replace(fit, level=min(fit.level, level), reasons=(*fit.reasons, *reasons))


def distinct(fits: Iterable[Fit]) -> list[Fit]:
    """Fits that do different things, the best of each, best first."""
    best: dict[tuple[object, ...], Fit] = {}
    for fit in sorted(fits, key=lambda each: (-each.level, -each.rank)):
        best.setdefault(fit.key, fit)
    return list(best.values())

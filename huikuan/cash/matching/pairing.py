"""Several lines that name nothing and together make just what one item has open: one payer, a few days apart.

Such a sum is never sure: two amounts make a third by chance more easily than one equals it. It is proposed where
nothing else of the customer's makes the same sum, and no line or item could be paired otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import combinations

from huikuan.cash.matching.companions import Part
from huikuan.cash.matching.facts import Item, Limits
from huikuan.cash.matching.fits import GOOD, UNNAMED, Fit, whole
from huikuan.cash.matching.options import Reason
from huikuan.cash.matching.subjects import Seen, Subject
from huikuan.cash.matching.subsets import exact_subsets

WITHIN = timedelta(days=10)
MOST_LINES = 12
MOST_PAIRED = 3


def paired(
    lines: Sequence[Seen], subject: Subject, items: Sequence[Item], limits: Limits
) -> Iterator[list[Part]]:
    """Groups of these lines of one payer that pay one of its items each; lines in order, no line in two groups."""
    if not 1 < len(lines) <= MOST_LINES:
        return
    found = list(_ways(lines, [item for item in items if not item.held]))
    of_line = Counter(seen.line.id for group, _item in found for seen in group)
    of_item = Counter(item.id for _group, item in found)
    for group, item in found:
        if of_item[item.id] > 1 or any(of_line[seen.line.id] > 1 for seen in group):
            continue
        amounts = [each.amount for each in items if not each.held]
        if exact_subsets(amounts, item.amount, half=limits.aside).only:
            yield [Part(seen, subject, _fit(group, seen, item)) for seen in group]


def _ways(lines: Sequence[Seen], items: Sequence[Item]) -> Iterator[tuple[tuple[Seen, ...], Item]]:
    by_amount: dict[int, list[Item]] = {}
    for item in items:
        by_amount.setdefault(item.amount, []).append(item)
    for size in range(2, MOST_PAIRED + 1):
        for group in combinations(lines, size):
            first, last = group[0].line.booked_on, group[-1].line.booked_on
            if last - first > WITHIN:
                continue
            for item in by_amount.get(sum(seen.line.amount for seen in group), ()):
                if item.document_on <= first:
                    yield group, item


def _fit(group: Sequence[Seen], seen: Seen, item: Item) -> Fit:
    return Fit(
        items=whole([item]),
        companions=tuple(other.line.id for other in group if other is not seen),
        level=GOOD,
        named=UNNAMED,
        exact=True,
        rank=650,
        reasons=(
            Reason("pair_makes_one", {"number": item.number, "count": str(len(group))}),
            Reason("only_one"),
        ),
    )

"""Several lines for the same documents: none of them pays all, together they do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from huikuan.cash.matching.fits import BY_NUMBER, CERTAIN, GOOD, Fit, spread, total
from huikuan.cash.matching.ledger import Ledger
from huikuan.cash.matching.named import Named, named_items
from huikuan.cash.matching.options import Reason
from huikuan.cash.matching.subjects import OTHER, Seen, Subject

MOST_TOGETHER = 8


@dataclass(frozen=True, slots=True)
class Share:
    """What one of several lines settles of what they settle together."""

    seen: Seen
    subject: Subject
    fit: Fit


def shares(
    named: Sequence[Seen], subjects: Mapping[UUID, Sequence[Subject]], ledger: Ledger
) -> Iterator[Share]:
    """The shares of lines that name the same documents of one customer and together make their amount."""
    groups: dict[tuple[UUID, frozenset[UUID]], list[tuple[Seen, Subject, Named]]] = {}
    for seen in named:
        for subject in subjects[seen.line.id]:
            if subject.strength == OTHER or subject.members:
                continue
            means = named_items(subject.mentions, ledger.debits(subject.customer_id, seen.line.currency), ())
            if means.direct:
                key = (subject.customer_id, frozenset(item.id for item in means.direct))
                groups.setdefault(key, []).append((seen, subject, means))
    used: set[UUID] = set()
    for group in groups.values():
        lines = {seen.line.id for seen, _subject, _named in group}
        if not 1 < len(group) <= MOST_TOGETHER or len(lines) < len(group) or lines & used:
            continue
        due = total(group[0][2].direct)
        if sum(seen.line.amount for seen, _subject, _named in group) == due:
            used |= lines
            yield from _shared(group)


def _shared(group: Sequence[tuple[Seen, Subject, Named]]) -> Iterator[Share]:
    left = {item.id: item.amount for item in group[0][2].direct}
    certain = all(named.quality == BY_NUMBER for _seen, _subject, named in group)
    for seen, subject, named in group:
        parts, _rest = spread(
            seen.line.amount, [replace(item, amount=left[item.id]) for item in named.direct if left[item.id]]
        )
        for item, amount in parts:
            left[item.id] -= amount
        others = tuple(other.line.id for other, _subject, _named in group if other is not seen)
        reason = Reason("together", {"count": str(len(group))})
        fit = Fit(
            items=parts,
            companions=others,
            level=CERTAIN if certain else GOOD,
            named=named.quality,
            exact=True,
            rank=970,
            reasons=(*named.reasons, reason),
        )
        yield Share(seen, subject, fit)

"""Several lines for the same documents: none of them pays all, together they do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from huikuan.cash.matching.fits import BY_NUMBER, CERTAIN, GOOD, Fit, total, whole
from huikuan.cash.matching.ledger import Ledger
from huikuan.cash.matching.named import Named, named_items
from huikuan.cash.matching.options import Reason
from huikuan.cash.matching.subjects import OTHER, Seen, Subject

MOST_TOGETHER = 8


@dataclass(frozen=True, slots=True)
class Part:
    """One of several lines, with what they settle together."""

    seen: Seen
    subject: Subject
    fit: Fit


def together(
    named: Sequence[Seen], subjects: Mapping[UUID, Sequence[Subject]], ledger: Ledger
) -> Iterator[list[Part]]:
    """Groups of lines that name the same documents of one customer and together make their amount."""
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
            yield [Part(seen, subject, _fit(group, seen, named)) for seen, subject, named in group]


def _fit(group: Sequence[tuple[Seen, Subject, Named]], seen: Seen, named: Named) -> Fit:
    certain = all(each.quality == BY_NUMBER for _seen, _subject, each in group)
    return Fit(
        items=whole(named.direct),
        companions=tuple(other.line.id for other, _subject, _named in group if other is not seen),
        level=CERTAIN if certain else GOOD,
        named=named.quality,
        exact=True,
        rank=970,
        reasons=(*named.reasons, Reason("together", {"count": str(len(group))})),
    )

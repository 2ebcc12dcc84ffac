"""Whose money a line may be, payer and documents named taken together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from huikuan.cash.matching.facts import Line
from huikuan.cash.matching.ledger import Ledger
from huikuan.cash.matching.options import Reason
from huikuan.cash.matching.payers import HINT, PROVEN, STRONG, Payer, Recognised
from huikuan.cash.matching.references import Mention, References, Scan

STRANGER, OTHER = 0, -1


@dataclass(frozen=True, slots=True)
class Seen:
    """A line with everything that was read out of it."""

    line: Line
    recognised: Recognised
    scan: Scan
    unrelated: Reason | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """A customer the line may be for. `strength`: how sure it is that it paid; STRANGER: nobody known paid, but its
    document is named; OTHER: its document is named though somebody else paid.

    `members`: whose items are meant besides its own. `conflict`: what speaks against being sure.
    """

    customer_id: UUID
    strength: int
    reasons: tuple[Reason, ...]
    mentions: tuple[Mention, ...] = ()
    members: tuple[UUID, ...] = ()
    conflict: Reason | None = None


def subjects_of(seen: Seen, references: References, ledger: Ledger) -> list[Subject]:
    """Everybody the line may be for, the best founded first."""
    owners = _owners(seen.scan)
    payers = _resolved(seen.recognised, owners)
    found: list[Subject] = []
    known = {each.customer_id for each in payers}
    for payer in payers:
        mine = tuple(references.mentions(seen.scan, payer.customer_id))
        family = (
            _of_family(payer, mine, seen, references, ledger, known, owners) if payer.strength > HINT else []
        )
        if not any(each.members for each in family):
            found.append(Subject(payer.customer_id, payer.strength, payer.reasons, mine))
        found += family
    covered = {each.customer_id for each in found} | {key for each in found for key in each.members}
    strange = [key for key in owners if key not in covered]
    if strange and (seen.recognised.known_name or any(each.strength > HINT for each in payers)):
        conflict = _conflict(owners[strange[0]])
        found = [replace(each, conflict=conflict) for each in found]
        found += [Subject(key, OTHER, (conflict,), owners[key], conflict=conflict) for key in strange]
    else:
        reason = Reason("payer_by_reference")
        conflicting = _conflict(owners[strange[-1]]) if len(strange) > 1 else None
        found += [Subject(key, STRANGER, (reason,), owners[key], conflict=conflicting) for key in strange]
    return found


def _owners(scan: Scan) -> dict[UUID, tuple[Mention, ...]]:
    owners: dict[UUID, tuple[Mention, ...]] = {}
    for mention in scan.whole:
        key = mention.target.customer_id
        owners[key] = (*owners.get(key, ()), mention)
    return owners


def _conflict(mentions: Sequence[Mention]) -> Reason:
    return Reason("other_customer", {"number": mentions[0].target.number})


def _resolved(recognised: Recognised, owners: dict[UUID, tuple[Mention, ...]]) -> list[Payer]:
    """Of several possible payers the one whose document is named is certain."""
    payers = list(recognised.payers)
    if len(payers) < 2:
        return payers
    named = [each for each in payers if each.customer_id in owners]
    if len(named) == 1 and named[0].strength >= STRONG:
        certain = replace(
            named[0], strength=PROVEN, reasons=(*named[0].reasons, Reason("payer_by_reference"))
        )
        return [certain]
    return [replace(each, strength=min(each.strength, STRONG)) for each in payers]


def _of_family(
    payer: Payer,
    mine: tuple[Mention, ...],
    seen: Seen,
    references: References,
    ledger: Ledger,
    known: set[UUID],
    owners: dict[UUID, tuple[Mention, ...]],
) -> list[Subject]:
    """Members of the payer's group whose documents are named: it pays for them."""
    family = [key for key in ledger.family(payer.customer_id) if key not in known]
    reason = Reason("group_payer", dict(payer.reasons[0].values) if payer.reasons else {})
    named = [key for key in family if key in owners]
    if named and mine:
        # Its own and a member's documents in one payment.
        mentions = (*mine, *(mention for key in named for mention in owners[key]))
        return [
            Subject(
                payer.customer_id, payer.strength, (*payer.reasons, reason), mentions, members=tuple(named)
            )
        ]
    if not named and not mine and not owners:
        loose = {key: tuple(references.mentions(seen.scan, key)) for key in family}
        named = [key for key, mentions in loose.items() if mentions]
        if len(named) != 1:
            return []
        return [Subject(named[0], min(payer.strength, STRONG), (*payer.reasons, reason), loose[named[0]])]
    return [
        Subject(key, payer.strength, (*payer.reasons, reason), tuple(references.mentions(seen.scan, key)))
        for key in named
    ]

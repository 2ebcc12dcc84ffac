"""Which steps an amount needs, and whether somebody may agree: pure decisions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

B = TypeVar("B")


def band_for(bands: Iterable[tuple[Decimal, B]], amount: Decimal | None) -> B | None:
    """The band of the highest floor that `amount` reaches (an act without an amount counts as 0); None: no policy.

    `bands` are (floor, band) pairs in any order.
    """
    reached = [pair for pair in bands if pair[0] <= (amount or Decimal(0))]
    return max(reached, key=lambda pair: pair[0])[1] if reached else None


@dataclass(frozen=True)
class Stand:
    """How somebody comes to decide: by their own roles, or in place of a member who is away."""

    roles: frozenset[UUID]
    in_place_of: UUID | None = None


class Objection(StrEnum):
    """Why somebody may not agree to a step."""

    NOBODY = "nobody"  # the local operator is nobody in particular
    OWN_REQUEST = "own_request"
    AGREED_BEFORE = "agreed_before"
    ROLE_MISSING = "role_missing"


def standing(
    *,
    role: UUID,
    member: UUID | None,
    stands: Sequence[Stand],
    requester: UUID | None,
    agreed: Collection[UUID],
) -> Stand | Objection:
    """How `member` may agree to a step that waits for `role`, or why not; one's own role goes before another's.

    `agreed`: who agreed to earlier steps, and in whose place. Neither the deputy nor who is away may be the
    requester or among those.
    """
    if member is None:
        return Objection.NOBODY
    if member == requester:
        return Objection.OWN_REQUEST
    if member in agreed:
        return Objection.AGREED_BEFORE
    objection = Objection.ROLE_MISSING
    for stand in sorted(stands, key=lambda each: each.in_place_of is not None):
        if role not in stand.roles:
            continue
        if stand.in_place_of is not None and stand.in_place_of == requester:
            objection = Objection.OWN_REQUEST
        elif stand.in_place_of is not None and stand.in_place_of in agreed:
            objection = Objection.AGREED_BEFORE
        else:
            return stand
    return objection


def reminder_is_due(*, waiting_since: date, reminded_on: date | None, after_days: int, today: date) -> bool:
    """Whether a request that waits since `waiting_since` asks for a reminder today: once a day after the patience."""
    if after_days <= 0 or (today - waiting_since).days < after_days:
        return False
    return reminded_on is None or reminded_on < today

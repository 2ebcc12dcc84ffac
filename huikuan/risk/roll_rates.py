"""迁徙率: how much of what is in a bucket grows old enough for the next one, and the losses that follow from it; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from huikuan.risk.rules import BUCKETS

RATE = Decimal("0.000001")
ONE = Decimal(1)

FIRST_DAYS: tuple[int, ...] = tuple(
    int(bucket.partition("-")[0].lstrip(">")) + (1 if bucket.startswith(">") else 0) for bucket in BUCKETS[1:]
)
"""From how many days after the due day on a debt is in each bucket but the first: 1, 31, 61, 91, 181, 366."""


def chained_losses(rolls: Sequence[Decimal], final: Decimal, *, forward: Decimal = ONE) -> list[Decimal]:
    """The loss rate of each bucket: everything that lies between it and the loss happens, one after another.

    `rolls`: of each bucket but the last, the share that reaches the next; `final`: of the last, the share that is
    lost. `forward`: the forward-looking factor (CAS 22 article 58), applied to the chained rate; no rate is above 1.
    One rate more than rolls, in the order of the buckets, to a millionth.

    Raises ValueError for a share outside 0 to 1 or a negative factor.
    """
    if not all(0 <= share <= 1 for share in (*rolls, final)) or forward < 0:
        raise ValueError("shares from 0 to 1")
    chained = [final]
    for share in reversed(rolls):
        chained.append(chained[-1] * share)
    return [min(ONE, rate * forward).quantize(RATE, ROUND_HALF_UP) for rate in reversed(chained)]


def pooled(moves: Mapping[str, tuple[Decimal, Decimal]]) -> list[Decimal | None]:
    """The share that rolled on of each bucket but the last, from what entered it and what of it entered the next.

    None where nothing entered a bucket. At most 1: a revaluation upwards is no worsening.
    """
    found: list[Decimal | None] = []
    for bucket in BUCKETS[:-1]:
        entered, rolled = moves.get(bucket, (Decimal(0), Decimal(0)))
        found.append(min(ONE, max(Decimal(0), rolled / entered)).quantize(RATE) if entered > 0 else None)
    return found

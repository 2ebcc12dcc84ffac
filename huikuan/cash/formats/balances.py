"""What the balances behind the lines prove: where the account stood before and after, and that no line is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from huikuan.cash.formats.statements import ParsedLine


@dataclass(frozen=True, slots=True)
class Chain:
    """`opening` and `closing` where every balance follows from the one before; `breaks`: rows where one does not."""

    opening: Decimal | None = None
    closing: Decimal | None = None
    breaks: tuple[int, ...] = ()


def chain_of(lines: Sequence[ParsedLine]) -> Chain:
    """Follow the balances in the order of the file, or from its end where it lists the newest first."""
    if not lines or any(line.balance is None for line in lines):
        return Chain()
    backwards = lines[::-1]
    upwards, downwards = _breaks(lines), _breaks(backwards)
    order, breaks = (lines, upwards) if len(upwards) <= len(downwards) else (backwards, downwards)
    if breaks:
        return Chain(breaks=breaks)
    first, last = order[0], order[-1]
    assert first.balance is not None
    return Chain(first.balance - first.amount, last.balance)


def _breaks(lines: Sequence[ParsedLine]) -> tuple[int, ...]:
    return tuple(
        line.row
        for before, line in pairwise(lines)
        if before.balance is not None and line.balance != before.balance + line.amount
    )

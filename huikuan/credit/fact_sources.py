"""Facts that packages above credit know of customers: registered once, at start, by `huikuan.config.credit`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from huikuan.credit.ledger_facts import Facts, Knowledge

Reading = Callable[[Sequence[UUID] | None, Knowledge], Mapping[UUID, Facts]]


@dataclass(frozen=True)
class FactSource:
    """Facts by their codes; `read` tells them of customers (None: of all) as far as they count, set-based."""

    codes: tuple[str, ...]
    read: Reading


_sources: dict[tuple[str, ...], FactSource] = {}


def register_facts(*sources: FactSource) -> None:
    """Make sources known; two of the same codes are a programming error, the same one twice is not."""
    for source in sources:
        if _sources.setdefault(source.codes, source) is not source:
            raise ValueError(f"two sources tell {source.codes}")


def registered_facts() -> list[FactSource]:
    """What packages above registered."""
    return list(_sources.values())

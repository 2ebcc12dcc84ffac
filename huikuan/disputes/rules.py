"""Why customers dispute what they owe: a small tree of reasons, who owns each, and how long its answer may take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason by its code ("quality.damage" stands under "quality"): the role that owns it, and days to answer."""

    code: str
    owner: str
    days: int

    @property
    def group(self) -> str:
        """The reason it stands under, or itself."""
        return self.code.split(".", 1)[0]


# Group, who owns its disputes, days until they are due, and the reasons under it.
_TREE: tuple[tuple[str, str, int, tuple[str, ...]], ...] = (
    ("quality", "customer_service", 15, ("defect", "damage", "mismatch")),
    ("quantity", "customer_service", 10, ("short", "over")),
    ("delivery", "customer_service", 10, ("late", "wrong", "missing")),
    ("price", "salesperson", 10, ("agreed", "rebate")),
    ("paper", "ar_accountant", 5, ("invoice", "receipt", "statement")),
    ("invoice", "ar_accountant", 5, ("title", "amount", "twice")),
    ("other", "ar_accountant", 10, ()),
)


def _reasons() -> Iterator[Reason]:
    for group, owner, days, under in _TREE:
        yield Reason(group, owner, days)
        for code in under:
            yield Reason(f"{group}.{code}", owner, days)


REASONS: dict[str, Reason] = {reason.code: reason for reason in _reasons()}
OTHER = "other"


def due_on(reason: Reason, opened_on: date) -> date:
    """The day by which a dispute is to be answered where nobody says another."""
    return opened_on + timedelta(days=reason.days)

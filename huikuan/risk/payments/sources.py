"""What other packages know that bears on payment: registered once, at start, by `huikuan.config.risk`.

Facts that packages below know (disputes, credit scores) are in `own_sources.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from huikuan.risk.payments.staging import Cut


@dataclass(frozen=True)
class PaymentFactSource:
    """A fact of items or customers over time.

    `read(cut)` is SQL with columns `key` (id of the item or the customer), `day` (day number from which it is known)
    and `value`. Of an item, what counts on a day is the `last` value or the `sum` up to it; of a customer, the sum
    (a level is told by its changes).
    """

    code: str
    of: Literal["item", "customer"]
    read: Callable[[Cut], str]
    takes: Literal["sum", "last"] = "sum"


_sources: dict[str, PaymentFactSource] = {}


def register_payment_facts(*sources: PaymentFactSource) -> None:
    """Make sources known; two of the same code are a programming error, the same one twice is not."""
    for source in sources:
        if _sources.setdefault(source.code, source) is not source:
            raise ValueError(f"two sources tell {source.code}")


def registered_payment_facts() -> tuple[PaymentFactSource, ...]:
    """All sources, in the order of their codes."""
    return tuple(_sources[code] for code in sorted(_sources))

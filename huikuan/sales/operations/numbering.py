"""Numbers of orders (XS) and deliveries (FH): `{prefix}{yyyyMM}{6 digits}`, from the ledger's counters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Final

from huikuan.ledger.operations.numbers import OWN_PATTERN, take_numbers

ORDER_PREFIX: Final = "XS"
DELIVERY_PREFIX: Final = "FH"


def numbered(prefix: str, wanted: Sequence[tuple[str, date]]) -> list[str]:
    """The given numbers, and where one is empty the next of the month of its date.

    A given number that looks like the counter's own moves the counter past it.
    """
    counts = Counter(on.replace(day=1) for number, on in wanted if not number)
    highest: dict[date, int] = {}
    for number, _on in wanted:
        own = OWN_PATTERN.fullmatch(number)
        if own and own[1] == prefix:
            month = date(int(own[2]), int(own[3]), 1)
            highest[month] = max(highest.get(month, 0), int(own[4]))
    given = {
        month: take_numbers(prefix, month, counts[month], beyond=highest.get(month, 0))
        for month in sorted({*counts, *highest})
    }
    return [number or next(given[on.replace(day=1)]) for number, on in wanted]

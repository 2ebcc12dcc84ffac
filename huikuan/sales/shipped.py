"""The rates of VAT that an organization starts with: 增值税暂行条例 (13, 9, 6 %), levy rates 3 and 1 %, zero, exempt.

They are data: an organization adds its own (`operations.add_tax_rate`).
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple


class Rate(NamedTuple):
    """A rate of VAT: `rate` is a fraction."""

    code: str
    name: str
    rate: Decimal


TAX_RATES: tuple[Rate, ...] = (
    Rate("13", "13%", Decimal("0.13")),
    Rate("9", "9%", Decimal("0.09")),
    Rate("6", "6%", Decimal("0.06")),
    Rate("3", "3%", Decimal("0.03")),
    Rate("1", "1%", Decimal("0.01")),
    Rate("0", "0%", Decimal(0)),
    Rate("exempt", "免税", Decimal(0)),
)
USUAL_CODE = "13"

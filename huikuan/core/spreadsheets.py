"""What every file that a spreadsheet opens heeds: no text of the books runs, no amount loses a digit."""

from __future__ import annotations

from decimal import Decimal

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
EXACT_DIGITS = 15
"""A workbook keeps numbers as floats (IEEE 754 double): beyond so many digits an amount is written as text."""
_SURELY = 10**10


def unformulated(text: str) -> str:
    """Text that no spreadsheet runs: what would be taken for a formula begins with an apostrophe."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def is_exact(value: Decimal | int) -> bool:
    """Whether the number of a workbook is the value; noughts at its ends need no digit.

    Below ten thousand million amounts always are, and of a share all digits beyond the fifteenth may go.
    """
    return -_SURELY < value < _SURELY or len(Decimal(value).normalize().as_tuple().digits) <= EXACT_DIGITS

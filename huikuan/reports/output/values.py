"""A value of a report as text: for programs, exact; for people, grouped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from huikuan.core.money import currency_exponent
from huikuan.reports.asking import Column, Kind, Result, Row

PLACES = {Kind.PERCENT: 4, Kind.RATE: 6, Kind.DAYS: 2, Kind.RATIO: 4, Kind.QUANTITY: 4}
"""Decimals of figures that are no money, as programs get them; 0.8750 is 87.50 %."""
HUNDREDTH = Decimal("0.01")


def currency_of(result: Result, row: Row) -> str:
    """The currency of a row's amounts."""
    return row.currency or result.currency


def plain(column: Column, value: Any, currency: str) -> Any:
    """For programs: money, shares, ratios and days as exact text, counts as whole numbers, None where nothing is."""
    if value is None:
        return None
    if column.kind is Kind.MONEY:
        return money_text(value, currency)
    if column.kind is Kind.COUNT:
        return int(value)
    if column.kind is Kind.MONTH:
        return f"{value:%Y-%m}"
    if column.kind is Kind.DATE and isinstance(value, date):
        return value.isoformat()
    if column.kind in PLACES:
        return plain_number(value, PLACES[column.kind])
    return str(value)


def money_text(value: Decimal, currency: str) -> str:
    """An amount with its currency's decimals; a sum may be larger than any amount that is recorded."""
    unit = Decimal(1).scaleb(-currency_exponent(currency)) if currency else Decimal("0.01")
    rounded = Decimal(value).quantize(unit, context=_WIDE)
    return f"{rounded if rounded else abs(rounded):f}"


_WIDE = Context(prec=60, rounding=ROUND_HALF_UP)


def plain_number(value: Any, places: int) -> str:
    """A number with so many decimals at most; whole days stay whole."""
    number = Decimal(value)
    if places == PLACES[Kind.DAYS] and number == number.to_integral_value():
        return f"{number:.0f}"
    return f"{number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):f}"


def shown(column: Column, value: Any, currency: str) -> str:
    """For people: amounts grouped, shares as percentages; empty where nothing is."""
    if value is None:
        return ""
    if column.kind is Kind.MONEY:
        return f"{Decimal(money_text(value, currency)):,f}"
    if column.kind is Kind.PERCENT:
        share = (Decimal(value) * 100).quantize(HUNDREDTH, ROUND_HALF_UP)
        return f"{share if share else abs(share):,f}%"
    if column.kind is Kind.RATE:
        text = f"{(Decimal(value) * 100).quantize(Decimal('0.0001'), ROUND_HALF_UP):f}"
        return f"{text}%" if column.measured else f"{text[:-2]}{text[-2:].rstrip('0')}%"
    if column.kind is Kind.COUNT:
        return f"{value:,}"
    if column.kind is Kind.RATIO:
        # Two decimals, and a third where there is one.
        return f"{Decimal(value).quantize(Decimal('0.001'), ROUND_HALF_UP):,f}".removesuffix("0")
    if column.kind is Kind.QUANTITY:
        return f"{Decimal(plain_number(value, PLACES[Kind.QUANTITY])):,f}".rstrip("0").rstrip(".")
    if column.kind is Kind.DAYS and isinstance(value, Decimal) and value.same_quantum(HUNDREDTH):
        return f"{value:,f}"  # an average, even where it is whole
    return str(plain(column, value, currency))


def leading(columns: Sequence[Column]) -> int:
    """How many columns name a row and so stay beside the others: up to the name, else the first."""
    names = [column.name for column in columns]
    return names.index("name") + 1 if "name" in names else 1

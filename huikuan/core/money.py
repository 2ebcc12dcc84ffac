"""Money is a `Decimal` and its currency, rounded to the currency's smallest unit, half up.

Amounts are stored as numeric(19,4), so no amount reaches 10**15. The context of the process plays no part:
every calculation here uses its own, wide enough to be exact before the one rounding at the end.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal, DivisionByZero, InvalidOperation
from functools import cache, reduce
from typing import Final

AMOUNT_LIMIT: Final = Decimal(10) ** 15
"""Amounts are smaller than this in magnitude: numeric(19,4) has fifteen digits before the point."""

# ISO 4217, active currencies of countries; metals, funds and test codes are no money to owe.
_TWO_DECIMALS: Final = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY "
    "COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR "
    "ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK "
    "MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP "
    "SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD YER ZAR "
    "ZMW ZWG"
)
_NO_DECIMALS: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THREE_DECIMALS: Final = "BHD IQD JOD KWD LYD OMR TND"

CURRENCIES: Final[dict[str, int]] = {
    **dict.fromkeys(_TWO_DECIMALS.split(), 2),
    **dict.fromkeys(_NO_DECIMALS.split(), 0),
    **dict.fromkeys(_THREE_DECIMALS.split(), 3),
}
"""Exponents (number of decimals) of the currencies of ISO 4217, by code."""

_EXACT: Final = Context(prec=80, rounding=ROUND_HALF_UP, traps=[InvalidOperation, DivisionByZero])
_HUNDRED_PERCENT: Final = Decimal(1)


class UnusableCurrency(ValueError):
    """The text is not a currency code: three capital letters, as in CNY."""


class UnusableAmount(ValueError):
    """The amount is not a finite number, or too large to be recorded."""


class UnusableRate(ValueError):
    """The rate is outside its range; tax rates are fractions, 0.13 for 13 %."""


def is_currency(code: str) -> bool:
    """Tell whether ISO 4217 lists the code as a country's currency."""
    return code in CURRENCIES


def currency_exponent(code: str) -> int:
    """Return the number of decimals of a currency: 0 for JPY, 3 for KWD, 2 for most and for codes not listed.

    Raises `UnusableCurrency` for anything but three capital ASCII letters, such as "¥" or "cny".
    """
    exponent = CURRENCIES.get(code)
    if exponent is not None:
        return exponent
    if len(code) == 3 and code.isascii() and code.isalpha() and code.isupper():
        return 2
    raise UnusableCurrency(f"not a currency code: {code!r}")


@cache
def _unit(currency: str) -> Decimal:
    return Decimal(1).scaleb(-currency_exponent(currency))


def quantize(amount: Decimal, currency: str) -> Decimal:
    """Round to the smallest unit of the currency, half away from zero; never a negative zero.

    Raises `UnusableAmount` for NaN, infinities and amounts of 10**15 or more.
    """
    unit = _unit(currency)
    try:
        rounded = amount.quantize(unit, context=_EXACT)
    except InvalidOperation as error:
        raise UnusableAmount(f"not an amount that can be recorded: {amount}") from error
    if not rounded:
        return rounded.copy_abs()
    if not rounded.is_finite() or rounded.copy_abs() >= AMOUNT_LIMIT:
        raise UnusableAmount(f"not an amount that can be recorded: {amount}")
    return rounded


def amount_text(amount: Decimal, currency: str) -> str:
    """Write an amount for JSON and files: the currency's decimals, no separators, never "-0.00"."""
    return f"{quantize(amount, currency):f}"


def amount_said(amount: Decimal, currency: str) -> str:
    """Write an amount into a sentence: as `amount_text` does, grouped by thousands."""
    return f"{quantize(amount, currency):,f}"


def split(amount: Decimal, shares: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Divide an amount in proportion to shares (percentages or weights); the parts sum to it exactly.

    Every part is rounded, the last one takes the remainder: 1,000,000.01 as 30/60/10 gives 300,000.00,
    600,000.01 and 100,000.00. A part never exceeds what the parts before it left, so that no part of very
    small amounts changes its sign. Raises ValueError without shares or when they are negative or all zero.
    """
    total = reduce(_EXACT.add, shares, Decimal(0))
    if not shares or min(shares) < 0 or not total:
        raise ValueError("shares must be given, none negative and not all zero")
    left = quantize(amount, currency)
    whole = left
    parts = []
    for share in shares[:-1]:
        part = quantize(_EXACT.divide(_EXACT.multiply(whole, share), total), currency)
        if part.copy_abs() > left.copy_abs():
            part = left
        parts.append(part)
        left = _EXACT.subtract(left, part)
    parts.append(left)
    return parts


def gross_to_net(gross: Decimal, rate: Decimal, currency: str) -> tuple[Decimal, Decimal]:
    """Separate tax from an amount that includes it: net = round(gross / (1 + rate)), tax = gross - net.

    `rate` is a fraction. 1,000.00 at 0.13 gives (884.96, 115.04).
    Raises `UnusableRate` outside 0 <= rate < 1.
    """
    _refuse_odd_tax_rate(rate)
    whole = quantize(gross, currency)
    net = quantize(_EXACT.divide(whole, _EXACT.add(_HUNDRED_PERCENT, rate)), currency)
    return net, _EXACT.subtract(whole, net)


def net_to_tax(net: Decimal, rate: Decimal, currency: str) -> Decimal:
    """Return the tax of one line: round(net * rate). Raises `UnusableRate` outside 0 <= rate < 1."""
    _refuse_odd_tax_rate(rate)
    return quantize(_EXACT.multiply(quantize(net, currency), rate), currency)


def convert(amount: Decimal, rate: Decimal, to_currency: str) -> Decimal:
    """Convert to another currency at `rate` units of it per unit of the amount's own, rounded to its unit.

    Raises `UnusableRate` unless the rate is a positive number.
    """
    if not rate.is_finite() or rate <= 0:
        raise UnusableRate(f"not an exchange rate: {rate}")
    if not amount.is_finite():
        raise UnusableAmount(f"not an amount that can be recorded: {amount}")
    return quantize(_EXACT.multiply(amount, rate), to_currency)


def _refuse_odd_tax_rate(rate: Decimal) -> None:
    if not rate.is_finite() or not 0 <= rate < 1:
        raise UnusableRate(f"a tax rate is a fraction from 0 to below 1, not {rate}")

"""Amounts, counts and rates as pages print them.

Printing is the same in every language: thousands separated by commas, a full stop, always the currency's
own number of decimals, a real minus sign (U+2212) so that columns of figures line up.
"""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from huikuan.core.money import currency_exponent

register = template.Library()

MINUS = "\u2212"
UNKNOWN = "\u2014"

_DECIMALS_WITHOUT_CURRENCY = 2


def decimals_of(currency: object) -> int:
    """Decimals printed for a currency: its ISO code, or an object with `exponent` or `code`; for none, 2.

    Raises:
        UnusableCurrency: text that is no currency code.
    """
    exponent = getattr(currency, "exponent", None)
    if isinstance(exponent, int):
        return exponent
    code = getattr(currency, "code", currency)
    return currency_exponent(str(code)) if code else _DECIMALS_WITHOUT_CURRENCY


def _decimal(value: object) -> Decimal:
    if isinstance(value, bool | float):
        raise TypeError(f"an amount is Decimal, int or str, not {type(value).__name__}: {value!r}")
    try:
        number = Decimal(value) if isinstance(value, Decimal | int) else Decimal(str(value))
    except InvalidOperation:
        raise ValueError(f"not an amount: {value!r}") from None
    if not number.is_finite():
        raise ValueError(f"not an amount: {value!r}")
    return number


def _fixed(number: Decimal, places: int) -> str:
    rounded = number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return f"{MINUS if rounded < 0 else ''}{abs(rounded):,.{places}f}"


@register.filter(is_safe=True)
def money(value: object, currency: object = "") -> str:
    """`{{ value|money:currency }}`: "1,234.50", "−1,234.50"; JPY "1,235". None prints "—".

    An undefined template variable ("") prints nothing, as everywhere in Django.

    Raises:
        TypeError: a float, which is never an amount.
        ValueError: text that is not a number.
    """
    if value is None:
        return UNKNOWN
    if value == "":
        return ""
    return _fixed(_decimal(value), decimals_of(currency))


@register.filter(is_safe=True)
def signed_money(value: object, currency: object = "") -> str | SafeString:
    """As `money`, with a negative amount wrapped so that it shows in the colour of negatives."""
    text = money(value, currency)
    if text.startswith(MINUS):
        return format_html('<span class="num-negative">{}</span>', text)
    return text


@register.filter(is_safe=True)
def count(value: object) -> str:
    """`{{ rows|count }}`: a whole number with separators, "2,466". None prints "—"."""
    if value is None:
        return UNKNOWN
    if value == "":
        return ""
    return _fixed(_decimal(value), 0)


@register.filter(is_safe=True)
def percent(value: object, places: int = 2) -> str:
    """`{{ ratio|percent }}`: a ratio as a percentage, 0.2667 → "26.67%". None (no denominator) prints "—"."""
    if value is None:
        return UNKNOWN
    if value == "":
        return ""
    return f"{_fixed(_decimal(value) * 100, places)}%"


@register.filter
def plain_money(value: object, currency: object = "") -> str:
    """An amount as scripts read it: "-1234.50", without separators, with the currency's own decimals."""
    return money(value, currency).replace(",", "").replace(MINUS, "-") if value not in (None, "") else ""

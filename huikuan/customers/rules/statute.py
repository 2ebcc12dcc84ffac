"""What the law says about payment terms and late payment."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from huikuan.core.dates import days_between
from huikuan.core.money import quantize


class CompanySize(StrEnum):
    """Sizes of 中小企业划型标准规定, and public bodies (机关、事业单位)."""

    LARGE = "large"
    MEDIUM = "medium"
    SMALL = "small"
    MICRO = "micro"
    PUBLIC = "public"


_PROTECTED: Final[frozenset[str]] = frozenset({CompanySize.MEDIUM, CompanySize.SMALL, CompanySize.MICRO})
_LONGEST_DAYS: Final[dict[str, int]] = {CompanySize.LARGE: 60, CompanySize.PUBLIC: 60}
_PUBLIC_DAYS_NOT_AGREED: Final = 30


def sme_payment_breach(
    buyer_size: str, seller_size: str, base_on: date, due_on: date, *, agreed: bool = True
) -> bool:
    """Tell whether a term is longer than 保障中小企业款项支付条例 (State Council decree 802) lets it be.

    A large company pays a small or medium one within 60 days of delivery (`base_on`), a public body within
    30, or within at most 60 where the contract says so (`agreed`). This is a flag for a person: a longer term
    of a large buyer that the customs of its industry justify is lawful. Sizes are those of `CompanySize`;
    any other text, such as the empty one, is an unknown size and never a breach.
    """
    longest = _LONGEST_DAYS.get(buyer_size)
    if longest is None or seller_size not in _PROTECTED:
        return False
    if buyer_size == CompanySize.PUBLIC and not agreed:
        longest = _PUBLIC_DAYS_NOT_AGREED
    return days_between(base_on, due_on) > longest


def late_interest(amount: Decimal, daily_rate: Decimal, days: int, currency: str) -> Decimal:
    """Return simple interest for paying late, rounded once: 100,000.00 at 0.0005 a day for 45 days, 2,250.00.

    `daily_rate` is a fraction. Raises ValueError when rate or days are negative.
    """
    if days < 0 or not daily_rate.is_finite() or daily_rate < 0:
        raise ValueError("neither the days nor the rate of late interest can be negative")
    return quantize(amount * daily_rate * days, currency)

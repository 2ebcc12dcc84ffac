"""Payment terms to small companies, and interest for paying late."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from huikuan.customers.rules import late_interest, sme_payment_breach

DELIVERED = date(2026, 1, 1)


@pytest.mark.parametrize(
    ("buyer", "seller", "days", "agreed", "breach"),
    [
        ("large", "small", 60, True, False),
        ("large", "small", 61, True, True),
        ("large", "micro", 90, True, True),
        ("large", "medium", 61, False, True),
        ("large", "large", 120, True, False),
        ("medium", "small", 120, True, False),
        ("public", "small", 60, True, False),
        ("public", "small", 61, True, True),
        ("public", "small", 30, False, False),
        ("public", "small", 31, False, True),
        ("", "small", 120, True, False),
        ("large", "", 120, True, False),
    ],
)
def test_terms_of_small_sellers(buyer: str, seller: str, days: int, agreed: bool, breach: bool) -> None:
    due = DELIVERED + timedelta(days=days)
    assert sme_payment_breach(buyer, seller, DELIVERED, due, agreed=agreed) is breach


@pytest.mark.parametrize(
    ("amount", "rate", "days", "currency", "interest"),
    [
        ("100000.00", "0.0005", 45, "CNY", "2250.00"),
        ("100.01", "0.0005", 1, "CNY", "0.05"),
        ("100000", "0.0005", 0, "CNY", "0.00"),
        ("99999", "0.0005", 1, "JPY", "50"),
    ],
)
def test_late_interest(amount: str, rate: str, days: int, currency: str, interest: str) -> None:
    assert late_interest(Decimal(amount), Decimal(rate), days, currency) == Decimal(interest)


@pytest.mark.parametrize(("rate", "days"), [("-0.0005", 1), ("0.0005", -1), ("NaN", 1)])
def test_interest_is_not_paid_the_other_way(rate: str, days: int) -> None:
    with pytest.raises(ValueError, match="negative"):
        late_interest(Decimal(100), Decimal(rate), days, "CNY")

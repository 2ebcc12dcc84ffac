"""Rounding, tax, splitting and conversion of amounts."""

from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huikuan.core.money import (
    AMOUNT_LIMIT,
    CURRENCIES,
    UnusableAmount,
    UnusableCurrency,
    UnusableRate,
    amount_said,
    amount_text,
    convert,
    currency_exponent,
    gross_to_net,
    is_currency,
    net_to_tax,
    quantize,
    split,
)

AMOUNTS = st.decimals(min_value=-(10**12), max_value=10**12, places=2)


@pytest.mark.parametrize(
    ("code", "exponent"),
    [
        ("CNY", 2),
        ("USD", 2),
        ("JPY", 0),
        ("KRW", 0),
        ("VND", 0),
        ("KWD", 3),
        ("BHD", 3),
        ("TND", 3),
        ("QQQ", 2),
    ],
)
def test_exponents_are_those_of_iso_4217_and_two_otherwise(code: str, exponent: int) -> None:
    assert currency_exponent(code) == exponent


@pytest.mark.parametrize("code", ["", "cny", "¥", "RM", "CNYY", "人民币", "C1Y"])
def test_what_is_no_currency_code_is_refused(code: str) -> None:
    with pytest.raises(UnusableCurrency):
        currency_exponent(code)


def test_currencies_are_those_listed() -> None:
    assert is_currency("CNY") and is_currency("HKD") and is_currency("TWD")
    assert not is_currency("RMB") and not is_currency("XAU") and not is_currency("QQQ")
    assert len(CURRENCIES) > 150


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [
        ("0.005", "CNY", "0.01"),
        ("-0.005", "CNY", "-0.01"),
        ("0.0049999999999999999999999999", "CNY", "0.00"),
        ("2.675", "CNY", "2.68"),
        ("100.5", "JPY", "101"),
        ("1.0005", "KWD", "1.001"),
        ("999999999999999.99", "CNY", "999999999999999.99"),
        ("1e-400", "CNY", "0.00"),
    ],
)
def test_amounts_are_rounded_half_up(amount: str, currency: str, rounded: str) -> None:
    assert str(quantize(Decimal(amount), currency)) == rounded


@pytest.mark.parametrize(
    "amount", ["NaN", "sNaN", "Infinity", "-Infinity", "1e400", "1e15", "999999999999999.999"]
)
def test_what_no_column_can_hold_is_refused(amount: str) -> None:
    with pytest.raises(UnusableAmount):
        quantize(Decimal(amount), "CNY")
    with pytest.raises(UnusableAmount):
        convert(Decimal(amount), Decimal(1), "CNY")


def test_rounding_does_not_depend_on_the_context_of_the_process() -> None:
    with localcontext(prec=3, rounding=ROUND_DOWN):
        assert quantize(Decimal("123456789.125"), "CNY") == Decimal("123456789.13")
        assert split(Decimal("1000000.01"), [Decimal(30), Decimal(60), Decimal(10)], "CNY")[1] == Decimal(
            "600000.01"
        )
        assert convert(Decimal("123456.78"), Decimal("7.1234"), "CNY") == Decimal("879432.03")


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("0", "CNY", "0.00"),
        ("-0.001", "CNY", "0.00"),
        ("-0.00", "CNY", "0.00"),
        ("1E+3", "CNY", "1000.00"),
        ("-1234.5", "CNY", "-1234.50"),
        ("12", "JPY", "12"),
        ("12", "KWD", "12.000"),
    ],
)
def test_amounts_are_written_with_the_decimals_of_their_currency(
    amount: str, currency: str, text: str
) -> None:
    assert amount_text(Decimal(amount), currency) == text


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("1234567.5", "CNY", "1,234,567.50"),
        ("-1234.5", "CNY", "-1,234.50"),
        ("-0.001", "CNY", "0.00"),
        ("12000", "JPY", "12,000"),
    ],
)
def test_amounts_in_sentences_are_grouped(amount: str, currency: str, text: str) -> None:
    assert amount_said(Decimal(amount), currency) == text


@pytest.mark.parametrize(
    ("rate", "net", "tax"),
    [
        ("0.13", "884.96", "115.04"),
        ("0.09", "917.43", "82.57"),
        ("0.06", "943.40", "56.60"),
        ("0.03", "970.87", "29.13"),
        ("0.01", "990.10", "9.90"),
        ("0", "1000.00", "0.00"),
    ],
)
def test_tax_included_in_a_thousand(rate: str, net: str, tax: str) -> None:
    assert gross_to_net(Decimal("1000.00"), Decimal(rate), "CNY") == (Decimal(net), Decimal(tax))


@pytest.mark.parametrize(
    ("net", "rate", "tax"),
    [
        ("100000.00", "0.13", "13000.00"),
        ("-10000.00", "0.13", "-1300.00"),
        ("0.04", "0.13", "0.01"),
        ("5", "0", "0.00"),
    ],
)
def test_tax_on_a_net_amount(net: str, rate: str, tax: str) -> None:
    assert net_to_tax(Decimal(net), Decimal(rate), "CNY") == Decimal(tax)


@pytest.mark.parametrize("rate", ["13", "1", "-0.01", "NaN"])
def test_a_tax_rate_that_is_no_fraction_is_refused(rate: str) -> None:
    with pytest.raises(UnusableRate):
        gross_to_net(Decimal(100), Decimal(rate), "CNY")
    with pytest.raises(UnusableRate):
        net_to_tax(Decimal(100), Decimal(rate), "CNY")


@given(gross=AMOUNTS, rate=st.decimals(min_value=0, max_value="0.99", places=4))
def test_net_and_tax_make_the_gross_again(gross: Decimal, rate: Decimal) -> None:
    net, tax = gross_to_net(gross, rate, "CNY")
    assert net + tax == gross
    assert abs(net_to_tax(net, rate, "CNY") - tax) <= Decimal("0.01")


def _decimals(*values: object) -> list[Decimal]:
    return [Decimal(str(value)) for value in values]


@pytest.mark.parametrize(
    ("amount", "currency", "shares", "parts"),
    [
        ("1000000.01", "CNY", [30, 60, 10], ["300000.00", "600000.01", "100000.00"]),
        ("100.00", "CNY", [1, 1, 1], ["33.33", "33.33", "33.34"]),
        ("-100.00", "CNY", [1, 1, 1], ["-33.33", "-33.33", "-33.34"]),
        ("100", "JPY", [1, 1, 1], ["33", "33", "34"]),
        ("0.05", "CNY", [1] * 9, ["0.01"] * 5 + ["0.00"] * 4),
        ("10.00", "CNY", [100], ["10.00"]),
        ("10.00", "CNY", [0, 100], ["0.00", "10.00"]),
    ],
)
def test_split(amount: str, currency: str, shares: Sequence[int], parts: Sequence[str]) -> None:
    assert split(Decimal(amount), _decimals(*shares), currency) == _decimals(*parts)


@pytest.mark.parametrize("shares", [[], [0, 0], [50, -10, 60]])
def test_shares_that_divide_nothing_are_refused(shares: list[int]) -> None:
    with pytest.raises(ValueError, match="shares"):
        split(Decimal(100), _decimals(*shares), "CNY")


@given(amount=AMOUNTS, shares=st.lists(st.integers(1, 1000), min_size=1, max_size=12))
def test_parts_sum_to_the_amount_and_keep_its_sign(amount: Decimal, shares: list[int]) -> None:
    parts = split(amount, _decimals(*shares), "CNY")
    assert sum(parts) == amount
    assert all(part * amount >= 0 for part in parts)


def test_conversion_is_rounded_in_the_target_currency() -> None:
    assert convert(Decimal("10000.00"), Decimal("7.10"), "CNY") == Decimal("71000.00")
    assert convert(Decimal("100.00"), Decimal("21.4567"), "JPY") == Decimal("2146")


@pytest.mark.parametrize("rate", ["0", "-7", "NaN", "Infinity"])
def test_an_exchange_rate_that_is_not_positive_is_refused(rate: str) -> None:
    with pytest.raises(UnusableRate):
        convert(Decimal(1), Decimal(rate), "CNY")


def test_the_limit_is_that_of_the_column() -> None:
    largest = Decimal("999999999999999.9999")
    assert largest < AMOUNT_LIMIT == largest + Decimal("0.0001")

"""What lines come to, what may be credited of them, and how an invoice falls due in parts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huikuan.sales.rules import (
    STATUTORY_DAILY_RATE,
    Creditable,
    UnusableLine,
    credit_share,
    discount_share,
    interest,
    line_amounts,
    own_parts,
    part_amounts,
    parts_by_term,
)

D = Decimal


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
def test_prices_with_tax(rate: str, net: str, tax: str) -> None:
    found = line_amounts(D(4), D(250), D(rate), currency="CNY", prices_include_tax=True)
    assert (found.net, found.tax, found.gross) == (D(net), D(tax), D("1000.00"))


def test_prices_before_tax_round_each_line_half_up() -> None:
    found = line_amounts(D(1), D("0.50"), D("0.13"), currency="CNY", prices_include_tax=False)
    assert (found.net, found.tax, found.gross) == (D("0.50"), D("0.07"), D("0.57"))


def test_a_discount_in_percent_and_as_an_amount() -> None:
    percent = line_amounts(
        D(3), D("33.33"), D("0.13"), currency="CNY", prices_include_tax=False, discount_percent=D(10)
    )
    assert (percent.discount, percent.net, percent.tax) == (D("10.00"), D("89.99"), D("11.70"))
    amount = line_amounts(
        D(3), D("33.33"), D("0.13"), currency="CNY", prices_include_tax=False, discount_amount=D("9.99")
    )
    assert (amount.net, amount.tax, amount.gross) == (D("90.00"), D("11.70"), D("101.70"))


def test_yen_have_no_cents() -> None:
    found = line_amounts(D(3), D("33.5"), D("0.1"), currency="JPY", prices_include_tax=True)
    assert (found.net, found.tax, found.gross) == (D(92), D(9), D(101))


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"quantity": D(-1)}, "quantity", "not_positive"),
        ({"quantity": D(0)}, "quantity", "not_positive"),
        ({"quantity": D("NaN")}, "quantity", "not_a_number"),
        ({"unit_price": D(-1)}, "unit_price", "negative"),
        ({"discount_percent": D(101)}, "discount_percent", "out_of_range"),
        ({"discount_percent": D(-1)}, "discount_percent", "out_of_range"),
        ({"discount_amount": D("10.01")}, "discount_amount", "beyond_price"),
        ({"discount_amount": D(-1)}, "discount_amount", "negative"),
        ({"discount_amount": D(1), "discount_percent": D(1)}, "discount_amount", "two_discounts"),
    ],
)
def test_lines_that_cannot_stand(values: dict[str, Decimal], field: str, code: str) -> None:
    given_values = {"quantity": D(1), "unit_price": D(10), "tax_rate": D("0.13"), **values}
    with pytest.raises(UnusableLine) as refused:
        line_amounts(**given_values, currency="CNY", prices_include_tax=False)  # type: ignore[arg-type]
    assert (refused.value.field, refused.value.code) == (field, code)


CENTS = st.integers(1, 10_000_000).map(lambda cents: D(cents).scaleb(-2))
RATES = st.sampled_from([D("0.13"), D("0.09"), D("0.06"), D("0.03"), D("0.01"), D(0)])


@given(CENTS, st.integers(1, 999), RATES, st.booleans(), st.integers(0, 100))
def test_net_and_tax_always_make_the_gross(
    price: Decimal, quantity: int, rate: Decimal, inclusive: bool, percent: int
) -> None:
    found = line_amounts(
        D(quantity),
        price,
        rate,
        currency="CNY",
        prices_include_tax=inclusive,
        discount_percent=D(percent),
    )
    assert found.net + found.tax == found.gross
    assert found.net >= 0 and found.tax >= 0
    assert (found.gross if inclusive else found.net) + found.discount == price * quantity


def test_shares_of_a_discount_sum_to_it() -> None:
    shares = [discount_share(D("10.00"), D(3), before=D(n), part=D(1), currency="CNY") for n in range(3)]
    assert shares == [D("3.33"), D("3.34"), D("3.33")]
    assert sum(shares) == D("10.00")


def test_a_tenth_is_credited() -> None:
    line = Creditable(D(10), D("100000.00"), D("113000.00"), D("0.13"))
    found = credit_share(line, quantity=D(1), currency="CNY")
    assert (found.net, found.tax, found.gross) == (D("10000.00"), D("1300.00"), D("11300.00"))
    by_amount = credit_share(line, amount=D("11300.00"), currency="CNY")
    assert (by_amount.quantity, by_amount.net, by_amount.tax) == (0, D("10000.00"), D("1300.00"))


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"quantity": D("10.000001")}, "beyond_original"),
        ({"quantity": D(-1)}, "not_positive"),
        ({"amount": D("113000.01")}, "beyond_original"),
        ({"amount": D(0)}, "not_positive"),
        ({"amount": D("Infinity")}, "not_a_number"),
        ({}, "not_a_number"),
    ],
)
def test_credits_beyond_the_line(asked: dict[str, Decimal], code: str) -> None:
    line = Creditable(D(10), D("100000.00"), D("113000.00"), D("0.13"))
    with pytest.raises(UnusableLine) as refused:
        credit_share(line, currency="CNY", **asked)
    assert refused.value.code == code


@given(CENTS, st.integers(1, 30), RATES, st.booleans(), st.lists(st.integers(1, 10_000), max_size=6))
def test_credits_sum_to_the_line_and_never_go_beyond(
    price: Decimal, quantity: int, rate: Decimal, inclusive: bool, amounts: list[int]
) -> None:
    """Amounts first, then each unit by itself: at the end nothing is left, and no part of it was negative."""
    whole = line_amounts(D(quantity), price, rate, currency="CNY", prices_include_tax=inclusive)
    credited = [D(0), D(0), D(0)]

    def line() -> Creditable:
        return Creditable(D(quantity), whole.net, whole.gross, rate, *credited)

    def take(**asked: Decimal) -> None:
        found = credit_share(line(), currency="CNY", **asked)
        assert found.net >= 0 and found.tax >= 0 and found.net + found.tax == found.gross
        credited[0] += found.quantity
        credited[1] += found.net
        credited[2] += found.gross
        assert credited[1] <= whole.net and credited[2] <= whole.gross
        assert credited[2] - credited[1] <= whole.tax

    for cents in amounts:
        if D(cents).scaleb(-2) < line().gross_left:
            take(amount=D(cents).scaleb(-2))
    for _ in range(quantity):
        try:
            take(quantity=D(1))
        except UnusableLine as error:
            assert error.code == "nothing_left"
            break
    if line().gross_left:
        take(amount=line().gross_left)
    assert credited[1:] == [whole.net, whole.gross]


def test_parts_by_term() -> None:
    net30 = {"kind": "net_days", "days": 30, "base_event": "invoice"}
    [part] = parts_by_term(net30, [], invoice_on=date(2026, 1, 31), events={})
    assert part.due_on == date(2026, 3, 2)
    agreed = [
        {"percent": "30", "rule": {"kind": "prepaid", "base_event": "order"}},
        {"percent": "60", "rule": net30},
        {"percent": "10", "rule": {"kind": "retention", "months": 12, "base_event": "acceptance"}},
    ]
    parts = parts_by_term(None, agreed, invoice_on=date(2026, 3, 1), events={"order": date(2026, 1, 5)})
    assert [part.due_on for part in parts] == [date(2026, 3, 1), date(2026, 3, 31), None]
    assert part_amounts(D("1000000.01"), parts, "CNY") == [
        D("300000.00"),
        D("600000.01"),
        D("100000.00"),
    ]
    assert parts_by_term(None, [], invoice_on=date(2026, 3, 1), events={})[0].due_on == date(2026, 3, 1)


@pytest.mark.parametrize(
    "data",
    [
        [{"percent": "50", "due_on": "2026-01-01"}],
        [{"percent": "x", "due_on": "2026-01-01"}],
        [{"percent": "100", "due_on": "soon"}],
        [{"percent": "-1", "due_on": "2026-01-01"}, {"percent": "101", "due_on": "2026-01-01"}],
        [{"percent": "100"}],
    ],
)
def test_own_parts_that_cannot_stand(data: list[dict[str, str]]) -> None:
    with pytest.raises(UnusableLine):
        own_parts(data)


def test_late_interest_of_the_statute() -> None:
    assert interest(D("100000.00"), STATUTORY_DAILY_RATE, 45, "CNY") == D("2250.00")
    for principal, rate, days in ((D(0), D(1), 1), (D(1), D(0), 1), (D(1), D(2), 1), (D(1), D("0.1"), 0)):
        with pytest.raises(UnusableLine):
            interest(principal, rate, days, "CNY")

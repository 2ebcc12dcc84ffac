"""Amounts in instalments, each with its term."""

from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huikuan.customers.rules import (
    HolidayRule,
    Instalment,
    InstalmentDue,
    TermRule,
    UnusableTerm,
    instalments_from_data,
    instalments_to_data,
    split_instalments,
)

MACHINE = [
    Instalment(Decimal(30), TermRule.prepaid()),
    Instalment(Decimal(60), TermRule.at_milestone("调试完成", days=15)),
    Instalment(Decimal(10), TermRule.retention(12)),
]


def test_a_million_and_a_cent_in_30_60_10() -> None:
    events = {"order": date(2026, 1, 5), "调试完成": date(2026, 4, 20), "acceptance": date(2026, 4, 30)}
    assert split_instalments(Decimal("1000000.01"), "CNY", MACHINE, events) == [
        InstalmentDue(Decimal("300000.00"), "order", date(2026, 1, 5), date(2026, 1, 5)),
        InstalmentDue(Decimal("600000.01"), "调试完成", date(2026, 5, 5), date(2026, 5, 5)),
        InstalmentDue(Decimal("100000.00"), "acceptance", date(2027, 4, 30), date(2027, 4, 30)),
    ]


def test_what_waits_for_its_event_has_no_dates() -> None:
    dues = split_instalments(Decimal("100.00"), "CNY", MACHINE, {"order": date(2026, 1, 5)})
    assert [(due.event, due.due_on, due.effective_due_on) for due in dues] == [
        ("order", date(2026, 1, 5), date(2026, 1, 5)),
        ("调试完成", None, None),
        ("acceptance", None, None),
    ]


def test_the_policy_rolls_each_instalment() -> None:
    dues = split_instalments(
        Decimal("100.00"), "CNY", MACHINE, {"调试完成": date(2026, 4, 20)}, policy=HolidayRule.NEXT
    )
    assert (dues[1].due_on, dues[1].effective_due_on) == (date(2026, 5, 5), date(2026, 5, 6))


@pytest.mark.parametrize("percentages", [[], [30, 60], [30, 60, 11], ["33.33", "33.33", "33.33"]])
def test_percentages_sum_to_a_hundred(percentages: list[Any]) -> None:
    instalments = [Instalment(Decimal(percent), TermRule.net(30)) for percent in percentages]
    with pytest.raises(UnusableTerm) as caught:
        split_instalments(Decimal(100), "CNY", instalments, {})
    assert (caught.value.field, caught.value.code) == ("percent", "wrong_sum")


@pytest.mark.parametrize("percent", ["0", "-10", "100.01", "NaN", "Infinity"])
def test_a_percentage_lies_above_zero_and_within_a_hundred(percent: str) -> None:
    with pytest.raises(UnusableTerm):
        Instalment(Decimal(percent), TermRule.net(30))


@given(
    amount=st.decimals(min_value=-(10**10), max_value=10**10, places=2),
    cuts=st.sets(st.integers(1, 9999), max_size=8),
)
def test_instalments_sum_to_the_amount(amount: Decimal, cuts: set[int]) -> None:
    edges = [0, *sorted(cuts), 10_000]
    percentages = [Decimal(b - a) / 100 for a, b in pairwise(edges)]
    instalments = [Instalment(percent, TermRule.net(30)) for percent in percentages]
    dues = split_instalments(amount, "CNY", instalments, {"invoice": date(2026, 1, 31)})
    assert sum(due.amount for due in dues) == amount
    assert all(due.amount * amount >= 0 for due in dues)
    assert {due.due_on for due in dues} == {date(2026, 3, 2)}


def test_instalments_survive_the_database() -> None:
    data = instalments_to_data(MACHINE)
    assert data[0] == {"percent": "30", "rule": {"kind": "prepaid", "base_event": "order"}}
    assert instalments_from_data(data) == MACHINE


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        [],
        ["30"],
        [{"percent": "100"}],
        [{"percent": 100, "rule": {"kind": "prepaid"}}],
        [{"percent": "x", "rule": {"kind": "prepaid"}}],
        [{"percent": "NaN", "rule": {"kind": "prepaid"}}],
        [{"percent": "100", "rule": "prepaid"}],
        [{"percent": "100", "rule": {"kind": "prepaid"}, "more": 1}],
        [{"percent": "99", "rule": {"kind": "prepaid"}}],
    ],
)
def test_what_are_no_instalments_is_refused(data: object) -> None:
    with pytest.raises(UnusableTerm):
        instalments_from_data(data)

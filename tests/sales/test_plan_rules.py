"""What a plan comes to, and when its lines are billed and due."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from huikuan.customers.rules import TermRule
from huikuan.sales.plan_rules import NewPlanLine, PlanState, UnusablePlan, billable, due_on, planned
from tests.sales.agreeing import plan_line
from tests.trade import day


def sizes(*lines: NewPlanLine, amount: str, billed: str = "0") -> list[str]:
    found = planned(lines, amount=Decimal(amount), currency="CNY", billed=Decimal(billed))
    return [f"{each.amount:.2f}" for each in found]


def test_the_last_percentage_takes_the_remainder() -> None:
    lines = [plan_line("date", percent, bill_on="2026-01-01") for percent in ("30%", "60%", "10%")]
    assert sizes(*lines, amount="1000000.01") == ["300000.00", "600000.01", "100000.00"]


def test_percentages_beside_amounts_and_what_is_billed() -> None:
    lines = [
        plan_line("date", "33.3333%", bill_on="2026-01-01"),
        plan_line("date", "33.3333%", bill_on="2026-01-01"),
        plan_line("date", "20.00", bill_on="2026-01-01"),
    ]
    assert sizes(*lines, amount="100.00", billed="13.33") == ["33.33", "33.34", "20.00"]


def test_months_are_split_over_their_ends() -> None:
    line = plan_line("month", "100.00", name="租金", bill_on="2026-01-31", until="2026-03-01")
    found = planned([line], amount=Decimal("100.00"), currency="CNY")
    assert [(each.line.name, str(each.line.bill_on), f"{each.amount:.2f}") for each in found] == [
        ("租金 2026-01", "2026-01-31", "33.33"),
        ("租金 2026-02", "2026-02-28", "33.33"),
        ("租金 2026-03", "2026-03-31", "33.34"),
    ]


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([plan_line("date", "99%", bill_on="2026-01-01")], "wrong_sum"),
        ([plan_line("date", "100.01", bill_on="2026-01-01")], "wrong_sum"),
        ([], "no_lines"),
        ([plan_line("date", "100%")], "day_missing"),
        ([plan_line("milestone", "100%")], "milestone_missing"),
        ([plan_line("quantity", "100%")], "quantity_missing"),
        ([plan_line("month", "100%", bill_on="2026-03-01", until="2026-02-01")], "months_range"),
        ([plan_line("date", "-100%", bill_on="2026-01-01")], "not_positive"),
        ([NewPlanLine(name="款", trigger="date", bill_on=day("2026-01-01"))], "size_missing"),
        ([plan_line("date", "NaN", bill_on="2026-01-01")], "not_positive"),
        ([plan_line("sometimes", "100%")], "unknown_trigger"),
    ],
)
def test_plans_that_cannot_stand(lines: list[NewPlanLine], code: str) -> None:
    with pytest.raises(UnusablePlan) as refused:
        planned(lines, amount=Decimal("100.00"), currency="CNY")
    assert refused.value.code == code


@given(
    amount=some.decimals("0.10", "99999999.99", places=2),
    shares=some.lists(some.integers(1, 100), min_size=1, max_size=8),
)
def test_percentages_of_100_always_add_up(amount: Decimal, shares: list[int]) -> None:
    percents = [Decimal(share * 100) / sum(shares) for share in shares]
    percents[-1] = 100 - sum(percents[:-1], Decimal(0))
    lines = [
        NewPlanLine(name="款", trigger="date", percent=each, bill_on=day("2026-01-01")) for each in percents
    ]
    found = planned(lines, amount=amount, currency="CNY")
    assert sum(each.amount for each in found) == amount


def test_deliveries_are_billed_by_their_share_to_the_last_cent() -> None:
    billed = Decimal(0)
    for delivered, due in (("1", "33.33"), ("2", "33.34"), ("3", "33.33")):
        state = PlanState(
            "quantity", Decimal("100.00"), billed, None, day("2026-01-02"), Decimal(3), Decimal(delivered)
        )
        found = billable(state, on=day("2026-01-02"), currency="CNY")
        assert f"{found:.2f}" == due
        billed += found
    assert billed == Decimal("100.00")


def test_retention_counts_months_from_acceptance() -> None:
    found = due_on(
        TermRule.retention(12),
        signed_on=day("2023-01-01"),
        billed_on=day("2024-03-01"),
        happened_on=day("2024-02-29"),
    )
    assert found[0] == day("2025-02-28")

"""Losses and the grounds by age."""

from datetime import date
from decimal import Decimal

import pytest

from huikuan.ledger.rules import Basis, aging_buckets
from huikuan.risk.rules import BUCKETS, Ground, OldDebt, expected_loss, grounds_by_age

CENT = Decimal("0.01")


def test_buckets_are_those_of_the_aging() -> None:
    assert [bucket.name for bucket in aging_buckets(date(2026, 6, 30), Basis.DUE)] == list(BUCKETS)


@pytest.mark.parametrize(
    ("balance", "rate", "loss"),
    [("100.10", "0.005", "0.50"), ("101.00", "0.005", "0.51"), ("-500", "0.5", "0.00")],
)
def test_losses_are_rounded_and_never_negative(balance: str, rate: str, loss: str) -> None:
    assert expected_loss(Decimal(balance), Decimal(rate), CENT) == Decimal(loss)


@pytest.mark.parametrize(
    ("due_on", "amount", "revenue", "grounds"),
    [
        ("2023-06-29", "900000", None, [Ground.OVERDUE_THREE_YEARS]),
        ("2023-06-30", "900000", None, []),
        ("2025-06-29", "50000", None, [Ground.OVERDUE_ONE_YEAR_SMALL]),
        ("2025-06-30", "50000", None, []),
        ("2025-06-29", "50000.01", None, []),
        ("2025-06-29", "90000", "900000000", [Ground.OVERDUE_ONE_YEAR_SMALL]),
        ("2023-01-01", "100", None, [Ground.OVERDUE_THREE_YEARS, Ground.OVERDUE_ONE_YEAR_SMALL]),
        (None, "100", None, []),
    ],
)
def test_grounds_by_age(due_on: str | None, amount: str, revenue: str | None, grounds: list[Ground]) -> None:
    debt = OldDebt(Decimal(amount), date.fromisoformat(due_on) if due_on else None)
    found = grounds_by_age(
        debt, as_of=date(2026, 6, 30), annual_revenue=Decimal(revenue) if revenue else None
    )
    assert list(found) == grounds

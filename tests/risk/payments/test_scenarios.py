"""What the weeks would bring if a customer paid later, or foreign money were worth more."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from huikuan.core.postgres.tenancy import tenant
from huikuan.risk.payments.operations import predict_all, train_model
from huikuan.risk.payments.queries import expected_in
from huikuan.risk.payments.scenarios import Scenario, largest_expected, try_scenario
from tests.conftest import TODAY
from tests.risk.payments.conftest import Company, cut, trade
from tests.risk.payments.test_predicting import DAY

pytestmark = pytest.mark.django_db


def test_a_large_customer_two_weeks_later(company: Company, actor: Any) -> None:
    """What it brings in a week moves two weeks on; all else stays."""
    with tenant(company(cut(trade(300), DAY)).id):
        assert try_scenario(Scenario(None, 0, Decimal(0))) == []
        train_model(until=DAY, actor=actor, today=TODAY)
        predict_all(actor=actor, today=DAY)
        [(customer, _name), *_others] = largest_expected(5)
        found = try_scenario(Scenario(customer, 2, Decimal(0)))
        own = [
            sum(
                (
                    each.expected
                    for each in expected_in(week.week_on, most=None).shown
                    if each.prediction is not None and each.prediction.customer_id == customer
                ),
                Decimal(0),
            )
            for week in found[:6]
        ]
        alike = try_scenario(Scenario(customer, 0, Decimal(10)))
    assert found[0].week_on == DAY
    assert any(own)
    for at in range(6):
        moved = (own[at - 2] if at >= 2 else Decimal(0)) - own[at]
        assert found[at].tried - found[at].expected == moved
    assert sum(week.tried for week in found) <= sum(week.expected for week in found)
    assert all(week.tried == week.expected for week in alike)  # nothing is owed in foreign money

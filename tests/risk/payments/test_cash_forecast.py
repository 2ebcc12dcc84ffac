"""The forecast: open items, orders and plans not invoiced yet, promises; weeks equal what makes them, to the cent."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from huikuan.core.postgres.tenancy import current_organization_id, tenant
from huikuan.customers.models import Customer
from huikuan.reports.cash_forecast.reading import forecast, lines
from huikuan.risk.payments.models import PaymentModel, PlannedCash
from huikuan.risk.payments.operations import look_back, predict_all, train_model
from huikuan.risk.payments.queries import expected_in, foretold_weeks
from huikuan.risk.payments.scenarios import Scenario, TriedWeek, try_scenario
from tests.conftest import TODAY
from tests.risk.payments.conftest import Company, cut, trade
from tests.risk.payments.test_predicting import DAY

pytestmark = pytest.mark.django_db


def test_a_week_is_the_sum_of_what_makes_it(company: Company, actor: Any) -> None:
    with tenant(company(cut(trade(300), DAY)).id):
        train_model(until=DAY, actor=actor, today=TODAY)
        predict_all(actor=actor, today=DAY)
        weeks = foretold_weeks()
        assert len(weeks) == 26
        for week in weeks:
            made_of = expected_in(week.week_on, most=None)
            assert made_of.total == week.expected == sum((e.expected for e in made_of.shown), Decimal(0))
            assert week.low <= week.expected <= week.high
            assert week.middle is not None
            assert week.low <= week.middle <= week.high
        few = expected_in(weeks[0].week_on, most=2)
        assert len(few.shown) == 2
        assert few.total == weeks[0].expected
        parts = list(lines())
        for at, week in enumerate(weeks[:13]):
            assert sum((line.weeks[at] for line in parts), Decimal(0)) == week.expected


def test_a_second_forecast_of_the_day_is_shown_and_the_first_kept(company: Company, actor: Any) -> None:
    with tenant(company(cut(trade(300), DAY)).id):
        train_model(until=DAY, actor=actor, today=TODAY)
        predict_all(actor=actor, today=DAY)
        first = foretold_weeks()
        predict_all(actor=actor, today=DAY)
        second = foretold_weeks()
    assert {week.round for week in first} == {1}
    assert {week.round for week in second} == {2}
    assert [week.expected for week in first] == [week.expected for week in second]


def test_what_came_stands_beside_what_was_said_before_the_week(company: Company, actor: Any) -> None:
    """Only what was said before a week began counts, and of that the latest."""
    rows = trade(300)
    with tenant(company(cut(rows, DAY + timedelta(days=20))).id):
        train_model(until=DAY - timedelta(days=30), actor=actor, today=TODAY)
        sunday = DAY - timedelta(days=DAY.weekday() + 1)
        predict_all(actor=actor, today=sunday)
        said = {week.week_on: week for week in foretold_weeks()}
        predict_all(actor=actor, today=sunday + timedelta(days=9))
        found = forecast(sunday + timedelta(days=22))
    assert found is not None
    assert [week.said.week_on for week in found.past] == sorted(
        (sunday + timedelta(days=1 + 7 * at) for at in range(3)), reverse=True
    )
    assert found.past[-1].said == said[sunday + timedelta(days=1)]
    came = sum(r.amount for r in rows if r.paid and sunday < r.paid <= sunday + timedelta(days=7))
    assert found.past[-1].actual == came


def test_weeks_gone_by_are_foretold_as_they_could_have_been(company: Company, actor: Any) -> None:
    """What was said then stays; the others are said by a model that knew nothing later, and marked."""
    today = DAY + timedelta(days=28)
    with tenant(company(cut(trade(300), today)).id):
        train_model(until=DAY - timedelta(days=1), actor=actor, today=TODAY)
        predict_all(actor=actor, today=DAY + timedelta(days=15))
        assert look_back(actor=actor, today=today, weeks=4) == 3
        assert look_back(actor=actor, today=today, weeks=4) == 0
        found = forecast(today)
        late = PaymentModel.objects.filter(until_on__gte=DAY).exists()
    assert found is not None
    assert found.made_on == DAY + timedelta(days=15)
    assert [week.said.looked_back for week in found.past] == [False, True, True, True]
    assert all(week.said.made_on < week.said.week_on for week in found.past)
    assert not late
    assert found.miss is not None


def test_what_is_not_invoiced_slips_and_foreign_money_moves(company: Company, actor: Any) -> None:
    """Half of 1000.00 in the first week and half in the second, in dollars and not invoiced yet."""
    with tenant(company(cut(trade(300), DAY)).id):
        train_model(until=DAY, actor=actor, today=TODAY)
        predict_all(actor=actor, today=DAY)
        before = foretold_weeks()
        PlannedCash.objects.create(
            organization_id=current_organization_id(),
            customer=Customer.objects.get(code="C0"),
            as_of_on=DAY,
            kind="order",
            record_id=uuid4(),
            number="SO1",
            currency="USD",
            amount=Decimal(1000),
            issue_on=DAY,
            due_on=DAY,
            weeks=[0.5, 0.5] + [0.0] * 24,
        )
        dearer = try_scenario(Scenario(None, 0, Decimal(10)))
        later = try_scenario(Scenario(slip=2))
        both = try_scenario(Scenario(Customer.objects.get(code="C0").pk, 1, Decimal(-10), 2))
        assert expected_in(before[0].week_on, most=None).total == before[0].expected + 500
    assert moves(dearer) == [50, 50, 0, 0, 0]
    assert moves(later) == [-500, -500, 500, 500, 0]
    assert moves(both)[3:5] != [0, 0]


def moves(tried: list[TriedWeek]) -> list[Decimal]:
    return [week.tried - week.expected for week in tried[:5]]


def test_nothing_is_foretold_without_a_model(company: Company) -> None:
    with tenant(company(cut(trade(30), DAY)).id):
        assert forecast(DAY) is None
        assert try_scenario(Scenario()) == []
        assert expected_in(date(2026, 6, 1), most=10).total == 0

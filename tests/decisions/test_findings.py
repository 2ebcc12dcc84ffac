"""Who moved, whom to stop, which limits do not fit, what is at risk: from the books, to the cent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from huikuan.credit.models import LimitKind
from huikuan.credit.operations import NewLimit, hold_customer, set_limits
from huikuan.customers.models import Salesperson
from huikuan.decisions.limits import Direction, limits_to_change
from huikuan.decisions.movers import movers
from huikuan.decisions.risks import risks
from huikuan.decisions.steps import weak_steps
from huikuan.decisions.stops import customers_to_stop
from huikuan.reports.aging import By, aging
from huikuan.reports.filters import ItemFilter
from huikuan.reports.open_items import open_items_total
from tests.trade import day

pytestmark = pytest.mark.django_db

SINCE, TODAY = day("2026-06-15"), day("2026-07-15")


@pytest.fixture
def trading(books: Any) -> Any:
    seller = Salesperson.objects.create(organization_id=books.organization.pk, code="S1", name="S1")
    books.customer("C1", name="甲公司", salesperson=seller)
    books.invoice("OLD", "2026-03-01", "1000.00", due="2026-04-15", customer="C1")
    books.invoice("NEW", "2026-05-01", "200.00", due="2026-06-15", customer="C1")
    books.invoice("NOT", "2026-07-01", "70.00", due="2026-07-15", customer="C1")
    books.receipt("R1", "2026-07-01", "300.00", customer="C1")
    books.allocate("R1", "OLD", "300.00", "2026-07-01")
    books.invoice("OLD2", "2026-03-01", "5000.00", due="2026-04-01", customer="C2")
    books.receipt("R2", "2026-06-20", "4000.00", customer="C2")
    books.allocate("R2", "OLD2", "4000.00", "2026-06-20")
    books.invoice("W", "2026-06-20", "900.00", due="2026-07-01", customer="C3")
    return books


def test_movers_are_the_difference_of_two_agings(trading: Any) -> None:
    found = movers(since=SINCE, today=TODAY)
    assert [(each.code, each.fell_due, each.settled, each.change) for each in found.worse] == [
        ("C3", Decimal("900.00"), Decimal(0), Decimal("900.00"))
    ]
    assert [(each.code, each.change) for each in found.better] == [
        ("C2", Decimal("-4000.00")),
        ("C1", Decimal("-100.00")),
    ]
    then, now = _overdue(SINCE), _overdue(TODAY)
    for each in (*found.worse, *found.better):
        assert now.get(each.code, 0) - then.get(each.code, 0) == each.change


def _overdue(on: Any) -> dict[str, Decimal]:
    return {row.key: sum(row.amounts[1:]) for row in aging(as_of=on, by=By.CUSTOMER).rows}


def test_movers_of_own_customers_only(trading: Any) -> None:
    own = Salesperson.objects.get(code="S1").pk
    found = movers(since=SINCE, today=TODAY, salesperson_ids=frozenset({own}))
    assert [each.code for each in (*found.worse, *found.better)] == ["C1"]


def test_whoever_owes_for_long_and_still_buys_is_to_be_stopped(trading: Any) -> None:
    assert [each.code for each in customers_to_stop(today=TODAY)] == [
        "C1"
    ]  # C2 owes but bought nothing lately
    [one] = customers_to_stop(today=TODAY, days=60)
    assert (one.late, one.oldest_on, one.bought) == (Decimal("700.00"), day("2026-04-15"), Decimal("70.00"))
    assert not customers_to_stop(today=TODAY, days=91)
    hold_customer(one.customer_id, reason="久拖", actor=trading.actor, today=TODAY)
    assert not customers_to_stop(today=TODAY)


def test_limits_are_compared_with_what_was_recommended(trading: Any, monkeypatch: Any) -> None:
    customer = trading.customer("C3").pk
    news = [
        NewLimit(
            customer_id=customer, kind=LimitKind.PERMANENT, amount=Decimal(1000), starts_on=SINCE, reason="x"
        )
    ]
    set_limits(news, actor=trading.actor, today=SINCE)
    assert not limits_to_change(today=TODAY)  # nobody was assessed
    _recommend(monkeypatch, customer, "800")
    [lower] = limits_to_change(today=TODAY)
    assert (lower.direction, lower.limit, lower.recommended) == (Direction.LOWER, Decimal(1000), Decimal(800))
    assert (lower.receivable, lower.overdue) == (Decimal(900), Decimal(900))
    _recommend(monkeypatch, customer, "801")
    assert not limits_to_change(today=TODAY)
    _recommend(monkeypatch, customer, "1200")
    assert not limits_to_change(today=TODAY)  # something is overdue
    trading.receipt("R3", "2026-07-02", "900.00", customer="C3")
    trading.allocate("R3", "W", "900.00", "2026-07-02")
    trading.invoice("W2", "2026-07-02", "800.00", due="2026-08-01", customer="C3")
    [more] = limits_to_change(today=TODAY)
    assert (more.direction, more.recommended) == (Direction.RAISE, Decimal(1200))


def _recommend(monkeypatch: Any, customer: Any, amount: str) -> None:
    statement = f"""
        SELECT NULL::uuid, '{customer}'::uuid, 'A', 'A', false, 80::numeric, 30, {amount}::numeric, 0::numeric,
               DATE '2026-07-01', DATE '2026-07-01', DATE '2027-07-01', NULL::uuid, false
        WHERE %(organization)s::uuid IS NOT NULL"""
    monkeypatch.setattr("huikuan.decisions.limits.current_asked", lambda *, as_of: (statement, {}))


def test_what_is_at_risk_agrees_with_the_items_behind_it(trading: Any) -> None:
    found = risks(today=TODAY)
    assert found.receivable == Decimal("2870.00")  # 970 + 1000 + 900
    assert (found.largest.customers, found.largest.amount) == (3, found.receivable)
    where = ItemFilter(cell="receivable", largest=found.largest.customers)
    assert open_items_total(as_of=TODAY, where=where).base == found.largest.amount
    assert not found.warned
    assert found.broken.customers == found.disputes_late.customers == 0
    late = risks(today=day("2029-03-01"))  # three years after the earliest of them fell due
    assert (late.lapsing.customers, late.lapsing.amount) == (3, Decimal("2870.00"))


def test_without_policies_no_step_is_weak(trading: Any) -> None:
    assert weak_steps(today=TODAY) == ()

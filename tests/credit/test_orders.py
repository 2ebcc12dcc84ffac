"""Orders before credit: reserved as they are entered, held with their reasons, delivered, changed, cancelled."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from huikuan.credit.errors import CreditRefused
from huikuan.credit.models import OrderHold, Reservation
from huikuan.credit.operations import (
    ask_release,
    change_setting,
    hold_customer,
    hold_sentences,
    recheck_holds,
    release_hold,
)
from huikuan.credit.queries import standing_of
from huikuan.credit.rules import total
from huikuan.organizations.actors import NotPermitted
from huikuan.sales.models import Delivery
from huikuan.sales.operations import (
    LineChange,
    NewDelivery,
    RecordedOrder,
    bill_deliveries,
    change_order_lines,
    close_orders,
    record_deliveries,
    void_deliveries,
)
from tests.credit.giving import Giving
from tests.ledger.checking import assert_nothing_broken
from tests.sales.selling import Selling, line

D = Decimal


@pytest.fixture
def selling(books: Any) -> Selling:
    return Selling(books)


@pytest.fixture
def credit(books: Any) -> Giving:
    change_setting(checks_orders=True, actor=books.actor)
    return Giving(books)


def order(selling: Selling, quantity: str, **values: Any) -> RecordedOrder:
    """An order of so many pieces at 100 with 13 % tax: 113 each."""
    return selling.order(line(quantity, "100"), **values)


def deliver(selling: Selling, made: RecordedOrder, quantity: str) -> UUID:
    new = NewDelivery(
        order_id=made.id, delivered_on=date(2026, 11, 20), lines=[(made.line_ids[0], D(quantity))]
    )
    return record_deliveries([new], actor=selling.books.actor, today=selling.books.today)[0].id


def change(selling: Selling, made: RecordedOrder, quantity: str) -> None:
    change_order_lines(
        [LineChange(made.line_ids[0], quantity=D(quantity))],
        actor=selling.books.actor,
        today=selling.books.today,
    )


def parts(credit: Giving) -> dict[str, Decimal]:
    found = standing_of(credit.books.customer(), day=credit.books.today).exposure.parts
    return {code: amount for code, amount in found.items() if amount}


def test_without_the_setting_orders_are_entered_as_ever(selling: Selling) -> None:
    made = order(selling, "1000000")
    assert not Reservation.objects.exists()
    assert not OrderHold.objects.exists()
    deliver(selling, made, "1")


def test_one_order_is_counted_once_from_the_order_to_the_invoice(selling: Selling, credit: Giving) -> None:
    credit.limit("2000")
    made = order(selling, "10")
    assert parts(credit) == {"reserved": D(1130)}
    deliver(selling, made, "4")
    assert parts(credit) == {"reserved": D(678), "delivered": D(452)}
    bill_deliveries(
        until=selling.books.today,
        on=selling.books.today,
        order_ids=[made.id],
        post=False,
        actor=selling.books.actor,
        today=selling.books.today,
    )
    assert parts(credit) == {"reserved": D(678), "delivered": D(452)}, "a draft is not yet owed"
    from huikuan.sales.models import Invoice

    selling.post(Invoice.objects.get(state="draft").pk)
    assert parts(credit) == {"reserved": D(678), "receivable": D(452)}
    deliver(selling, made, "6")
    assert parts(credit) == {"delivered": D(678), "receivable": D(452)}
    assert Reservation.objects.get().state == "consumed"
    assert_nothing_broken(credit.books.organization)


def test_orders_from_before_are_counted_until_they_are_delivered(books: Any) -> None:
    selling, credit = Selling(books), Giving(books)
    made = order(selling, "10")
    change_setting(checks_orders=True, actor=books.actor)
    assert parts(credit) == {"undelivered": D(1130)}
    deliver(selling, made, "4")
    assert parts(credit) == {"undelivered": D(678), "delivered": D(452)}


def test_a_held_order_is_not_delivered_and_says_why(selling: Selling, credit: Giving) -> None:
    credit.limit("1000")
    made = order(selling, "10")
    hold = OrderHold.objects.get()
    assert hold_sentences(hold, "CNY") == [
        "超出信用额度 130.00：额度 1,000.00，已占用 0.00，本单 1,130.00（CNY）。"
    ]
    assert parts(credit) == {}
    with pytest.raises(CreditRefused) as refused:
        deliver(selling, made, "1")
    assert refused.value.code == "order_held"
    assert "超出信用额度" in refused.value.message
    assert not Delivery.objects.exists()
    assert_nothing_broken(credit.books.organization)


def test_released_once_it_goes_on_and_changed_it_is_checked_again(selling: Selling, credit: Giving) -> None:
    credit.limit("1000")
    made = order(selling, "10")
    actor, today = credit.books.actor, credit.books.today
    ask_release(OrderHold.objects.get().pk, argument="客户月底回款", actor=actor)
    hold = release_hold(OrderHold.objects.get().pk, reason="已电话确认付款", actor=actor, today=today)
    assert (hold.state, hold.asked_for, hold.ended_for) == ("released", "客户月底回款", "已电话确认付款")
    assert Reservation.objects.get().forced
    assert parts(credit) == {"reserved": D(1130)}
    deliver(selling, made, "5")
    with pytest.raises(CreditRefused):
        release_hold(hold.pk, reason="再次", actor=actor, today=today)
    change(selling, made, "11")
    assert OrderHold.objects.filter(state="open").count() == 1
    with pytest.raises(CreditRefused):
        deliver(selling, made, "5")
    change(selling, made, "8")
    assert not OrderHold.objects.filter(state="open").exists(), "less than was released before"
    deliver(selling, made, "3")
    assert_nothing_broken(credit.books.organization)


def test_who_sells_does_not_release_and_nobody_releases_what_is_blocked(
    selling: Selling, credit: Giving
) -> None:
    from huikuan.customers.models import Salesperson
    from huikuan.organizations.models import User
    from huikuan.organizations.operations import add_member
    from huikuan.organizations.queries import actor_of

    people = {}
    for role in ("salesperson", "sales_manager", "finance_manager", "credit_controller"):
        user = User.objects.create(name=role, email=f"{role}-{credit.books.organization.code}@example.com")
        add_member(user=user, role_codes=[role])
        people[role] = actor_of(user)
    seller = Salesperson.objects.create(
        organization_id=credit.books.organization.pk,
        code="S1",
        name="业务员",
        membership_id=people["finance_manager"].membership_id,
    )
    credit.limit("100")
    order(selling, "10", salesperson_id=seller.pk)
    hold = OrderHold.objects.get()
    today = credit.books.today
    for role in ("salesperson", "sales_manager"):
        with pytest.raises(NotPermitted):
            release_hold(hold.pk, reason="好客户", actor=people[role], today=today)
    with pytest.raises(CreditRefused) as refused:
        release_hold(hold.pk, reason="好客户", actor=people["finance_manager"], today=today)
    assert refused.value.code == "own_order"
    with pytest.raises(CreditRefused):
        release_hold(hold.pk, reason=" ", actor=people["credit_controller"], today=today)
    held = hold_customer(
        credit.books.customer().pk, reason="涉诉", actor=people["credit_controller"], today=today
    )
    with pytest.raises(CreditRefused) as refused:
        release_hold(hold.pk, reason="好客户", actor=people["credit_controller"], today=today)
    assert refused.value.code == "release_blocked"
    assert recheck_holds(actor=people["credit_controller"], today=today) == 0
    assert {each["code"] for each in OrderHold.objects.get().reasons} == {"limit", "manual_hold"}
    assert held.until_on is None


def test_when_money_arrives_what_waits_is_looked_at_again_the_oldest_first(
    selling: Selling, credit: Giving
) -> None:
    credit.limit("1000")
    credit.books.invoice("F1", "2026-11-01", "900", due="2026-12-31")
    first, second = order(selling, "5"), order(selling, "5")
    assert recheck_holds(actor=credit.books.actor, today=credit.books.today) == 0
    credit.books.receipt("R1", "2026-11-20", "600")
    assert recheck_holds(actor=credit.books.actor, today=credit.books.today) == 1
    states = dict(OrderHold.objects.values_list("record_id", "state"))
    assert states == {first.id: "cleared", second.id: "open"}
    deliver(selling, first, "5")
    assert_nothing_broken(credit.books.organization)


def test_a_cancelled_order_gives_back_what_it_had_and_waits_no_longer(
    selling: Selling, credit: Giving
) -> None:
    credit.limit("1500")
    first, second = order(selling, "10"), order(selling, "10")
    close_orders([first.id, second.id], actor=credit.books.actor, reason="取消", today=credit.books.today)
    assert parts(credit) == {}
    assert [hold.state for hold in OrderHold.objects.all()] == ["ended"]
    assert Reservation.objects.get().state == "released"


def test_an_order_closed_after_a_delivery_keeps_only_what_was_delivered(
    selling: Selling, credit: Giving
) -> None:
    credit.limit("1500")
    made = order(selling, "10")
    deliver(selling, made, "3")
    close_orders([made.id], actor=credit.books.actor, reason="余量取消", today=credit.books.today)
    assert parts(credit) == {"delivered": D(339)}


def test_a_voided_delivery_takes_the_credit_again(selling: Selling, credit: Giving) -> None:
    credit.limit("1500")
    made = order(selling, "10")
    sent = deliver(selling, made, "10")
    void_deliveries([sent], actor=credit.books.actor, reason="客户拒收")
    assert parts(credit) == {"reserved": D(1130)}
    assert_nothing_broken(credit.books.organization)


def test_a_stopped_customer_is_not_delivered_to(selling: Selling, credit: Giving) -> None:
    credit.limit("1500")
    made = order(selling, "10")
    hold_customer(
        credit.books.customer().pk, reason="停产", actor=credit.books.actor, today=credit.books.today
    )
    with pytest.raises(CreditRefused) as refused:
        deliver(selling, made, "1")
    assert refused.value.code == "delivery_stopped"


def test_a_foreign_order_without_a_rate_is_refused_and_not_entered(selling: Selling, credit: Giving) -> None:
    from huikuan.sales.models import Order

    credit.limit("1500")
    with pytest.raises(CreditRefused) as refused:
        order(selling, "1", currency="USD")
    assert refused.value.code == "no_rate"
    credit.books.rate("USD", "2026-11-01", "7.00")
    order(selling, "1", currency="USD")
    assert parts(credit) == {"reserved": D(791)}
    assert Order.objects.count() in (1, 2)


def test_the_total_is_the_sum_of_the_components(selling: Selling, credit: Giving) -> None:
    credit.limit("99999")
    credit.books.invoice("F1", "2026-11-01", "900", due="2026-12-31")
    order(selling, "1")
    assert total(parts(credit)) == D(1013)


def test_a_salesperson_asks_but_does_not_write_limits(credit: Giving) -> None:
    seller = replace(credit.books.actor, permissions=frozenset({"order.write", "credit.read"}))
    with pytest.raises(NotPermitted):
        Giving(replace(credit.books, actor=seller)).limit("1")

"""Orders: entered, delivered in parts, changed and cancelled in the middle of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from huikuan.core.errors import HuikuanError
from huikuan.sales.models import Delivery, Order, OrderLine, OrderState
from huikuan.sales.operations import (
    LineChange,
    NewDelivery,
    add_order_lines,
    change_order_lines,
    close_orders,
    record_deliveries,
    void_deliveries,
)
from tests.ledger.checking import assert_nothing_broken
from tests.sales.selling import Selling, line
from tests.trade import day

pytestmark = pytest.mark.django_db
D = Decimal


def test_an_order_is_numbered_and_owes_nothing(selling: Selling) -> None:
    order = selling.order(line("10", "100"), line("2", "50", tax_code="9"))
    found = Order.objects.get(pk=order.id)
    assert (order.number, found.amount, found.tax) == ("XS202605000001", D(1239), D(139))
    own = selling.order(line("1", "1"), number="XS202605000007")
    after = selling.order(line("1", "1"))
    assert (own.number, after.number) == ("XS202605000007", "XS202605000008")
    with pytest.raises(HuikuanError) as refused:
        selling.order(line("1", "1"), number="XS202605000007")
    assert refused.value.code == "order_number_is_unique"


def test_parts_are_delivered_until_nothing_is_left(selling: Selling) -> None:
    order = selling.order(line("10", "100", discount_amount=D(10)), line("2", "50"))
    selling.deliver(order, "3")
    selling.deliver(order, "7", "2")
    assert [each.delivered for each in OrderLine.objects.order_by("position")] == [10, 2]
    with pytest.raises(HuikuanError) as refused:
        selling.deliver(order, "0.000001")
    assert refused.value.code == "beyond_order"
    assert_nothing_broken(selling.books.organization)


@pytest.mark.parametrize(
    ("quantity", "on", "code"),
    [
        ("-1", "2026-05-10", "quantity_not_positive"),
        ("0", "2026-05-10", "quantity_not_positive"),
        ("NaN", "2026-05-10", "quantity_not_positive"),
        ("11", "2026-05-10", "beyond_order"),
        ("1", "2026-04-30", "before_order"),
        ("1", "2026-11-22", "delivery_in_future"),
    ],
)
def test_deliveries_that_are_refused(selling: Selling, quantity: str, on: str, code: str) -> None:
    order = selling.order(line("10", "100"))
    with pytest.raises(HuikuanError) as refused:
        selling.deliver(order, quantity, on=on)
    assert refused.value.code == code
    assert not Delivery.objects.exists()


def test_one_set_cannot_deliver_beyond_the_order(selling: Selling) -> None:
    order = selling.order(line("10", "100"))
    new = [
        NewDelivery(order_id=order.id, delivered_on=day("2026-05-10"), lines=[(order.line_ids[0], D(6))])
        for _ in range(2)
    ]
    with pytest.raises(HuikuanError) as refused:
        record_deliveries(new, actor=selling.books.actor, today=selling.books.today)
    assert refused.value.code == "beyond_order"
    assert OrderLine.objects.get().delivered == 0


def test_a_line_of_another_order_is_not_delivered(selling: Selling) -> None:
    one, other = selling.order(line("1", "1")), selling.order(line("1", "1"))
    new = NewDelivery(order_id=one.id, delivered_on=day("2026-05-10"), lines=[(other.line_ids[0], D(1))])
    with pytest.raises(HuikuanError) as refused:
        record_deliveries([new], actor=selling.books.actor, today=selling.books.today)
    assert refused.value.code == "unknown_line"


def change(selling: Selling, key: Any, **values: str) -> int:
    said = {name: D(text) for name, text in values.items()}
    return change_order_lines([LineChange(key, **said)], actor=selling.books.actor, today=selling.books.today)


def test_a_change_after_part_delivery(selling: Selling) -> None:
    order = selling.order(line("10", "100", discount_amount=D(10)), line("2", "50"))
    selling.deliver(order, "3")
    first, second = order.line_ids
    assert change(selling, first, quantity="5") == 1
    found = OrderLine.objects.get(pk=first)
    assert (found.discount_amount, found.net) == (5, 495), "the discount shrinks with the quantity"
    for values, code in (
        ({"quantity": "2.9"}, "below_delivered"),
        ({"quantity": "-1"}, "below_delivered"),
        ({"unit_price": "90"}, "price_of_delivered"),
    ):
        with pytest.raises(HuikuanError) as refused:
            change(selling, first, **values)
        assert refused.value.code == code
    assert change(selling, second, unit_price="60", quantity="3") == 1
    assert change(selling, second, quantity="3") == 0, "nothing changed"
    assert Order.objects.get().net == 495 + 180
    add_order_lines([(order.id, [line("1", "7")])], actor=selling.books.actor, today=selling.books.today)
    assert Order.objects.get().net == 495 + 180 + 7
    assert_nothing_broken(selling.books.organization)


def test_cancelling_after_part_delivery_keeps_what_was_delivered(selling: Selling) -> None:
    order = selling.order(line("10", "100"), line("2", "50"))
    selling.deliver(order, "3")
    close_orders([order.id], actor=selling.books.actor, reason="客户缩减", today=selling.books.today)
    found = Order.objects.get()
    assert (found.state, found.net, found.amount) == (OrderState.CLOSED, 300, 339)
    with pytest.raises(HuikuanError) as refused:
        selling.deliver(order, "1")
    assert refused.value.code == "order_ended"
    assert selling.bill().net == 300
    assert_nothing_broken(selling.books.organization)


def test_cancelling_an_order_that_was_paid_leaves_the_money(selling: Selling) -> None:
    order = selling.order(line("10", "100"))
    selling.books.advance("A1", "2026-05-02", "300")
    close_orders([order.id], actor=selling.books.actor, reason="客户取消", today=selling.books.today)
    assert Order.objects.get().state == OrderState.CANCELLED
    assert selling.books.open("A1") == 300
    with pytest.raises(HuikuanError) as refused:
        close_orders([order.id], actor=selling.books.actor, reason="再次", today=selling.books.today)
    assert refused.value.code == "order_ended"


def test_a_delivery_is_taken_back_before_it_is_billed(selling: Selling) -> None:
    order = selling.order(line("10", "100"))
    wrong, right = selling.deliver(order, "4"), selling.deliver(order, "5")
    void_deliveries([wrong], actor=selling.books.actor, reason="录错")
    assert OrderLine.objects.get().delivered == 5
    selling.bill()
    with pytest.raises(HuikuanError) as refused:
        void_deliveries([right], actor=selling.books.actor, reason="录错")
    assert refused.value.code == "delivery_billed"
    assert_nothing_broken(selling.books.organization)

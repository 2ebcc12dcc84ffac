"""Where a customer stood before each order: nothing that came to be known later, nothing counted twice."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from huikuan.reports.replay.rules import (
    Billed,
    BillMove,
    Committed,
    Event,
    Item,
    Move,
    Stood,
    Subject,
    Walk,
    walked,
)

DAY = date(2026, 6, 1)
D = Decimal
CUSTOMER = uuid4()


def _on(days: int) -> date:
    return DAY + timedelta(days=days)


def _subject(days: int, amount: int = 100, *, number: str = "S", seen: int | None = None) -> Subject:
    return Subject(
        uuid4(),
        "order",
        number,
        CUSTOMER,
        _on(days),
        _on(days if seen is None else max(days, seen)),
        D(amount),
    )


def _debt(days: int, amount: int, *, due: int, key: UUID | None = None) -> Item:
    return Item(_on(days), key or uuid4(), 1, "receivable", _on(due), D(amount))


def _stood(events: list[Event], *subjects: Subject, walk: Walk | None = None) -> list[Stood]:
    return [stood for _subject, stood in walked(walk or Walk(), events, list(subjects))]


def test_what_was_known_the_evening_before_counts() -> None:
    key = uuid4()
    events: list[Event] = [_debt(0, 100, due=10, key=key), Move(_on(5), key, D(-40), False)]
    stood = _stood(events, _subject(0, number="A"), _subject(1), _subject(5), _subject(6))
    assert [sum(each.exposure.values()) for each in stood] == [0, 100, 100, 60]
    assert [each.exposure["receivable"] for each in stood] == [0, 100, 100, 60]


def test_orders_of_the_same_day_count_one_after_the_other() -> None:
    stood = _stood([], _subject(0, 10, number="A"), _subject(0, 20, number="B"), _subject(0, 30, number="C"))
    assert [each.exposure["orders"] for each in stood] == [0, 10, 30]


def test_an_order_that_was_recorded_later_was_not_there_yet() -> None:
    stood = _stood([], _subject(0, 10, number="A", seen=9), _subject(0, 20, number="B"))
    assert [each.exposure["orders"] for each in stood] == [0, 0]


def test_overdue_by_the_due_date_of_the_time() -> None:
    key = uuid4()
    changes = {key: [(_on(20), _on(5)), (_on(30), _on(25))]}  # due on 5, from 20 on 25, from 30 on 40
    walk = Walk(due_changes=changes)
    events: list[Event] = [_debt(0, 100, due=40, key=key)]
    stood = _stood(events, _subject(6), _subject(20), _subject(21), _subject(31), _subject(45), walk=walk)
    days = [[debt.overdue_days for debt in each.overdue] for each in stood]
    assert days == [[1], [15], [], [], [5]]


def test_an_order_is_counted_once_until_it_is_invoiced() -> None:
    key = uuid4()
    events: list[Event] = [
        Committed(_on(0), key, D(100)),
        Billed(_on(3), key, D(60)),
        _debt(3, 60, due=30),
        Committed(_on(6), key, D(0)),
    ]
    stood = _stood(events, _subject(1, number="A"), _subject(4, number="B"), _subject(7, number="C"))
    assert [each.exposure["orders"] for each in stood] == [100, 40, 0]
    assert [each.exposure["receivable"] for each in stood] == [0, 60, 60]


def test_bills_weigh_and_credits_lighten() -> None:
    credit = Item(_on(0), uuid4(), -1, "credits", None, D(30))
    events: list[Event] = [credit, BillMove(_on(0), D(80)), BillMove(_on(5), D(-80))]
    stood = _stood(events, _subject(1, 0), _subject(6, 0))
    assert [each.exposure["bills"] for each in stood] == [80, 0]
    assert [each.exposure["credits"] for each in stood] == [-30, -30]


def test_a_loss_is_what_was_written_off_or_is_long_overdue() -> None:
    lost, late, fresh = uuid4(), uuid4(), uuid4()
    events: list[Event] = [
        _debt(0, 100, due=10, key=lost),
        Move(_on(50), lost, D(-70), True),
        Move(_on(50), lost, D(-30), False),
        _debt(0, 50, due=10, key=late),
        _debt(0, 20, due=11, key=fresh),
    ]
    walk = Walk()
    list(walked(walk, events, []))
    assert [walk.bad(key, _on(101)) for key in (lost, late, fresh)] == [70, 50, 0]

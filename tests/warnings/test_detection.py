"""What each kind finds, and that it finds nothing a little below its thresholds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from huikuan.audit.operations import act
from huikuan.collection.models import PaymentPromise
from huikuan.credit.operations import NewFact, NewLimit, complete_cards, record_facts, set_limit
from huikuan.credit.scorecards import Assessment, ScorecardVersion
from huikuan.warnings.detection import DETECTORS
from huikuan.warnings.rules import Finding, Kind, shipped_setting
from huikuan.warnings.wording import sentence
from tests.cash.bills import dishonour, receive

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 21)
D = Decimal


def _found(kind: Kind, *, day: date = DAY, **values: int) -> list[Finding]:
    setting = shipped_setting(kind)
    numbers = {name: D(value) for name, value in values.items()}
    return DETECTORS[kind](replace(setting, values={**setting.values, **numbers}), day)


def _paid(books: Any, number: str, due: date, late: int, *, amount: str = "20000", part: str = "") -> None:
    """An invoice due on a day, paid (or `part` of it) so many days later."""
    on = (due - timedelta(days=30)).isoformat()
    paid = (due + timedelta(days=late)).isoformat()
    books.invoice(number, on, amount, due=due.isoformat())
    books.receipt(f"R{number}", paid, part or amount)
    books.allocate(f"R{number}", number, part or amount, paid)


def _ago(days: int) -> date:
    return DAY - timedelta(days=days)


def test_paying_later_and_later(books: Any) -> None:
    for place, days in enumerate((300, 240, 180, 120)):
        _paid(books, f"A{place}", _ago(days), 2)
    for place, days in enumerate((80, 60, 40)):
        _paid(books, f"B{place}", _ago(days), 20)
    [found] = _found(Kind.LATE_TREND)
    assert found.figures == {"days": "90", "debts": "3", "late": "20", "before": "2"}
    assert {row.number for row in found.rows} == {"B0", "B1", "B2"}
    assert not _found(Kind.LATE_TREND, rise=19)
    assert not _found(Kind.LATE_TREND, debts=4)


def test_what_is_not_paid_counts_to_the_day(books: Any) -> None:
    for place, days in enumerate((300, 240, 180)):
        _paid(books, f"A{place}", _ago(days), 0)
    for place in range(3):
        books.invoice(f"B{place}", _ago(60).isoformat(), "10000", due=_ago(30).isoformat())
    [found] = _found(Kind.LATE_TREND)
    assert found.figures["late"] == "30"
    assert not _found(Kind.LATE_TREND, day=_ago(25))  # five days late by then


def test_late_for_the_first_time(books: Any) -> None:
    for place in range(5):
        _paid(books, f"A{place}", _ago(200 - place * 10), 0)
    books.invoice("B", _ago(40).isoformat(), "30000", due=_ago(10).isoformat())
    [found] = _found(Kind.FIRST_LATE)
    assert found.figures == {"paid": "5", "debts": "1", "amount": "30000.00", "late": "10"}
    assert found.since == _ago(4)
    assert not _found(Kind.FIRST_LATE, amount=30001)
    assert not _found(Kind.FIRST_LATE, day=_ago(5))


def test_who_was_late_before_is_not_late_for_the_first_time(books: Any) -> None:
    for place in range(6):
        _paid(books, f"A{place}", _ago(200 - place * 10), 7 if place == 3 else 0)
    books.invoice("B", _ago(40).isoformat(), "30000", due=_ago(10).isoformat())
    assert not _found(Kind.FIRST_LATE)


def test_ordering_far_more_than_usual(books: Any) -> None:
    for place in range(12):
        books.invoice(f"A{place}", _ago(40 + place * 30).isoformat(), "30000")
    books.invoice("B", _ago(3).isoformat(), "360000")
    [found] = _found(Kind.ORDER_SPIKE)
    assert (found.figures["amount"], found.figures["times"]) == ("360000.00", "12.2")
    assert [(row.kind, row.number) for row in found.rows] == [("document", "B")]
    assert not _found(Kind.ORDER_SPIKE, times=13)
    assert not _found(Kind.ORDER_SPIKE, amount=360001)
    assert not _found(Kind.ORDER_SPIKE, day=_ago(4))


def test_ordering_again_after_a_long_silence(books: Any) -> None:
    books.invoice("A", _ago(200).isoformat(), "10000")
    books.invoice("B", _ago(10).isoformat(), "150000")
    [found] = _found(Kind.DORMANT)
    assert (found.figures["silent"], found.since) == ("190", _ago(10))
    assert not _found(Kind.DORMANT, silent=191)
    assert not _found(Kind.DORMANT, amount=150001)


def test_close_to_the_limit(books: Any) -> None:
    new = NewLimit(customer_id=books.customer().pk, amount=D(100), starts_on=_ago(300), reason="年度授信")
    set_limit(new, actor=books.actor, today=DAY)
    books.invoice("A", _ago(10).isoformat(), "90")
    [found] = _found(Kind.LIMIT_USE)
    assert found.figures == {"used": "90.00", "limit": "100.00", "percent": "90"}
    assert not _found(Kind.LIMIT_USE, percent=91)
    assert not _found(Kind.LIMIT_USE, day=_ago(11))


def test_a_group_that_owes_too_much_of_everything(books: Any) -> None:
    head = books.customer("C1")
    books.customer("C2", parent=head)
    for code, amount in (("C1", "150000"), ("C2", "100000"), ("C3", "750000")):
        books.invoice(f"I-{code}", _ago(10).isoformat(), amount, customer=code)
    found = {each.customer_id: each.figures for each in _found(Kind.CONCENTRATION)}
    assert found[head.pk] == {"amount": "250000.00", "total": "1000000.00", "percent": "25"}
    assert set(found) == {head.pk, books.customer("C3").pk}
    assert len(_found(Kind.CONCENTRATION, percent=26)) == 1


def test_more_and_more_is_paid_in_part(books: Any) -> None:
    for place, days in enumerate((300, 240, 180, 120)):
        _paid(books, f"A{place}", _ago(days), 0)
    for place, days in enumerate((60, 50, 40)):
        _paid(books, f"B{place}", _ago(days), 0, part="5000" if place else "")
    [found] = _found(Kind.PARTIAL_PAYMENTS)
    assert found.figures == {"days": "90", "debts": "3", "partial": "2", "percent": "67", "before": "0"}
    assert not _found(Kind.PARTIAL_PAYMENTS, rise=67)


def test_a_bill_that_was_not_paid(books: Any) -> None:
    dishonour(books, receive(books, "50000.00"), on=_ago(10).isoformat())
    [found] = _found(Kind.DISHONOURED)
    assert (found.figures["amount"], found.figures["count"], found.since) == ("50000.00", "1", _ago(10))
    assert not _found(Kind.DISHONOURED, days=10)
    assert not _found(Kind.DISHONOURED, day=_ago(11))


def _assessed(books: Any, days: int, points: int, grade: str, *, vetoed: bool = False) -> None:
    with act("assess_customers", actor=books.actor) as opened:
        Assessment.objects.create(
            organization_id=opened.organization_id,
            act_id=opened.id,
            customer=books.customer(),
            version=ScorecardVersion.objects.get(),
            as_of_on=_ago(days),
            points=points,
            grade=grade,
            vetoed=vetoed,
            term_days=30,
            limit_amount=0,
            inputs={},
            reviewed_on=_ago(days),
            review_on=_ago(days),
        )


def test_a_score_that_fell(books: Any) -> None:
    complete_cards(actor=books.actor)
    _assessed(books, 200, 95, "AAA")
    _assessed(books, 120, 82, "AA")
    _assessed(books, 40, 78, "A")
    _assessed(books, 5, 72, "A")
    [found] = _found(Kind.SCORE_DROP)
    assert found.figures == {
        "before": "82.00",
        "grade_before": "AA",
        "after": "72.00",
        "grade": "A",
        "days": "115",
    }
    assert found.since == _ago(5)
    assert not _found(Kind.SCORE_DROP, points=11)
    assert not _found(Kind.SCORE_DROP, day=_ago(6))
    _assessed(books, 2, 79, "D", vetoed=True)
    assert _found(Kind.SCORE_DROP)[0].figures["grade"] == "D"


def test_what_registers_say_got_worse(books: Any) -> None:
    customer = books.customer()
    for code, value, days in (
        ("tax_rating", 5, 200),
        ("tax_rating", 4, 10),
        ("litigation", 2, 60),
        ("dishonest", 0, 40),
        ("dishonest", 1, 3),
        ("paid_in_capital", 100, 5),
    ):
        fact = NewFact(
            customer_id=customer.pk, code=code, value=D(value), as_of_on=_ago(days), source="公示系统"
        )
        record_facts([fact], actor=books.actor, today=DAY)
    [found] = _found(Kind.REGISTRY)
    assert [row.number for row in found.rows] == ["dishonest", "tax_rating"]
    assert sentence(found.kind, found.figures) == f"失信被执行人：否 → 是（{_ago(3)}）。"
    assert not _found(Kind.REGISTRY, days=3)


def test_a_promise_that_was_not_kept(books: Any) -> None:
    with act("record_promises", actor=books.actor) as opened:
        for days, amount, paid, state in (
            (20, 900, 900, "kept"),
            (9, 1000, 400, "partly"),
            (3, 500, 0, "open"),
        ):
            PaymentPromise.objects.create(
                organization_id=opened.organization_id,
                act_id=opened.id,
                customer=books.customer(),
                channel="phone",
                collector_name="吴海燕",
                made_on=_ago(30),
                promised_on=_ago(days),
                grace_days=2,
                currency="CNY",
                amount=amount,
                paid=paid,
                state=state,
                judged_on=None if state == "open" else _ago(days - 3),
            )
    [found] = _found(Kind.PROMISE_BROKEN)
    assert found.figures == {"due": _ago(9).isoformat(), "amount": "1000.00", "paid": "400.00"}
    assert (found.since, len(found.rows)) == (_ago(6), 1)
    assert not _found(Kind.PROMISE_BROKEN, amount=1001)
    assert not _found(Kind.PROMISE_BROKEN, day=_ago(7))
    assert not _found(Kind.PROMISE_BROKEN, days=5)

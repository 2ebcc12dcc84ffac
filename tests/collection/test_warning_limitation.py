"""Whoever collects is warned before limitation ends: once each 180, 90 and 30 days before, anew after an interruption."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from huikuan.collection.models import LimitationWarning
from huikuan.collection.operations import NewContact, assign_collector, record_contact, warn_of_limitation
from huikuan.collection.rules import Channel, Proof, Result, warned_at
from huikuan.notices.models import Notice
from huikuan.notices.wording import LIMITATION_NEAR
from huikuan.organizations.models import Membership
from tests.web.people import member, seller

END = date(2026, 12, 31)  # three years after the due day


@pytest.mark.parametrize(
    ("left", "expected"),
    [(181, None), (180, 180), (91, 180), (90, 90), (31, 90), (30, 30), (0, 30), (-1, None)],
)
def test_when_somebody_is_warned(left: int, expected: int | None) -> None:
    assert warned_at(left) == expected


def told(days: int) -> list[tuple[Any, int, str]]:
    found = Notice.objects.filter(kind=LIMITATION_NEAR, parameters__days=days)
    return sorted(found.values_list("recipient_id", "parameters__count", "parameters__amount"), key=str)


def warn(books: Any, left: int) -> int:
    return warn_of_limitation(actor=books.actor, day=END - timedelta(days=left))


@pytest.mark.django_db
def test_each_end_is_warned_of_three_times(books: Any) -> None:
    _user, own = seller(books.organization)
    legal = Membership.objects.get(user=member(books.organization, "finance_manager"))
    collector = Membership.objects.get(user=member(books.organization, "collector"))
    books.customer("C1", salesperson=own)
    books.customer("C2", salesperson=own)
    for number, customer in (("A", "C1"), ("B", "C1"), ("C", "C2")):
        books.invoice(number, "2023-12-01", "1000", due="2023-12-31", customer=customer)
    books.invoice("N", "2026-01-01", "1000", due="2026-01-31")
    assign_collector(
        [books.customer("C2").pk], collector_id=collector.pk, reason="", actor=books.actor, today=books.today
    )
    assert warn(books, 181) == 0
    assert warn(books, 175) == 3  # five days were missed
    assert set(told(180)) == {(own.membership_id, 3, "CNY 3,000.00"), (collector.pk, 1, "CNY 1,000.00")}
    assert [warn(books, left) for left in (175, 174, 91)] == [0, 0, 0]
    assert warn(books, 90) == 3
    books.receipt("R", "2026-10-10", "1000")
    books.allocate("R", "B", "1000", "2026-10-10")
    assert warn(books, 30) == 2
    assert (legal.pk, 2, "CNY 2,000.00") in told(30)
    assert warn(books, -1) == 0
    assert LimitationWarning.objects.count() == 8


@pytest.mark.django_db
def test_an_interruption_is_a_new_end(books: Any) -> None:
    manager = Membership.objects.get(user=member(books.organization, "finance_manager"))
    books.invoice("A", "2023-12-01", "1000", due="2023-12-31")
    assert warn(books, 20) == 1
    assert [row[0] for row in told(30)] == [manager.pk]  # nobody collects: whoever manages, once
    new = NewContact(
        customer_id=books.customer("C1").pk,
        channel=Channel.LETTER,
        result=Result.SENT,
        made_at=datetime(2026, 11, 2, tzinfo=UTC),
        proof=Proof.SIGNED,
        proof_on=date(2026, 11, 3),
    )
    record_contact(new, actor=books.actor, today=books.today)
    assert warn(books, 10) == 0
    assert warn_of_limitation(actor=books.actor, day=date(2029, 10, 20)) == 1
    assert LimitationWarning.objects.filter(expires_on=date(2029, 11, 3)).count() == 1

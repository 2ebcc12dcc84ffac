"""From a plan to messages and back: queued once, held back when money came, and evidence when they were sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from huikuan.collection.errors import CollectionRefused
from huikuan.collection.models import Claim, CollectionAction, Contact, LegalCase, Letter
from huikuan.collection.operations import (
    NewContact,
    agree_to_actions,
    pause_collection,
    record_contact,
    refuse_actions,
    run_collection,
    save_calendar_day,
)
from huikuan.collection.operations.outcomes import guard, told
from huikuan.collection.positions import role_of
from huikuan.collection.rules import Channel, Result
from huikuan.collection.stepping import Effect, Means, Their
from huikuan.credit.models import ManualHold
from huikuan.messaging.models import Message, Sender
from huikuan.messaging.registry import Outcome
from huikuan.messaging.rules import MessageChannel, MessageState
from tests.collection.test_runs import MONDAY, SHANGHAI, call, in_force, person

pytestmark = pytest.mark.django_db
D = Decimal
NIGHT = datetime(2026, 6, 1, 5, 30, tzinfo=SHANGHAI)


def run(books: Any, now: datetime = NIGHT) -> Any:
    return run_collection(actor=books.actor, day=now.date(), now=now)


def mail(days: int = 1, **values: Any) -> Any:
    return replace(call(days), channels=(Means.EMAIL,), template="overdue", **values)


def owing(books: Any) -> None:
    books.invoice("A", "2026-03-01", "1000", due="2026-05-31")
    books.invoice("B", "2026-03-01", "400", due="2026-05-01")


def test_one_message_of_all_that_is_overdue_after_the_quiet_hours(books: Any) -> None:
    in_force(books, mail())
    person(books, "C1")
    owing(books)
    found = run(books)
    assert (found.planned, found.queued) == (1, 1)
    message = Message.objects.get()
    assert message.not_before == NIGHT.replace(hour=8, minute=0)
    assert "1,400.00" in message.text and "A" in message.text and "B" in message.text
    action = CollectionAction.objects.get()
    assert (action.state, message.about_id, action.amount) == ("queued", action.pk, D(1400))
    assert guard([action.pk]) == {}
    at = datetime(2026, 6, 1, 8, 1, tzinfo=SHANGHAI)
    outcome = Outcome(
        message.pk, message.key, action.pk, MessageChannel.EMAIL, MessageState.SENT, action.customer_id,
        message.person_id, None, at,
    )  # fmt: skip
    told([outcome])
    told([outcome])  # told again, recorded once
    action.refresh_from_db()
    contact = Contact.objects.get()
    assert (action.state, action.contact_id, contact.claimed) == ("sent", contact.pk, D(1400))
    assert (contact.result, contact.channel, contact.person_name) == ("sent", "email", "钱经理")
    assert Claim.objects.count() == 2


@pytest.mark.parametrize("what", ["paid", "paid_other", "received", "paused"])
def test_a_message_is_held_back_when_it_no_longer_says_the_truth(books: Any, what: str) -> None:
    in_force(books, mail())
    person(books, "C1")
    owing(books)
    run(books)
    action = CollectionAction.objects.get()
    if what in ("paid", "paid_other"):
        number, amount = ("A", "1000") if what == "paid" else ("B", "400")
        books.receipt("R", "2026-06-01", amount)
        books.allocate("R", number, amount, "2026-06-01")
    elif what == "received":
        books.receipt("R", "2026-06-01", "1400")
    else:
        pause_collection(
            action.customer_id,
            until_on=date(2027, 5, 1),
            reason="谈判",
            actor=books.actor,
            today=date(2026, 6, 1),
        )
    assert list(guard([action.pk])) == [action.pk]


def test_a_text_that_cannot_be_written_fails_by_name_and_holds_nothing_up(books: Any) -> None:
    in_force(books, replace(mail(), template="nobody_wrote_it"))
    person(books, "C1")
    owing(books)
    assert run(books).queued == 0
    action = CollectionAction.objects.get()
    assert action.state == "failed" and "nobody_wrote_it" in action.reason


def test_groups_of_ours_get_a_word_where_somebody_set_one_up(books: Any) -> None:
    in_force(books, replace(call(1), channels=(Means.WECOM, Means.PHONE), template="overdue"))
    owing(books)
    Sender.objects.create(
        organization_id=books.organization.pk,
        code="sales",
        name="销售群",
        channel="wecom",
        provider="webhook",
    )
    assert run(books).queued == 1
    assert Message.objects.get().customer_id is None
    assert set(CollectionAction.objects.values_list("channel", "state")) == {
        ("wecom", "queued"), ("phone", "planned"),
    }  # fmt: skip
    assert CollectionAction.objects.get(channel="phone").lead_id is not None


def test_grave_steps_wait_for_somebody(books: Any) -> None:
    in_force(books, mail(needs_approval=True, effects=(Effect.HOLD_ORDERS,)))
    for code in ("C1", "C2"):
        person(books, code)
        books.invoice(f"{code}-1", "2026-03-01", "1000", due="2026-05-31", customer=code)
    found = run(books)
    assert (found.planned, found.queued, found.waiting_approval) == (2, 0, 2)
    first, second = CollectionAction.objects.order_by("customer__code")
    assert agree_to_actions([first.pk], actor=books.actor, now=NIGHT) == (1, 0)
    assert Message.objects.count() == 1
    assert ManualHold.objects.get().customer_id == first.customer_id
    with pytest.raises(CollectionRefused) as refused:
        agree_to_actions([first.pk], actor=books.actor, now=NIGHT)
    assert refused.value.code == "action_not_waiting"
    refuse_actions([second.pk], reason="先谈", actor=books.actor)
    assert CollectionAction.objects.get(pk=second.pk).state == "cancelled"
    assert run(books).planned == 0


def test_letters_go_to_the_print_queue_and_suits_become_cases(books: Any) -> None:
    in_force(
        books,
        replace(call(1), channels=(Means.LETTER,), template="dunning_1"),
        replace(call(90), channels=(Means.LAWYER,)),
    )
    owing(books)
    books.invoice("Z", "2025-12-01", "5000", due="2026-03-03", customer="C2")
    run(books)
    assert set(CollectionAction.objects.values_list("channel", "state")) == {
        ("letter", "queued"), ("lawyer", "done"),
    }  # fmt: skip
    assert Letter.objects.get().about_id == CollectionAction.objects.get(channel="letter").pk
    assert LegalCase.objects.get().customer.code == "C2"


def test_a_call_is_done_by_the_contact(books: Any) -> None:
    in_force(books, call(1))
    owing(books)
    run(books)
    new = NewContact(
        customer_id=books.customer("C1").pk, channel=Channel.PHONE, result=Result.REACHED, made_at=NIGHT
    )
    record_contact(new, actor=books.actor, today=MONDAY)
    action = CollectionAction.objects.get()
    assert (action.state, action.ended_on) == ("done", MONDAY) and action.contact_id


def test_spring_festival_2026_and_days_that_the_organization_decides(books: Any) -> None:
    in_force(books, call(1))
    for number, due in (("A", "2026-02-13"), ("B", "2026-02-14"), ("C", "2026-02-19"), ("D", "2026-02-27")):
        books.invoice(number, "2026-01-01", "100", due=due, customer=f"C{number}")
    evening = datetime(2026, 2, 13, 21, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
    planned = {}
    for each in range(18):
        now = evening + timedelta(days=each)
        planned[now.date()] = run(books, now).planned
    # Saturday the 14th is worked for the holidays of the 15th to the 23rd, and so is the 28th.
    assert {day.day: count for day, count in planned.items() if count and day.month == 2} == {
        14: 1,
        24: 2,
        28: 1,
    }
    save_calendar_day(on=date(2026, 3, 9), worked=False, name="厂休", actor=books.actor)
    books.invoice("E", "2026-01-01", "100", due="2026-03-08", customer="CE")
    assert run(books, datetime(2026, 3, 9, 6, tzinfo=SHANGHAI)).planned == 0
    assert run(books, datetime(2026, 3, 10, 6, tzinfo=SHANGHAI)).planned == 1


def test_roles_by_what_positions_say() -> None:
    assert role_of("财务总监") == Their.FINANCE
    assert role_of("采购部 Purchasing") == Their.PURCHASING
    assert role_of("总经理") == Their.OWNER
    assert role_of("司机") is None

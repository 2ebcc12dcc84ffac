"""From a plan to messages and back: queued once, held back when money came, and evidence when they were sent."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from huikuan.collection.errors import CollectionRefused
from huikuan.collection.models import ActionItem, Claim, CollectionAction, Contact, LegalCase, Letter
from huikuan.collection.operations import (
    NewContact,
    agree_to_actions,
    end_item_pauses,
    end_settled_tasks,
    pause_collection,
    pause_items,
    put_in_force,
    record_contact,
    refuse_actions,
    run_collection,
    run_held_back,
    running,
    save_calendar_day,
    save_draft,
)
from huikuan.collection.operations.outcomes import guard, told
from huikuan.collection.policy_queries import content_of
from huikuan.collection.positions import role_of
from huikuan.collection.rules import Channel, Result
from huikuan.collection.stepping import Effect, Means, Our, Their
from huikuan.core.postgres.fields import new_id
from huikuan.credit.models import ManualHold
from huikuan.messaging.models import Message, Sender
from huikuan.messaging.registry import Outcome, work_calendar
from huikuan.messaging.rules import MessageChannel, MessageState, QuietHours, leaves_at
from huikuan.notices.models import Notice
from huikuan.notices.wording import STEP_TAKEN, STEPS_TAKEN
from huikuan.organizations.models import Membership, Role
from tests.collection.test_runs import MONDAY, SHANGHAI, call, in_force, person
from tests.web.people import member, seller

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


def test_a_call_is_not_made_to_who_has_paid_everything(books: Any) -> None:
    in_force(books, call(1, channels=(Means.PHONE, Means.VISIT)))
    for code in ("ALL", "PART"):
        for number in ("1", "2"):
            books.invoice(f"{code}-{number}", "2026-03-01", "1000", due="2026-05-31", customer=code)
    run(books)
    books.receipt("R1", "2026-06-01", "2000", customer="ALL")
    books.receipt("R2", "2026-06-01", "1000", customer="PART")
    books.allocate("R2", "PART-1", "1000", "2026-06-01")
    books.allocate("R1", "ALL-1", "1000", "2026-06-01")
    assert end_settled_tasks(actor=books.actor, day=MONDAY) == 0
    books.allocate("R1", "ALL-2", "1000", "2026-06-01")
    assert end_settled_tasks(actor=books.actor, day=MONDAY) == 2
    assert end_settled_tasks(actor=books.actor, day=MONDAY) == 0
    found = CollectionAction.objects.order_by("customer__code", "channel")
    assert list(found.values_list("customer__code", "state", "reason", "ended_on")) == [
        *2 * [("ALL", "cancelled", "settled", MONDAY)],
        *2 * [("PART", "planned", "", None)],
    ]
    assert run(books).planned == 0


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
    saturday = datetime(2026, 3, 7, 9, tzinfo=SHANGHAI)
    assert leaves_at(saturday, QuietHours(), work_calendar()).date() == date(
        2026, 3, 10
    )  # messages see it too
    books.invoice("E", "2026-01-01", "100", due="2026-03-08", customer="CE")
    assert run(books, datetime(2026, 3, 9, 6, tzinfo=SHANGHAI)).planned == 0
    assert run(books, datetime(2026, 3, 10, 6, tzinfo=SHANGHAI)).planned == 1


def test_roles_by_what_positions_say() -> None:
    assert role_of("财务总监") == Their.FINANCE
    assert role_of("采购部 Purchasing") == Their.PURCHASING
    assert role_of("总经理") == Their.OWNER
    assert role_of("司机") is None


def cancelled(action: CollectionAction, at: datetime = NIGHT, reason: str = "held_back") -> None:
    """The message of an action does not leave, and whoever asked for it is told."""
    message = Message.objects.get(about_id=action.pk)
    Message.objects.filter(pk=message.pk).update(state="cancelled", settled_at=at, reason=reason)
    outcome = Outcome(
        message.pk, message.key, action.pk, MessageChannel.EMAIL, MessageState.CANCELLED, action.customer_id,
        message.person_id, None, at, reason=reason, said="客户已付款，或金额有变",
    )  # fmt: skip
    told([outcome])


def test_what_fell_away_comes_up_again_for_what_is_still_owed(books: Any) -> None:
    in_force(books, mail(), mail(20))
    person(books, "C1")
    owing(books)
    books.invoice("N", "2026-03-01", "300", due="2026-05-31")
    run(books)
    first = CollectionAction.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():  # nobody lets go of what is on its way
        ActionItem.objects.filter(action=first).update(released_on=MONDAY)
    books.receipt("R", "2026-06-01", "1000")
    books.allocate("R", "A", "1000", "2026-06-01")
    assert guard([first.pk])
    cancelled(first)
    dry = run_collection(actor=books.actor, day=MONDAY, now=NIGHT, dry_run=True)
    assert (dry.planned, ActionItem.objects.filter(released_on=None).count()) == (1, 2)
    later = NIGHT.replace(hour=8, minute=10)
    rest = run_held_back(actor=books.actor, day=MONDAY, now=later)
    assert rest and (rest.planned, rest.queued) == (1, 1)
    assert run_held_back(actor=books.actor, day=MONDAY, now=later) is None
    again = CollectionAction.objects.exclude(pk=first.pk).get()
    assert list(ActionItem.objects.filter(action=again).values_list("item__document__number", "cycle")) == [
        ("N", 0)
    ]
    assert "700.00" in Message.objects.get(about_id=again.pk).text  # B is chased, and N as far as it is owed
    assert Message.objects.get(about_id=again.pk).not_before == later
    for days in (0, 1, 2, 9):
        assert run(books, NIGHT + timedelta(days=days)).planned == 0
    with pytest.raises(IntegrityError), transaction.atomic():
        ActionItem.objects.create(
            **{
                **ActionItem.objects.filter(action=again).values().get(),
                "id": new_id(),
                "action_id": first.pk,
            }
        )


def test_what_falls_away_twice_on_a_day_waits_for_the_next_run(books: Any) -> None:
    in_force(books, mail())
    person(books, "C1")
    books.customer("C2")
    owing(books)
    run(books)
    first = CollectionAction.objects.get()
    for part in (100, 200):
        books.receipt(f"R{part}", "2026-06-01", str(part))
        books.allocate(f"R{part}", "A", str(part), "2026-06-01")
        cancelled(CollectionAction.objects.latest("pk"))
        rest = run_held_back(actor=books.actor, day=MONDAY, now=NIGHT)
        assert (rest is not None) == (part == 100)
    assert CollectionAction.objects.exclude(pk=first.pk).count() == 1
    assert run(books, NIGHT + timedelta(days=1)).planned == 1
    assert "1,100.00" in Message.objects.latest("pk").text
    assert not run_held_back(
        actor=books.actor, day=date(2026, 6, 3), now=NIGHT
    )  # before the run of a day nothing


@pytest.mark.parametrize("reason", ["unsubscribed", "test_mode", "withdrawn"])
def test_what_people_or_test_mode_stopped_does_not_come_up_again(books: Any, reason: str) -> None:
    in_force(books, mail())
    person(books, "C1")
    owing(books)
    run(books)
    cancelled(CollectionAction.objects.get(), reason=reason)
    assert run(books, NIGHT + timedelta(days=1)).planned == 0


def test_a_step_that_goes_on_another_way_is_not_made_again(books: Any) -> None:
    in_force(books, replace(mail(), channels=(Means.PHONE, Means.EMAIL)))
    person(books, "C1")
    owing(books)
    run(books)
    cancelled(CollectionAction.objects.get(channel="email"))
    assert run(books, NIGHT + timedelta(days=1)).planned == 0


def test_whom_a_step_names_among_ours_is_told_once(books: Any) -> None:
    user, own = seller(books.organization, team="东")
    manager = Membership.objects.get(user=member(books.organization, "finance_manager"))
    for code in ("C1", "C2", "C3", "C4", "C5"):
        books.customer(code, salesperson=own)
        books.invoice(f"{code}-1", "2026-03-01", "1000", due="2026-05-31", customer=code)
    in_force(books, replace(call(1), ours=(Our.SALESPERSON, Our.MANAGER)))
    Sender.objects.create(
        organization_id=books.organization.pk,
        code="mail",
        name="邮箱",
        channel="email",
        provider="smtp",
        standard=True,
    )
    run(books)
    run(books)  # again: nothing new
    found = Notice.objects.filter(kind=STEPS_TAKEN)
    assert set(found.values_list("recipient_id", "parameters__count")) == {
        (own.membership_id, 5), (manager.pk, 5),
    }  # fmt: skip
    said = Message.objects.get(membership_id=own.membership_id)
    assert said.address == user.email
    assert "客户C3" in said.text and "第 1 天" in said.text and said.purpose == "notice"


def test_a_team_is_told_of_its_own_customers(books: Any) -> None:
    for team, code in (("东", "S1"), ("西", "S2")):
        _user, own = seller(books.organization, team=team, code=code)
        books.customer(f"C{code}", salesperson=own)
        books.invoice(code, "2026-03-01", "1000", due="2026-05-31", customer=f"C{code}")
    Role.objects.filter(code="sales_manager").update(permissions=["collection.legal", "collection.manage"])
    lead = Membership.objects.get(user=member(books.organization, "sales_manager", team="东"))
    boss = Membership.objects.get(user=member(books.organization, "finance_manager"))
    in_force(books, replace(call(1), ours=(Our.MANAGER, Our.LEGAL)))
    run(books)
    told_of = Notice.objects.filter(kind=STEP_TAKEN).values_list("recipient_id", "parameters__customer")
    assert set(told_of) == {(lead.pk, "客户CS1"), (boss.pk, "客户CS1"), (boss.pk, "客户CS2")}
    assert told_of.count() == 3


def test_ours_are_told_of_a_grave_step_only_when_it_is_agreed_to(books: Any) -> None:
    manager = Membership.objects.get(user=member(books.organization, "finance_manager"))
    in_force(books, mail(needs_approval=True, ours=(Our.MANAGER, Our.COLLECTOR)))
    person(books, "C1")
    owing(books)
    run(books)
    assert not Notice.objects.exists()
    agree_to_actions([CollectionAction.objects.get().pk], actor=books.actor, now=NIGHT)
    told_of = Notice.objects.get()
    assert (told_of.recipient_id, told_of.kind) == (manager.pk, STEP_TAKEN)
    assert told_of.parameters["customer"] == "客户C1"


def test_a_paused_item_is_left_out_and_the_others_are_not(books: Any) -> None:
    in_force(books, mail(), mail(5))
    person(books, "C1")
    owing(books)
    pause_items(
        [books.item("A").pk], until_on=date(2026, 6, 3), reason="等发票", actor=books.actor, today=MONDAY
    )
    assert run(books).skipped == {"paused": 1}
    books.invoice("N", "2026-03-01", "300", due="2026-06-01")
    assert run(books, NIGHT + timedelta(days=1)).planned == 1
    text = Message.objects.get().text
    assert "700.00" in text and "A" not in re.findall(r"\b[ABN]\b", text)
    assert end_item_pauses([books.item("A").pk], actor=books.actor, today=date(2026, 6, 3)) == 1
    with pytest.raises(CollectionRefused) as refused:
        end_item_pauses([books.item("A").pk], actor=books.actor, today=date(2026, 6, 3))
    assert refused.value.code == "unknown_pause"
    assert run(books, NIGHT + timedelta(days=2)).planned == 1
    assert "1,700.00" in Message.objects.order_by("-queued_at", "-pk")[0].text


def test_who_pays_and_a_policy_changed_while_a_run_is_under_way(
    books: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = in_force(books, mail())
    person(books, "C1")
    owing(books)
    carried = running.carry_out

    def meanwhile(actions: Any, **values: Any) -> int:
        books.receipt("R", "2026-06-01", "400")
        books.allocate("R", "B", "400", "2026-06-01")
        edited = replace(content_of(version), steps=(replace(content_of(version).steps[0], template="due"),))
        later = save_draft(version.policy_id, edited, actor=books.actor)
        put_in_force(later.pk, starts_on=MONDAY, actor=books.actor, today=MONDAY)
        return carried(actions, **values)

    monkeypatch.setattr(running, "carry_out", meanwhile)
    run(books)
    monkeypatch.undo()
    action, message = CollectionAction.objects.get(), Message.objects.get()
    assert action.step.version_id == version.pk and action.step.template == "overdue"
    assert "1,000.00" in message.text and "1,400.00" not in message.text
    assert guard([action.pk])  # what was planned is no longer what is owed: the next run writes anew
    cancelled(action)
    assert run(books, NIGHT + timedelta(days=1)).planned == 1
    later = CollectionAction.objects.exclude(pk=action.pk).get()
    assert later.step.template == "due" and later.step.key == action.step.key

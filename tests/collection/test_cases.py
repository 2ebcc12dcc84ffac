"""A case at law and joint work: from the proposal to its end, what limitation says, who is told, what is shared out."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from huikuan.approvals.operations import delegate
from huikuan.audit.checks import broken_rows
from huikuan.collection.checks import COLLECTION_VALIDATIONS
from huikuan.collection.digest import digests
from huikuan.collection.effect_queries import BY_CHANNEL, BY_PERSON, outcomes, step_effects
from huikuan.collection.errors import CollectionRefused
from huikuan.collection.holdout import held_out
from huikuan.collection.joint_queries import Stake, commission_at_stake, commissions, hands_of, stays_of
from huikuan.collection.limitation import limitations
from huikuan.collection.models import Assignment, CaseEvent, CollectionAction, Contact, LegalCase, PolicyStep
from huikuan.collection.operations import (
    CaseStep,
    NewCase,
    NewContact,
    answer_colleague,
    ask_colleague,
    assign_collector,
    create_policy,
    hand_over,
    lead_case,
    propose_case,
    propose_cases,
    put_in_force,
    record_contact,
    remind_cases,
    run_collection,
    save_assignment_rules,
    send_digests,
    set_hold_out,
    share_out,
)
from huikuan.collection.requests import ask_case
from huikuan.collection.rules import Channel, Proof, Result
from huikuan.collection.sharing import AssignmentRule, Hands
from huikuan.collection.stages import CaseKind, Stage
from huikuan.collection.stepping import Content, Means, Step
from huikuan.customers.models import Customer
from huikuan.messaging.models import Message, Sender
from huikuan.notices.models import Notice
from huikuan.organizations.queries import actor_of
from tests.collection.test_promises import owing, pay
from tests.web.people import member, seller

pytestmark = pytest.mark.django_db
D = Decimal
DAY = date(2026, 8, 3)


def led(books: Any, case: LegalCase, on: date, stage: Stage | None = None, **values: Any) -> LegalCase:
    step = CaseStep(on=on, stage=stage, **values)
    return lead_case(case.pk, step, actor=books.actor, today=books.today)


def test_a_suit_from_the_proposal_to_its_end(books: Any) -> None:
    owing(books)
    key = books.customer("C1").pk
    new = NewCase(customer_id=key, kind=CaseKind.SUIT, reason="多次催收无果", court="某区人民法院")
    case = propose_case(new, actor=books.actor, today=DAY)
    assert (case.claimed, case.stage) == (D(1500), Stage.PREPARED)
    # A run that asks again makes nothing; a letter is another kind.
    assert propose_cases([new], actor=books.actor, today=DAY) == []
    with pytest.raises(CollectionRefused) as refused:
        led(books, case, DAY, Stage.FILED)
    assert refused.value.code == "stage_out_of_order"
    with pytest.raises(CollectionRefused) as refused:
        led(books, case, DAY, Stage.APPROVED)
    assert refused.value.code == "approval_missing"
    assert not ask_case(case, reason="", actor=books.actor, today=DAY).pending
    led(books, case, date(2026, 8, 10), Stage.LETTER_SENT, proof=Proof.DELIVERED, proof_on=date(2026, 8, 12))
    assert Contact.objects.get().interrupts_on == date(2026, 8, 12)
    item = books.item("A").pk
    assert limitations(item_ids=[item])[item].expires_on == date(2029, 8, 12)
    led(
        books,
        case,
        date(2026, 9, 1),
        Stage.FILED,
        court_number="(2026)民初1号",
        fee=D("1200"),
        next_on=books.today + timedelta(days=2),
        next_what="开庭",
    )
    assert limitations(item_ids=[item])[item].expires_on == date(2029, 9, 1)
    assert remind_cases(actor=books.actor, day=books.today) == 0  # nobody of ours leads it yet
    collector = actor_of(member(books.organization, "collector"))
    assert collector is not None
    LegalCase.objects.filter(pk=case.pk).update(owner_id=collector.membership_id)
    assert [remind_cases(actor=books.actor, day=books.today) for _again in range(2)] == [1, 0]
    assert Notice.objects.get(recipient_id=collector.membership_id).kind == "case_date"
    closed = led(books, case, date(2026, 10, 9), Stage.CLOSED, text="调解，分期付清")
    assert (closed.fees, closed.next_on, closed.outcome) == (D(1200), None, "调解，分期付清")
    # The procedure has ended: limitation begins anew on that day (Civil Code art. 195).
    assert limitations(item_ids=[item])[item].expires_on == date(2029, 10, 9)
    assert CaseEvent.objects.filter(case=case).count() == 6
    found = broken_rows(
        COLLECTION_VALIDATIONS, organization=books.organization, now=datetime(2026, 11, 21, tzinfo=UTC)
    )
    assert not any(found.values())


def test_hands_questions_commission_and_the_digest(books: Any) -> None:
    user, salesperson = seller(books.organization, team="华东")
    manager = actor_of(member(books.organization, "sales_manager", team="华东"))  # sells nothing
    member(books.organization, "sales_manager", team="华北")
    told = actor_of(user)
    assert manager is not None
    assert told is not None and told.membership_id is not None
    books.customer("C1", salesperson=salesperson)
    books.invoice("A", "2026-10-01", "113000", due="2026-11-01", tax="13000", salesperson_id=salesperson.pk)
    books.invoice("B", "2026-10-01", "226000", due="2026-11-05", tax="26000", salesperson_id=salesperson.pk)
    pay(books, "R1", "A", "113000", "2026-11-11")
    [paid] = commissions(date(2026, 11, 1), date(2026, 11, 30), currency="CNY")
    assert (paid.days_late, paid.commission, paid.lost) == (10, D("1800.00"), D("200.00"))
    key = books.customer("C1").pk
    hand_over(
        key, hands=Hands.FINANCE, to_id=None, reason="超过 30 天", actor=books.actor, today=date(2026, 11, 9)
    )
    assert hands_of([key]) == {key: Hands.FINANCE}
    assert [each.days for each in stays_of(key, today=date(2026, 11, 21))] == [4, 12]
    with pytest.raises(CollectionRefused):
        hand_over(key, hands=Hands.FINANCE, to_id=None, reason="x", actor=books.actor, today=books.today)
    asked = ask_colleague(
        key,
        to_id=told.membership_id,
        text="对方为什么不付？",
        due_on=books.today,
        actor=books.actor,
        today=books.today,
    )
    for day, expected in (
        (date(2026, 11, 21), Stake(D("400.00"), date(2026, 12, 6), D("400.00"))),  # B: 200,000 × 2 % × 0.1
        (date(2027, 3, 1), Stake(D("4000.00"), None, D(0))),
        (date(2026, 11, 5), None),
    ):
        assert commission_at_stake(key, today=day, currency="CNY") == expected
    Sender.objects.create(
        organization_id=books.organization.pk, code="group", name="群", channel="wecom", provider="wecom"
    )
    [digest] = digests(ends_on=date(2026, 11, 15), currency="CNY")
    assert (digest.collected, digest.lost, digest.overdue, digest.questions) == (
        D(113000),
        D("200.00"),
        D(226000),
        1,
    )
    assert send_digests(ends_on=date(2026, 11, 15), actor=books.actor) == 2
    assert send_digests(ends_on=date(2026, 11, 15), actor=books.actor) == 0
    mail = Message.objects.get(membership_id=told.membership_id)
    assert Notice.objects.get(recipient_id=manager.membership_id).kind == "weekly_digest"
    assert "1,800.00" in mail.text and "晚 10 天" in mail.text
    group = Message.objects.get(channel="wecom")
    assert group.address == "group" and "业务员S1：回款 113,000.00，逾期 226,000.00" in group.text
    assert "1,800.00" not in group.text and "客户C1" not in group.text
    kinds = set(Notice.objects.filter(recipient_id=told.membership_id).values_list("kind", flat=True))
    assert kinds == {"asked", "weekly_digest"}
    collector = actor_of(member(books.organization, "collector"))
    assert collector is not None
    with pytest.raises(CollectionRefused):
        answer_colleague(asked.pk, text="不知道", actor=collector, today=books.today)
    answered = answer_colleague(asked.pk, text="对方在等验收", actor=told, today=books.today)
    assert answered.answered_on == books.today


def test_customers_are_shared_out_to_who_is_here(books: Any) -> None:
    people = [actor_of(member(books.organization, "collector", name=name)) for name in ("甲", "乙", "丙")]
    keys = [each.membership_id for each in people if each and each.membership_id]
    for place in range(6):
        books.customer(f"K{place}", region="华东" if place else "西南")
        books.invoice(f"I{place}", "2026-04-01", str(100 + place), due="2026-05-01", customer=f"K{place}")
    assign_collector(
        [books.customer("K5").pk], collector_id=keys[0], reason="", actor=books.actor, today=books.today
    )
    delegate(
        deputy_id=keys[0],
        starts_on=books.today,
        ends_on=books.today,
        actor=people[2],
        today=books.today,
    )
    rule = AssignmentRule("华东", tuple(keys), regions=frozenset({"华东"}))
    assert save_assignment_rules([rule], actor=books.actor)
    assert not save_assignment_rules([rule], actor=books.actor)
    planned = share_out(actor=books.actor, today=books.today, dry_run=True)
    assert planned == share_out(actor=books.actor, today=books.today)
    assert (planned.given, planned.left) == ({"甲": 2, "乙": 2}, 1)
    held = Assignment.objects.filter(ends_on=None).values_list("collector_id", flat=True)
    assert sorted(held.filter(collector_id__in=keys).values_list("collector__user__name", flat=True)) == [
        "乙",
        "乙",
        "甲",
        "甲",
        "甲",
    ]
    assert share_out(actor=books.actor, today=books.today).given == {}


def test_what_came_of_contacts(books: Any) -> None:
    owing(books)
    key = books.customer("C1").pk

    def said(on: str, channel: Channel, result: Result, **values: Any) -> None:
        at = datetime.fromisoformat(f"{on}T03:00:00+00:00")
        new = NewContact(customer_id=key, channel=channel, result=result, made_at=at, **values)
        record_contact(new, actor=books.actor, today=books.today)

    item = [books.item("A").pk]
    said("2026-06-01", Channel.PHONE, Result.NOT_REACHED, item_ids=item)
    said("2026-06-05", Channel.PHONE, Result.PROMISED, item_ids=item)
    said("2026-06-05", Channel.EMAIL, Result.SENT, item_ids=[books.item("B").pk])
    said("2026-11-20", Channel.EMAIL, Result.SENT, item_ids=[books.item("B").pk])
    pay(books, "R1", "A", "100", "2026-06-11")
    rows = outcomes(BY_CHANNEL, starts_on=date(2026, 6, 1), ends_on=books.today, today=books.today)
    mail, phone = sorted(rows, key=lambda each: each.key)
    assert (phone.contacts, phone.reached, phone.promised, phone.watched, phone.paid) == (
        2,
        1,
        1,
        (2, 2, 2),
        (1, 2, 2),
    )
    assert (mail.contacts, mail.watched, mail.paid, mail.rate(0)) == (2, (1, 1, 1), (0, 0, 0), 0.0)
    [person] = outcomes(BY_PERSON, starts_on=date(2026, 6, 1), ends_on=books.today, today=books.today)
    assert person.contacts == 4


def test_the_check_reads_digests_as_they_were_made(books: Any) -> None:
    owing(books)
    key = books.customer("C1").pk
    at = datetime(2026, 6, 1, 3, 4, 5, 678901, tzinfo=UTC)
    for text in ('说“对账”\n\t\\ "x" \x01\x1f\x7f 🧾 </script>', ""):
        new = NewContact(
            customer_id=key,
            channel=Channel.LETTER,
            result=Result.SENT,
            made_at=at,
            text=text,
            proof=Proof.DELIVERED,
            person_name="王 \\ '总'",
        )
        record_contact(new, actor=books.actor, today=books.today)
    found = broken_rows(
        COLLECTION_VALIDATIONS, organization=books.organization, now=datetime(2026, 11, 21, tzinfo=UTC)
    )
    assert not any(found.values())


def test_who_is_held_out_gets_nothing_and_is_counted(books: Any) -> None:
    content = Content(steps=(Step(name="电话", days=3, channels=(Means.PHONE,)),))
    version = create_policy(code="p", name="策略", content=content, actor=books.actor)
    put_in_force(version.pk, starts_on=date(2020, 1, 1), actor=books.actor, today=date(2020, 1, 1))
    step = PolicyStep.objects.get()
    monday = date(2026, 6, 1)
    for place in range(60):
        due = (monday - timedelta(days=3)).isoformat()
        books.invoice(f"I{place}", "2026-04-01", "1000", due=due, customer=f"K{place}")
    assert set_hold_out(step.key, percent=50, actor=books.actor, today=monday)
    held = {key for key in Customer.objects.values_list("pk", flat=True) if held_out(key, step.key, 50)}
    now = datetime(2026, 6, 1, 1, tzinfo=UTC)
    done = run_collection(actor=books.actor, day=monday, now=now)
    assert (done.planned, done.skipped) == (60 - len(held), {"held_out": len(held)})
    assert not held & set(CollectionAction.objects.values_list("customer_id", flat=True))
    for place in range(60):  # those who were called pay on the fifth day, the others do not
        if books.customer(f"K{place}").pk not in held:
            books.receipt(f"R{place}", "2026-06-06", "1000", customer=f"K{place}")
            books.allocate(f"R{place}", f"I{place}", "1000", "2026-06-06")
    [effect] = step_effects(today=books.today)
    assert (effect.nudged.paid[0], effect.held.paid[2], effect.held.watched[0]) == (
        60 - len(held),
        0,
        len(held),
    )
    rate, saved = effect.difference(0), effect.days_saved
    assert rate is not None and rate.shown and rate.value == 1.0
    assert saved is not None and saved.value == 25.0
    assert set_hold_out(step.key, percent=0, actor=books.actor, today=books.today)
    assert step_effects(today=books.today) == []


def test_a_run_proposes_the_case_of_its_step(books: Any) -> None:
    content = Content(steps=(Step(name="律师函", days=90, channels=(Means.LAWYER,)),))
    version = create_policy(code="p", name="策略", content=content, actor=books.actor)
    put_in_force(version.pk, starts_on=date(2020, 1, 1), actor=books.actor, today=date(2020, 1, 1))
    books.invoice("A", "2026-01-01", "1000", due="2026-03-03")
    now = datetime(2026, 6, 1, 1, tzinfo=UTC)
    for _again in range(2):
        run_collection(actor=books.actor, day=date(2026, 6, 1), now=now)
    [action], [case] = CollectionAction.objects.all(), LegalCase.objects.all()
    assert (case.kind, case.stage, case.source, case.claimed) == (
        "lawyer_letter",
        "prepared",
        action.pk,
        D(1000),
    )
    assert action.state == "done"

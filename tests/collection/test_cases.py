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
from huikuan.collection.effect_queries import BY_CHANNEL, BY_PERSON, outcomes
from huikuan.collection.errors import CollectionRefused
from huikuan.collection.joint_queries import commissions, hands_of, stays_of
from huikuan.collection.limitation import limitations
from huikuan.collection.models import Assignment, CaseEvent, Contact, LegalCase
from huikuan.collection.operations import (
    CaseStep,
    NewCase,
    NewContact,
    answer_colleague,
    ask_colleague,
    assign_collector,
    hand_over,
    lead_case,
    propose_case,
    propose_cases,
    record_contact,
    remind_cases,
    save_assignment_rules,
    send_digests,
    share_out,
)
from huikuan.collection.requests import ask_case
from huikuan.collection.rules import Channel, Proof, Result
from huikuan.collection.sharing import AssignmentRule, Hands
from huikuan.collection.stages import CaseKind, Stage
from huikuan.messaging.models import Message
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
    user, salesperson = seller(books.organization)
    told = actor_of(user)
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
    [digest] = digests(ends_on=date(2026, 11, 15), currency="CNY")
    assert (digest.collected, digest.lost, digest.overdue, digest.questions) == (
        D(113000),
        D("200.00"),
        D(226000),
        1,
    )
    assert send_digests(ends_on=date(2026, 11, 15), actor=books.actor) == 1
    assert send_digests(ends_on=date(2026, 11, 15), actor=books.actor) == 0
    mail = Message.objects.get()
    assert "1,800.00" in mail.text and "晚 10 天" in mail.text
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

"""What comes back to a policy's mails: answers are told, bounces mark the address and ask for a call."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from huikuan.collection.addressing import addresses_of
from huikuan.collection.effect_queries import BY_STEP, BY_TEMPLATE, outcomes
from huikuan.collection.models import CollectionAction
from huikuan.collection.operations.outcomes import told
from huikuan.collection.stepping import Means, Their
from huikuan.messaging.channels.imap import Mail, MailboxRead
from huikuan.messaging.models import Inbound, Message, Sender
from huikuan.messaging.operations import record_mails
from huikuan.messaging.registry import Outcome
from huikuan.messaging.rules import InboundKind, MessageChannel, MessageState
from huikuan.notices.models import Notice
from tests.collection.test_carrying_out import NIGHT, mail, owing, run
from tests.collection.test_runs import in_force, person
from tests.web.people import seller

pytestmark = pytest.mark.django_db
SENT_AT = NIGHT + timedelta(hours=3)


def sent(books: Any) -> tuple[CollectionAction, Message, Sender]:
    """A step's mail that left, and the sender whose mailbox is read."""
    _user, own = seller(books.organization)
    books.customer("C1", salesperson=own)
    in_force(books, mail())
    person(books, "C1")
    owing(books)
    sender = Sender.objects.create(
        organization_id=books.organization.pk, code="mail", name="邮箱", channel="email", provider="smtp"
    )
    run(books)
    Message.objects.update(state="sending", lease_until=SENT_AT)
    Message.objects.update(
        state="sent", lease_until=None, settled_at=SENT_AT, number="<1@a.example>", sender=sender
    )
    message = Message.objects.get()
    outcome = Outcome(
        message.pk, message.key, message.about_id, MessageChannel.EMAIL, MessageState.SENT, message.customer_id,
        message.person_id, None, SENT_AT,
    )  # fmt: skip
    told([outcome])
    return CollectionAction.objects.get(), message, sender


def came(
    books: Any, sender: Sender, kind: InboundKind, uid: int = 1, status: str = "", automatic: bool = False
) -> None:
    back = Mail(
        uid=uid, kind=kind, number=f"<{uid}@b.example>", about=("<1@a.example>",), sender="a@buyer.example",
        subject="回复", text="下周五付款。", status=status, received_at=SENT_AT + timedelta(hours=1),
        automatic=automatic,
    )  # fmt: skip
    record_mails(sender.pk, MailboxRead(7, uid, (back,)), actor=books.actor, now=SENT_AT + timedelta(hours=2))


def test_an_answer_is_told_and_counts_as_one(books: Any) -> None:
    action, _message, sender = sent(books)
    came(books, sender, InboundKind.REPLY, automatic=True)  # who is away answers nothing
    action.refresh_from_db()
    assert action.replied_on is None and not Notice.objects.filter(kind="mail_answered").exists()
    came(books, sender, InboundKind.REPLY, uid=2)
    action.refresh_from_db()
    assert (action.state, action.replied_on, action.bounced_on) == ("sent", NIGHT.date(), None)
    notice = Notice.objects.get(kind="mail_answered")
    assert notice.parameters["text"] == "下周五付款。" and str(action.customer_id) in notice.path
    [by_template] = outcomes(BY_TEMPLATE, starts_on=NIGHT.date(), ends_on=NIGHT.date(), today=NIGHT.date())
    assert (by_template.key, by_template.contacts, by_template.answered) == ("overdue", 1, 1)
    [by_step] = outcomes(BY_STEP, starts_on=NIGHT.date(), ends_on=NIGHT.date(), today=NIGHT.date())
    assert by_step.key == "第 1 天"


def test_a_bounce_asks_for_a_call_once_and_marks_the_address(books: Any) -> None:
    action, message, sender = sent(books)
    came(books, sender, InboundKind.DELAY, uid=1)
    assert not Notice.objects.filter(kind="mail_bounced").exists()
    for uid in (2, 3):  # two reports of one mail
        came(books, sender, InboundKind.BOUNCE, uid=uid, status="5.1.1")
    assert Inbound.objects.filter(kind="bounce").count() == 2
    action.refresh_from_db()
    assert action.bounced_on == NIGHT.date()
    call = CollectionAction.objects.get(channel="phone")
    assert (call.state, call.lead_id, call.reason) == ("planned", action.pk, "bounced")
    assert Notice.objects.filter(kind="mail_bounced").count() == 1
    people = addresses_of([action.customer_id])
    assert people.dead == {message.person_id}
    assert people.chosen(action.customer_id, Means.EMAIL, (Their.FINANCE,)) == []
    shared = person(books, "C2")  # of the same group: the address is kept once
    assert addresses_of([shared.customer_id]).dead == {shared.pk}
    other = person(books, "C1", email="b@buyer.example")
    [chosen] = addresses_of([action.customer_id]).chosen(action.customer_id, Means.EMAIL, (Their.FINANCE,))
    assert chosen.person_id == other.pk


def test_an_address_that_came_back_is_not_written_to(books: Any) -> None:
    action, message, sender = sent(books)
    came(books, sender, InboundKind.BOUNCE, status="5.1.1")
    books.invoice("N", "2026-03-01", "300", due="2026-06-01")
    assert run(books, NIGHT + timedelta(days=1)).queued == 0
    later = CollectionAction.objects.exclude(on=action.on).get()
    assert (later.state, later.reason) == ("skipped", "no_address")
    person_row = message.person
    assert person_row is not None
    person_row.email = "new@buyer.example"  # corrected: it is written to again
    person_row.save()
    assert addresses_of([action.customer_id]).dead == frozenset()

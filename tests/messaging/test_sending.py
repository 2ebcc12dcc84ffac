"""The worker's round: guards, limits, test mode, tries that fail, workers that die, and what is unknown."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from huikuan.audit.models import Event
from huikuan.audit.operations import act
from huikuan.core.postgres.tenancy import tenant
from huikuan.messaging.channels.carrier import Answer, Outgoing
from huikuan.messaging.errors import MessageRefused
from huikuan.messaging.models import Attempt, OptOut
from huikuan.messaging.operations import (
    Decision,
    cancel_messages,
    give_up_lost,
    settle_message,
    withdraw_messages,
)
from huikuan.messaging.registry import Outcome, register_guard, register_outcome
from huikuan.messaging.rules import Finding, MessageState, Purpose
from tests.messaging.conftest import Post

pytestmark = pytest.mark.django_db

RETRY = Answer(Finding.RETRY, "450", "busy")
UNKNOWN = Answer(Finding.UNKNOWN, "timeout_after_data")


@pytest.fixture
def told() -> tuple[str, list[Outcome], set[UUID]]:
    """A kind of message with a guard and a listener: the kind, what was told, and what is held back."""
    kind, outcomes, held = f"test_{uuid4().hex[:8]}", list[Outcome](), set[UUID]()
    register_guard(kind, lambda ids: {each: "已付款" for each in ids if each in held})
    register_outcome(kind, outcomes.extend)
    return kind, outcomes, held


def test_what_is_sent_is_recorded_and_told(post: Post, told: tuple[str, list[Outcome], set[UUID]]) -> None:
    kind, outcomes, _held = told
    about = uuid4()
    post.queue("a", about_kind=kind, about_id=about)
    assert post.round().counts["sent"] == 1
    message = post.message("a")
    assert (message.state, message.tries, message.reason) == ("sent", 1, "")
    assert [(each.about_id, each.state, each.test) for each in outcomes] == [
        (about, MessageState.SENT, False)
    ]
    assert post.sent[0].number == message.number and post.sent[0].number.endswith("@example.com>")
    with tenant(post.organization.pk):
        attempt = Attempt.objects.get(message=message)
        assert (attempt.kind, attempt.finding, attempt.code, attempt.worker) == (
            "send",
            "sent",
            "250",
            "test",
        )
        assert Event.objects.filter(record_id=message.pk, action="message_sent").count() == 1
    assert post.round().counts["sent"] == 0  # a rerun sends nothing again


def test_a_guard_holds_back_what_was_paid_meanwhile(
    post: Post, told: tuple[str, list[Outcome], set[UUID]]
) -> None:
    kind, outcomes, held = told
    paid, owed = uuid4(), uuid4()
    post.queue("paid", about_kind=kind, about_id=paid)
    post.queue("owed", about_kind=kind, about_id=owed)
    held.add(paid)
    post.round()
    assert [each.key for each in post.sent] == ["owed"]
    message = post.message("paid")
    assert (message.state, message.reason, message.said, message.tries) == (
        "cancelled",
        "held_back",
        "已付款",
        0,
    )
    assert {each.about_id: each.state for each in outcomes} == {
        paid: MessageState.CANCELLED,
        owed: MessageState.SENT,
    }


def test_test_mode_sends_nothing_outside(post: Post, told: tuple[str, list[Outcome], set[UUID]]) -> None:
    kind, outcomes, _held = told
    post.change_sender(test_mode=True)
    post.queue("a", about_kind=kind, about_id=uuid4())
    post.round()
    message = post.message("a")
    assert post.sent == [] and (message.state, message.reason) == ("cancelled", "test_mode")
    assert [(each.state, each.test) for each in outcomes] == [(MessageState.CANCELLED, True)]
    with tenant(post.organization.pk):
        assert Attempt.objects.get(message=message).finding == "test"


@pytest.mark.parametrize("address", ["nobody", "", "a@b@c"])
def test_an_unusable_address_fails_by_name(post: Post, address: str) -> None:
    post.queue("a", address=address)
    post.round()
    message = post.message("a")
    assert (message.state, message.reason, post.sent) == ("failed", "address_unusable", [])


def test_a_missing_file_fails_by_name(post: Post) -> None:
    post.queue("a", attachments=(uuid4(),))
    post.round()
    assert (post.message("a").state, post.message("a").reason) == ("failed", "attachment_missing")


def _opt_out(post: Post, kind: str) -> None:
    message = post.message("before")
    with tenant(post.organization.pk), act("test", actor=post.actor) as opened:
        OptOut.objects.create(
            organization_id=post.organization.pk,
            act_id=opened.id,
            kind=kind,
            address_index=bytes(message.address_index),
            address_shown=message.address_shown,
            since=post.now(),
        )


@pytest.mark.parametrize(("kind", "notice"), [("unsubscribed", "sent"), ("bounced", "cancelled")])
def test_who_unsubscribed_gets_notices_only_and_a_dead_address_nothing(
    post: Post, kind: str, notice: str
) -> None:
    post.queue("before")
    post.round()
    _opt_out(post, kind)
    post.queue("reminder", address="ZHANG@example.com")
    post.queue("notice", purpose=Purpose.NOTICE)
    post.round()
    assert (post.message("reminder").state, post.message("reminder").reason) == ("cancelled", kind)
    assert post.message("notice").state == notice


def test_rate_and_daily_cap_hold(post: Post) -> None:
    noon = datetime.combine(date.today() + timedelta(days=1), time(12), tzinfo=ZoneInfo("Asia/Shanghai"))
    post.ahead = noon - post.now()
    post.change_sender(rate_per_minute=2, daily_cap=5)
    post.queue(*"abcdefgh")
    assert post.round().resting == {"mail": "rate"}
    assert len(post.sent) == 2
    post.round()
    assert len(post.sent) == 2
    for _minute in range(6):
        post.ahead += timedelta(minutes=1, seconds=1)
        done = post.round()
    assert done.resting == {"mail": "daily_cap"}
    assert len(post.sent) == 5
    post.ahead += timedelta(days=1)
    post.round()
    assert len(post.sent) == 7


@pytest.mark.parametrize("purpose", list(Purpose))
def test_nothing_leaves_to_a_customer_at_night_whatever_the_sender_says(
    post: Post, books: Any, purpose: Purpose
) -> None:
    ten = datetime.combine(date.today() + timedelta(days=1), time(22), tzinfo=ZoneInfo("Asia/Shanghai"))
    with tenant(post.organization.pk):
        customer = books.customer("C1").pk
    post.ahead = ten - post.now()
    post.queue("theirs", customer_id=customer, purpose=purpose)
    post.queue("ours", address="ar@example.com")
    assert post.round().resting == {"mail": "quiet"}
    assert [each.address for each in post.sent] == ["ar@example.com"]
    post.ahead += timedelta(hours=10) - timedelta(minutes=5)
    post.round()
    assert len(post.sent) == 1
    post.ahead += timedelta(minutes=5)
    post.round()
    assert [each.address for each in post.sent] == ["ar@example.com", "zhang@example.com"]


def test_refused_for_now_is_tried_again_later_and_given_up_in_the_end(post: Post) -> None:
    post.answers = [RETRY] * 9
    post.queue("a")
    post.round()
    assert post.message("a").state == "queued"
    post.round()
    assert len(post.sent) == 1  # not at once
    for _hour in range(8):
        post.ahead += timedelta(hours=9)
        post.round()
    message = post.message("a")
    assert (message.state, message.reason, message.tries) == ("failed", "given_up", 8)
    assert len({each.number for each in post.sent}) == 1


def test_an_account_that_does_not_work_is_left_alone(post: Post) -> None:
    post.answers = [Answer(Finding.RETRY, "535", "wrong password", stop=True)]
    post.queue(*"abc")
    assert post.round().resting == {"mail": "535"}
    assert len(post.sent) == 1


def test_unknown_is_never_sent_again_by_itself(post: Post) -> None:
    post.answers = [UNKNOWN]
    post.queue("a")
    for _day in range(5):
        post.round()
        post.ahead += timedelta(days=1)
    assert (post.message("a").state, post.message("a").reason) == ("unknown", "timeout_after_data")
    assert len(post.sent) == 1


def test_the_channel_is_asked_about_what_is_unknown(post: Post) -> None:
    post.answers = [UNKNOWN]
    post.told_when_asked = Answer(Finding.UNKNOWN, "not_known_yet")
    post.queue("a")
    post.round()
    post.ahead += timedelta(minutes=6)
    post.round()
    assert post.message("a").state == "unknown"
    post.told_when_asked = Answer(Finding.SENT, "delivered", reference="R1")
    post.ahead += timedelta(minutes=2)
    post.round()
    message = post.message("a")
    assert (message.state, message.reference, len(post.sent)) == ("sent", "R1", 1)


class Died(BaseException):
    """The worker died."""


def _die(_message: Outgoing) -> None:
    raise Died


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_leaves_an_unknown_message(
    post: Post, told: tuple[str, list[Outcome], set[UUID]]
) -> None:
    kind, outcomes, _held = told
    post.queue("a", about_kind=kind, about_id=uuid4())
    post.meanwhile = _die
    with pytest.raises(Died):
        post.round()
    post.meanwhile = None
    assert post.message("a").state == "sending"
    post.round()
    assert post.message("a").state == "sending"  # the lease has not passed
    post.ahead = timedelta(days=-1)
    post.round()  # the clock was set back
    post.ahead = timedelta(minutes=11)
    post.round()
    message = post.message("a")
    assert (message.state, message.reason, len(post.sent)) == ("unknown", "worker_lost", 1)
    assert [each.state for each in outcomes] == [MessageState.UNKNOWN]


def test_a_late_witness_is_heard(post: Post) -> None:
    def lose(_message: Outgoing) -> None:
        with tenant(post.organization.pk):
            assert give_up_lost(now=post.now() + timedelta(hours=1), actor=post.actor) == 1

    post.meanwhile = lose
    post.queue("a")
    post.round()
    message = post.message("a")
    assert message.state == "sent"
    with tenant(post.organization.pk):
        found = list(Attempt.objects.filter(message=message).order_by("began_at", "pk"))
    assert [(each.kind, each.finding) for each in found] == [("send", "unknown"), ("late", "sent")]


def test_a_listener_that_fails_makes_nobody_forget(post: Post) -> None:
    kind, broken = f"test_{uuid4().hex[:8]}", [True]

    def listen(outcomes: Any) -> None:
        if broken[0]:
            raise RuntimeError("no evidence today")

    register_outcome(kind, listen)
    post.queue("a", about_kind=kind, about_id=uuid4())
    post.round()
    assert (post.message("a").state, post.message("a").reason) == ("unknown", "not_told")
    broken[0] = False
    post.ahead += timedelta(minutes=6)
    post.round()
    assert (post.message("a").state, len(post.sent)) == ("sent", 1)


@pytest.mark.parametrize(
    ("decision", "state", "sent"),
    [(Decision.ARRIVED, "sent", 1), (Decision.AGAIN, "sent", 2), (Decision.FAILED, "failed", 1)],
)
def test_a_person_settles_what_is_unknown(post: Post, decision: Decision, state: str, sent: int) -> None:
    post.answers = [UNKNOWN]
    post.queue("a")
    post.round()
    with tenant(post.organization.pk):
        settle_message(post.message("a").pk, decision, reason="问过", actor=post.actor, now=post.now())
    post.round()
    assert (post.message("a").state, len(post.sent)) == (state, sent)
    with tenant(post.organization.pk):
        said = Attempt.objects.get(message__key="a", kind="person")
        assert (said.code, said.answer, said.act_id is not None) == (decision.value, "问过", True)


def test_a_person_cannot_settle_what_is_known(post: Post) -> None:
    post.queue("a")
    post.round()
    with tenant(post.organization.pk):
        for reason, code in (("问过", "nothing_to_settle"), ("  ", "reason_missing")):
            with pytest.raises(MessageRefused) as refused:
                settle_message(
                    post.message("a").pk, Decision.AGAIN, reason=reason, actor=post.actor, now=post.now()
                )
            assert refused.value.code == code


def test_queued_messages_can_be_taken_out(post: Post) -> None:
    about = uuid4()
    post.queue("mine")
    post.queue("theirs", about_kind="withdrawn", about_id=about)
    with tenant(post.organization.pk):
        mine = post.message("mine").pk
        assert cancel_messages([mine], reason="不发", actor=post.actor, now=post.now()) == 1
        assert (
            withdraw_messages(
                about_kind="withdrawn", about_ids=[about], reason="已付款", actor=post.actor, now=post.now()
            )
            == 1
        )
    post.round()
    assert post.sent == []
    assert post.message("theirs").reason == "withdrawn"


def test_a_guard_that_fails_holds_back_its_own_message_only(post: Post) -> None:
    kind, broken = f"test_{uuid4().hex[:8]}", [True]

    def guard(ids: Any) -> dict[UUID, str]:
        if broken[0]:
            raise RuntimeError("no answer today")
        return {}

    register_guard(kind, guard)
    post.queue("first", about_kind=kind, about_id=uuid4())
    post.queue("second")
    post.round()
    assert (post.message("first").state, post.message("second").state) == ("queued", "sent")
    broken[0] = False
    post.ahead += timedelta(minutes=6)
    post.round()
    assert post.message("first").state == "sent"


def test_a_listener_that_fails_does_not_stop_the_queue(post: Post) -> None:
    kind = f"test_{uuid4().hex[:8]}"

    def listen(outcomes: Any) -> None:
        raise RuntimeError("nobody listens")

    register_outcome(kind, listen)
    post.queue("refused", about_kind=kind, about_id=uuid4())
    post.queue("dead", about_kind=kind, about_id=uuid4(), address="nobody")
    post.queue("other")
    post.answers = [Answer(Finding.FAILED, "550", "no such user")]
    post.round()
    assert [post.message(key).state for key in ("refused", "dead", "other")] == ["failed", "failed", "sent"]

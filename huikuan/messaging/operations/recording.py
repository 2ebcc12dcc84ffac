"""Recording what became of messages, and telling whoever asked for them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from uuid_utils.compat import uuid7

from huikuan.audit.operations import act, record_event
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.messaging.channels.carrier import CODE_KEPT, Answer
from huikuan.messaging.models import Attempt, Message
from huikuan.messaging.registry import Outcome, tell
from huikuan.messaging.rules import (
    EDGES,
    AttemptKind,
    Finding,
    MessageChannel,
    MessageState,
    pause_after,
)
from huikuan.organizations.actors import Actor

logger = logging.getLogger(__name__)

MESSAGE = "message"
NOT_TOLD = "not_told"
WORKER_LOST = "worker_lost"
GIVEN_UP = "given_up"
ASKED_AGAIN_AFTER = timedelta(minutes=5)

_STATE_OF = {
    Finding.SENT: MessageState.SENT,
    Finding.FAILED: MessageState.FAILED,
    Finding.UNKNOWN: MessageState.UNKNOWN,
}


def record_answer(
    message_id: UUID, attempt_id: UUID, answer: Answer, *, worker: str, now: datetime, actor: Actor
) -> MessageState:
    """Record what a try came to, in a transaction of the caller; returns what the message is now.

    A try that may be repeated puts the message back into the queue, until it is given up. Whoever comes after the
    lease is heard as a late witness: that it was sent counts, nothing else does.
    """
    message = Message.objects.select_for_update(no_key=True).get(pk=message_id)
    mine = Attempt.objects.filter(pk=attempt_id, ended_at__isnull=True).update(
        ended_at=now, finding=answer.finding.value, code=answer.code[:CODE_KEPT], answer=answer.said[:1000]
    )
    if not mine:
        return _record_late(message, answer, worker=worker, now=now, actor=actor)
    if answer.finding is Finding.RETRY:
        pause = pause_after(message.tries)
        if pause is not None:
            back_into_queue(message, now + pause, said=answer.said)
            return MessageState.QUEUED
        answer = Answer(Finding.FAILED, answer.code, answer.said)
        reason = GIVEN_UP
    else:
        reason = "" if answer.finding is Finding.SENT else answer.code or answer.finding.value
    with act("send_message", actor=actor):
        settle(
            [message],
            _STATE_OF[answer.finding],
            reason=reason,
            said=answer.said,
            now=now,
            reference=answer.reference,
        )
    return MessageState(message.state)


def _record_late(
    message: Message, answer: Answer, *, worker: str, now: datetime, actor: Actor
) -> MessageState:
    with act("send_message", actor=actor) as opened:
        write_finding(message, AttemptKind.LATE, answer, worker=worker, now=now, act_id=opened.id)
        if answer.finding is Finding.SENT and MessageState.SENT in EDGES[MessageState(message.state)]:
            settle([message], MessageState.SENT, now=now, reference=answer.reference)
    return MessageState(message.state)


def write_finding(
    message: Message,
    kind: AttemptKind,
    answer: Answer,
    *,
    worker: str,
    now: datetime,
    act_id: UUID | None = None,
) -> None:
    """Write down what somebody found out about a message, beside its tries."""
    Attempt.objects.create(
        organization_id=message.organization_id,
        pk=uuid7(),
        message=message,
        kind=kind.value,
        sender_id=message.sender_id,
        act_id=act_id,
        worker=worker[:100],
        began_at=now,
        ended_at=now,
        finding=answer.finding.value,
        code=answer.code[:CODE_KEPT],
        answer=answer.said[:1000],
    )


def back_into_queue(message: Message, at: datetime, *, said: str = "") -> None:
    """The message is taken up again from then on."""
    Message.objects.filter(pk=message.pk).update(
        state=MessageState.QUEUED.value,
        next_at=at,
        lease_until=None,
        settled_at=None,
        reason="",
        said=said[:1000],
    )
    message.state = MessageState.QUEUED.value


def settle(
    messages: Sequence[Message],
    state: MessageState,
    *,
    now: datetime,
    reason: str = "",
    said: str = "",
    reference: str = "",
    test: bool = False,
) -> None:
    """Messages became what they are, in the caller's act: recorded, told to whoever asked for them.

    A listener that fails must not make it forgotten that a message left: the message is unknown then, with the
    reason that it could not be told, and is told again when it is settled. Nor may it stop the queue: other ends are
    recorded all the same.
    """
    outcomes = [_outcome(each, state, now=now, reason=reason, said=said, test=test) for each in messages]
    try:
        with transaction.atomic():
            _write(messages, state, now=now, reason=reason, said=said, reference=reference)
            _tell(messages, outcomes)
    except Exception:
        logger.exception("nobody could be told of %d messages", len(messages))
        if state is MessageState.SENT:
            if any(MessageState.UNKNOWN not in EDGES[MessageState(each.state)] for each in messages):
                raise
            state, reason = MessageState.UNKNOWN, NOT_TOLD
        _write(messages, state, now=now, reason=reason, said=said, reference=reference)
    for each in messages:
        each.state = state.value
        record_event(
            action=f"message_{state.value}",
            record_kind=MESSAGE,
            record_id=each.pk,
            number=each.address_shown[:64],
            content={"key": each.key, "channel": each.channel, "reason": reason, "test": test},
        )


def _write(
    messages: Sequence[Message],
    state: MessageState,
    *,
    now: datetime,
    reason: str,
    said: str,
    reference: str,
) -> None:
    changes = {
        "state": state.value,
        "lease_until": None,
        "settled_at": now,
        "reason": reason[:40],
        "said": said[:1000],
        "next_at": now + ASKED_AGAIN_AFTER,
    }
    if reference:
        changes["reference"] = reference[:200]
    Message.objects.filter(pk__in=[each.pk for each in messages]).update(**changes)


def _tell(messages: Sequence[Message], outcomes: Sequence[Outcome]) -> None:
    kinds: dict[str, list[Outcome]] = {}
    for message, outcome in zip(messages, outcomes, strict=True):
        kinds.setdefault(message.about_kind, []).append(outcome)
    for kind, found in kinds.items():
        tell(kind, found)


def _outcome(
    message: Message, state: MessageState, *, now: datetime, reason: str, said: str, test: bool
) -> Outcome:
    return Outcome(
        message_id=message.pk,
        key=message.key,
        about_id=message.about_id,
        channel=MessageChannel(message.channel),
        state=state,
        customer_id=message.customer_id,
        person_id=message.person_id,
        membership_id=message.membership_id,
        at=now,
        reason=reason,
        said=said,
        test=test,
    )


def give_up_lost(*, now: datetime, actor: Actor) -> int:
    """Messages whose worker did not come back are unknown from now on; returns how many. Nothing is sent again."""
    lost = list(
        Message.objects.filter(state=MessageState.SENDING.value, lease_until__lt=now)
        .order_by("pk")
        .select_for_update(skip_locked=True, no_key=True)
    )
    if not lost:
        return 0
    with act("give_up_lost_messages", actor=actor):
        Attempt.objects.filter(
            organization_id=current_organization_id(),
            message_id__in=[each.pk for each in lost],
            ended_at__isnull=True,
        ).update(ended_at=now, finding=Finding.UNKNOWN.value, code=WORKER_LOST)
        settle(lost, MessageState.UNKNOWN, now=now, reason=WORKER_LOST)
    return len(lost)

"""What is unknown is asked of the channel where it can answer, and else settled by a person; a failed message can be
sent again, a queued one taken out."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.audit.operations import act, record_event
from huikuan.messaging.channels.carrier import Answer
from huikuan.messaging.errors import MessageRefused
from huikuan.messaging.models import Attempt, Message
from huikuan.messaging.operations.recording import (
    ASKED_AGAIN_AFTER,
    MESSAGE,
    NOT_TOLD,
    back_into_queue,
    settle,
    write_finding,
)
from huikuan.messaging.queries import messages_seen
from huikuan.messaging.rules import AttemptKind, Finding, MessageState, pause_after
from huikuan.organizations.actors import Actor

LONGEST_REASON = 500
NEVER = timedelta(days=3650)


class Decision(StrEnum):
    """What a person decides of a message: it arrived, it is to be sent again, or it did not arrive and rests."""

    ARRIVED = "arrived"
    AGAIN = "again"
    FAILED = "failed"


_FROM = {
    Decision.ARRIVED: {MessageState.UNKNOWN, MessageState.FAILED},
    Decision.AGAIN: {MessageState.UNKNOWN, MessageState.FAILED},
    Decision.FAILED: {MessageState.UNKNOWN},
}


def settle_message(
    message_id: UUID, decision: Decision, *, reason: str, actor: Actor, now: datetime
) -> Message:
    """人工确认: somebody says what became of a message that is unknown or failed, and why they know.

    Sent again, it may reach its reader twice; that is the decision. Raises MessageRefused.
    """
    actor.require("messaging.manage")
    said = _reason(reason)
    with act("settle_message", actor=actor, reason=said) as opened:
        message = (
            messages_seen(actor).select_for_update(no_key=True, of=("self",)).filter(pk=message_id).first()
        )
        if message is None:
            raise MessageRefused(_("没有这条消息。"), code="unknown_message")
        if MessageState(message.state) not in _FROM[decision]:
            raise MessageRefused(_("只有结果未知或发送失败的消息需要人工确认。"), code="nothing_to_settle")
        finding = {
            Decision.ARRIVED: Finding.SENT,
            Decision.AGAIN: Finding.RETRY,
            Decision.FAILED: Finding.FAILED,
        }[decision]
        write_finding(
            message,
            AttemptKind.PERSON,
            Answer(finding, decision.value, said),
            worker=actor.name,
            now=now,
            act_id=opened.id,
        )
        if decision is Decision.AGAIN:
            back_into_queue(message, now)
            record_event(
                action="message_queued_again",
                record_kind=MESSAGE,
                record_id=message.pk,
                number=message.address_shown[:64],
                content={"key": message.key, "reason": said},
            )
        else:
            state = MessageState.SENT if decision is Decision.ARRIVED else MessageState.FAILED
            settle(
                [message], state, now=now, reason="" if decision is Decision.ARRIVED else "person", said=said
            )
    return message


def cancel_messages(message_ids: Collection[UUID], *, reason: str, actor: Actor, now: datetime) -> int:
    """不再发送: messages that are still in the queue are not sent; returns how many. Raises MessageRefused."""
    actor.require("messaging.manage")
    said = _reason(reason)
    with act("cancel_messages", actor=actor, reason=said):
        found = list(
            messages_seen(actor)
            .filter(pk__in=message_ids, state=MessageState.QUEUED.value)
            .order_by("pk")
            .select_for_update(no_key=True, of=("self",))
        )
        if found:
            settle(found, MessageState.CANCELLED, now=now, reason="person", said=said)
    return len(found)


def withdraw_messages(
    *, about_kind: str, about_ids: Collection[UUID], reason: str, actor: Actor, now: datetime
) -> int:
    """Whoever asked for messages no longer wants them: those still in the queue are cancelled; returns how many."""
    with act("withdraw_messages", actor=actor, reason=reason[:LONGEST_REASON]):
        found = list(
            Message.objects.filter(
                about_kind=about_kind, about_id__in=about_ids, state=MessageState.QUEUED.value
            )
            .order_by("pk")
            .select_for_update(no_key=True)
        )
        if found:
            settle(found, MessageState.CANCELLED, now=now, reason="withdrawn", said=reason)
    return len(found)


def unknown_to_ask(sender_id: UUID, *, now: datetime, most: int = 50) -> list[Message]:
    """Messages of a sender whose channel is to be asked now."""
    found = Message.objects.filter(
        state=MessageState.UNKNOWN.value, sender_id=sender_id, next_at__lte=now
    ).order_by("queued_at", "pk")
    return list(found[:most])


def record_asked(
    message_id: UUID, answer: Answer | None, *, worker: str, now: datetime, actor: Actor
) -> None:
    """Record what the channel said of an unknown message. None: it cannot tell, and a person has to.

    That it does not know of the message proves nothing, so it is asked again, less and less often.
    """
    with act("ask_about_message", actor=actor) as opened:
        message = (
            Message.objects.select_for_update(no_key=True)
            .filter(pk=message_id, state=MessageState.UNKNOWN.value)
            .first()
        )
        if message is None:
            return
        if message.reason == NOT_TOLD:  # it left; only whoever asked for it does not know yet
            answer = Answer(Finding.SENT, NOT_TOLD)
        if answer is None:
            Message.objects.filter(pk=message.pk).update(next_at=now + NEVER)
            return
        write_finding(message, AttemptKind.ASK, answer, worker=worker, now=now, act_id=opened.id)
        if answer.finding is Finding.SENT:
            settle([message], MessageState.SENT, now=now, reference=answer.reference)
        elif answer.finding is Finding.FAILED:
            settle([message], MessageState.FAILED, now=now, reason=answer.code or "failed", said=answer.said)
        else:
            asked = Attempt.objects.filter(message=message, kind=AttemptKind.ASK.value).count()
            Message.objects.filter(pk=message.pk).update(next_at=now + (pause_after(asked) or NEVER))


def ask_later(message_id: UUID, *, now: datetime) -> None:
    """What was found out about an unknown message could not be recorded: it is asked about again later."""
    Message.objects.filter(pk=message_id, state=MessageState.UNKNOWN.value).update(
        next_at=now + ASKED_AGAIN_AFTER
    )


def _reason(text: str) -> str:
    said = text.strip()
    if not said:
        raise MessageRefused(_("请写明依据。"), code="reason_missing")
    if len(said) > LONGEST_REASON:
        raise MessageRefused(
            _("消息的%(field)s超过 %(most)d 个字符。") % {"field": _("依据"), "most": LONGEST_REASON},
            code="text_too_long",
        )
    return said

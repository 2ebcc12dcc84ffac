"""Taking a message up: the last moment at which it can be held back, and the limits of its sender."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from uuid_utils.compat import uuid7

from huikuan.audit.operations import act
from huikuan.core.calendar import CHINA
from huikuan.core.postgres.prepared import ask
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.files.models import AttachedFile
from huikuan.messaging.models import Message, OptOut, Sender
from huikuan.messaging.operations.queueing import normal_address
from huikuan.messaging.operations.recording import ASKED_AGAIN_AFTER, settle
from huikuan.messaging.registry import held_back, work_calendar
from huikuan.messaging.rules import (
    CEILING,
    ROBOTS,
    Finding,
    MessageChannel,
    MessageState,
    OptOutKind,
    Purpose,
    leaves_at,
    message_number,
)
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)
"""How long a worker that took a message up is waited for; far longer than any time-out of a channel."""

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class File:
    """A file that goes along: where its content lies."""

    name: str
    content_type: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that is being sent now, by the attempt of this worker."""

    message: Message
    attempt_id: UUID
    address: str = field(repr=False)
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A message that does not leave: cancelled or failed, or still queued because nobody could say; and why."""

    state: MessageState
    reason: str


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing leaves through the sender until then; None: nothing is due."""

    until: datetime | None
    why: str = ""


def take_up(
    sender_id: UUID, *, worker: str, now: datetime, actor: Actor, lease: timedelta = LEASE
) -> Taken | HeldBack | Rest:
    """Take up the next message of a sender, or settle it without sending, in a transaction of the caller.

    Whoever asked for the message is asked again whether it is still to be sent. After the caller has committed, the
    message is this worker's until the lease ends.
    """
    sender = Sender.objects.select_for_update(no_key=True).filter(pk=sender_id, active=True).first()
    if sender is None:
        return Rest(None)
    organization = Organization.objects.get(pk=current_organization_id())
    local = now.astimezone(ZoneInfo(organization.time_zone))
    resting = _limit_reached(sender, local)
    if resting is not None:
        return resting
    quiet_until = leaves_at(local, sender.quiet, work_calendar() if sender.quiet_rest_days else CHINA)
    night_until = leaves_at(local, CEILING, CHINA)
    message = _next_due(sender, now, quiet=quiet_until > local, night=night_until > local)
    if message is None:
        until = max(quiet_until, night_until)
        return Rest(until, "quiet") if until > local else Rest(None)
    return _decided(message, sender, worker=worker, now=now, actor=actor, lease=lease)


def _limit_reached(sender: Sender, local: datetime) -> Rest | None:
    """Tries count, whatever came of them; those dated after now were counted before the clock was set back."""
    midnight = datetime.combine(local.date(), time(), tzinfo=local.tzinfo)
    [(last_minute, today)] = ask(
        SENT_SO_FAR,
        {
            "organization": sender.organization_id,
            "sender": sender.pk,
            "minute": local - _MINUTE,
            "now": local + _MINUTE,
            "day": midnight,
            "tomorrow": midnight + timedelta(days=1),
        },
    )
    if today >= sender.daily_cap:
        return Rest(midnight + timedelta(days=1), "daily_cap")
    return Rest(local + _MINUTE, "rate") if last_minute >= sender.rate_per_minute else None


SENT_SO_FAR = """
    SELECT count(*) FILTER (WHERE began_at > %(minute)s AND began_at < %(now)s), count(*)
    FROM messaging_attempt
    WHERE organization_id = %(organization)s AND sender_id = %(sender)s AND kind = 'send'
      AND began_at >= least(%(day)s, %(minute)s) AND began_at < greatest(%(tomorrow)s, %(now)s)
"""


def _next_due(sender: Sender, now: datetime, *, quiet: bool, night: bool) -> Message | None:
    due = Message.objects.filter(
        state=MessageState.QUEUED.value, channel=sender.channel, next_at__lte=now
    ).order_by("next_at", "pk")
    if sender.channel in ROBOTS:
        due = due.filter(address_shown=sender.code)
    if quiet:  # what must be said among ourselves is said at any hour
        due = due.filter(purpose=Purpose.NOTICE.value, customer__isnull=True)
    elif night:
        due = due.filter(customer__isnull=True)
    return due.select_for_update(skip_locked=True, no_key=True)[:1].first()


def _decided(
    message: Message, sender: Sender, *, worker: str, now: datetime, actor: Actor, lease: timedelta
) -> Taken | HeldBack:
    address = normal_address(MessageChannel(message.channel), message.address)
    files = _files(message)
    try:
        with transaction.atomic():
            against = _against(message, address, files)
    except Exception:  # a guard that cannot answer holds back its own message, not those behind it
        logger.exception("nobody could say whether %s is still to be sent", message.pk)
        Message.objects.filter(pk=message.pk).update(next_at=now + ASKED_AGAIN_AFTER)
        return HeldBack(MessageState.QUEUED, "guard_failed")
    test = against is None and sender.test_mode
    if against is None and not test:
        assert address is not None
        return _taken(message, sender, address, files or (), worker=worker, now=now, lease=lease)
    state, reason, said = against or (MessageState.CANCELLED, "test_mode", "")
    with act("hold_back_message", actor=actor) as opened:
        if test:
            _write_attempt(message, sender, worker, now, act_id=opened.id, finding=Finding.TEST)
        settle([message], state, reason=reason, said=said, now=now, test=test)
    return HeldBack(state, reason)


def _against(
    message: Message, address: str | None, files: tuple[File, ...] | None
) -> tuple[MessageState, str, str] | None:
    """Why a message does not leave, if something speaks against it."""
    if message.about_id is not None:
        why = held_back(message.about_kind, [message.about_id]).get(message.about_id)
        if why is not None:
            return MessageState.CANCELLED, "held_back", why
    if address is None:
        return MessageState.FAILED, "address_unusable", ""
    if files is None:
        return MessageState.FAILED, "attachment_missing", ""
    kinds = [OptOutKind.BOUNCED.value]
    if message.purpose == Purpose.REMINDER:
        kinds.append(OptOutKind.UNSUBSCRIBED.value)
    if message.address_index is not None:
        out = OptOut.objects.filter(
            address_index=bytes(message.address_index), kind__in=kinds, lifted_at__isnull=True
        ).first()
        if out is not None:
            return MessageState.CANCELLED, out.kind, ""
    return None


def _files(message: Message) -> tuple[File, ...] | None:
    """The files that go along, in order; None where one was removed since."""
    if not message.attachments:
        return ()
    found = {
        str(each.pk): each
        for each in AttachedFile.objects.filter(pk__in=message.attachments, removed_at__isnull=True)
    }
    if any(key not in found for key in message.attachments):
        return None
    kept = [found[key] for key in message.attachments]
    return tuple(File(each.name, each.content_type, each.sha256) for each in kept)


def _taken(
    message: Message,
    sender: Sender,
    address: str,
    files: tuple[File, ...],
    *,
    worker: str,
    now: datetime,
    lease: timedelta,
) -> Taken:
    domain = sender.from_address.rpartition("@")[2] or "huikuan.invalid"
    message.state = MessageState.SENDING.value
    message.tries += 1
    message.sender_id = sender.pk
    message.lease_until = now + lease
    message.number = message.number or message_number(message.organization_id, message.key, domain)
    ask(
        TAKE_UP,
        {
            "organization": message.organization_id,
            "message": message.pk,
            "sender": sender.pk,
            "lease": message.lease_until,
            "number": message.number,
        },
    )
    attempt = _write_attempt(message, sender, worker, now)
    return Taken(message, attempt, address, files)


TAKE_UP = """
    UPDATE messaging_message
    SET state = 'sending', tries = tries + 1, sender_id = %(sender)s, lease_until = %(lease)s, number = %(number)s
    WHERE organization_id = %(organization)s AND id = %(message)s
"""


def _write_attempt(
    message: Message,
    sender: Sender,
    worker: str,
    now: datetime,
    *,
    act_id: UUID | None = None,
    finding: Finding | None = None,
) -> UUID:
    key = uuid7()
    values: dict[str, Any] = {
        "organization": message.organization_id,
        "id": key,
        "message": message.pk,
        "sender": sender.pk,
        "act": act_id,
        "worker": worker[:100],
        "began": now,
        "ended": now if finding else None,
        "finding": finding.value if finding else "",
    }
    ask(WRITE_ATTEMPT, values)
    return key


WRITE_ATTEMPT = """
    INSERT INTO messaging_attempt (organization_id, id, message_id, kind, sender_id, act_id, worker, began_at, ended_at,
                                   finding, code, answer)
    VALUES (%(organization)s, %(id)s, %(message)s, 'send', %(sender)s, %(act)s::uuid, %(worker)s, %(began)s,
            %(ended)s::timestamptz, %(finding)s, '', '')
"""

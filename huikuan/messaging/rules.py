"""What a message is, which ways it may go, when it may leave and when it is tried again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from huikuan.core.calendar import WorkCalendar


class MessageChannel(StrEnum):
    """How a message leaves."""

    EMAIL = "email"
    SMS = "sms"
    WECOM = "wecom"
    DINGTALK = "dingtalk"
    FEISHU = "feishu"


ROBOTS = frozenset({MessageChannel.WECOM, MessageChannel.DINGTALK, MessageChannel.FEISHU})
"""Channels that speak into a group: a message is addressed to the code of the sender that holds the group's robot."""


class MessageState(StrEnum):
    """Where a message is. `UNKNOWN`: it may have left, and nothing here knows whether it did."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


class Purpose(StrEnum):
    """`REMINDER` is not sent to who unsubscribed; `NOTICE` is (what must be said: a formal demand, a statement)."""

    REMINDER = "reminder"
    NOTICE = "notice"


class Finding(StrEnum):
    """What a try, or asking about it, came to.

    `RETRY`: it certainly did not leave and may be tried again. `TEST`: the sender is in test mode, nothing left.
    """

    SENT = "sent"
    RETRY = "retry"
    FAILED = "failed"
    UNKNOWN = "unknown"
    TEST = "test"


class AttemptKind(StrEnum):
    """Who found out: a try to send, the channel that was asked, a person who settled it, or a worker that
    came back after it had been given up."""

    SEND = "send"
    ASK = "ask"
    PERSON = "person"
    LATE = "late"


class OptOutKind(StrEnum):
    """Why an address gets nothing: it unsubscribed (from reminders), or what was sent there came back."""

    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"


class InboundKind(StrEnum):
    """What came in: an answer, or the report that a message could not be delivered (`BOUNCE` for good, `DELAY`)."""

    REPLY = "reply"
    BOUNCE = "bounce"
    DELAY = "delay"


# The database holds the same edges (migrations/guards.sql); what is sent or cancelled stays so.
EDGES: dict[MessageState, frozenset[MessageState]] = {
    MessageState.QUEUED: frozenset({MessageState.SENDING, MessageState.CANCELLED, MessageState.FAILED}),
    MessageState.SENDING: frozenset(
        {
            MessageState.SENT,
            MessageState.FAILED,
            MessageState.UNKNOWN,
            MessageState.QUEUED,
            MessageState.CANCELLED,
        }
    ),
    MessageState.UNKNOWN: frozenset({MessageState.SENT, MessageState.FAILED, MessageState.QUEUED}),
    MessageState.FAILED: frozenset({MessageState.QUEUED, MessageState.SENT}),
    MessageState.SENT: frozenset(),
    MessageState.CANCELLED: frozenset(),
}

FINAL = frozenset({MessageState.SENT, MessageState.FAILED, MessageState.UNKNOWN, MessageState.CANCELLED})
"""States that are told to whoever asked for the message."""


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message as it is asked for; sent at most once for its `key`, whatever happens.

    key            unique in the organization: the same key is queued once, ever; at most 200 characters
    customer_id    who it is to; None: to one of ours
    person_id      the person at the customer (customers.Contact)
    membership_id  the one of ours
    address        an e-mail address, a phone number, or the code of the sender that holds a group's robot
    language       "zh-hans", "zh-hant" or "en"
    attachments    ids of attached files (files.AttachedFile), for e-mail
    about_kind     what asks for it, as registered in `registry.py`; about_id: which one
    not_before     from when on it may leave; None: now
    """

    key: str
    channel: MessageChannel
    customer_id: UUID | None
    person_id: UUID | None
    membership_id: UUID | None
    address: str
    language: str
    subject: str
    text: str
    html: str = ""
    attachments: tuple[UUID, ...] = ()
    about_kind: str = ""
    about_id: UUID | None = None
    purpose: Purpose = Purpose.REMINDER
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class QuietHours:
    """No message leaves from `begin` until `end` (local; over midnight where `begin` is later; equal: never
    quiet), nor on days that are not worked if `rest_days`."""

    begin: time = time(20)
    end: time = time(8)
    rest_days: bool = True


CEILING = QuietHours(time(22), time(8), rest_days=False)
"""No message leaves to a customer in these hours, whatever its sender says (the standard on collecting consumer credit of
2025, taken as a ceiling: domain reference §7)."""


def leaves_at(wanted: datetime, quiet: QuietHours, calendar: WorkCalendar) -> datetime:
    """The first moment from `wanted` on that is not quiet; `wanted` is local and keeps its time zone."""
    moment = wanted
    while True:
        day = moment.date()
        midnight = datetime.combine(day, time(), tzinfo=wanted.tzinfo)
        if quiet.rest_days and not calendar.is_workday(day):
            moment = midnight + timedelta(days=1)
            continue
        until = _quiet_until(moment, midnight, quiet)
        if until is None:
            return moment
        moment = until


def _quiet_until(moment: datetime, midnight: datetime, quiet: QuietHours) -> datetime | None:
    clock = moment.time()
    end = datetime.combine(midnight.date(), quiet.end, tzinfo=midnight.tzinfo)
    if quiet.begin < quiet.end:
        return end if quiet.begin <= clock < quiet.end else None
    if quiet.begin == quiet.end:
        return None
    if clock < quiet.end:
        return end
    return end + timedelta(days=1) if clock >= quiet.begin else None


_PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 120, 240, 480))


def pause_after(tries: int) -> timedelta | None:
    """How long to wait after that many tries that did not leave; None: it is given up (after about 15 hours)."""
    return _PAUSES[tries - 1] if 0 < tries <= len(_PAUSES) else None


def message_number(organization_id: UUID, key: str, domain: str) -> str:
    """The Message-ID of a message (RFC 5322 §3.6.4): the same for every try, because it follows from the key."""
    digest = hashlib.sha256(f"{organization_id}\0{key}".encode()).hexdigest()[:40]
    return f"<hk.{digest}@{domain}>"

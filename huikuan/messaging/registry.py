"""What packages above do when their messages are about to leave, and when it is known what became of them; and which
days are worked.

A package is known by the `about_kind` it gives its messages. Filled once, at start, by `huikuan.config.messaging`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from huikuan.core.calendar import CHINA, WorkCalendar
from huikuan.messaging.rules import InboundKind, MessageChannel, MessageState


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message: sent, failed, unknown (it may have left) or cancelled.

    `test`: it was cancelled because its sender is in test mode; nothing left the house. `reason` is a code
    (`wording.reason_words`); `said` what the channel answered, or why a guard held it back. `at`: when.
    A message that was unknown or failed can be told again, as sent.
    """

    message_id: UUID
    key: str
    about_id: UUID | None
    channel: MessageChannel
    state: MessageState
    customer_id: UUID | None
    person_id: UUID | None
    membership_id: UUID | None
    at: datetime
    reason: str = ""
    said: str = ""
    test: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """A mail that came in about a message: an answer, or the report that it could not be delivered.

    `address_shown`: to whom the message went, masked; `sender_shown`: who wrote. `status`: of a report (RFC 3463).
    `automatic`: nobody wrote it (`channels.imap.Mail`).
    """

    message_id: UUID
    about_id: UUID | None
    kind: InboundKind
    customer_id: UUID | None
    person_id: UUID | None
    at: datetime
    address_shown: str
    sender_shown: str = ""
    subject: str = ""
    text: str = ""
    status: str = ""
    automatic: bool = False


Hears = Callable[[Sequence[Heard]], None]
Guard = Callable[[Sequence[UUID]], Mapping[UUID, str]]
Told = Callable[[Sequence[Outcome]], None]

Calendar = Callable[[datetime | None], WorkCalendar]

_guards: dict[str, Guard] = {}
_told: dict[str, Told] = {}
_hears: dict[str, Hears] = {}
_calendar: list[Calendar] = []


def register_guard(about_kind: str, guard: Guard) -> None:
    """`guard` is asked which of these are no longer to be sent, and why (in words for people).

    It is asked in the transaction that takes a message up for sending, so a payment recorded before that holds
    it back. The same kind twice is a programming error.
    """
    if _guards.setdefault(about_kind, guard) is not guard:
        raise ValueError(f"two guards for {about_kind}")


def register_outcome(about_kind: str, told: Told) -> None:
    """`told` learns what became of messages, in the transaction and the act that record it.

    What it raises undoes the recording, and the message is unknown until somebody settles it: it must not refuse.
    """
    if _told.setdefault(about_kind, told) is not told:
        raise ValueError(f"two listeners for {about_kind}")


def register_hearing(about_kind: str, hears: Hears) -> None:
    """`hears` learns what came in about messages, in the act that records it; it must not refuse."""
    if _hears.setdefault(about_kind, hears) is not hears:
        raise ValueError(f"two listeners for {about_kind}")


def hear(about_kind: str, mails: Sequence[Heard]) -> None:
    """Tell whoever asked for the messages what came in about them; nobody where nobody listens."""
    hears = _hears.get(about_kind)
    if hears and mails:
        hears(mails)


def register_calendar(calendar: Calendar) -> None:
    """`calendar` tells on which days the current organization works; quiet hours and forecasts ask it. The last one counts."""
    _calendar[:] = [calendar]


def work_calendar(recorded_by: datetime | None = None) -> WorkCalendar:
    """The days on which the current organization works; the public ones where nobody knows better.

    `recorded_by`: as the calendar stood at that moment.
    """
    return _calendar[0](recorded_by) if _calendar else CHINA


def held_back(about_kind: str, about_ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """Which of these are no longer to be sent; none where nobody guards the kind."""
    guard = _guards.get(about_kind)
    return guard(about_ids) if guard and about_ids else {}


def tell(about_kind: str, outcomes: Sequence[Outcome]) -> None:
    """Tell whoever asked for these messages; nobody where nobody listens."""
    told = _told.get(about_kind)
    if told and outcomes:
        told(outcomes)

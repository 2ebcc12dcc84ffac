"""What a channel is given and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from huikuan.messaging.rules import Finding, MessageChannel

ANSWER_KEPT = 1000
CODE_KEPT = 60


@dataclass(frozen=True, slots=True)
class Account:
    """A sender as a channel sees it: settings and secrets in clear, nothing of the database."""

    id: UUID
    code: str
    channel: MessageChannel
    provider: str
    settings: Mapping[str, Any]
    secrets: Mapping[str, str] = field(repr=False)
    from_address: str = ""
    from_name: str = ""

    @property
    def timeout(self) -> float:
        """Seconds a connection and each answer are waited for."""
        return float(self.settings.get("timeout") or 20)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes along."""

    name: str
    content_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message ready to leave, in clear. `number`: its Message-ID, the same for every try; `unsubscribe`: the page
    on which the reader can say that no reminders are wanted."""

    key: str
    number: str
    address: str = field(repr=False)
    subject: str
    text: str
    queued_at: datetime
    html: str = ""
    language: str = "zh-hans"
    attachments: tuple[Attachment, ...] = ()
    unsubscribe: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a try, or a question, came to.

    finding    RETRY only where the message certainly did not leave; UNKNOWN where nobody can tell
    code       what the channel calls it
    said       what it answered, in its own words
    reference  what the provider calls the message
    stop       the account itself does not work: nothing more is tried through it for now
    """

    finding: Finding
    code: str = ""
    said: str = ""
    reference: str = ""
    stop: bool = False


class Carrier(Protocol):
    """An open account. `send` never raises for what the other side does; it says what is certain."""

    def send(self, message: Outgoing) -> Answer:
        """Try once."""

    def ask(self, message: Outgoing, *, reference: str) -> Answer | None:
        """What became of a message whose try ended unknown; None where the channel cannot tell."""

    def close(self) -> None:
        """Leave."""

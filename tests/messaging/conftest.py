"""A sender whose channel is played by the test, and the round of a worker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from huikuan.audit.operations import act
from huikuan.core.postgres.tenancy import tenant
from huikuan.messaging.channels.carrier import Answer, Outgoing
from huikuan.messaging.models import Message, Sender
from huikuan.messaging.operations import queue_messages
from huikuan.messaging.rules import Finding, MessageChannel, NewMessage
from huikuan.messaging.sending import Round, send_due


@dataclass
class Post:
    """What went through the channel; `answers` are given in turn, then everything is sent."""

    organization: Any
    actor: Any
    sent: list[Outgoing] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    told_when_asked: Answer | None = None
    ahead: timedelta = timedelta()
    meanwhile: Callable[[Outgoing], None] | None = None

    def send(self, message: Outgoing) -> Answer:
        self.sent.append(message)
        if self.meanwhile:
            self.meanwhile(message)
        return self.answers.pop(0) if self.answers else Answer(Finding.SENT, "250")

    def ask(self, message: Outgoing, *, reference: str) -> Answer | None:
        return self.told_when_asked

    def close(self) -> None:
        pass

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def round(self, **options: Any) -> Round:
        """One round of a worker."""
        return send_due(
            self.organization.pk, clock=self.now, worker="test", opens=lambda _account: self, **options
        )

    def queue(self, *keys: str, **changes: Any) -> None:
        with tenant(self.organization.pk), act("test", actor=self.actor) as opened:
            queue_messages(act=opened, messages=[letter(key, **changes) for key in keys])

    def message(self, key: str) -> Message:
        with tenant(self.organization.pk):
            return Message.objects.get(key=key)

    def change_sender(self, **changes: Any) -> None:
        with tenant(self.organization.pk):
            Sender.objects.update(**changes)


def letter(key: str, **changes: Any) -> NewMessage:
    values: dict[str, Any] = {
        "key": key,
        "channel": MessageChannel.EMAIL,
        "customer_id": None,
        "person_id": None,
        "membership_id": None,
        "address": "zhang@example.com",
        "language": "zh-hans",
        "subject": "付款提醒",
        "text": "请付款。",
    }
    return NewMessage(**{**values, **changes})


@pytest.fixture
def post(organization: Any, actor: Any) -> Post:
    """A standard sender for e-mail that is never quiet."""
    with tenant(organization.pk):
        Sender.objects.create(
            organization_id=organization.pk,
            code="mail",
            name="邮件",
            channel="email",
            provider="smtp",
            from_address="ar@example.com",
            quiet_from=time(),
            quiet_until=time(),
            quiet_rest_days=False,
            test_mode=False,
            standard=True,
        )
    return Post(organization, actor)

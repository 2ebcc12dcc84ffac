"""A real SMTP server on the loopback interface that fails in every way a server can, and knows what it took on."""

from __future__ import annotations

import asyncio
import random
import re
import socket
import threading
from collections import Counter
from enum import StrEnum
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

_NUMBER = re.compile(rb"^message-id:\s*(<[^>]+>)", re.I | re.M)


class Mood(StrEnum):
    """How the server meets a message."""

    FINE = "fine"
    NOT_NOW = "recipient refused for now (4xx)"
    NEVER = "recipient refused for good (5xx)"
    NOT_NOW_AFTER_DATA = "content refused for now (4xx)"
    NEVER_AFTER_DATA = "content refused for good (5xx)"
    GONE_BEFORE_DATA = "connection dropped before DATA"
    TAKEN_AND_SILENT = "taken on, then silent"
    LEFT_AND_SILENT = "not taken on, silent"
    TAKEN_AND_GONE = "taken on, then dropped"
    LEFT_AND_GONE = "not taken on, dropped after DATA"


WEIGHTS = {
    Mood.FINE: 80.0,
    Mood.NOT_NOW: 5.0,
    Mood.NEVER: 2.0,
    Mood.NOT_NOW_AFTER_DATA: 4.0,
    Mood.NEVER_AFTER_DATA: 1.0,
    Mood.GONE_BEFORE_DATA: 3.0,
    Mood.TAKEN_AND_SILENT: 1.0,
    Mood.LEFT_AND_SILENT: 1.0,
    Mood.TAKEN_AND_GONE: 1.5,
    Mood.LEFT_AND_GONE: 1.5,
}


class Moody:
    """The server's answers (aiosmtpd's hooks). `taken`: how often each Message-ID was taken on."""

    def __init__(self, seed: int, silence: float) -> None:
        self.taken: Counter[str] = Counter()
        self.moods: Counter[Mood] = Counter()
        self.steady = False
        self._dice = random.Random(seed)
        self._silence = silence
        self._lock = threading.Lock()

    async def meet_recipient(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Choose the mood of this message."""
        mood = Mood.FINE
        if not self.steady:
            [mood] = self._dice.choices(list(WEIGHTS), weights=list(WEIGHTS.values()))
        self.moods[mood] += 1
        session.mood = mood  # type: ignore[attr-defined]
        if mood is Mood.NOT_NOW:
            return "450 4.2.1 mailbox busy"
        if mood is Mood.NEVER:
            return "550 5.1.1 no such user"
        if mood is Mood.GONE_BEFORE_DATA:
            _drop(server)
            return "421 4.3.0 gone"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def meet_content(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take the content on, or not, and say so, or not."""
        mood: Mood = session.mood  # type: ignore[attr-defined]
        if mood is Mood.NOT_NOW_AFTER_DATA:
            return "451 4.7.1 greylisted"
        if mood is Mood.NEVER_AFTER_DATA:
            return "554 5.7.1 content refused"
        if mood in (Mood.FINE, Mood.TAKEN_AND_SILENT, Mood.TAKEN_AND_GONE):
            self._take(envelope)
        if mood in (Mood.TAKEN_AND_SILENT, Mood.LEFT_AND_SILENT):
            await asyncio.sleep(self._silence)
            _drop(server)
        if mood in (Mood.TAKEN_AND_GONE, Mood.LEFT_AND_GONE):
            _drop(server)
        return "250 2.0.0 queued"

    handle_RCPT = meet_recipient  # noqa: N815 - the names that aiosmtpd looks for
    handle_DATA = meet_content  # noqa: N815

    def _take(self, envelope: Envelope) -> None:
        found = _NUMBER.search(bytes(envelope.original_content or b""))
        with self._lock:
            self.taken[found[1].decode() if found else "?"] += 1


def free_port() -> int:
    """A port on the loopback interface that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _drop(server: SMTP) -> None:
    transport: Any = server.transport
    transport.abort()


class MailServer:
    """The server on a port of its own; `die` drops every connection, and it is back after `revive`."""

    def __init__(self, *, seed: int = 7, silence: float = 2.0) -> None:
        self.moody = Moody(seed, silence)
        self.port = free_port()
        self.deaths = 0
        self._controller: Controller | None = None
        self.revive()

    def revive(self) -> None:
        """Listen (again), on the same port."""
        self._controller = Controller(self.moody, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def die(self) -> None:
        """Stop listening and leave every conversation."""
        self.deaths += 1
        controller, self._controller = self._controller, None
        if controller is not None:
            controller.stop()

"""Mails that come back are read from a mailbox once, and joined to the messages they are about."""

from __future__ import annotations

import re
import socketserver
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from huikuan.core.postgres.tenancy import tenant
from huikuan.messaging.channels.carrier import Answer
from huikuan.messaging.channels.imap import sent_copy, understood
from huikuan.messaging.models import Inbound, OptOut
from huikuan.messaging.operations import lift_opt_outs
from huikuan.messaging.rules import Finding, InboundKind, MessageChannel
from huikuan.messaging.sending import read_mailboxes
from tests.messaging.conftest import Post
from tests.messaging.test_channels import account

NOW = datetime(2026, 11, 20, tzinfo=UTC)

REPLY = """From: Zhang San <zhang@example.com>
To: ar@example.com
Subject: =?utf-8?b?5Zue5aSN?=
Message-ID: <reply-1@example.com>
In-Reply-To: {number}
Date: Fri, 20 Nov 2026 10:00:00 +0800
Content-Type: text/plain; charset=utf-8

下周五付款。
"""

BOUNCE = """From: MAILER-DAEMON@example.com
To: ar@example.com
Subject: Undelivered Mail Returned to Sender
Message-ID: <dsn-1@example.com>
Content-Type: multipart/report; report-type=delivery-status; boundary="b"
MIME-Version: 1.0

--b
Content-Type: text/plain

I could not deliver your message.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; zhang@example.com
Action: {action}
Status: {status}

--b
Content-Type: text/rfc822-headers

From: ar@example.com
Message-ID: {number}

--b--
"""


class _Box(socketserver.StreamRequestHandler):
    """As much of IMAP4rev1 as reading a mailbox takes."""

    server: Any

    def handle(self) -> None:
        self.wfile.write(b"* OK ready\r\n")
        for line in self.rfile:
            tag, command, *rest = line.decode().split(" ", 2)
            said = " ".join(rest).strip()
            self.server.heard.append(f"{command.strip()} {said}")
            done = f"{tag} OK done\r\n"
            self._say(command.strip().upper(), said)
            self.wfile.write(done.encode())
            if command.strip().upper() == "LOGOUT":
                return

    def _say(self, command: str, said: str) -> None:
        mails: dict[int, bytes] = self.server.mails
        if command == "CAPABILITY":
            self.wfile.write(b"* CAPABILITY IMAP4rev1\r\n")
        elif command in ("SELECT", "EXAMINE"):
            self.wfile.write(
                f"* {len(mails)} EXISTS\r\n* OK [UIDVALIDITY {self.server.validity}] x\r\n".encode()
            )
        elif command == "UID" and said.startswith("SEARCH UID"):
            first = int(re.findall(r"\d+", said)[0])
            found = [uid for uid in mails if uid >= first] or (
                [max(mails)] if mails else []
            )  # n:* has the last
            self.wfile.write(f"* SEARCH {' '.join(map(str, found))}\r\n".encode())
        elif command == "UID" and said.startswith("SEARCH HEADER"):
            number = re.findall(r'"([^"]+)"', said)[0].encode()
            found = [uid for uid, raw in mails.items() if number in raw]
            self.wfile.write(f"* SEARCH {' '.join(map(str, found))}\r\n".encode())
        elif command == "UID" and said.startswith("FETCH"):
            uid = int(re.findall(r"\d+", said)[0])
            raw = mails[uid]
            self.wfile.write(f"* 1 FETCH (UID {uid} BODY[]<0> {{{len(raw)}}}\r\n".encode() + raw + b")\r\n")


@pytest.fixture
def box() -> Iterator[Any]:
    server: Any = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Box)
    server.daemon_threads = True
    server.mails, server.heard, server.validity = {}, [], 5
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def mailbox(post: Post, box: Any) -> Any:
    post.change_sender(
        settings={
            "host": "127.0.0.1",
            "imap_host": "127.0.0.1",
            "imap_port": box.server_address[1],
            "imap_security": "none",
            "sent_folder": "Sent",
            "timeout": 3,
        }
    )
    return box


def _read(post: Post) -> int:
    return read_mailboxes(post.organization.pk, clock=post.now)


@pytest.mark.django_db
def test_an_answer_is_read_once_and_joined_to_its_message(post: Post, mailbox: Any) -> None:
    post.queue("a")
    post.round()
    mailbox.mails = {
        3: b"From: x@example.com\r\nSubject: spam\r\n\r\nx",
        7: REPLY.format(number=post.message("a").number).encode(),
    }
    assert _read(post) == 1
    assert _read(post) == 0
    with tenant(post.organization.pk):
        found = Inbound.objects.get()
    assert (found.kind, found.subject, found.text, found.from_shown) == (
        "reply",
        "回复",
        "下周五付款。",
        "z***@example.com",
    )
    mailbox.validity = 6  # the mailbox was made anew: known mails have other places, and are read again
    assert _read(post) == 1


@pytest.mark.django_db
def test_a_dead_address_gets_nothing_until_somebody_lifts_it(post: Post, mailbox: Any) -> None:
    post.queue("a")
    post.round()
    mailbox.mails = {
        1: BOUNCE.format(number=post.message("a").number, action="failed", status="5.1.1").encode()
    }
    assert _read(post) == 1
    assert post.message("a").state == "sent" and post.message("a").bounced_at is not None
    post.queue("b")
    post.round()
    assert post.message("b").reason == "bounced"
    with tenant(post.organization.pk):
        keys = list(OptOut.objects.values_list("pk", flat=True))
        assert lift_opt_outs(keys, actor=post.actor, now=post.now()) == 1
    mailbox.validity = 6  # the mailbox was made anew: the report is read again, and nothing follows from it
    assert _read(post) == 1
    post.queue("c")
    post.round()
    assert post.message("c").state == "sent"


@pytest.mark.django_db
def test_a_full_mailbox_is_no_dead_address(post: Post, mailbox: Any) -> None:
    post.queue("a")
    post.round()
    mailbox.mails = {
        1: BOUNCE.format(number=post.message("a").number, action="failed", status="5.2.2").encode()
    }
    _read(post)
    with tenant(post.organization.pk):
        assert not OptOut.objects.exists()


@pytest.mark.django_db
def test_what_comes_back_proves_that_an_unknown_message_left(post: Post, mailbox: Any) -> None:
    post.answers = [Answer(Finding.UNKNOWN, "timeout_after_data")]
    post.queue("a")
    post.round()
    mailbox.mails = {1: REPLY.format(number=post.message("a").number).encode()}
    _read(post)
    assert post.message("a").state == "sent"


def test_a_copy_among_the_sent_mails_answers(box: Any) -> None:
    box.mails = {1: b"Message-ID: <a@example.com>\r\n\r\nx"}
    settings = {
        "imap_host": "127.0.0.1",
        "imap_port": box.server_address[1],
        "imap_security": "none",
        "sent_folder": "Sent",
    }
    mailed = account(MessageChannel.EMAIL, settings=settings)
    found = [sent_copy(mailed, number) for number in ("<a@example.com>", "<b@example.com>")]
    assert [each.finding for each in found if each] == [Finding.SENT, Finding.UNKNOWN]
    assert sent_copy(account(MessageChannel.EMAIL), "<a@example.com>") is None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00garbage",
        b"Subject: nothing\r\n\r\nanswers nothing",
        b"Content-Type: multipart/report; boundary=x\r\n\r\n--x\r\n",
        b"In-Reply-To: <a@b>\r\nDate: not a date\r\nContent-Type: text/plain; charset=nonsense\r\n\r\nx",
        b"In-Reply-To: <a@b>\r\nContent-Type: text/html\r\n\r\n<script>alert(1)</script><b>x</b>",
    ],
)
def test_no_mail_is_too_odd(raw: bytes) -> None:
    found = understood(1, raw, now=NOW)
    assert found is None or (found.received_at == NOW and "script" not in found.text)


@pytest.mark.parametrize(
    ("header", "automatic"),
    [
        ("", False),
        ("Auto-Submitted: no\n", False),
        ("Auto-Submitted: auto-replied\n", True),
        ("Auto-Submitted: auto-generated; vacation\n", True),
    ],
)
def test_a_reply_that_nobody_wrote_is_known_as_one(header: str, automatic: bool) -> None:
    found = understood(1, (header + REPLY.format(number="<a@example.com>")).encode(), now=NOW)
    assert found is not None
    assert (found.kind, found.automatic) == (InboundKind.REPLY, automatic)


def test_a_delay_is_not_a_bounce() -> None:
    found = understood(
        1, BOUNCE.format(number="<a@example.com>", action="delayed", status="4.4.1").encode(), now=NOW
    )
    assert found is not None
    assert (found.kind, found.about, found.status) == (InboundKind.DELAY, ("<a@example.com>",), "4.4.1")

"""Reading a mailbox by IMAP (RFC 9051): answers, reports on delivery (RFC 3464), and copies of what was sent."""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime

from huikuan.messaging.channels.carrier import ANSWER_KEPT, Account, Answer
from huikuan.messaging.rules import Finding, InboundKind

MOST_AT_ONCE = 200
LARGEST_MAIL = 5_000_000
TEXT_KEPT = 4000

_NUMBER = re.compile(r"<[^<>\s]{1,318}>")


class MailboxUnreadable(Exception):
    """The mailbox could not be opened or read; it is tried again later."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail of the mailbox: `about` are the Message-IDs it answers or reports on, the nearest first.

    `automatic`: a reply that nobody wrote, as of who is away (Auto-Submitted, RFC 3834), or a receipt.
    """

    uid: int
    kind: InboundKind
    number: str
    about: tuple[str, ...]
    sender: str
    subject: str
    text: str
    status: str
    received_at: datetime
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class MailboxRead:
    """What is new: `validity` of the mailbox, the last `uid` looked at, and mails that answer something."""

    validity: int
    uid: int
    mails: tuple[Mail, ...]


def has_mailbox(account: Account) -> bool:
    """Whether the sender has a mailbox to read."""
    return bool(account.settings.get("imap_host"))


def read_mailbox(account: Account, *, validity: int, uid: int, now: datetime) -> MailboxRead:
    """The mails that came after `uid` of `validity`, some hundred at a time; another validity begins anew.

    Raises MailboxUnreadable.
    """
    with _opened(account, str(account.settings.get("imap_folder") or "INBOX")) as box:
        known = _validity(box)
        after = uid if known == validity else 0
        found = sorted(each for each in _search(box, "UID", f"{after + 1}:*") if each > after)[:MOST_AT_ONCE]
        mails = []
        for each in found:
            raw = _fetched(box, each)
            mail = understood(each, raw, now=now) if raw else None
            if mail is not None:
                mails.append(mail)
        return MailboxRead(known, found[-1] if found else after, tuple(mails))


def sent_copy(account: Account, number: str) -> Answer | None:
    """Whether the server kept a copy of the mail in its folder of sent mails, where it does that (`sent_folder`).

    A copy proves that it left; its absence proves nothing.
    """
    folder = str(account.settings.get("sent_folder") or "")
    if not has_mailbox(account) or not folder:
        return None
    try:
        with _opened(account, folder) as box:
            there = _search(box, "HEADER", "Message-ID", f'"{number}"')
    except MailboxUnreadable as error:
        return Answer(Finding.UNKNOWN, "mailbox_unreadable", str(error)[:ANSWER_KEPT])
    return Answer(Finding.SENT, "sent_copy") if there else Answer(Finding.UNKNOWN, "no_sent_copy")


def understood(uid: int, raw: bytes, *, now: datetime) -> Mail | None:
    """What a mail says about others; None where it answers nothing or cannot be read."""
    try:
        mail = message_from_bytes(raw, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        report = _report(mail)
        answered = f"{mail['In-Reply-To'] or ''} {' '.join(reversed(_NUMBER.findall(str(mail['References'] or ''))))}"
        about = (report[2],) if report and report[2] else tuple(dict.fromkeys(_NUMBER.findall(answered)))
        if not about:
            return None
        return Mail(
            uid=uid,
            kind=report[0] if report else InboundKind.REPLY,
            number=str(mail["Message-ID"] or "").strip()[:320],
            about=about[:20],
            sender=parseaddr(str(mail["From"] or ""))[1][:254],
            subject=_plain(str(mail["Subject"] or ""))[:300],
            text=_text(mail),
            status=report[1][:12] if report else "",
            received_at=_moment(mail, now),
            automatic=report is None and _is_automatic(mail),
        )
    except (ValueError, LookupError, AssertionError, AttributeError, TypeError):
        return None  # mails of others are not always mails; what cannot be read answers nothing


def _is_automatic(mail: EmailMessage) -> bool:
    said = str(mail["Auto-Submitted"] or "no").strip().lower()
    return mail.get_content_type() == "multipart/report" or not said.startswith("no")


def _report(mail: EmailMessage) -> tuple[InboundKind, str, str] | None:
    if mail.get_content_type() != "multipart/report":
        return None
    action = status = number = ""
    for part in mail.walk():
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            for block in part.get_payload():
                action = str(block["Action"] or action).strip().lower()  # type: ignore[index]
                status = str(block["Status"] or status).strip()  # type: ignore[index]
        elif kind in ("message/rfc822", "text/rfc822-headers"):
            number = _original_number(part)
    if action not in ("failed", "delayed"):
        return None
    return (InboundKind.BOUNCE if action == "failed" else InboundKind.DELAY), status, number


def _original_number(part: EmailMessage) -> str:
    payload = part.get_payload()
    if isinstance(payload, list) and payload:
        said = str(payload[0]["Message-ID"] or "")  # type: ignore[index]
    else:
        head = message_from_bytes(part.get_payload(decode=True) or b"")  # type: ignore[arg-type]
        said = str(head["Message-ID"] or "")
    found = _NUMBER.search(said)
    return found[0] if found else ""


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain", "html"))
    if body is None:
        return ""
    content = str(body.get_content())
    if body.get_content_type() == "text/html":
        content = re.sub(r"(?is)<(script|style)\b.*?</\1\s*>|<[^>]*>", " ", content)
    return _plain(content, keep="\n")[:TEXT_KEPT]


def _plain(text: str, keep: str = "") -> str:
    return "".join(each if each in keep or each.isprintable() else " " for each in text).strip()


def _moment(mail: EmailMessage, now: datetime) -> datetime:
    """The date the mail states, where it states a usable one that is not to come."""
    with suppress(ValueError, TypeError):
        said = parsedate_to_datetime(str(mail["Date"]))
        return min(said if said.tzinfo else said.replace(tzinfo=UTC), now)
    return now


@contextmanager
def _opened(account: Account, folder: str) -> Iterator[imaplib.IMAP4]:
    settings = account.settings
    host, port = str(settings.get("imap_host") or ""), int(settings.get("imap_port") or 0)
    context = ssl.create_default_context()
    box: imaplib.IMAP4 | None = None
    try:
        if settings.get("imap_security") == "none":
            box = imaplib.IMAP4(host, port or 143, timeout=account.timeout)
        else:
            box = imaplib.IMAP4_SSL(host, port or 993, ssl_context=context, timeout=account.timeout)
        user = str(settings.get("imap_user") or settings.get("user") or "")
        box.login(user, account.secrets.get("imap_password") or account.secrets.get("password", ""))
        if box.select(f'"{folder}"', readonly=True)[0] != "OK":
            raise MailboxUnreadable(folder)
        yield box
    except (OSError, imaplib.IMAP4.error, ValueError) as error:
        raise MailboxUnreadable(str(error) or type(error).__name__) from error
    finally:
        if box is not None:
            with suppress(OSError, imaplib.IMAP4.error):
                box.logout()


def _validity(box: imaplib.IMAP4) -> int:
    said = box.response("UIDVALIDITY")[1]
    return int(said[0]) if said and said[0] else 0


def _search(box: imaplib.IMAP4, *criteria: str) -> list[int]:
    state, found = box.uid("SEARCH", *criteria)
    if state != "OK":
        raise MailboxUnreadable("SEARCH")
    return [int(each) for each in (found[0] or b"").split()]


def _fetched(box: imaplib.IMAP4, uid: int) -> bytes:
    state, found = box.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{LARGEST_MAIL}>)")
    if state != "OK":
        raise MailboxUnreadable("FETCH")
    return next((bytes(each[1]) for each in found if isinstance(each, tuple)), b"")

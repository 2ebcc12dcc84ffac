"""E-mail by SMTP (RFC 5321), spoken step by step so that it is certain what the server has taken on.

A server answers for a message once it has accepted the line with the single point (§4.1.1.4). Whatever breaks before
that line is sent may be tried again; from then on nobody can tell until the server has answered.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime

from huikuan.messaging.channels.carrier import ANSWER_KEPT, Account, Answer, Outgoing
from huikuan.messaging.channels.imap import sent_copy
from huikuan.messaging.rules import Finding

TRANSIENT = range(400, 500)
PERMANENT = range(500, 600)


class _NotTaken(Exception):
    """The conversation ended before the message was handed over."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.said)
        self.answer = answer


class EmailCarrier:
    """One SMTP connection, opened for the first message and again after it broke.

    Settings: host, port, security ("starttls", "tls" or "none"), user, timeout. Secret: password.
    """

    def __init__(self, account: Account) -> None:
        self.account = account
        self._server: smtplib.SMTP | None = None

    def send(self, message: Outgoing) -> Answer:
        """Hand one message over to the server."""
        try:
            mail = composed(message, self.account).as_bytes(policy=WIRE)
        except (ValueError, HeaderParseError) as error:
            return Answer(Finding.FAILED, "cannot_compose", str(error)[:ANSWER_KEPT])
        try:
            server = self._ready()
            self._envelope(server, message.address)
            return self._content(server, mail)
        except _NotTaken as refused:
            return refused.answer

    def ask(self, message: Outgoing, *, reference: str) -> Answer | None:
        """SMTP cannot be asked; the mailbox can, see `imap.py`."""
        return sent_copy(self.account, message.number)

    def close(self) -> None:
        """Say goodbye, without waiting for what follows."""
        server, self._server = self._server, None
        if server is not None:
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
            with suppress(OSError):
                server.close()

    def _ready(self) -> smtplib.SMTP:
        """A connection that answers: the open one if it still does, else a new one."""
        if self._server is not None:
            try:
                if self._server.rset()[0] == 250:
                    return self._server
            except (OSError, smtplib.SMTPException):
                pass
            self._drop()
        try:
            self._server = connected(self.account)
        except smtplib.SMTPResponseException as error:
            raise _NotTaken(_refused(Finding.RETRY, error.smtp_code, error.smtp_error, stop=True)) from error
        except (OSError, smtplib.SMTPException, ValueError) as error:
            said = str(error)[:ANSWER_KEPT] or type(error).__name__
            raise _NotTaken(Answer(Finding.RETRY, "no_connection", said, stop=True)) from error
        return self._server

    def _envelope(self, server: smtplib.SMTP, address: str) -> None:
        steps: tuple[Callable[[], tuple[int, bytes]], ...] = (
            lambda: server.mail(self.account.from_address),
            lambda: server.rcpt(address),
            lambda: server.docmd("DATA"),
        )
        for step, wanted in zip(steps, ((250,), (250, 251), (354,)), strict=True):
            try:
                code, said = step()
            except (OSError, smtplib.SMTPException) as error:
                self._drop()
                raise _NotTaken(Answer(Finding.RETRY, "connection_lost", str(error)[:ANSWER_KEPT])) from error
            except UnicodeError as error:
                raise _NotTaken(
                    Answer(Finding.FAILED, "address_unusable", str(error)[:ANSWER_KEPT])
                ) from error
            if code not in wanted:
                finding = Finding.FAILED if code in PERMANENT else Finding.RETRY
                if code == 421:  # the server closes the connection
                    self._drop()
                raise _NotTaken(_refused(finding, code, said, stop=code == 421))

    def _content(self, server: smtplib.SMTP, mail: bytes) -> Answer:
        body = _dotted(mail)
        try:
            server.send(body)
        except (OSError, smtplib.SMTPException) as error:  # the point was not sent: nothing was taken on
            self._drop()
            return Answer(Finding.RETRY, "connection_lost", str(error)[:ANSWER_KEPT])
        try:
            server.send(b".\r\n")
            code, said = server.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            late = isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)
            what = "timeout_after_data" if late else "connection_lost_after_data"
            return Answer(Finding.UNKNOWN, what, str(error)[:ANSWER_KEPT])
        if code == 250:
            return Answer(Finding.SENT, str(code), _text(said))
        if code == -1 or code not in (*TRANSIENT, *PERMANENT):
            self._drop()
            return Answer(Finding.UNKNOWN, str(code), _text(said))
        if code == 421:
            self._drop()
        return _refused(Finding.FAILED if code in PERMANENT else Finding.RETRY, code, said)

    def _drop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            with suppress(OSError):
                server.close()


def connected(account: Account) -> smtplib.SMTP:
    """A new connection: encrypted as the settings say, certificate checked, signed in."""
    settings = account.settings
    host, port = str(settings.get("host") or ""), int(settings.get("port") or 0)
    security = settings.get("security") or "starttls"
    context = ssl.create_default_context()
    if security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port or 465, timeout=account.timeout, context=context)
    else:
        server = smtplib.SMTP(host, port or 587, timeout=account.timeout)
    try:
        # The last line goes out on its own, and would wait for the acknowledgement of those before it.
        assert server.sock is not None
        server.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if security == "starttls":
            code, said = server.starttls(context=context)
            if code != 220:
                raise smtplib.SMTPResponseException(code, said)
        server.ehlo_or_helo_if_needed()
        if settings.get("user"):
            server.login(str(settings["user"]), account.secrets.get("password", ""))
    except BaseException:
        server.close()
        raise
    return server


def composed(message: Outgoing, account: Account) -> EmailMessage:
    """The mail: text, HTML beside it, files, and the headers that make it traceable and stoppable (RFC 8058, 3834)."""
    mail = EmailMessage()
    local, _at, domain = account.from_address.rpartition("@")
    mail["From"] = Address(account.from_name, local, domain)
    mail["To"] = message.address
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(message.queued_at)
    mail["Message-ID"] = message.number
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = {"zh-hans": "zh-CN", "zh-hant": "zh-TW"}.get(
        message.language, message.language
    )
    if account.settings.get("reply_to"):
        mail["Reply-To"] = str(account.settings["reply_to"])
    if message.unsubscribe:
        mail["List-Unsubscribe"] = f"<{message.unsubscribe}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(message.text or " ")
    if message.html:
        mail.add_alternative(message.html, subtype="html")
    for file in message.attachments:
        main, _slash, sub = file.content_type.partition("/")
        mail.add_attachment(
            file.content, maintype=main or "application", subtype=sub or "octet-stream", filename=file.name
        )
    return mail


def _dotted(mail: bytes) -> bytes:
    """Lines end in CR LF, and a leading point is doubled (RFC 5321 §4.5.2)."""
    lines = mail.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    if lines and not lines[-1]:
        lines.pop()
    return b"".join((b"." + line if line.startswith(b".") else line) + b"\r\n" for line in lines)


def _refused(finding: Finding, code: int, said: bytes | str, *, stop: bool = False) -> Answer:
    return Answer(finding, str(code), _text(said), stop=stop)


def _text(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return text[:ANSWER_KEPT]

"""One HTTP request, split where it matters: before it left nothing happened, afterwards only the answer tells."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from huikuan.messaging.channels.carrier import ANSWER_KEPT, Answer
from huikuan.messaging.rules import Finding

LARGEST_ANSWER = 1_000_000
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered. `data`: its JSON, empty where it is none."""

    status: int
    text: str
    data: Mapping[str, Any]


class NoReply(Exception):
    """There is no answer; `answer` says whether the request certainly never left."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.said)
        self.answer = answer


def requested(
    url: str, *, body: bytes, headers: Mapping[str, str], timeout: float, method: str = "POST"
) -> Reply:
    """Send one request and read the answer; follows no redirect. In clear only on this machine. Raises NoReply."""
    parts = urlsplit(url)
    if not parts.hostname or parts.scheme not in ("http", "https"):
        raise NoReply(Answer(Finding.RETRY, "address_unusable", url[:100], stop=True))
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise NoReply(Answer(Finding.RETRY, "not_encrypted", parts.hostname, stop=True))
    try:
        connection = _connected(parts.scheme, parts.hostname, parts.port, timeout)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise NoReply(Answer(Finding.RETRY, "no_connection", _said(error), stop=True)) from error
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body=body, headers=dict(headers))
        answered = connection.getresponse()
        text = answered.read(LARGEST_ANSWER).decode("utf-8", "replace")
        return Reply(answered.status, text, _data(text))
    except (OSError, ValueError, http.client.HTTPException) as error:
        code = "timeout" if isinstance(error, TimeoutError) else "connection_lost"
        raise NoReply(Answer(Finding.UNKNOWN, code, _said(error))) from error
    finally:
        connection.close()


def _connected(scheme: str, host: str, port: int | None, timeout: float) -> http.client.HTTPConnection:
    connection: http.client.HTTPConnection
    if scheme == "https":
        context = ssl.create_default_context()
        connection = http.client.HTTPSConnection(host, port, timeout=timeout, context=context)
    else:
        connection = http.client.HTTPConnection(host, port, timeout=timeout)
    connection.connect()
    return connection


def _data(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _said(error: Exception) -> str:
    return (str(error) or type(error).__name__)[:ANSWER_KEPT]


def undecided(reply: Reply) -> Answer:
    """For an answer that says neither yes nor no: a broken gateway may have sent all the same."""
    return Answer(Finding.UNKNOWN, str(reply.status), reply.text[:ANSWER_KEPT])

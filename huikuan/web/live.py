"""Open pages hear at once when something was recorded: server-sent events over LISTEN/NOTIFY.

The page `live` checks the reader like any other page, in its short transaction, and answers with a header that
tells `LiveStreams` (wrapped around the application in config/asgi.py) whose events to send. So a stream that is
open holds neither a thread nor a database connection: one connection per process listens for all of them. After
some minutes a stream ends; the browser opens it again and is checked again.

Without ASGI (tests, other servers) the answer is an empty stream, and pages stay as they were loaded.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from huikuan.web.pages import MEMBER, Work, page

CHANNEL = "huikuan_live"
HEADER = "X-Huikuan-Live"
HEARTBEAT_SECONDS = 15.0
STREAM_SECONDS = 300.0
BROWSER_RETRY_MS = 2000
RECONNECT_SECONDS = 2.0

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Any, Any, Any], Awaitable[None]]

logger = logging.getLogger(__name__)


@require_safe
@page(MEMBER)
def live(request: HttpRequest, work: Work) -> HttpResponse:
    """The head of a stream of events of the organization; its body is sent by `LiveStreams`."""
    answer = HttpResponse(b"retry: 600000\n\n", content_type="text/event-stream")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Accel-Buffering"] = "no"  # a proxy in front passes events on at once
    answer.headers[HEADER] = f"{work.organization.pk} {work.actor.membership_id}"
    return answer


class Subscriber:
    """One open stream: what happened since it last looked."""

    def __init__(self, member: str) -> None:
        self.member = member
        self._kinds: set[str] = set()
        self._woken = asyncio.Event()

    def tell(self, kind: str) -> None:
        self._kinds.add(kind)
        self._woken.set()

    async def wait(self) -> None:
        await self._woken.wait()

    def take(self) -> list[str]:
        """The kinds of acts since the last call."""
        self._woken.clear()
        kinds, self._kinds = sorted(self._kinds), set()
        return kinds


class Hub:
    """The listener of a process: one connection, fanned out to the streams of each organization."""

    def __init__(self) -> None:
        self._subscribers: dict[str, set[Subscriber]] = {}
        self._listening: asyncio.Task[None] | None = None

    @contextmanager
    def subscribed(self, organization: str, member: str) -> Iterator[Subscriber]:
        """Hear the organization's events while inside; the first to come starts the listener."""
        subscriber = Subscriber(member)
        self._subscribers.setdefault(organization, set()).add(subscriber)
        if self._listening is None or self._listening.done():
            self._listening = asyncio.get_running_loop().create_task(self._listen())
        try:
            yield subscriber
        finally:
            others = self._subscribers[organization]
            others.discard(subscriber)
            if not others:
                del self._subscribers[organization]
            if not self._subscribers:
                self._listening.cancel()

    def publish(self, payload: str) -> None:
        """`<organization> <kind>` goes to all streams of the organization, with a third word only to that member's."""
        organization, _space, rest = payload.partition(" ")
        kind, _space, member = rest.partition(" ")
        for subscriber in self._subscribers.get(organization, ()):
            if not member or member == subscriber.member:
                subscriber.tell(kind)

    async def _listen(self) -> None:
        """Listen for ever; after a lost connection everybody is told, for something may have been missed."""
        while True:
            try:
                parameters = await asyncio.to_thread(_connection_parameters)
                async with await psycopg.AsyncConnection.connect(**parameters, autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    async for notification in connection.notifies():
                        self.publish(notification.payload)
            except (psycopg.Error, OSError):
                logger.warning("live updates: the database connection was lost", exc_info=True)
            await asyncio.sleep(RECONNECT_SECONDS)
            for organization in list(self._subscribers):
                self.publish(f"{organization} reconnected")


def _connection_parameters() -> dict[str, Any]:
    parameters = connections["default"].get_connection_params()
    for name in ("cursor_factory", "context", "prepare_threshold"):
        parameters.pop(name, None)
    return parameters


class LiveStreams:
    """ASGI: answers of `live` become streams; everything else passes through untouched."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.hub = Hub()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].endswith("/live"):
            await self.application(scope, receive, send)
            return
        head: Message | None = None
        whose = ""

        async def intercept(message: Message) -> None:
            nonlocal head, whose
            if message["type"] == "http.response.start":
                whose, headers = _without_mark(message["headers"])
                message = {**message, "headers": headers}
                if whose:
                    head = message
                    return
            if head is None:
                await send(message)

        await self.application(scope, _body_only(receive), intercept)
        if head is not None and scope["method"] == "GET":
            await self._stream(head, whose, receive, send)
        elif head is not None:
            await send(head)
            await send({"type": "http.response.body", "body": b""})

    async def _stream(self, head: Message, whose: str, receive: Receive, send: Send) -> None:
        organization, _space, member = whose.partition(" ")
        loop = asyncio.get_running_loop()
        # Spread out, so that after a restart not all pages come back in the same second for ever.
        until = loop.time() + STREAM_SECONDS * random.uniform(0.9, 1.1)
        gone = loop.create_task(_disconnected(receive))
        try:
            with self.hub.subscribed(organization, member) as subscriber:
                await send(head)
                await _say(send, f"retry: {BROWSER_RETRY_MS}\nevent: open\ndata: {{}}\n\n")
                while not gone.done() and loop.time() < until:
                    heard = loop.create_task(subscriber.wait())
                    patience = min(HEARTBEAT_SECONDS, max(until - loop.time(), 0))
                    await asyncio.wait({heard, gone}, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
                    heard.cancel()
                    kinds = subscriber.take()
                    if not gone.done():
                        await _say(
                            send, f"event: changed\ndata: {json.dumps(kinds)}\n\n" if kinds else ": \n\n"
                        )
            if not gone.done():
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            gone.cancel()


async def _say(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


async def _disconnected(receive: Receive) -> None:
    with suppress(RuntimeError):
        while (await receive())["type"] != "http.disconnect":
            pass


def _without_mark(headers: Any) -> tuple[str, list[tuple[bytes, bytes]]]:
    """The value of HEADER and the other headers; the length goes with it, for the body is another."""
    name = HEADER.lower().encode()
    mark = next((value.decode() for key, value in headers if key.lower() == name), "")
    leave_out = {name, b"content-length"} if mark else set()
    return mark, [(key, value) for key, value in headers if key.lower() not in leave_out]


def _body_only(receive: Receive) -> Receive:
    """The request's body for the page; that the browser leaves is heard by the stream alone."""
    ended = False

    async def take() -> Message:
        nonlocal ended
        if ended:
            await asyncio.Event().wait()
        message = await receive()
        ended = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    return take

"""Streams of events: who may open one, whose events it carries, and that it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from huikuan.audit.operations import act
from huikuan.core.postgres.tenancy import tenant
from huikuan.notices.operations import send_notices
from huikuan.organizations.models import Membership
from huikuan.web import live
from tests.conftest import make_organization
from tests.web.people import member, signed_in


def test_only_members_open_a_stream(organization: Any, actor: Any) -> None:
    user = member(organization, "administrator")
    address = f"/o/{organization.code}/live"
    answer = signed_in(user).get(address)
    assert answer["Content-Type"] == "text/event-stream"
    with tenant(organization.pk):
        assert answer[live.HEADER] == f"{organization.pk} {Membership.objects.get(user=user).pk}"
    stranger = signed_in(member(make_organization(actor), "finance_manager"))
    assert stranger.get(address).status_code == 404
    assert Client().get(address).status_code == 302


async def _page(scope: Any, receive: Any, send: Any) -> None:
    """What the page `live` answers to a member of `ours`."""
    await receive()
    headers = [(b"Content-Type", b"text/event-stream"), (b"Content-Length", b"9")]
    await send(
        {"type": "http.response.start", "status": 200, "headers": [*headers, (b"X-Huikuan-Live", b"ours me")]}
    )
    await send({"type": "http.response.body", "body": b"retry: 1\n"})


async def _refusal(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 403, "headers": []})
    await send({"type": "http.response.body", "body": b"no"})


async def _ask(streams: live.LiveStreams, during: Callable[[], Any] | None = None) -> list[Any]:
    """Everything sent in answer to one request; `during` runs once the stream is open."""
    sent: list[Any] = []
    asked = False

    async def receive() -> Any:
        nonlocal asked
        if asked:
            await asyncio.Event().wait()
        asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    request = {"type": "http", "path": "/o/x/live", "method": "GET"}
    task = asyncio.create_task(streams(request, receive, send))
    await asyncio.sleep(0.05)
    if during:
        during()
    await asyncio.wait_for(task, 5)
    return sent


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams that end soon, and no database behind them."""

    async def deaf(self: live.Hub) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(live.Hub, "_listen", deaf)
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.1)
    monkeypatch.setattr(live, "STREAM_SECONDS", 0.4)


@pytest.mark.usefixtures("quick")
def test_a_stream_carries_its_organizations_events_and_ends() -> None:
    streams = live.LiveStreams(_page)

    def events() -> None:
        for payload in ("ours record_receipts", "theirs secret", "ours notice you", "ours notice me"):
            streams.hub.publish(payload)

    sent = asyncio.run(_ask(streams, events))
    names = {name.lower() for name, _value in sent[0]["headers"]}
    assert names == {b"content-type"}, "neither the mark nor the length of the other body"
    text = b"".join(message["body"] for message in sent[1:]).decode()
    assert 'event: changed\ndata: ["notice", "record_receipts"]' in text
    assert "secret" not in text
    assert text.count("event: changed") == 1
    assert ": \n\n" in text, "a heartbeat"
    assert sent[-1]["more_body"] is False
    assert streams.hub._subscribers == {}


@pytest.mark.usefixtures("quick")
def test_a_notice_for_another_member_wakes_nobody_else() -> None:
    streams = live.LiveStreams(_page)
    sent = asyncio.run(_ask(streams, lambda: streams.hub.publish("ours notice you")))
    assert b"changed" not in b"".join(message["body"] for message in sent[1:])


@pytest.mark.usefixtures("quick")
def test_a_refusal_passes_as_it_is() -> None:
    sent = asyncio.run(_ask(live.LiveStreams(_refusal)))
    assert [message.get("status") or message["body"] for message in sent] == [403, b"no"]


@pytest.mark.django_db(transaction=True)
def test_what_is_committed_is_heard_at_once(actor: Any) -> None:
    ours, theirs = make_organization(actor), make_organization(actor)
    user = member(ours, "auditor")
    with tenant(ours.pk):
        membership = Membership.objects.get(user=user).pk

    def work() -> None:
        from django.db import connection

        for organization in (theirs, ours):
            with tenant(organization.pk), act("record_receipts", actor=actor):
                pass
        with tenant(ours.pk):
            send_notices([membership], kind="mentioned", parameters={}, path="/", now=timezone.now())
        connection.close()

    async def listen() -> set[str]:
        hub = live.Hub()
        with hub.subscribed(str(ours.pk), str(membership)) as mine:
            other = live.Subscriber("somebody")
            hub._subscribers[str(theirs.pk)] = {other}
            await asyncio.sleep(0.5)
            await asyncio.to_thread(work)
            heard: set[str] = set()
            while not {"record_receipts", "notice"} <= heard:
                await asyncio.wait_for(mine.wait(), 3)
                heard |= set(mine.take())
            assert other.take() == ["record_receipts"], (
                "each hears its own organization, without notices of others"
            )
            hub._subscribers.pop(str(theirs.pk))
        return heard

    assert asyncio.run(listen()) == {"record_receipts", "notice"}

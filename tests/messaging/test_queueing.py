"""A message is queued once for its key, and moves only along its ways."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from huikuan.audit.operations import act
from huikuan.core.postgres.tenancy import tenant
from huikuan.messaging.errors import MessageRefused
from huikuan.messaging.models import Message
from huikuan.messaging.operations import queue_messages
from huikuan.messaging.rules import MessageChannel
from tests.messaging.conftest import letter

pytestmark = pytest.mark.django_db


def test_the_same_key_is_queued_once(organization: Any, actor: Any) -> None:
    with tenant(organization.pk):
        with act("test", actor=actor) as opened:
            first = queue_messages(act=opened, messages=[letter("a"), letter("b"), letter("a", text="别的")])
            again = queue_messages(act=opened, messages=[letter("b", text="别的"), letter("c")])
        assert sorted(first) == ["a", "b"]
        assert again["b"] == first["b"]
        assert Message.objects.filter(key__in="abc").count() == 3
        assert Message.objects.get(key="a").text == "请付款。"


def test_an_address_is_kept_encrypted_and_shown_masked(organization: Any, actor: Any) -> None:
    with tenant(organization.pk), act("test", actor=actor) as opened:
        queue_messages(
            act=opened,
            messages=[
                letter("mail", address="  Zhang@Example.com ", subject="一\r\nBcc: x@example.com"),
                letter("sms", channel=MessageChannel.SMS, address="138 1234 5678"),
                letter("robot", channel=MessageChannel.WECOM, address="sales-group"),
                letter("none", address="nobody"),
            ],
        )
        found = {each.key: each for each in Message.objects.all()}
    assert found["mail"].address == "zhang@example.com"
    assert "zhang" not in found["mail"].address_encrypted + found["mail"].address_shown
    assert found["mail"].subject == "一 Bcc: x@example.com"
    assert found["sms"].address == "+8613812345678"
    assert found["sms"].address_shown == "138****5678"
    assert found["robot"].address == found["robot"].address_shown == "sales-group"
    assert found["none"].address == "nobody" and found["none"].address_index is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"key": "k" * 201}, "message_key"),
        ({"text": "长" * 1_000_000}, "text_too_long"),
        ({"subject": "长" * 301}, "text_too_long"),
    ],
)
def test_what_is_too_long_is_refused_by_name(
    organization: Any, actor: Any, changes: dict[str, str], code: str
) -> None:
    with tenant(organization.pk):
        with act("test", actor=actor) as opened, pytest.raises(MessageRefused) as refused:
            queue_messages(act=opened, messages=[letter("good"), letter(**{"key": "bad", **changes})])
        assert refused.value.code == code
        assert not Message.objects.filter(key="good").exists()


def _move(key: str, state: str, **more: str) -> None:
    lease = "now()" if state == "sending" else "NULL"
    settled = "NULL" if state in ("queued", "sending") else "now()"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE messaging_message SET state = %s, lease_until = {lease}, settled_at = {settled}, reason = 'x'"
            " WHERE organization_id = current_setting('app.organization_id')::uuid AND key = %s",
            [state, key],
        )


@pytest.mark.parametrize(
    "way",
    [
        ("sending", "sent", "queued"),
        ("sending", "sent", "failed"),
        ("sent",),
        ("unknown",),
        ("cancelled", "queued"),
        ("sending", "unknown", "sending"),
        ("sending", "unknown", "cancelled"),
    ],
)
def test_the_database_refuses_other_ways(organization: Any, actor: Any, way: tuple[str, ...]) -> None:
    with tenant(organization.pk):
        with act("test", actor=actor) as opened:
            queue_messages(act=opened, messages=[letter("way")])
        for state in way[:-1]:
            _move("way", state)
        with pytest.raises(IntegrityError, match="does not become"):
            _move("way", way[-1])


def test_a_message_may_not_be_changed_or_removed(organization: Any, actor: Any) -> None:
    with tenant(organization.pk):
        with act("test", actor=actor) as opened:
            queue_messages(act=opened, messages=[letter("fixed")])
        for change in ("UPDATE messaging_message SET text = 'x'", "DELETE FROM messaging_message"):
            with (
                pytest.raises(Exception, match="permission denied"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(f"{change} WHERE organization_id = %s", [organization.pk])

"""`huikuan message`: sending, listing and settling, in this process."""

from __future__ import annotations

import json
from datetime import time
from typing import Any

import pytest
from typer.testing import CliRunner

from huikuan.audit.operations import act
from huikuan.bench.mail_server import MailServer, Mood
from huikuan.cli.commands import app
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import tenant
from huikuan.messaging.operations import SenderData, queue_messages, save_sender
from huikuan.messaging.rules import MessageChannel, QuietHours
from tests.messaging.conftest import letter

pytestmark = pytest.mark.django_db(transaction=True)


def huikuan(organization: Any, *words: str) -> Any:
    run = CliRunner().invoke(app, [*words, "--org", organization.code, "--format", "json"])
    if isinstance(run.exception, HuikuanError):
        return run.exception.code
    assert run.exit_code == 0, run.output
    return json.loads(run.stdout)


def test_send_list_and_settle(organization: Any, actor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huikuan.cli.runtime.ready", lambda: None)  # the schema is up to date
    never = QuietHours(time(8), time(8), rest_days=False)  # the command sends by the clock, by night, too
    monkeypatch.setattr("huikuan.messaging.operations.taking.CEILING", never)
    server = MailServer(silence=1.0)
    monkeypatch.setattr("huikuan.bench.mail_server.WEIGHTS", {Mood.TAKEN_AND_GONE: 1.0})
    with tenant(organization.pk):
        save_sender(
            SenderData(
                code="mail",
                name="邮件",
                channel=MessageChannel.EMAIL,
                provider="smtp",
                settings={"host": "127.0.0.1", "port": server.port, "security": "none", "timeout": 2},
                from_address="ar@example.com",
                quiet_from=time(8),
                quiet_rest_days=False,
                test_mode=False,
            ),
            actor=actor,
        )
        with act("test", actor=actor) as opened:
            queue_messages(act=opened, messages=[letter("a")])
    try:
        done = huikuan(organization, "message", "send")
        assert (done["unknown"], done["resting"]) == (1, {})
        assert huikuan(organization, "message", "send").get("unknown") is None  # not sent again
    finally:
        server.die()
    [row] = huikuan(organization, "message", "list", "--state", "unknown")
    assert (row["key"], row["address"], row["reason"]) == (
        "a",
        "z***@example.com",
        "connection_lost_after_data",
    )
    settle = ("message", "settle", row["id"], "--reason", "问过", "--as")
    assert huikuan(organization, *settle, "arrived")["state"] == "sent"
    assert huikuan(organization, *settle, "again") == "nothing_to_settle"
    assert huikuan(organization, "message", "list", "--state", "lost") == "unknown_code"
    assert huikuan(organization, "check")["broken"] == []

"""Accounts through which messages leave: added, changed, tried out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from huikuan.audit.operations import act, record_event
from huikuan.core.encryption import normalise_email
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.messaging.channels.carrier import Answer
from huikuan.messaging.channels.registry import PROVIDERS
from huikuan.messaging.errors import SenderRefused
from huikuan.messaging.models import Sender
from huikuan.messaging.rules import ROBOTS, MessageChannel
from huikuan.organizations.actors import Actor

SENDER = "message_sender"
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderData:
    """A sender as it is to be. `secrets`: those that change; the others stay. None quiet hours: as begin equals end."""

    code: str
    name: str
    channel: MessageChannel
    provider: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    from_address: str = ""
    from_name: str = ""
    rate_per_minute: int = 60
    daily_cap: int = 2000
    quiet_from: time = time(20)
    quiet_until: time = time(8)
    quiet_rest_days: bool = True
    test_mode: bool = True
    standard: bool = True
    active: bool = True


def save_sender(data: SenderData, *, actor: Actor, sender_id: UUID | None = None) -> Sender:
    """设置发送账号: add an account, or change one; another standard sender of the channel gives way.

    Channel and code of an account stay. Secrets are kept encrypted and are not in the trail. Raises SenderRefused.
    """
    actor.require("messaging.manage")
    _require_sound(data)
    with act("save_message_sender", actor=actor):
        organization_id = current_organization_id()
        known = {each.pk: each for each in Sender.objects.select_for_update(no_key=True).order_by("pk")}
        sender = known.get(sender_id) if sender_id else Sender(pk=uuid7(), organization_id=organization_id)
        if sender is None:
            raise SenderRefused(_("没有这个发送账号。"), code="unknown_sender")
        if any(each.code == data.code and each.pk != sender.pk for each in known.values()):
            raise SenderRefused(_("代码 %s 已经有发送账号。") % data.code, code="sender_code_taken")
        standard = data.standard and data.active and data.channel not in ROBOTS
        if standard:
            Sender.objects.filter(channel=data.channel.value, standard=True).exclude(pk=sender.pk).update(
                standard=False
            )
        if sender_id is None:
            sender.code, sender.channel = data.code, data.channel.value
        for name in [
            "name",
            "provider",
            "from_address",
            "from_name",
            "rate_per_minute",
            "daily_cap",
            "quiet_from",
            "quiet_until",
            "quiet_rest_days",
            "test_mode",
            "active",
        ]:
            setattr(sender, name, getattr(data, name))
        sender.settings, sender.standard = dict(data.settings), standard
        sender.secrets = {**sender.secrets, **{key: value for key, value in data.secrets.items() if value}}
        sender.save()
        record_event(
            action="changed" if sender_id else "created",
            record_kind=SENDER,
            record_id=sender.pk,
            number=sender.code,
            content={
                "channel": sender.channel,
                "provider": sender.provider,
                "settings": sender.settings,
                "test_mode": sender.test_mode,
                "active": sender.active,
                "standard": sender.standard,
                "secrets_changed": sorted(key for key, value in data.secrets.items() if value),
            },
        )
    return sender


def _require_sound(data: SenderData) -> None:
    if not _CODE.fullmatch(data.code):
        raise SenderRefused(_("代码由小写字母、数字、“-”和“_”组成，最多 40 个字符。"), code="sender_code")
    if not data.name.strip() or len(data.name) > 100:
        raise SenderRefused(_("名称应为 1 到 100 个字符。"), code="sender_name")
    if data.provider not in PROVIDERS[data.channel]:
        raise SenderRefused(_("没有这种服务商。"), code="unknown_provider")
    if data.rate_per_minute < 1 or data.daily_cap < 1:
        raise SenderRefused(_("每分钟和每天的上限至少是 1。"), code="sender_limits")
    if data.channel is MessageChannel.EMAIL:
        if normalise_email(data.from_address) is None:
            raise SenderRefused(_("发件地址不是有效的邮箱。"), code="from_address")
        if not data.settings.get("host"):
            raise SenderRefused(_("请填写发信服务器。"), code="host_missing")


def record_test(sender_id: UUID, answer: Answer, *, actor: Actor, now: datetime) -> None:
    """Write into the trail that somebody tried an account out by writing to themselves."""
    actor.require("messaging.manage")
    with act("try_message_sender", actor=actor):
        record_event(
            action="tried",
            record_kind=SENDER,
            record_id=sender_id,
            number=Sender.objects.values_list("code", flat=True).get(pk=sender_id),
            content={"finding": answer.finding.value, "code": answer.code, "said": answer.said[:300]},
        )

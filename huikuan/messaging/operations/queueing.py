"""Queuing: the same key once, ever."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from huikuan.audit.operations import OpenAct
from huikuan.core.encryption import (
    blind_index,
    encrypt,
    mask_email,
    mask_phone,
    normalise_email,
    normalise_phone,
)
from huikuan.core.postgres.bulk import stage
from huikuan.messaging.errors import MessageRefused
from huikuan.messaging.models.messages import address_context
from huikuan.messaging.rules import ROBOTS, MessageChannel, NewMessage

LONGEST_KEY = 200
LONGEST_SUBJECT = 300
LONGEST_TEXT = 200_000
LONGEST_HTML = 2_000_000

_COLUMNS = (
    ("id", "uuid"),
    ("key", "text"),
    ("channel", "text"),
    ("purpose", "text"),
    ("customer_id", "uuid"),
    ("person_id", "uuid"),
    ("membership_id", "uuid"),
    ("address_encrypted", "text"),
    ("address_index", "bytea"),
    ("address_shown", "text"),
    ("language", "text"),
    ("subject", "text"),
    ("text", "text"),
    ("html", "text"),
    ("attachments", "jsonb"),
    ("about_kind", "text"),
    ("about_id", "uuid"),
    ("not_before", "timestamptz"),
)
_NAMES = ", ".join(name for name, _kind in _COLUMNS)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


def queue_messages(*, act: OpenAct, messages: Sequence[NewMessage]) -> Mapping[str, UUID]:
    """Put messages into the queue, in the caller's act and transaction; returns the id of the message of each key.

    A key that is known already keeps the message it has, whatever this one says. An address that cannot be one is
    queued all the same, and fails when its turn comes, so that it is seen among the messages. Raises
    MessageRefused for a key, subject or text too long; nothing is queued then.
    """
    if not messages:
        return {}
    for each in messages:
        _require_fitting(each)
    stage("queued_message", _COLUMNS, _rows(act.organization_id, messages))
    with connection.cursor() as cursor:
        cursor.execute(QUEUE, {"organization": act.organization_id, "act": act.id})
        cursor.execute(KEYS, {"organization": act.organization_id})
        return dict(cursor.fetchall())


def _rows(organization_id: UUID, messages: Sequence[NewMessage]) -> Iterator[tuple[object, ...]]:
    context = address_context(organization_id)
    for each in messages:
        address = normal_address(each.channel, each.address)
        personal = each.channel not in ROBOTS and bool(each.address)
        yield (
            uuid7(),
            each.key,
            each.channel.value,
            each.purpose.value,
            each.customer_id,
            each.person_id,
            each.membership_id,
            encrypt(address or each.address[:254], context=context) if personal else "",
            blind_index(address, context=context) if personal and address else None,
            shown_address(each.channel, address or each.address),
            each.language,
            one_line(each.subject),
            each.text.replace("\x00", ""),
            each.html.replace("\x00", ""),
            json.dumps([str(file) for file in each.attachments]),
            each.about_kind,
            each.about_id,
            each.not_before,
        )


def normal_address(channel: MessageChannel, address: str) -> str | None:
    """An address in its one form, or None where the channel cannot send to it."""
    if channel == MessageChannel.EMAIL:
        return normalise_email(address)
    if channel == MessageChannel.SMS:
        number = normalise_phone(address)
        return number if number and ";ext=" not in number else None
    return address.strip() or None


def shown_address(channel: MessageChannel, address: str) -> str:
    """An address as it is shown: masked, but for the code of a sender."""
    if not address:
        return ""
    if channel == MessageChannel.EMAIL:
        return mask_email(address)[:254]
    return (mask_phone(address) if channel == MessageChannel.SMS else address)[:254]


def one_line(text: str) -> str:
    """A subject without line breaks and other control characters, which would begin another header field."""
    return _CONTROL.sub(" ", text).strip()


def _require_fitting(message: NewMessage) -> None:
    if not message.key or len(message.key) > LONGEST_KEY:
        raise MessageRefused(_("消息的键应为 1 到 %d 个字符。") % LONGEST_KEY, code="message_key")
    for label, text, most in (
        (_("主题"), message.subject, LONGEST_SUBJECT),
        (_("正文"), message.text, LONGEST_TEXT),
        (_("正文"), message.html, LONGEST_HTML),
    ):
        if len(text) > most:
            raise MessageRefused(
                _("消息的%(field)s超过 %(most)d 个字符。") % {"field": label, "most": most},
                code="text_too_long",
            )


QUEUE = f"""
    INSERT INTO messaging_message (organization_id, act_id, {_NAMES}, queued_at, next_at, state, tries, number, reference,
                                   reason, said)
    SELECT %(organization)s, %(act)s, {_NAMES}, now(), coalesce(not_before, now()), 'queued', 0, '', '', '', ''
    FROM queued_message ORDER BY id
    ON CONFLICT (organization_id, key) DO NOTHING
"""
KEYS = """
    SELECT m.key, m.id FROM messaging_message m
    WHERE m.organization_id = %(organization)s AND m.key IN (SELECT key FROM queued_message)
"""

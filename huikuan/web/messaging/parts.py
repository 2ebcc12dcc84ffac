"""Messages as pages show them: addresses, states, and the remark about test mode."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from huikuan.core.sentences import enumerated, labelled
from huikuan.messaging.models import Message
from huikuan.messaging.queries import messages_seen, senders_in_use
from huikuan.messaging.rules import MessageState
from huikuan.messaging.wording import CHANNELS, STATES, TONES, reason_words, word
from huikuan.web.lists import with_query
from huikuan.web.pages import Work

Row = dict[str, Any]


def message_url(work: Work, key: UUID) -> str:
    """Where a message is."""
    return reverse("message", args=[work.organization.code, key])


def list_url(work: Work, **query: str) -> str:
    """The list of messages, filtered."""
    return with_query(reverse("messages", args=[work.organization.code]), query)


def state_badge(work: Work, row: Message) -> Row:
    """What became of a message, and why it was not sent."""
    state, tone = word(STATES, row.state), TONES[row.state]
    if row.bounced_at is not None:
        return {"label": labelled(state, _("已退信")), "tone": "bad"}
    if row.reason and row.state != MessageState.SENT:
        return {"label": labelled(state, reason_words(row.reason)), "tone": tone}
    if row.state == MessageState.QUEUED and row.tries:
        return {"label": labelled(state, _("已试 %d 次") % row.tries), "tone": tone}
    return {"label": state, "tone": tone}


def sender_notices(work: Work) -> list[Row]:
    """What has to be known about the senders: that some only test, or that there are none."""
    found = senders_in_use()
    may = work.actor.may("messaging.manage")
    url = reverse("settings-senders", args=[work.organization.code]) if may else ""
    if not found:
        return [
            {
                "tone": "warn",
                "title": _("还没有发送账号"),
                "text": _("消息会留在队列里，直到管理员设置了发送账号。"),
                "action_url": url,
                "action_label": _("设置发送账号"),
            }
        ]
    testing = [word(CHANNELS, each.channel) for each in found if each.test_mode]
    if not testing:
        return []
    return [
        {
            "tone": "warn",
            "title": _("测试模式：%s") % enumerated(dict.fromkeys(testing)),
            "text": _("这些渠道的消息不会发出，记为未发送，也不算作联系记录。"),
            "action_url": url,
            "action_label": _("查看发送账号"),
        }
    ]


def waiting_for(work: Work) -> int:
    """How many messages wait for somebody to say what became of them, for who may."""
    if not work.actor.may("messaging.manage"):
        return 0
    return messages_seen(work.actor).filter(state=MessageState.UNKNOWN.value).count()

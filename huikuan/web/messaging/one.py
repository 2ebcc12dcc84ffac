"""One message: what it says, to whom, every try, and what came back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from huikuan.core.sentences import enumerated
from huikuan.files.models import AttachedFile
from huikuan.messaging.models import Attempt, Inbound, Message
from huikuan.messaging.queries import messages_seen
from huikuan.messaging.rules import MessageState
from huikuan.messaging.wording import (
    ATTEMPTS,
    CHANNELS,
    FINDING_TONES,
    FINDINGS,
    INBOUND,
    PURPOSES,
    reason_words,
    word,
)
from huikuan.organizations.actors import actor_words
from huikuan.web.ledger.addresses import customer_url
from huikuan.web.messaging.parts import list_url, state_badge
from huikuan.web.pages import Work, page

Row = dict[str, Any]


def message_for(work: Work, key: UUID) -> Message:
    """The message if the actor sees whom it is to; one to somebody else's customer does not exist."""
    found = messages_seen(work.actor).select_related("customer", "sender").filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def crumbs(work: Work, found: Message, *more: str) -> list[dict[str, str]]:
    """Where a page of a message is."""
    return [
        {"label": pgettext("plural", "消息"), "url": list_url(work)},
        *({"label": label} for label in (found.subject or word(CHANNELS, found.channel), *more)),
    ]


@require_safe
@page("messaging.read")
def message(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """What a message says and what became of it."""
    found = message_for(work, key)
    context = {
        "found": found,
        "title": found.subject or word(CHANNELS, found.channel),
        "over": word(CHANNELS, found.channel),
        "state": state_badge(work, found),
        "actions": _actions(work, found),
        "notices": _notices(found),
        "facts": _facts(work, found),
        "attempts": _attempts(found),
        "answers": _answers(found),
        "breadcrumbs": crumbs(work, found),
    }
    return render(request, "messaging/message.html", context)


def _actions(work: Work, found: Message) -> list[Row]:
    if not work.actor.may("messaging.manage"):
        return []
    if found.state in (MessageState.UNKNOWN, MessageState.FAILED):
        url = reverse("message-settle", args=[work.organization.code, found.pk])
        return [{"label": _("人工确认"), "url": url, "icon": "clipboard-check", "primary": True}]
    if found.state == MessageState.QUEUED:
        url = reverse("message-cancel", args=[work.organization.code, found.pk])
        return [{"label": _("不再发送"), "url": url, "icon": "ban"}]
    return []


def _notices(found: Message) -> list[Row]:
    if found.state != MessageState.UNKNOWN:
        return []
    return [
        {
            "tone": "warn",
            "title": _("不知道这条消息是否已经发出"),
            "text": _(
                "为避免重复催收，系统不会自动重发。能查询的渠道会继续查询；也可以问过收件人后人工确认。"
            ),
        }
    ]


def _facts(work: Work, found: Message) -> list[Row]:
    customer = found.customer
    facts: list[Row] = [
        {
            "label": _("收件人"),
            "value": customer.name if customer else _("本公司"),
            "url": customer_url(work, customer.pk) if customer and work.actor.may("customer.read") else "",
            "hint": found.address_shown,
        },
        {"label": _("类别"), "value": word(PURPOSES, found.purpose)},
        {"label": _("排队时间"), "value": found.queued_at, "kind": "moment"},
        {"label": _("不早于"), "value": found.not_before, "kind": "moment"},
        {"label": pgettext("one", "发送账号"), "value": found.sender.name if found.sender else None},
        {"label": _("结果时间"), "value": found.settled_at, "kind": "moment"},
        {"label": _("下次发送"), "value": found.next_at, "kind": "moment"}
        if found.state == MessageState.QUEUED
        else {"label": "", "value": None},
        {"label": _("原因"), "value": reason_words(found.reason) or None},
        {"label": _("说明"), "value": found.said or None, "wide": True},
        {"label": _("渠道的编号"), "value": found.reference or None},
        {"label": "Message-ID", "value": found.number or None, "wide": True},
        {"label": _("附件"), "value": _files(found) or None, "wide": True},
    ]
    return [fact for fact in facts if fact["value"] is not None]


def _files(found: Message) -> str:
    if not found.attachments:
        return ""
    names = AttachedFile.objects.filter(pk__in=found.attachments).values_list("name", flat=True)
    return enumerated(names)


def _attempts(found: Message) -> Row:
    rows = [
        {
            "cells": [
                each.began_at,
                word(ATTEMPTS, each.kind),
                {"label": word(FINDINGS, each.finding), "tone": FINDING_TONES.get(each.finding, "plain")},
                {"value": reason_words(each.code) or "—", "note": each.answer},
                _by(each.worker),
            ]
        }
        for each in Attempt.objects.filter(message=found).order_by("began_at", "pk")
    ]
    columns = [
        {"label": _("时间"), "kind": "moment", "lead": True},
        {"label": pgettext("attempt", "动作")},
        {"label": _("结果"), "kind": "badge"},
        {"label": _("对方的回答"), "kind": "name"},
        {"label": _("由谁"), "kind": "name", "minor": True},
    ]
    empty = {"title": _("还没有发送过"), "icon": "hourglass"}
    return {"columns": columns, "rows": rows, "empty": empty}


def _by(worker: str) -> str:
    """Who sent: a person, or the system whatever the name of its process."""
    return pgettext("sent by", "系统") if "/" in worker else actor_words(worker)


def _answers(found: Message) -> Row:
    rows = [
        {
            "cells": [
                each.received_at,
                {"label": word(INBOUND, each.kind), "tone": "notice" if each.kind == "reply" else "bad"},
                each.from_shown or "—",
                {"value": each.subject or "—", "note": each.text or each.status},
            ]
        }
        for each in Inbound.objects.filter(message=found).order_by("received_at", "pk")
    ]
    columns = [
        {"label": _("时间"), "kind": "moment", "lead": True},
        {"label": _("类别"), "kind": "badge"},
        {"label": _("来自"), "kind": "name"},
        {"label": _("内容"), "kind": "name"},
    ]
    return {"columns": columns, "rows": rows}

"""发送账号: the accounts through which messages leave, set up and tried out on oneself."""

from __future__ import annotations

from contextlib import closing
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import tenant
from huikuan.core.sentences import labelled
from huikuan.messaging.channels.carrier import Account, Answer, Outgoing
from huikuan.messaging.channels.registry import opened
from huikuan.messaging.errors import SenderRefused
from huikuan.messaging.models import Sender
from huikuan.messaging.operations import record_test, save_sender
from huikuan.messaging.queries import account_of
from huikuan.messaging.rules import Finding, MessageChannel, message_number
from huikuan.messaging.wording import CHANNELS, PROVIDERS, reason_words, word
from huikuan.organizations.models import User
from huikuan.web.messaging.sender_forms import CHANNEL_OF, SenderForm
from huikuan.web.pages import Work, page
from huikuan.web.settings.frame import address, put_error, show, show_form

SECTION = "settings-senders"


@require_safe
@page("messaging.manage")
def senders(request: HttpRequest, work: Work) -> HttpResponse:
    """The senders, and the kinds that can be added."""
    rows = [
        {
            "url": address(work, "settings-sender", each.pk),
            "cells": [
                {"value": each.name, "note": each.code},
                {"value": word(CHANNELS, each.channel), "note": word(PROVIDERS, each.provider)},
                each.from_address or "—",
                _limits(each),
                _state(each),
            ],
        }
        for each in Sender.objects.order_by("channel", "code")
    ]
    columns = [
        {"label": pgettext("one", "发送账号"), "lead": True, "kind": "name"},
        {"label": _("渠道"), "kind": "name"},
        {"label": _("发件地址"), "kind": "name"},
        {"label": _("上限")},
        {"label": _("状态"), "kind": "badge"},
    ]
    empty = {
        "title": _("还没有发送账号"),
        "text": _("从上面选一种添加。新账号从测试模式开始：什么都不发出，直到您关掉它。"),
        "icon": "mail",
    }
    table = {"id": "list", "caption": _("发送账号"), "columns": columns, "rows": rows, "empty": empty}
    actions = [
        {
            "label": str(said),
            "url": address(work, "settings-sender-add", provider),
            "icon": "plus",
        }
        for provider, said in PROVIDERS.items()
    ]
    return show(
        request,
        work,
        "messaging/senders.html",
        section=SECTION,
        title=_("发送账号"),
        note=_("消息从这里的账号发出：邮件、短信、群机器人。密码和密钥加密保存，不再显示。"),
        tables=[table],
        kinds=actions,
    )


def _limits(sender: Sender) -> str:
    return _("每分钟 %(rate)d，每天 %(cap)d") % {"rate": sender.rate_per_minute, "cap": sender.daily_cap}


def _state(sender: Sender) -> dict[str, str]:
    if not sender.active:
        return {"label": _("已停用"), "tone": "plain"}
    if sender.test_mode:
        return {"label": _("测试模式"), "tone": "warn"}
    return {"label": _("使用中"), "tone": "good"} if _used(sender) else {"label": _("备用"), "tone": "plain"}


def _used(sender: Sender) -> bool:
    return sender.standard or sender.channel not in (MessageChannel.EMAIL, MessageChannel.SMS)


@require_http_methods(["GET", "HEAD", "POST"])
@page("messaging.manage")
def sender_add(request: HttpRequest, work: Work, provider: str) -> HttpResponse:
    """Another account of a kind."""
    if provider not in CHANNEL_OF:
        raise Http404
    form = SenderForm(request.POST if request.method == "POST" else None, provider=provider)
    if form.is_valid():
        try:
            made = save_sender(form.sender_data(), actor=work.actor)
        except HuikuanError as error:
            put_error(form, error)
        else:
            messages.success(request, _("已保存。先给自己发一条试试。"))
            return redirect("settings-sender", work.organization.code, made.pk)
    title = _("添加：%s") % word(PROVIDERS, provider)
    return show_form(request, work, form, section=SECTION, title=title, crumb=title, optional=form.optional)


@require_http_methods(["GET", "HEAD", "POST"])
@page("messaging.manage")
def sender(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """An account: its settings, and a message to oneself."""
    found = Sender.objects.filter(pk=key).first()
    if found is None:
        raise Http404
    form = SenderForm(
        request.POST if request.method == "POST" else None, provider=found.provider, sender=found
    )
    if form.is_valid():
        try:
            save_sender(form.sender_data(found.code), actor=work.actor, sender_id=key)
        except HuikuanError as error:
            put_error(form, error)
        else:
            messages.success(request, _("已保存。"))
            return redirect(SECTION, work.organization.code)
    to = _own_address(work, MessageChannel(found.channel))
    text = {
        MessageChannel.EMAIL: _("发到您自己的邮箱 %s。") % to,
        MessageChannel.SMS: _("发到您自己的手机 %s。") % to,
    }.get(MessageChannel(found.channel), _("发到这个群。"))
    notices = []
    if found.test_mode:
        notices.append(
            {
                "tone": "warn",
                "title": _("测试模式"),
                "text": _("除了发给自己的测试，这个账号什么都不发出。"),
            }
        )
    return show_form(
        request,
        work,
        form,
        section=SECTION,
        title=found.name,
        crumb=found.name,
        note=f"{word(CHANNELS, found.channel)} · {word(PROVIDERS, found.provider)} · {found.code}",
        optional=form.optional,
        notices=notices,
        dangers=[
            {
                "title": _("给自己发一条"),
                "text": text,
                "label": _("发送测试"),
                "icon": "mail",
                "url": address(work, "settings-sender-try", key),
            }
        ],
    )


@require_POST
@page("messaging.manage", own_transactions=True)
def sender_try(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """Write to oneself through an account, outside any transaction, and say what it answered."""
    with tenant(work.organization.pk):
        found = Sender.objects.filter(pk=key).first()
        if found is None:
            raise Http404
        account = account_of(found)
        to = _own_address(work, account.channel)
    if not to and account.channel in (MessageChannel.EMAIL, MessageChannel.SMS):
        raise SenderRefused(_("您的用户没有邮箱或手机号，无法给自己发送。"), code="no_own_address")
    answer = _tried(work, account, to)
    with tenant(work.organization.pk):
        record_test(key, answer, actor=work.actor, now=timezone.now())
    reason, said = reason_words(answer.code), answer.said[:300]
    said = labelled(reason, said) if reason and said else reason or said
    if answer.finding is Finding.SENT:
        messages.success(request, _("已发出：%s") % said)
    else:
        messages.error(request, _("没有发出：%s") % said)
    return redirect("settings-sender", work.organization.code, key)


def _tried(work: Work, account: Account, to: str) -> Answer:
    key = f"test:{uuid4()}"
    domain = account.from_address.rpartition("@")[2] or "huikuan.invalid"
    with closing(opened(account)) as carrier:
        return carrier.send(
            Outgoing(
                key=key,
                number=message_number(work.organization.pk, key, domain),
                address=to,
                subject=_("回款的测试消息"),
                text=_("这是 %(who)s 从 %(organization)s 的回款发出的测试消息，收到说明设置正确。")
                % {"who": work.actor.name, "organization": work.organization.name},
                queued_at=timezone.now(),
            )
        )


def _own_address(work: Work, channel: MessageChannel) -> str:
    """Where the actor is reached oneself; a robot's group for the others; "" where nothing is known."""
    if channel not in (MessageChannel.EMAIL, MessageChannel.SMS):
        return ""
    user = User.objects.filter(pk=work.actor.user_id).first() if work.actor.user_id else None
    if user is None:
        return ""
    return user.email if channel is MessageChannel.EMAIL else user.phone

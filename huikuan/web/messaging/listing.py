"""消息: the list of what leaves the house."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.db.models.functions import Left
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_safe

from huikuan.core.keyset import Key
from huikuan.messaging.models import Message
from huikuan.messaging.queries import messages_seen
from huikuan.messaging.wording import CHANNELS, STATES, word
from huikuan.web.ledger.states import state_text
from huikuan.web.lists.context import list_context
from huikuan.web.lists.declaration import Column, Extra, List, Reading, Total
from huikuan.web.lists.querysets import Order, QueryRows
from huikuan.web.messaging.parts import message_url, sender_notices, state_badge
from huikuan.web.pages import Work, page

Row = dict[str, Any]
BEGINNING = 40
ORDERS = {"queued": Order((Key("queued_at", datetime),))}


class MessageFilterForm(forms.Form):
    """Customer, channel, state."""

    customer = forms.CharField(
        label=_l("客户代码"),
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    channel = forms.ChoiceField(label=_l("渠道"), required=False)
    state = forms.ChoiceField(label=_l("状态"), required=False)

    def __init__(self, parameters: QueryDict) -> None:
        super().__init__(parameters)
        channel, state = self.fields["channel"], self.fields["state"]
        assert isinstance(channel, forms.ChoiceField)
        assert isinstance(state, forms.ChoiceField)
        channel.choices = [("", _("全部")), *((code, str(said)) for code, said in CHANNELS.items())]
        state.choices = [
            ("", _("全部")),
            *((code, str(said)) for code, said in STATES.items()),
            ("bounced", _("已退信")),
        ]


def _found(wanted: dict[str, Any], found: QuerySet[Message]) -> QuerySet[Message]:
    if "customer" in wanted:
        found = found.filter(customer__code=wanted["customer"])
    if "channel" in wanted:
        found = found.filter(channel=wanted["channel"])
    state = wanted.get("state", "")
    if state == "bounced":
        return found.filter(bounced_at__isnull=False)
    return found.filter(state=state) if state else found


def _open(parameters: QueryDict, work: Work) -> Reading[Message]:
    form = MessageFilterForm(parameters)
    form.is_valid()
    wanted = {name: value for name, value in form.cleaned_data.items() if value}
    found = messages_seen(work.actor).select_related("customer", "sender").defer("text", "html")
    found = found.annotate(beginning=Left("text", BEGINNING))  # text messages have no subject
    return Reading(
        source=QueryRows(found=_found(wanted, found), orders=ORDERS, dressed=list, summed=_summed),
        form=form,
        filtered=bool(wanted),
        currency=work.organization.currency,
        empty=_empty(filtered=bool(wanted)),
    )


def _summed(found: QuerySet[Message]) -> Total:
    return Total(found.order_by().count())


def _empty(*, filtered: bool) -> Row:
    if filtered:
        return {"title": _("没有符合条件的消息"), "text": _("换一个条件，或清除筛选。"), "icon": "mail"}
    return {
        "title": _("还没有消息"),
        "text": _("催收提醒和其他通知发出后，都记在这里：发给谁、什么时候、结果如何。"),
        "icon": "mail",
    }


def _reader(work: Work, row: Message) -> Row:
    name = row.customer.name if row.customer else _("本公司")
    return {"value": name, "note": row.address_shown}


COLUMNS: tuple[Column[Message], ...] = (
    Column(
        "subject",
        _l("消息"),
        lambda work, row: {"value": row.subject or row.beginning, "note": word(CHANNELS, row.channel)},  # type: ignore[attr-defined]
        kind="name",
        lead=True,
        extras=(Extra(_l("渠道"), lambda row: word(CHANNELS, row.channel)),),
    ),
    Column(
        "reader",
        _l("收件人"),
        _reader,
        kind="name",
        extras=(
            Extra(_l("客户代码"), lambda row: row.customer.code if row.customer else ""),
            Extra(_l("地址"), lambda row: row.address_shown),
        ),
    ),
    Column("queued", _l("排队时间"), lambda work, row: row.queued_at, kind="moment", sort="queued"),
    Column("settled", _l("结果时间"), lambda work, row: row.settled_at, kind="moment", minor=True),
    Column("tries", _l("发送次数"), lambda work, row: row.tries, kind="count", minor=True),
    Column(
        "state",
        _l("状态"),
        state_badge,
        kind="badge",
        text=lambda work, row: state_text(state_badge(work, row)),
    ),
    Column(
        "sender",
        pgettext_lazy("one", "发送账号"),
        lambda work, row: row.sender.name if row.sender else None,
        kind="name",
        hidden=True,
    ),
    Column("said", _l("说明"), lambda work, row: row.said or None, hidden=True),
)
MESSAGES: List[Message] = List(
    name="messages",
    title=pgettext_lazy("plural", "消息"),
    permission="messaging.read",
    columns=COLUMNS,
    default_sort="-queued",
    open=_open,
    key=lambda row: row.pk,
    url=lambda work, row: message_url(work, row.pk),
)


@require_safe
@page("messaging.read")
def messages_list(request: HttpRequest, work: Work) -> HttpResponse:
    """What left the house and what waits, the latest first."""
    actions = [
        {
            "label": _("不再发送的地址"),
            "url": reverse("messages-stopped", args=[work.organization.code]),
            "icon": "ban",
        }
    ]
    if work.actor.may("messaging.manage"):
        url = reverse("settings-senders", args=[work.organization.code])
        actions.append({"label": _("发送账号"), "url": url, "icon": "settings"})
    context = {
        **list_context(request, work, MESSAGES),
        "heading": MESSAGES.title,
        "actions": actions,
        "notices": sender_notices(work),
        "breadcrumbs": [{"label": MESSAGES.title}],
    }
    return render(request, "messaging/list.html", context)

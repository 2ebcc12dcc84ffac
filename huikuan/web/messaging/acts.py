"""Saying what became of a message, and taking one out of the queue."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods

from huikuan.messaging.errors import MessageRefused
from huikuan.messaging.operations import Decision, cancel_messages, settle_message
from huikuan.messaging.rules import MessageState
from huikuan.web.messaging.one import crumbs, message_for
from huikuan.web.messaging.parts import message_url
from huikuan.web.pages import Work, page
from huikuan.web.sales.invoices import ask_first

DECISIONS = (
    (Decision.ARRIVED.value, _l("已送达：收件人确认收到")),
    (Decision.AGAIN.value, _l("再发一次：收件人没有收到，或可以收两次")),
    (Decision.FAILED.value, _l("没有送达，不再发送")),
)


class ReasonForm(forms.Form):
    """How somebody knows."""

    reason = forms.CharField(
        label=_l("依据"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_l("例如：电话问过对方财务。写入审计轨迹。"),
    )


class DecisionForm(ReasonForm):
    """What became of it; a failed message is not failed once more."""

    decision = forms.ChoiceField(label=_l("结果"), widget=forms.RadioSelect)
    field_order = ("decision", "reason")

    def __init__(self, data: Any, *, failed: bool) -> None:
        super().__init__(data)
        field = self.fields["decision"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [each for each in DECISIONS if not failed or each[0] != Decision.FAILED.value]


@require_http_methods(["GET", "HEAD", "POST"])
@page("messaging.manage")
def settle(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """人工确认."""
    found = message_for(work, key)
    if found.state not in (MessageState.UNKNOWN, MessageState.FAILED):
        raise MessageRefused(_("只有结果未知或发送失败的消息需要人工确认。"), code="nothing_to_settle")

    def act(values: dict[str, Any]) -> str:
        settle_message(
            key,
            Decision(values["decision"]),
            reason=values["reason"],
            actor=work.actor,
            now=timezone.now(),
        )
        messages.success(request, _("已记录。"))
        return message_url(work, key)

    form = DecisionForm(request.POST or None, failed=found.state == MessageState.FAILED)
    return ask_first(
        request, work, form, act,
        title=_("人工确认"), submit=_("这样确认"),
        note=_("选“再发一次”时，收件人可能收到两次；由您决定。"),
        over=found.subject,
        back_url=message_url(work, key), crumbs=crumbs(work, found, _("人工确认")),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@page("messaging.manage")
def cancel(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """不再发送."""
    found = message_for(work, key)

    def act(values: dict[str, Any]) -> str:
        if not cancel_messages([key], reason=values["reason"], actor=work.actor, now=timezone.now()):
            raise MessageRefused(_("这条消息已经不在队列里。"), code="not_queued")
        messages.success(request, _("已取消，不会发出。"))
        return message_url(work, key)

    return ask_first(
        request, work, ReasonForm(request.POST or None), act,
        title=_("不再发送"), submit=_("不再发送"),
        note=_("还没有发出的消息不再发送。"), over=found.subject,
        back_url=message_url(work, key), crumbs=crumbs(work, found, _("不再发送")),
    )  # fmt: skip

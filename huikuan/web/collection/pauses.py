"""Leaving a customer alone for a while, and the next step that the policies ask for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST

from huikuan.collection.operations import end_pause, pause_collection
from huikuan.web.collection.parts import customer_of
from huikuan.web.collection.words import case_url, list_url
from huikuan.web.fields import DayField
from huikuan.web.pages import Work, page
from huikuan.web.sales.invoices import ask_first

Row = dict[str, Any]


class PauseForm(forms.Form):
    until_on = DayField(label=_l("到哪天为止"))
    reason = forms.CharField(label=_l("原因"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.write")
def pause(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """暂停催收: the policies leave the customer alone up to a day."""
    customer = customer_of(work, key)

    def act(values: Row) -> str:
        pause_collection(
            key, until_on=values["until_on"], reason=values["reason"], actor=work.actor, today=work.today
        )
        messages.success(request, _("已暂停。"))
        return case_url(work, key)

    initial = {"until_on": work.today + timedelta(days=14)}
    form = PauseForm(request.POST if request.method == "POST" else None, initial=initial)
    return ask_first(
        request, work, form, act,
        title=_("暂停催收"), submit=_("暂停"), over=customer.name,
        note=_("期间不自动发出消息和信函，工作台照常；排队中的消息也不再发出。"),
        back_url=case_url(work, key),
        crumbs=[
            {"label": _("催收"), "url": list_url(work)},
            {"label": customer.name, "url": case_url(work, key)},
            {"label": _("暂停催收")},
        ],
    )  # fmt: skip


@require_POST
@page("collection.write")
def resume(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """恢复催收: from today on."""
    found = end_pause(key, actor=work.actor, today=work.today)
    messages.success(request, _("已恢复催收。"))
    return redirect(case_url(work, found.customer_id))

"""The form for what a customer told us about when it can be called."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods

from huikuan.collection.models import CallingHours
from huikuan.collection.operations import Hours, save_hours
from huikuan.web.collection.parts import customer_of
from huikuan.web.collection.words import case_url, list_url
from huikuan.web.fields import DayField
from huikuan.web.pages import Work, page
from huikuan.web.sales.invoices import ask_first

Row = dict[str, Any]


class HoursForm(forms.Form):
    """When a customer can be called."""

    called_from = forms.TimeField(
        label=_l("可联系时间从"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    called_until = forms.TimeField(
        label=_l("到几点为止"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    away_from = DayField(label=_l("不在的日子从"), required=False)
    away_until = DayField(label=_l("到哪天为止"), required=False)
    note = forms.CharField(label=_l("说明"), required=False, max_length=200)


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.write")
def hours(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """可联系时间: what the customer told us about when it can be called."""
    customer = customer_of(work, key)
    known = CallingHours.objects.filter(pk=key).first()

    def act(values: Row) -> str:
        save_hours(key, Hours(**values), actor=work.actor)
        messages.success(request, _("已保存。"))
        return case_url(work, key)

    names = ("called_from", "called_until", "away_from", "away_until", "note")
    initial = {name: getattr(known, name) for name in names} if known else {}
    form = HoursForm(request.POST if request.method == "POST" else None, initial=initial)
    return ask_first(
        request, work, form, act,
        title=_("可联系时间"), submit=_("保存"), over=customer.name,
        note=_("工作台据此排列：现在能联系上的靠前，不在的靠后。都空着就看以往电话在哪些钟点打得通。"),
        back_url=case_url(work, key),
        crumbs=[
            {"label": _("催收"), "url": list_url(work)},
            {"label": customer.name, "url": case_url(work, key)},
            {"label": _("可联系时间")},
        ],
    )  # fmt: skip

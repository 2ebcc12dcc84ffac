"""Rates of foreign currencies: the table, adding and replacing them, and when differences are taken back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huikuan.core.errors import HuikuanError
from huikuan.core.money import CURRENCIES
from huikuan.ledger.models import Rate
from huikuan.ledger.operations import NewRate, choose_reversing, record_rates, remove_rates
from huikuan.web.fields import DayField
from huikuan.web.ledger.words import rate_text
from huikuan.web.pages import Work, page
from huikuan.web.settings.frame import address, put_error, show, show_form

SECTION = "settings-rates"
PER_PAGE = 50
_USUAL = ("USD", "EUR", "HKD", "JPY", "GBP", "SGD", "AUD", "CAD", "KRW", "CNY")


class RateForm(forms.Form):
    """A rate from a day on."""

    currency = forms.ChoiceField(label=gettext_lazy("币种"))
    rated_on = DayField(
        label=gettext_lazy("日期"), help_text=gettext_lazy("从这一天起，到下一个有汇率的日子为止。")
    )
    rate = forms.DecimalField(
        label=gettext_lazy("汇率"), max_digits=18, decimal_places=8, min_value=Decimal("0.00000001")
    )
    source = forms.CharField(
        label=gettext_lazy("来源"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("例如：中国外汇交易中心中间价"),
    )

    def __init__(self, *args: Any, base_currency: str, known: Rate | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        currency, rate = self.fields["currency"], self.fields["rate"]
        assert isinstance(currency, forms.ChoiceField)
        usual = [code for code in _USUAL if code != base_currency]
        others = sorted(CURRENCIES.keys() - {*_USUAL, base_currency})
        currency.choices = [
            (_("常用"), [(code, code) for code in usual]),
            (_("其他"), [(code, code) for code in others]),
        ]
        rate.help_text = _("一单位外币折合多少 %s。") % base_currency
        rate.widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        if known is not None:
            currency.disabled = self.fields["rated_on"].disabled = True


class PolicyForm(forms.Form):
    """Whether a revaluation lasts."""

    reverses = forms.ChoiceField(
        label=gettext_lazy("月末调汇的差额"),
        choices=[
            ("", gettext_lazy("保留：下个月末在此基础上继续调整")),
            ("1", gettext_lazy("次日冲回：下月第一天恢复登记时的汇率")),
        ],
        required=False,
        help_text=gettext_lazy("改动只影响以后的调汇，已经登记的不变。"),
    )


@require_safe
@page("ledger.revalue")
def rates(request: HttpRequest, work: Work) -> HttpResponse:
    """The rates, the latest first."""
    try:
        page_no = max(1, int(request.GET.get("page", "1")))
    except ValueError:
        page_no = 1
    first = (page_no - 1) * PER_PAGE
    found = list(Rate.objects.order_by("-rated_on", "currency")[first : first + PER_PAGE + 1])
    rows = [
        {
            "url": address(work, "settings-rate", rate.pk),
            "cells": [rate.currency, rate.rated_on, rate_text(rate.rate), rate.source or None],
        }
        for rate in found[:PER_PAGE]
    ]
    columns = [
        {"label": _("币种"), "lead": True},
        {"label": _("日期"), "kind": "date"},
        {"label": _("汇率"), "kind": "num", "figure": True},
        {"label": _("来源"), "kind": "name", "minor": True},
    ]
    here = address(work, SECTION)
    paging = {
        "previous_url": f"{here}?page={page_no - 1}" if page_no > 1 else "",
        "next_url": f"{here}?page={page_no + 1}" if len(found) > PER_PAGE else "",
    }
    empty = {
        "title": _("还没有汇率"),
        "text": _("登记外币单据时取单据日期当天或之前最近的汇率；月末调汇取期末汇率。"),
        "icon": "coins",
    }
    table = {
        "id": "list",
        "caption": pgettext("plural", "汇率"),
        "columns": columns,
        "rows": rows,
        "paging": paging,
        "empty": empty,
    }
    return show(
        request,
        work,
        "settings/list.html",
        section=SECTION,
        title=pgettext("plural", "汇率"),
        note=_("一单位外币折合多少 %s；改动不影响已经登记的单据。") % work.organization.currency,
        actions=_actions(work),
        tables=[table],
    )


def _actions(work: Work) -> list[dict[str, Any]]:
    add = {"label": _("新增汇率"), "url": address(work, "settings-rate-add"), "icon": "plus", "primary": True}
    actions = [add]
    if work.actor.may("import.run"):
        upload = f"{address(work, 'import-home')}?kind=rates"
        actions.insert(0, {"label": _("从文件导入"), "url": upload, "icon": "file-import"})
    if work.actor.may("organization.write"):
        policy = address(work, "settings-revaluation-policy")
        actions.insert(0, {"label": _("调汇方式"), "url": policy, "icon": "settings"})
    return actions


@require_http_methods(["GET", "HEAD", "POST"])
@page("ledger.revalue")
def rate_add(request: HttpRequest, work: Work) -> HttpResponse:
    """A new rate; one of the same currency and day is replaced."""
    form = RateForm(
        request.POST or None, initial={"rated_on": work.today}, base_currency=work.organization.currency
    )
    return _edit(request, work, form, _("新增汇率"))


@require_http_methods(["GET", "HEAD", "POST"])
@page("ledger.revalue")
def rate(request: HttpRequest, work: Work, rate: UUID) -> HttpResponse:
    """One rate: correct it, or take it out of the table."""
    found = Rate.objects.filter(pk=rate).first()
    if found is None:
        raise Http404
    initial = {
        "currency": found.currency,
        "rated_on": found.rated_on,
        "rate": f"{found.rate.normalize():f}",
        "source": found.source,
    }
    form = RateForm(
        request.POST or None, initial=initial, base_currency=work.organization.currency, known=found
    )
    remove = {
        "title": _("删除这个汇率"),
        "text": _("已经登记的单据不变；以后取它之前最近的汇率。"),
        "label": _("删除"),
        "icon": "trash",
        "url": address(work, "settings-rate-delete", found.pk),
    }
    return _edit(request, work, form, f"{found.currency} {found.rated_on}", dangers=[remove])


@require_POST
@page("ledger.revalue")
def rate_delete(request: HttpRequest, work: Work, rate: UUID) -> HttpResponse:
    """Take a rate out of the table."""
    if not remove_rates([rate], actor=work.actor):
        raise Http404
    messages.success(request, _("汇率已删除。"))
    return redirect(SECTION, work.organization.code)


def _edit(request: HttpRequest, work: Work, form: RateForm, title: str, **context: Any) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        rated_on: date = values["rated_on"]
        if rated_on > work.today:
            form.add_error("rated_on", _("汇率日期不能晚于今天。"))
        else:
            try:
                new = NewRate(values["currency"], rated_on, values["rate"], values["source"].strip())
                record_rates([new], actor=work.actor)
            except HuikuanError as error:
                put_error(form, error)
            else:
                messages.success(request, _("已保存。"))
                return redirect(SECTION, work.organization.code)
    return show_form(
        request, work, form, section=SECTION, title=title, crumb=title, optional=["source"], **context
    )


@require_http_methods(["GET", "HEAD", "POST"])
@page("organization.write")
def policy(request: HttpRequest, work: Work) -> HttpResponse:
    """Whether month-end differences stand or are taken back on the next day."""
    chosen = "1" if work.organization.reverses_revaluations else ""
    form = PolicyForm(request.POST if request.method == "POST" else None, initial={"reverses": chosen})
    if request.method == "POST" and form.is_valid():
        choose_reversing(reverses=bool(form.cleaned_data["reverses"]), actor=work.actor)
        messages.success(request, _("已保存。"))
        return redirect("settings-revaluation-policy", work.organization.code)
    title = _("调汇方式")
    return show_form(request, work, form, section="settings-organization", title=title, crumb=title)

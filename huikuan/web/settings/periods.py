"""Months of the books: what was posted, closing and reopening."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Sum
from django.db.models.functions import TruncMonth
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_http_methods, require_safe

from huikuan.core.dates import add_months
from huikuan.core.errors import HuikuanError
from huikuan.ledger.models import Document, JournalLine, Period
from huikuan.ledger.requests import ask_reopen_period
from huikuan.web.approvals.words import request_url
from huikuan.web.pages import Work, page
from huikuan.web.settings.frame import address, put_error, show, show_form

SECTION = "settings-periods"
PER_PAGE = 12


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        label=gettext_lazy("原因"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("写入审计轨迹，以后查得到。"),
    )


def next_to_close(today: date) -> Period | None:
    """The earliest open month that is over."""
    over = Period.objects.filter(closed_at__isnull=True, month__lt=today.replace(day=1))
    return over.order_by("month").first()


@require_safe
@page("period.close")
def periods(request: HttpRequest, work: Work) -> HttpResponse:
    """The months, the latest first; what was posted in them follows after the page (`totals`)."""
    before = _month(request.GET.get("before", ""))
    found = Period.objects.order_by("-month")
    if before:
        found = found.filter(month__lt=before)
    periods_found = list(found[: PER_PAGE + 1])
    shown = periods_found[:PER_PAGE]
    with_totals = "totals" in request.GET
    months = [period.month for period in shown]
    posted, documents = (_posted(months), _documents(months)) if with_totals else ({}, {})
    rows = [
        {
            "url": address(work, "settings-period", f"{period.month:%Y-%m}"),
            "cells": [
                f"{period.month:%Y-%m}",
                _state(period, work.today),
                documents.get(period.month, 0 if with_totals else None),
                posted.get(period.month, Decimal(0) if with_totals else None),
                period.closed_at,
            ],
        }
        for period in shown
    ]
    columns = [
        {"label": _("月份"), "lead": True},
        {"label": _("状态"), "kind": "badge"},
        {"label": pgettext("plural", "单据"), "kind": "count"},
        {"label": _("借方发生额"), "kind": "money", "hint": _("与贷方发生额相等")},
        {"label": _("关闭时间"), "kind": "moment", "minor": True},
    ]
    here = address(work, SECTION)
    paging = {
        "previous_url": here if before else "",
        "next_url": f"{here}?before={shown[-1].month:%Y-%m}" if len(periods_found) > PER_PAGE else "",
    }
    empty = {
        "title": _("还没有期间"),
        "text": _("有了第一笔记账，它所在的月份就会出现在这里。"),
        "icon": "calendar",
    }
    table = {
        "id": "list",
        "caption": pgettext("plural", "期间"),
        "columns": columns,
        "rows": rows,
        "paging": paging,
    }
    return show(
        request,
        work,
        "settings/list.html",
        section=SECTION,
        title=pgettext("plural", "期间"),
        note=_("关闭的月份不能再记入任何业务；要改，先写明原因重开。"),
        notices=_notices(work),
        late_url="" if with_totals else f"{here}?totals=1{f'&before={before:%Y-%m}' if before else ''}",
        tables=[table | {"currency": work.organization.currency, "empty": empty}],
    )


def _notices(work: Work) -> list[dict[str, str]]:
    due = next_to_close(work.today)
    if due is None:
        return []
    return [
        {
            "title": _("可以关闭 %s 了") % f"{due.month:%Y-%m}",
            "text": _("这是还开着的最早的月份，已经过完。"),
            "action_url": address(work, "settings-period", f"{due.month:%Y-%m}"),
            "action_label": _("去关闭"),
        }
    ]


def _state(period: Period, today: date) -> dict[str, str]:
    if period.closed_at:
        return {"label": _("已关闭"), "tone": "plain"}
    if period.month >= today.replace(day=1):
        return {"label": _("进行中"), "tone": "notice"}
    return {"label": _("开放"), "tone": "good"}


def _posted(months: Iterable[date]) -> dict[date, Decimal]:
    """The debit turnover of each month, in base currency."""
    wanted = sorted(months)
    if not wanted:
        return {}
    lines = JournalLine.objects.filter(
        entry__effective_on__gte=wanted[0], entry__effective_on__lt=add_months(wanted[-1], 1)
    )
    return dict(
        lines.annotate(month=TruncMonth("entry__effective_on"))
        .values("month")
        .annotate(total=Sum("debit"))
        .values_list("month", "total")
    )


def _documents(months: Iterable[date]) -> dict[date, int]:
    wanted = sorted(months)
    if not wanted:
        return {}
    found = Document.objects.filter(document_on__gte=wanted[0], document_on__lt=add_months(wanted[-1], 1))
    return dict(
        found.annotate(month=TruncMonth("document_on"))
        .values("month")
        .annotate(number_of=Count("pk"))
        .values_list("month", "number_of")
    )


def _month(text: str) -> date | None:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return None


@require_http_methods(["GET", "HEAD", "POST"])
@page("period.close")
def period(request: HttpRequest, work: Work, month: str) -> HttpResponse:
    """A closed month: open it again with a reason. An open one is closed after its checklist."""
    first = _month(month)
    found = Period.objects.filter(month=first).first() if first else None
    if first is None or found is None:
        raise Http404
    if found.closed_at is None:
        return redirect("close-month", work.organization.code, month)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            outcome = ask_reopen_period(
                found, reason=form.cleaned_data["reason"], actor=work.actor, today=work.today
            )
            if outcome.request is not None:
                messages.success(request, _("已提交审批 %s，批准后自动执行。") % outcome.request.number)
                return redirect(request_url(work, outcome.request))
        except HuikuanError as error:
            put_error(form, error)
        else:
            messages.success(request, _("期间 %s 已重开。") % month)
            return redirect(SECTION, work.organization.code)
    return show_form(
        request,
        work,
        form,
        section=SECTION,
        title=_("重开 %s") % month,
        crumb=month,
        submit=_("重开期间"),
        facts=_facts(work, found),
        facts_title=month,
    )


def _facts(work: Work, found: Period) -> list[dict[str, Any]]:
    month = found.month
    return [
        {"label": _("状态"), "value": _state(found, work.today)["label"]},
        {"label": pgettext("plural", "单据"), "value": _documents([month]).get(month, 0), "kind": "count"},
        {
            "label": _("借方发生额"),
            "value": _posted([month]).get(month, Decimal(0)),
            "kind": "money",
            "currency": work.organization.currency,
        },
        {"label": _("关闭时间"), "value": found.closed_at, "kind": "moment"},
    ]

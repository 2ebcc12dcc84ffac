"""月末调汇: what a month's closing rates would change, posting it, and undoing it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from huikuan.core.dates import add_months, month_end
from huikuan.core.errors import HuikuanError
from huikuan.ledger.operations import revalue, undo_revaluation
from huikuan.ledger.revaluation_queries import RevaluedItem, RevaluedMonth, items_to_revalue, revalued_months
from huikuan.web.ledger.addresses import document_url
from huikuan.web.ledger.words import kind_name, rate_text
from huikuan.web.pages import Work, page

MONTHS_OFFERED = 18
ROWS_SHOWN = 200
ZERO = Decimal(0)


class MonthForm(forms.Form):
    """The month whose end is meant."""

    month = forms.ChoiceField(label=_l("月份"))

    def __init__(self, *args: Any, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["month"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(f"{month:%Y-%m}", f"{month:%Y-%m}") for month in _months(today)]


class UndoForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        label=_l("原因"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_l("写入审计轨迹，以后查得到。"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@page("ledger.revalue")
def revaluation(request: HttpRequest, work: Work) -> HttpResponse:
    """The items open in foreign currency at a month's end with what would be posted; a post does it."""
    months = _months(work.today)
    month = _month(request.GET.get("month", "")) or months[0]
    error: HuikuanError | None = None
    if request.method == "POST":
        try:
            done = revalue(month=month, actor=work.actor, today=work.today)
        except HuikuanError as refused:
            error = refused
        else:
            said = (
                _("%(month)s 已调汇：%(items)d 项。") % {"month": f"{month:%Y-%m}", "items": done.items}
                if done.items
                else _("%s 没有要调整的项目。") % f"{month:%Y-%m}"
            )
            messages.success(request, said)
            return redirect(_address(work, month))
    closing_on = month_end(month)
    items = items_to_revalue(closing_on=closing_on)
    due = [item for item in items if item.is_due]
    missing = sorted({item.currency for item in items if item.rate is None})
    context = {
        "title": _("月末调汇"),
        "note": _("%s 还没有核销的外币应收与收款，按期末汇率重新折算；差额记入财务费用。") % closing_on,
        "filters": MonthForm({"month": f"{month:%Y-%m}"}, today=work.today),
        "notices": _notices(work, month, items, due, missing, error),
        "actions": _actions(work, month, ready=bool(due) and not missing),
        "breadcrumbs": [{"label": _("月末调汇")}],
        "currency": work.organization.currency,
        "currencies": _currency_table(items, closing_on),
        "items": _item_table(work, items, closing_on),
        "history": _history_table(work, revalued_months()),
    }
    return render(request, "ledger/revaluation.html", context, status=409 if error else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@page("ledger.revalue")
def revaluation_undo(request: HttpRequest, work: Work, month: str) -> HttpResponse:
    """Undo the revaluation of a month, with a reason."""
    first = _month(month)
    if first is None:
        raise Http404
    form = UndoForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            undo_revaluation(month=first, actor=work.actor, reason=form.cleaned_data["reason"])
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("%s 的调汇已撤销。") % month)
            return redirect(_address(work, first))
    title = _("撤销 %s 的调汇") % month
    context = {
        "title": title,
        "note": _("各项目恢复调汇前的汇率；只要期间还开着就可以撤销，之后可以重新调汇。"),
        "form": form,
        "submit": _("撤销调汇"),
        "cancel_url": _address(work, first),
        "breadcrumbs": [{"label": _("月末调汇"), "url": _address(work, first)}, {"label": title}],
    }
    return render(request, "ledger/revaluation_undo.html", context, status=422 if form.errors else 200)


def _address(work: Work, month: date | None = None) -> str:
    here = reverse("revaluation", args=[work.organization.code])
    return f"{here}?month={month:%Y-%m}" if month else here


def _months(today: date) -> list[date]:
    """The months that are over, the latest first."""
    last = (today + timedelta(days=1)).replace(day=1)
    return [add_months(last, -back) for back in range(1, MONTHS_OFFERED + 1)]


def _month(text: str) -> date | None:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return None


def _actions(work: Work, month: date, *, ready: bool) -> list[dict[str, Any]]:
    rates = {
        "label": pgettext("plural", "汇率"),
        "url": reverse("settings-rates", args=[work.organization.code]),
        "icon": "coins",
    }
    if not ready:
        return [rates]
    post = {
        "label": _("登记 %s 的调汇") % f"{month:%Y-%m}",
        "url": _address(work, month),
        "icon": "checks",
        "primary": True,
        "post": True,
    }
    return [rates, post]


def _notices(
    work: Work,
    month: date,
    items: Sequence[RevaluedItem],
    due: Sequence[RevaluedItem],
    missing: Sequence[str],
    error: HuikuanError | None,
) -> list[dict[str, str]]:
    notices = []
    if error:
        notices.append({"tone": "bad", "title": _("没有调汇"), "text": error.message})
    if missing:
        notices.append(
            {
                "tone": "warn",
                "title": _("%s 缺少汇率") % _("、").join(missing),
                "text": _("先登记 %s 及以前的汇率，再调汇。") % month_end(month),
                "action_url": reverse("settings-rate-add", args=[work.organization.code]),
                "action_label": _("新增汇率"),
            }
        )
    elif items and not due:
        notices.append(
            {
                "tone": "good",
                "title": _("%s 已经调汇") % f"{month:%Y-%m}",
                "text": _("所有外币项目都按期末汇率列示；汇率或单据有变时再来，只补登差额。"),
            }
        )
    return notices


def _currency_table(items: Sequence[RevaluedItem], closing_on: date) -> dict[str, Any]:
    rows = []
    for currency in sorted({item.currency for item in items}):
        found = [item for item in items if item.currency == currency]
        first = found[0]
        rows.append(
            {
                "cells": [
                    currency,
                    None if first.rate is None else rate_text(first.rate),
                    str(first.rated_on or ""),
                    len(found),
                    {"value": _signed(found, "open_amount"), "currency": currency},
                    _signed(found, "carrying"),
                    _signed(found, "at_closing"),
                    _signed(found, "difference"),
                ]
            }
        )
    columns = [
        {"label": _("币种"), "lead": True},
        {"label": _("期末汇率"), "kind": "num"},
        {"label": _("汇率日期"), "minor": True},
        {"label": _("项目数"), "kind": "count", "minor": True},
        {"label": _("原币余额"), "kind": "money"},
        {"label": _("账面余额"), "kind": "money"},
        {"label": _("按期末汇率"), "kind": "money"},
        {"label": _("差额"), "kind": "money", "figure": True, "hint": _("正数为收益，负数为损失")},
    ]
    total: list[Any] = [_("合计"), "", "", len(items), ""]
    total += [_signed(items, name) for name in ("carrying", "at_closing", "difference")]
    return {
        "columns": columns,
        "rows": rows,
        "total": total if len(rows) > 1 else None,
        "empty": {
            "title": _("%s 没有外币项目") % closing_on,
            "text": _("以外币登记、当时还没有核销的应收、红字和收款会列在这里。"),
            "icon": "coins",
        },
    }


def _item_table(work: Work, items: Sequence[RevaluedItem], closing_on: date) -> dict[str, Any]:
    rows = [
        {
            "url": document_url(work, item.document_id),
            "cells": [
                {"value": item.number, "note": kind_name(item.kind)},
                {"value": item.customer_name, "note": item.customer_code},
                {"value": item.side * item.open_amount, "currency": item.currency, "code": item.currency},
                item.side * item.carrying,
                None if item.rate is None else rate_text(item.rate),
                item.side * item.at_closing,
                item.side * item.difference,
            ],
        }
        for item in items[:ROWS_SHOWN]
    ]
    columns = [
        {"label": _("单据"), "lead": True},
        {"label": _("客户"), "kind": "name"},
        {"label": _("原币余额"), "kind": "money"},
        {"label": _("账面余额"), "kind": "money", "minor": True},
        {"label": _("期末汇率"), "kind": "num", "minor": True},
        {"label": _("按期末汇率"), "kind": "money"},
        {"label": _("差额"), "kind": "money", "figure": True},
    ]
    return {
        "columns": columns,
        "rows": rows,
        "title": _("截至 %s 的外币项目") % closing_on,
        "more": _("另有 %d 项没有列出，都会一并调汇。") % (len(items) - ROWS_SHOWN)
        if len(items) > ROWS_SHOWN
        else "",
    }


def _history_table(work: Work, months: Sequence[RevaluedMonth]) -> dict[str, Any]:
    rows = [
        {
            "url": _address(work, found.closing_on),
            "cells": [
                f"{found.closing_on:%Y-%m}",
                found.items,
                found.difference,
                [
                    {
                        "label": _("撤销"),
                        "url": reverse(
                            "revaluation-undo", args=[work.organization.code, f"{found.closing_on:%Y-%m}"]
                        ),
                        "icon": "arrow-back-up",
                    }
                ],
            ],
        }
        for found in months
    ]
    columns = [
        {"label": _("月份"), "lead": True},
        {"label": _("项目数"), "kind": "count", "minor": True},
        {"label": _("损益"), "kind": "money", "figure": True, "hint": _("正数为收益，负数为损失")},
        {"label": "", "kind": "actions"},
    ]
    return {"columns": columns, "rows": rows, "title": _("已调汇的月份")}


def _signed(items: Sequence[RevaluedItem], name: str) -> Decimal:
    """The sum of an amount over items, credits less."""
    return sum((item.side * getattr(item, name) for item in items), ZERO)

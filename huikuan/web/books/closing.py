"""Closing a month: the checklist, and the act."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from huikuan.books.closing import PointState, checklist
from huikuan.books.operations import close_month
from huikuan.core.dates import month_end
from huikuan.core.errors import HuikuanError
from huikuan.ledger.models import Period
from huikuan.web.books.addresses import address
from huikuan.web.books.months import parse_month
from huikuan.web.ledger.addresses import documents_url
from huikuan.web.pages import Work, page


class CloseForm(forms.Form):
    """Why, where something that only warns is still open."""

    reason = forms.CharField(
        label=_l("原因"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_l("有提醒未处理时必填，写入审计轨迹。"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@page("period.close")
def close(request: HttpRequest, work: Work, month: str) -> HttpResponse:
    """结账: what is done, what is not, and closing the month once nothing stands against it."""
    first = parse_month(month)
    if first is None:
        raise Http404
    period = Period.objects.filter(month=first).first()
    if period is not None and period.closed_at is not None:
        return redirect("settings-period", work.organization.code, month)
    form = CloseForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            close_month(month=first, reason=form.cleaned_data["reason"], actor=work.actor, today=work.today)
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("期间 %s 已关闭。") % month)
            return redirect("settings-periods", work.organization.code)
    states = checklist(first)
    blocked = any(state.blocks for state in states)
    warned = [state for state in states if not state.done and not state.point.blocking]
    actions = []
    if work.actor.may("voucher.prepare"):
        url = address(work, "profit", month)
        actions = [{"label": _("结转损益"), "url": url, "icon": "arrows-exchange"}]
    context = {
        "month": month,
        "actions": actions,
        "form": form,
        "points": [_point(work, state, first) for state in states],
        "done": sum(state.done for state in states),
        "blocked": blocked,
        "warned": bool(warned),
        "currency": work.organization.currency,
        "back_url": address(work, "settings-periods"),
        "breadcrumbs": [
            {"label": pgettext("plural", "期间"), "url": address(work, "settings-periods")},
            {"label": _("关闭 %s") % month},
        ],
    }
    return render(request, "books/close.html", context)


def _point(work: Work, state: PointState, month: date) -> dict[str, Any]:
    icon, tone = "circle-check", "good"
    if not state.done:
        icon, tone = ("circle-x", "bad") if state.point.blocking else ("alert-triangle", "warn")
    return {
        "label": state.point.label,
        "hint": "" if state.done else state.point.hint,
        "count": state.finding.count,
        "amount": None if state.done else state.finding.amount,
        "icon": icon,
        "tone": tone,
        "url": "" if state.done else _where(work, state.point.name, month),
    }


def _where(work: Work, name: str, month: date) -> str:
    """Where one goes to finish a point."""
    if name == "entries_without_voucher" and work.actor.may("voucher.prepare"):
        return address(work, "vouchers-make", month=month)
    if name == "vouchers_not_posted" and work.actor.may("books.read"):
        return address(work, "vouchers", month=month)
    if name == "profit_not_closed" and work.actor.may("voucher.prepare"):
        return address(work, "profit", f"{month:%Y-%m}")
    if name == "not_revalued" and work.actor.may("ledger.revalue"):
        return address(work, "revaluation", month=month)
    if name == "not_provided" and work.actor.may("report.read"):
        return address(work, "provisions", as_of=month_end(month).isoformat())
    if name == "money_not_allocated":
        return documents_url(work, kind="received")
    if name == "earlier_months":
        return address(work, "settings-periods")
    return ""

"""What a manager decides on, each with the figures behind it and the button that does something about it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_safe

from huikuan.decisions.limits import limits_to_change
from huikuan.decisions.movers import movers
from huikuan.decisions.risks import risks
from huikuan.decisions.steps import LOOKED_BACK, weak_steps
from huikuan.decisions.stops import LATE_DAYS, customers_to_stop
from huikuan.reports.day_sheet import day_sheet
from huikuan.reports.filters import OVERDUE, RECEIVABLE, ItemFilter
from huikuan.web.decisions import parts
from huikuan.web.pages import Work, page
from huikuan.web.scopes import visible

COMPARED_DAYS = 30


class DecisionsForm(forms.Form):
    """Since when, and from how many days on a debt is long overdue."""

    since = forms.TypedChoiceField(
        label=_l("与之比较"),
        required=False,
        coerce=int,
        choices=[(7, _l("7 天前")), (30, _l("30 天前")), (90, _l("90 天前"))],
    )
    late = forms.TypedChoiceField(
        label=_l("久拖不付"),
        required=False,
        coerce=int,
        choices=[(30, _l("逾期超过 30 天")), (60, _l("逾期超过 60 天")), (90, _l("逾期超过 90 天"))],
    )


@require_safe
@page("report.read")
def decisions(request: HttpRequest, work: Work) -> HttpResponse:
    """What changed, whom to stop, which limits to change; what is at risk and weak steps come after it."""
    asked = {"since": COMPARED_DAYS, "late": LATE_DAYS} | {
        name: request.GET[name] for name in ("since", "late") if name in request.GET
    }
    form = DecisionsForm(asked)
    valid = form.is_valid()
    days = (form.cleaned_data["since"] if valid else 0) or COMPARED_DAYS
    late = (form.cleaned_data["late"] if valid else 0) or LATE_DAYS
    seen, since = visible(work.actor), work.today - timedelta(days=days)
    credit = work.actor.may("credit.read")
    context: dict[str, Any] = {
        "form": form,
        "tiles": _tiles(work, days),
        "moved": parts.moved(work, movers(since=since, today=work.today, salesperson_ids=seen), days),
        "stops": parts.stops(work, customers_to_stop(today=work.today, days=late, salesperson_ids=seen), late)
        if credit
        else None,
        "limits": parts.limits(work, limits_to_change(today=work.today, salesperson_ids=seen))
        if credit
        else None,
        "risks_url": reverse("decisions-risks", args=[work.organization.code]),
        "steps_url": reverse("decisions-steps", args=[work.organization.code])
        if work.actor.may("collection.read")
        else "",
        "breadcrumbs": [{"label": _("决策")}],
    }
    return render(request, "decisions/decisions.html", context)


def _tiles(work: Work, days: int) -> list[dict[str, Any]]:
    """Receivable, overdue and received, against so many days before."""
    sheet, today = day_sheet(visible(work.actor)), work.today
    before = today - timedelta(days=days)
    now, then = sheet.standing(today), sheet.standing(before)
    received = sheet.received(before + timedelta(days=1), today)
    earlier = sheet.received(before - timedelta(days=days - 1), before)
    return [
        parts.tile(
            work, _("应收余额"), now.receivable, then.receivable, ItemFilter(cell=RECEIVABLE), "report-money"
        ),
        parts.tile(
            work, _("逾期"), now.overdue, then.overdue, ItemFilter(cell=OVERDUE), "alert-triangle", better=-1
        ),
        parts.tile(work, _("最近 %d 天回款") % days, received, earlier, None, "cash", better=1),
    ]


@require_safe
@page("report.read")
def at_risk(request: HttpRequest, work: Work) -> HttpResponse:
    """The part of the page with what is at risk, fetched after the figures."""
    found = risks(today=work.today, salesperson_ids=visible(work.actor))
    return render(request, "decisions/part.html", {"part": parts.at_risk(work, found)})


@require_safe
@page("collection.read")
def steps(request: HttpRequest, work: Work) -> HttpResponse:
    """The part of the page with the steps of collection that do not work, fetched after the figures."""
    found = weak_steps(today=work.today)
    return render(request, "decisions/part.html", {"part": parts.weak(work, found, LOOKED_BACK)})

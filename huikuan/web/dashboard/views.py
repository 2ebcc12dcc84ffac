"""The first page: where the receivables stand, how they got there, and what to look at first."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from huikuan.customers.models import Customer
from huikuan.reports.dashboard import attention, collected_by_salesperson
from huikuan.reports.dashboard import dashboard as dashboard_figures
from huikuan.web.dashboard import charts, parts
from huikuan.web.dashboard.layout import sections_for
from huikuan.web.navigation import area_url
from huikuan.web.pages import Work, page
from huikuan.web.reports import pivots
from huikuan.web.reports.moments import moment_note
from huikuan.web.scopes import visible


@require_safe
@page("dashboard.read")
def dashboard(request: HttpRequest, work: Work) -> HttpResponse:
    """The figures of today; each leads to the rows that make it. An empty company is told what to do first."""
    context: dict[str, Any] = {"breadcrumbs": [{"label": _("总览")}]}
    if not Customer.objects.exists():
        return render(request, "dashboard/empty.html", context | {"steps": first_steps(work)})
    found = dashboard_figures(today=work.today, salesperson_ids=visible(work.actor))
    context |= {
        "sections": sections_for(work.actor),
        "note": moment_note(found.today, found.known_at),
        "tiles": parts.tiles(work, found),
        "chart": charts.aging(work, found),
        "strip": parts.strip(work, found),
        "trend": charts.trend(work, found),
        "weeks": charts.weeks(work, found),
        "weeks_url": parts.weeks_url(work, found),
        "debtors": charts.debtors(work, found),
        "pivots": pivots.tiles(work),
        "attention": parts.attention(work, found),
        "debtors_url": parts.debtors_url(work),
        "aging_url": area_url("aging", work) if work.actor.may("report.read") else "",
        "items_url": reverse("dashboard-items", args=[work.organization.code]),
        "collected_url": reverse("dashboard-collected", args=[work.organization.code]),
    }
    return render(request, "dashboard/dashboard.html", context)


@require_safe
@page("dashboard.read")
def items(request: HttpRequest, work: Work) -> HttpResponse:
    """The part of the page with the items to look at first, fetched after the figures."""
    found = attention(today=work.today, salesperson_ids=visible(work.actor))
    context = {
        "item_columns": parts.item_columns(),
        "newly_rows": parts.item_rows(work, found.newly_overdue),
        "newly_url": parts.where_url(work, found.newly_overdue.where),
        "long_rows": parts.item_rows(work, found.long_overdue),
        "long_url": parts.where_url(work, found.long_overdue.where),
        "unapplied_columns": parts.unapplied_columns(),
        "unapplied_rows": [parts.unapplied_row(work, each) for each in found.unapplied],
        "unapplied_count": found.unapplied_count,
    }
    return render(request, "dashboard/items.html", context)


@require_safe
@page("dashboard.read")
def collected(request: HttpRequest, work: Work) -> HttpResponse:
    """The part of the page that compares what salespeople's customers paid."""
    found = collected_by_salesperson(today=work.today, salesperson_ids=visible(work.actor))
    return render(request, "dashboard/collected.html", {"collected": charts.collected(work, found)})


def first_steps(work: Work) -> list[dict[str, Any]]:
    """What an empty company does first, for those who may."""
    url = area_url("import-home", work) if work.actor.may("import.run") else ""
    if not url:
        return []
    return [
        {"label": _("导入客户"), "url": f"{url}?kind=customers", "icon": "users"},
        {"label": _("导入应收单"), "url": f"{url}?kind=invoices", "icon": "file-import", "primary": True},
    ]

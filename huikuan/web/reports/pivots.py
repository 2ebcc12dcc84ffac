"""Pivots are kept and removed from their page; on the first page each is a tile."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from huikuan.core.errors import HuikuanError
from huikuan.reports.catalogue import answer, open_to
from huikuan.reports.operations import NewPivot, change_pivot, remove_pivot, save_pivot
from huikuan.reports.pivots.saved import report_name, report_of, saved_pivots
from huikuan.web.pages import Work, page
from huikuan.web.reports.addresses import report_url
from huikuan.web.reports.opening import opened, question_of
from huikuan.web.reports.pivot_parts import SaveForm, changed_pivot, pivot_table
from huikuan.web.reports.report_form import words_of
from huikuan.web.reports.report_parts import cells_of, chart_of, columns_of, rows_of

TILE_ROWS = 8
TILE_SECONDS = 10
MOST_TILES = 6


@require_POST
@page("report.read")
def pivot_save(request: HttpRequest, work: Work) -> HttpResponse:
    """The pivot that the address asks for is kept, or the member's own that it names is changed."""
    words = words_of(request.GET)
    changed = changed_pivot(work, words.pop("saved", ""))
    form = SaveForm(request.POST, work=work)
    if not form.is_valid():
        messages.error(request, " ".join(str(text) for texts in form.errors.values() for text in texts))
        return HttpResponseRedirect(report_url(work, "pivot", words))
    said = form.cleaned_data
    new = NewPivot(
        name=said["name"],
        words=words,
        period=said["period"],
        roles=said.get("roles", changed.roles if changed else ()),
        on_dashboard=said["on_dashboard"],
    )
    try:
        if changed:
            kept = change_pivot(changed.pk, new, actor=work.actor, today=work.today)
        else:
            kept = save_pivot(new, actor=work.actor, today=work.today)
    except HuikuanError as error:
        messages.error(request, error.message)
        return HttpResponseRedirect(report_url(work, "pivot", words))
    messages.success(request, _("已保存“%s”。") % kept.name)
    return HttpResponseRedirect(report_url(work, report_name(kept.pk)))


@require_POST
@page("report.read")
def pivot_remove(request: HttpRequest, work: Work, key: Any) -> HttpResponse:
    """A saved pivot goes, from first pages too."""
    remove_pivot(key, actor=work.actor)
    messages.success(request, _("透视表已移除。"))
    return HttpResponseRedirect(reverse("reports", args=[work.organization.code]))


def tiles(work: Work) -> list[dict[str, str]]:
    """The pivots on the first page of a reader, each fetched by itself."""
    if not work.actor.may("report.read"):
        return []
    return [
        {
            "name": each.name,
            "url": report_url(work, report_name(each.pk)),
            "tile_url": reverse("dashboard-pivot", args=[work.organization.code, report_name(each.pk)]),
        }
        for each in saved_pivots(work.actor)
        if each.on_dashboard and open_to(report_of(each), work.actor)
    ][:MOST_TILES]


@require_safe
@page("report.read")
def pivot_tile(request: HttpRequest, work: Work, name: str) -> HttpResponse:
    """A saved pivot as it is today: its picture, else its first rows."""
    report = opened(name, work)
    context: dict[str, Any] = {"name": report.title, "url": report_url(work, report.name)}
    try:
        result = answer(report, question_of(report, {}, work), seconds=TILE_SECONDS)
    except HuikuanError as error:
        return render(request, "dashboard/pivot.html", context | {"error": error.message})
    if result.charts:
        context |= {"id": name, "chart": chart_of(work, result, result.charts[0])}
    elif result.rows:
        rows = [row for row in result.rows if not row.level][:TILE_ROWS]
        shown = {
            "columns": [{**column, "sort": ""} for column in columns_of(result)],
            "rows": rows_of(work, result, rows),
            "total": cells_of(work, result, result.total) if result.total else None,
        }
        context |= {"pivot": pivot_table(result, shown), "table": {"currency": result.currency}}
    return render(request, "dashboard/pivot.html", context)

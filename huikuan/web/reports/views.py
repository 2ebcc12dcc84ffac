"""The aging report: on the page with its items behind every cell, and as a file."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from huikuan.core.postgres.tenancy import tenant
from huikuan.reports.aging import AgingRow, By
from huikuan.reports.filters import GROSS, NET, UNALLOCATED
from huikuan.reports.operations import record_file
from huikuan.web.lists import paging, place_in, with_query
from huikuan.web.lists.orders import orders_of
from huikuan.web.pages import Work, page
from huikuan.web.reports.aging_files import WRITERS, aging_table
from huikuan.web.reports.aging_view import BY, AgingPage, aging_page, cell_names, figures, in_order
from huikuan.web.reports.empty import nothing_found
from huikuan.web.reports.moments import moment_note
from huikuan.web.reports.words import cell_label
from huikuan.web.scopes import visible

ROWS = 100
DEFAULT_SORT = "-net"


@require_safe
@page("report.read")
def aging(request: HttpRequest, work: Work) -> HttpResponse:
    """What is owed by how long it is overdue, as of a day, as known at a time."""
    asked = aging_page(request.GET, work, visible(work.actor))
    report = asked.report
    sort = request.GET.get("sort", DEFAULT_SORT)
    rows = in_order(report, sort)
    place = place_in(request, size=ROWS)
    columns = _columns(asked)
    context = {
        "form": asked.form,
        "clear_url": request.path if request.GET else "",
        "sort": sort,
        "note": moment_note(report.as_of, report.known_at),
        "errors": [error for errors in asked.form.errors.values() for error in errors],
        "columns": columns,
        "sorts": orders_of(columns, sort, said="sort" in request.GET),
        "rows": [_row(work, asked, row) for row in rows[place.slice]],
        "sums_row": _sums(work, asked) if report.total and report.rows else None,
        "base_currency": report.currency,
        "paging": paging(request, place, len(rows)),
        "files": [
            {"label": _("Excel"), "url": _file_url(request, work, "xlsx"), "icon": "file-spreadsheet"},
            {"label": _("CSV"), "url": _file_url(request, work, "csv"), "icon": "download"},
        ],
        "empty": nothing_found(work, _("这一天没有应收")),
        "breadcrumbs": [{"label": _("账龄分析")}],
    }
    return render(request, "reports/aging.html", context)


def _file_url(request: HttpRequest, work: Work, form: str) -> str:
    url = reverse("aging-file", args=[work.organization.code, form])
    return with_query(url, {name: request.GET[name] for name in request.GET if name != "page"})


def _columns(asked: AgingPage) -> list[dict[str, Any]]:
    first = {"label": str(BY[asked.report.by]), "kind": "name", "sort": "key", "lead": True}
    names = cell_names(asked.report)
    sums = (GROSS, UNALLOCATED, NET)
    return [
        first,
        *(
            {
                "label": cell_label(name),
                "kind": "money",
                "sort": name if name in sums else "",
                "figure": name == GROSS,
            }
            for name in names
        ),
    ]


def _row(work: Work, asked: AgingPage, row: AgingRow) -> dict[str, Any]:
    name, note = row.name or _("（未指定）"), row.key
    if asked.report.by is By.NONE:
        name, note = _("合计"), ""
    elif note == name:
        note = ""
    head = {"value": name, "note": note, "url": asked.items_url(work, row, "")}
    return {"cells": [head, *_amounts(work, asked, row, row)]}


def _sums(work: Work, asked: AgingPage) -> list[Any]:
    assert asked.report.total is not None
    return [_("合计"), *_amounts(work, asked, asked.report.total, None)]


def _amounts(work: Work, asked: AgingPage, row: AgingRow, key: AgingRow | None) -> list[dict[str, Any]]:
    return [
        {
            "value": amount or None,
            "currency": row.currency,
            "url": asked.items_url(work, key, name) if amount else "",
        }
        for name, amount in figures(asked.report, row).items()
    ]


@require_safe
@page("report.read", own_transactions=True)
def aging_file(request: HttpRequest, work: Work, form: str) -> HttpResponse:
    """The same report as a file; who took it, and what was asked for, is written into the trail."""
    if form not in WRITERS:
        raise Http404
    with tenant(work.organization.pk, snapshot=True):
        asked = aging_page(request.GET, work, visible(work.actor))
    table = aging_table(asked, in_order(asked.report, request.GET.get("sort", DEFAULT_SORT)), work)
    with tenant(work.organization.pk):
        record_file(actor=work.actor, name="aging", form=form, rows=len(table.rows), asked=request.GET.dict())
    content, content_type = WRITERS[form](table)
    name = f"aging-{work.organization.code}-{asked.report.as_of.isoformat()}.{form}"
    return HttpResponse(
        content,
        headers={
            "Content-Type": content_type,
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )

"""The catalogue of reports, and the one page that shows each of them."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.http import require_safe

from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import tenant
from huikuan.reports.asking import QuestionRefused, Report, Result
from huikuan.reports.catalogue import open_to, reports, saved_reports
from huikuan.reports.models import PivotRun
from huikuan.reports.operations import record_taking, remember_run
from huikuan.reports.output.as_csv import chart_as_csv
from huikuan.reports.output.forms import FORMS, file_name
from huikuan.reports.output.heading import Heading, moment_words
from huikuan.reports.pivots.saved import is_pivot
from huikuan.reports.questions import parameters_of
from huikuan.reports.runs import result_digest
from huikuan.web.lists import paging, place_in
from huikuan.web.pages import Work, page
from huikuan.web.reports.addresses import chart_url, file_url, report_url, schedule_url
from huikuan.web.reports.changes import since_last
from huikuan.web.reports.empty import nothing_found
from huikuan.web.reports.opening import breadcrumbs, opened, question_of
from huikuan.web.reports.pivot_parts import builder_context, pivot_acts, pivot_table, removal
from huikuan.web.reports.pivot_runs import answered, offered, run_context
from huikuan.web.reports.report_form import ReportForm, shown_words, words_of
from huikuan.web.reports.report_parts import cells_of, chart_of, columns_of, has_marks, one_currency, rows_of

ROWS = 200
SECTIONS = {
    "own": gettext_lazy("自己的报表"),
    "receivable": gettext_lazy("应收与账龄"),
    "collection": gettext_lazy("回款与催收"),
    "sales": pgettext_lazy("plural", "销售"),
    "risk": gettext_lazy("信用与风险"),
    "kpi": gettext_lazy("指标"),
    "books": gettext_lazy("财务"),
}


@require_safe
@page("report.read")
def catalogue(request: HttpRequest, work: Work) -> HttpResponse:
    """Every report that the reader may see, by section, with what it answers."""
    found: dict[str, list[dict[str, Any]]] = {}
    for report in (*reports().values(), *saved_reports(work.actor)):
        if open_to(report, work.actor):
            found.setdefault(report.section, []).append(
                {
                    "title": report.title,
                    "definition": report.definition,
                    "url": report_url(work, report.name),
                    "icon": report.icon,
                    "command": f"huikuan report {report.name}",
                }
            )
    ordered = [
        *(name for name in SECTIONS if name in found),
        *(name for name in found if name not in SECTIONS),
    ]
    sections = [{"title": SECTIONS.get(name, name), "reports": found[name]} for name in ordered]
    sent = reverse("report-schedules", args=[work.organization.code])
    context = {
        "sections": sections,
        "actions": [{"label": _("定时报表"), "url": sent, "icon": "clock"}],
        "breadcrumbs": [{"label": pgettext("plural", "报表")}],
    }
    return render(request, "reports/catalogue.html", context)


@require_safe
@page("report.read", own_transactions=True)
def report_page(request: HttpRequest, work: Work, name: str) -> HttpResponse:
    """A report: its form, its pictures, its tables with what is behind each figure, and its files."""
    now = timezone.now()
    result: Result | None = None
    digest = ""
    run: PivotRun | None = None
    with tenant(work.organization.pk, snapshot=True):
        report = opened(name, work)
        said = words_of(request.GET)
        errors: list[str] = []
        try:
            question = question_of(report, said, work)
        except QuestionRefused as error:
            errors.append(error.message)
            question = question_of(report, {}, work)
        try:
            result, run = answered(work, report, question, request.GET.get("run", ""), now=now)
            context = {"report": report, "breadcrumbs": breadcrumbs(work, report)}
            if result is not None:
                digest = result_digest(result)
                context = page_context(request, work, report, result, run)
                context["since"] = since_last(work, report, result, digest=digest, now=now)
        except HuikuanError as error:
            errors.append(error.message)
            context = {"report": report, "breadcrumbs": breadcrumbs(work, report)}
            context["offer_url"] = offered(work, report, question, error)
        words = parameters_of(report, question)
        context |= {
            "errors": errors,
            "form": ReportForm(shown_words(report, said, words), report=report, work=work),
            "clear_url": request.path if request.GET else "",
        }
        context |= builder_context(request, work, report, question)
        context |= run_context(work, report, question, run)
        page_answer = render(request, "reports/report.html", context)
    if result is not None:
        with tenant(work.organization.pk):
            remember_run(actor=work.actor, report=report, result=result, digest=digest, now=now)
    return page_answer


def page_context(
    request: HttpRequest, work: Work, report: Report, result: Result, run: PivotRun | None
) -> dict[str, Any]:
    """What the page shows of an answer; `run`: made behind the page."""
    question = result.question
    words = parameters_of(report, question) | ({"run": str(run.pk)} if run else {})
    place = place_in(request, size=ROWS)
    tables = []
    for number, table in enumerate(result.tables):
        rows = table.rows[place.slice] if not number else table.rows[:ROWS]
        tables.append(
            {
                "id": f"table-{number}",
                "title": str(table.title),
                "columns": columns_of(table) if not number else _unsorted(columns_of(table)),
                "rows": rows_of(work, table, rows),
                "total": cells_of(work, table, table.total) if table.total and table.rows else None,
                "paging": paging(request, place, len(table.rows)) if not number else None,
                "currency": one_currency(table),
                "dense": len(table.columns) > 7,
            }
        )
        if is_pivot(report):
            tables[-1]["pivot"] = pivot_table(table, tables[-1])
    return {
        "report": report,
        "note": moment_words(question, result.known_at),
        "remarks": result.remarks,
        "charts": [
            {
                "id": f"chart-{chart.name}",
                "title": chart.title,
                "data": chart_of(work, result, chart),
                "csv_url": chart_url(work, report.name, chart.name, words),
            }
            for chart in result.charts
            if has_marks(chart)
        ],
        "tables": tables,
        "sort": question.sort,
        "empty": None
        if tables and all(each["rows"] for each in tables)
        else nothing_found(work, _("没有符合条件的数据")),
        "files": pivot_acts(work, report, words)
        + [
            {"label": label, "url": file_url(work, report.name, form, words), "icon": icon, "file": True}
            for form, label, icon in (
                ("xlsx", _("Excel"), "file-spreadsheet"),
                ("pdf", _("PDF"), "printer"),
                ("csv", _("CSV"), "download"),
            )
        ]
        + [{"label": _("定时发送"), "url": schedule_url(work, report.name, words), "icon": "clock"}]
        + removal(work, report),
        "breadcrumbs": breadcrumbs(work, report),
    }


def _unsorted(columns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**column, "sort": ""} for column in columns]


@require_safe
@page("report.read", own_transactions=True)
def report_file(request: HttpRequest, work: Work, name: str, form: str) -> HttpResponse:
    """A report as a file; who took it, and what was asked, is written into the trail."""
    if form not in FORMS:
        raise Http404
    with tenant(work.organization.pk, snapshot=True):
        report = opened(name, work)
        result = _asked_for(request, work, report)
    with tenant(work.organization.pk):
        record_taking(actor=work.actor, report=report, result=result, form=form)
    heading = Heading(
        work.organization.code,
        work.organization.name,
        work.actor.name,
        timezone.now().astimezone(ZoneInfo(work.organization.time_zone)),
    )
    content = FORMS[form].write(report, result, heading)
    return _attachment(content, FORMS[form].content_type, file_name(report, result, heading, form))


@require_safe
@page("report.read", own_transactions=True)
def report_chart(request: HttpRequest, work: Work, name: str, chart: str) -> HttpResponse:
    """The figures of a picture, as CSV; taking them is written into the trail."""
    with tenant(work.organization.pk, snapshot=True):
        report = opened(name, work)
        result = _asked_for(request, work, report)
    found = next((each for each in result.charts if each.name == chart), None)
    if found is None:
        raise Http404
    with tenant(work.organization.pk):
        record_taking(actor=work.actor, report=report, result=result, form=f"chart:{chart}")
    file = f"{report.name}-{chart}-{result.question.as_of.isoformat()}.csv"
    return _attachment(chart_as_csv(found), FORMS["csv"].content_type, file)


def _asked_for(request: HttpRequest, work: Work, report: Report) -> Result:
    """The answer to what the address asks; 404 where a run that it names has none."""
    question = question_of(report, words_of(request.GET), work)
    result, _run = answered(work, report, question, request.GET.get("run", ""), now=timezone.now())
    if result is None:
        raise Http404
    return result


def _attachment(content: bytes, content_type: str, name: str) -> HttpResponse:
    return HttpResponse(
        content,
        headers={
            "Content-Type": content_type,
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )

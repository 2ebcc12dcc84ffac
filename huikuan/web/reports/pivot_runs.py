"""Pivots that are made behind the page: asked for, how far they are, cancelled, and shown on the pivot's own page."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from huikuan.core.errors import HuikuanError
from huikuan.reports.asking import Question, Report, Result
from huikuan.reports.catalogue import answer
from huikuan.reports.guards import SECONDS, ReportTooLarge, ReportTooSlow
from huikuan.reports.jobs import make_pivot
from huikuan.reports.models import PivotRun, RunState, Stage
from huikuan.reports.operations import ask_run, cancel_run
from huikuan.reports.pivots.behind import (
    ACTIVE,
    BEHIND,
    ON_PAGE,
    kept_answer,
    run_for,
    run_named,
    runs_of,
    state_of,
    still_seen,
    why_failed,
)
from huikuan.reports.pivots.saved import is_pivot
from huikuan.reports.questions import parameters_of
from huikuan.web.pages import Work, page
from huikuan.web.reports.addresses import report_url, run_url
from huikuan.web.reports.opening import opened, question_of
from huikuan.web.reports.report_form import words_of

STAGES: dict[str, Any] = {
    "": gettext_lazy("准备"),
    Stage.COUNTING: gettext_lazy("第 1 步，共 3 步：估计有多大"),
    Stage.READING: gettext_lazy("第 2 步，共 3 步：在账里汇总"),
    Stage.ADDING: gettext_lazy("第 3 步，共 3 步：排成表格"),
}
STATES = {
    RunState.WAITING: (gettext_lazy("等待"), "plain"),
    RunState.RUNNING: (gettext_lazy("正在计算"), "notice"),
    RunState.DONE: (gettext_lazy("已算好"), "good"),
    RunState.FAILED: (gettext_lazy("没有算完"), "bad"),
    RunState.CANCELLED: (gettext_lazy("已取消"), "plain"),
}


class Answered(NamedTuple):
    """An answer, if there is one, and the run that it comes or will come from."""

    result: Result | None
    run: PivotRun | None


def answered(work: Work, report: Report, question: Question, key: str, *, now: datetime) -> Answered:
    """Ask a report; a pivot by the run of that key, or by one that no page could do. Raises what `answer` does."""
    if not is_pivot(report):
        return Answered(answer(report, question), None)
    run = _run(work, key) if key else run_for(work.actor, report, question, now=now)
    if run is not None and run.report != report.name:
        raise Http404
    if run is None:
        return Answered(answer(report, question, seconds=min(ON_PAGE, SECONDS)), None)
    if run.state != RunState.DONE or not still_seen(run, question.salesperson_ids):
        return Answered(None, run)
    return Answered(kept_answer(run, report, question), run)


def _run(work: Work, key: str | UUID) -> PivotRun:
    try:
        run = run_named(work.actor, key if isinstance(key, UUID) else UUID(key))
    except ValueError:
        run = None
    if run is None:
        raise Http404
    return run


def run_context(work: Work, report: Report, question: Question, found: PivotRun | None) -> dict[str, Any]:
    """What the page of a pivot says of the run that it shows, and of the last ones."""
    if not is_pivot(report):
        return {}
    now = timezone.now()
    words = parameters_of(report, question)
    return {
        "run": _shown(work, found, question, now) if found else None,
        "run_again_url": run_url(work, report, words),
        "runs": [
            _line(work, each, now)
            for each in runs_of(work.actor, report=report.name)
            if found is None or each.pk != found.pk
        ],
    }


def _shown(work: Work, run: PivotRun, question: Question, now: datetime) -> dict[str, Any]:
    state = state_of(run, now)
    if state in ACTIVE:
        return {"progress": progress_of(work, run, now)}
    if state == RunState.DONE and still_seen(run, question.salesperson_ids):
        return {
            "tone": "info",
            "text": _("这是在后台算好的，用了 %s。之后登记的不在里面。") % _span(run),
        }
    if state == RunState.DONE:
        return {"tone": "warn", "text": _("您能看的客户变了，请重新计算。")}
    if state == RunState.CANCELLED:
        return {"tone": "info", "text": _("已取消，没有结果。")}
    return {"tone": "warn", "text": why_failed(run)}


def _span(run: PivotRun) -> str:
    if run.started_at is None or run.ended_at is None:
        return ""
    return _duration((run.ended_at - run.started_at).total_seconds())


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    if minutes:
        return _("%(minutes)d 分 %(seconds)d 秒") % {"minutes": minutes, "seconds": rest}
    return _("%d 秒") % rest


def _line(work: Work, run: PivotRun, now: datetime) -> dict[str, Any]:
    label, tone = STATES[state_of(run, now)]
    return {
        "title": run.title,
        "asked_at": run.asked_at,
        "label": label,
        "tone": tone,
        "url": reverse("pivot-run", args=[work.organization.code, run.pk]),
    }


def progress_of(work: Work, run: PivotRun, now: datetime) -> dict[str, Any]:
    """How far a run is: its step, what it has read, and how long of how long."""
    code = work.organization.code
    if run.state == RunState.WAITING or run.started_at is None:
        label, text = _("正在等待后台任务开始"), ""
    else:
        label = str(STAGES.get(run.stage, STAGES[""]))
        text = _("已用 %(used)s，一步最多 %(most)s") % {
            "used": _duration((now - run.started_at).total_seconds()),
            "most": _duration(BEHIND),
        }
        if run.rows is not None:
            text = _("%(rows)s 组合计 · %(time)s") % {"rows": f"{run.rows:,}", "time": text}
    return {
        "label": label,
        "text": text,
        "poll_url": reverse("pivot-run-progress", args=[code, run.pk]),
        "cancel_url": reverse("pivot-run-cancel", args=[code, run.pk]),
    }


def offered(work: Work, report: Report, question: Question, error: HuikuanError) -> str:
    """Where the worker would try what a page could not; nothing where that would not help."""
    may = is_pivot(report) and work.actor.membership_id is not None
    if not may or not isinstance(error, (ReportTooSlow, ReportTooLarge)):
        return ""
    return run_url(work, report, parameters_of(report, question))


@require_POST
@page("report.read")
def pivot_run_ask(request: HttpRequest, work: Work, name: str) -> HttpResponse:
    """Have the pivot that the address asks for made behind the page."""
    report = opened(name, work)
    if not is_pivot(report):
        raise Http404
    question = question_of(report, words_of(request.GET), work)
    run, is_new = ask_run(report, question, actor=work.actor, now=timezone.now())
    if is_new:
        make_pivot.defer(organization_id=str(work.organization.pk), run_id=str(run.pk))
    return redirect("pivot-run", work.organization.code, run.pk)


@require_safe
@page("report.read")
def pivot_run(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """The pivot's own page, showing this run: where notices lead."""
    run = _run(work, key)
    return HttpResponseRedirect(report_url(work, run.report, {**run.words, "run": str(run.pk)}))


@require_safe
@page("report.read")
def pivot_run_progress(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """How far a run is: asked every second; at its end the page is opened again."""
    run = _run(work, key)
    now = timezone.now()
    if state_of(run, now) in ACTIVE:
        return render(request, "reports/pivot_progress.html", {"progress": progress_of(work, run, now)})
    response = HttpResponse(status=204)
    response["HX-Redirect"] = reverse("pivot-run", args=[work.organization.code, run.pk])
    return response if getattr(request, "htmx", False) else redirect(response["HX-Redirect"])


@require_POST
@page("report.read")
def pivot_run_cancel(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """A run ends without an answer."""
    run = _run(work, key)
    if cancel_run(run.pk, actor=work.actor, now=timezone.now()):
        messages.success(request, _("已取消计算。"))
    else:
        messages.info(request, _("计算已经结束，没有什么可取消。"))
    return redirect("pivot-run", work.organization.code, run.pk)

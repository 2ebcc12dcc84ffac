"""What changed in a report since the reader last asked it, and the late postings that explain it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

from huikuan.reports.asking import Kind, Question, QuestionRefused, Report, Result, Told, meant
from huikuan.reports.catalogue import answer
from huikuan.reports.dimensions import DIMENSIONS
from huikuan.reports.late import MOST, LatePosting, LatePostings, late_postings
from huikuan.reports.moments import moment
from huikuan.reports.moved import Moved, moved_customers
from huikuan.reports.output.heading import moment_words
from huikuan.reports.output.values import shown
from huikuan.reports.questions import parameters_of
from huikuan.reports.runs import earlier_run
from huikuan.web.ledger.addresses import customer_url, document_url
from huikuan.web.ledger.words import KINDS
from huikuan.web.lists import with_query
from huikuan.web.pages import Work, page
from huikuan.web.reports.addresses import report_url
from huikuan.web.reports.opening import breadcrumbs, opened, question_of
from huikuan.web.reports.report_form import words_of
from huikuan.web.templatetags.money import MINUS

POSTINGS = {
    "allocation": pgettext_lazy("noun", "核销"),
    "unallocation": gettext_lazy("反核销"),
    "revaluation": pgettext_lazy("noun", "调汇"),
    "due_date": gettext_lazy("改到期日"),
}
COLUMNS = (
    ("moment", gettext_lazy("登记时间")),
    ("date", gettext_lazy("生效日期")),
    ("text", gettext_lazy("登记了什么")),
    ("name", gettext_lazy("客户")),
    ("text", gettext_lazy("登记人")),
    ("money", gettext_lazy("对净额的影响")),
)


TOLD_COLUMNS = (
    ("moment", gettext_lazy("登记时间")),
    ("text", gettext_lazy("登记了什么")),
    ("name", gettext_lazy("客户")),
    ("text", gettext_lazy("登记人")),
    ("text", gettext_lazy("币种")),
    ("money", gettext_lazy("金额")),
)
MOVED_COLUMNS = (
    ("moment", gettext_lazy("登记时间")),
    ("name", gettext_lazy("客户")),
    ("text", gettext_lazy("改了什么")),
    ("text", gettext_lazy("登记人")),
    ("money", gettext_lazy("随之移动的净额")),
)


def since_last(
    work: Work, report: Report, result: Result, *, digest: str, now: datetime
) -> dict[str, Any] | None:
    """What the page says about the time before; nothing where there was none, or an old state is looked at."""
    if result.question.known_at is not None:
        return None
    before = earlier_run(work.actor, report, result.question, now=now)
    if before is None:
        return None
    zone = ZoneInfo(work.organization.time_zone)
    ran_at = f"{before.ran_at.astimezone(zone):%Y-%m-%d %H:%M}"
    if before.digest == digest:
        return {"text": _("与您上次（%s）看到的一样。") % ran_at, "url": "", "changed": False}
    words = parameters_of(report, result.question) | {"before": before.known_at.isoformat()}
    url = with_query(reverse("report-changes", args=[work.organization.code, report.name]), words)
    return {"text": _("与您上次（%s）看到的不同。") % ran_at, "url": url, "changed": True}


@require_safe
@page("report.read")
def report_changes(request: HttpRequest, work: Work, name: str) -> HttpResponse:
    """The report's totals as known before and now, and every posting recorded in between that counts."""
    report = opened(name, work)
    words = words_of(request.GET)
    said = words.pop("before", "")
    now_known = question_of(report, words, work)
    before = _before(said, work) if said else _last_known(work, report, now_known)
    current = answer(report, now_known)
    earlier = answer(report, question_of(report, {**words, "known_at": before.isoformat()}, work))
    asked_for = meant(report, now_known)
    late = late_postings(asked_for, after=before, until=now_known.known_at) if report.posted else None
    later = moment(now_known.as_of, now_known.known_at)
    tellings = [telling(asked_for, later, before) for telling in report.told]
    moved = moved_customers(asked_for, after=before, until=now_known.known_at)
    above = breadcrumbs(work, report)
    above[-1]["url"] = report_url(work, name, words)
    context = {
        "report": report,
        "before": moment_words(earlier.question, earlier.known_at),
        "now": moment_words(current.question, current.known_at),
        "earlier_url": report_url(work, name, {**words, "known_at": before.isoformat()}),
        "current_url": report_url(work, name, words),
        "totals": _totals(earlier, current),
        "total_columns": [
            {"label": _("项目"), "kind": "text"},
            {"label": _("上次"), "kind": "num"},
            {"label": _("现在"), "kind": "num"},
            {"label": _("变化"), "kind": "num"},
        ],
        "columns": [{"label": str(label), "kind": kind, "lead": kind == "name"} for kind, label in COLUMNS],
        "posted": report.posted,
        "rows": [_row(work, posting) for posting in late.rows] if late else (),
        "sums": ["", "", _("共 %d 笔") % late.count, "", "", late.effect] if late and late.rows else None,
        "told_columns": [
            {"label": str(label), "kind": kind, "lead": kind == "name"} for kind, label in TOLD_COLUMNS
        ],
        "told": [_told(work, each) for telling in tellings for each in telling[:MOST]],
        "told_cut": _("事项较多：每类只列出最早的 %d 条。") % MOST
        if any(len(each) > MOST for each in tellings)
        else "",
        "told_empty": {
            "title": _("没有新登记的"),
            "text": _("上次之后没有登记过算进这张报表的事项。"),
            "icon": "check",
        },
        "moved_columns": [
            {"label": str(label), "kind": kind, "lead": kind == "name"} for kind, label in MOVED_COLUMNS
        ],
        "moved": [_moved(work, each) for each in moved],
        "cut": _cut(late) if late else "",
        "currency": current.currency,
        "empty": {
            "title": _("没有迟登记"),
            "text": _("这期间没有登记过算进这张报表的单据或核销。"),
            "icon": "check",
        },
        "breadcrumbs": [*above, {"label": _("与上次的差别")}],
    }
    return render(request, "reports/changes.html", context)


def _last_known(work: Work, report: Report, question: Question) -> datetime:
    """Until when the reader knew the time before; now, for who never asked."""
    now = timezone.now()
    earlier = earlier_run(work.actor, report, question, now=now)
    return earlier.known_at if earlier else now


def _before(text: str, work: Work) -> datetime:
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise QuestionRefused(_("时间应写成 2026-06-30T18:00：%s") % text, code="unreadable_time") from None
    return moment if moment.tzinfo else timezone.make_aware(moment, ZoneInfo(work.organization.time_zone))


def _moved(work: Work, each: Moved) -> dict[str, Any]:
    change = _("%(field)s：%(before)s → %(now)s") % {
        "field": DIMENSIONS[each.field].label,
        "before": each.before or _("（未指定）"),
        "now": each.now or _("（未指定）"),
    }
    name = {"value": each.customer, "url": customer_url(work, each.customer_id)}
    return {"cells": [each.recorded_at, name, change, each.by, each.owed]}


def _told(work: Work, each: Told) -> dict[str, Any]:
    name = {"value": each.customer, "url": customer_url(work, each.customer_id)}
    return {"cells": [each.recorded_at, each.what, name, each.by, each.currency, each.amount]}


def _cut(late: LatePostings) -> str:
    if late.count <= MOST:
        return ""
    return _("共 %(all)d 笔，只列出最早的 %(shown)d 笔；合计是全部。") % {"all": late.count, "shown": MOST}


def _totals(earlier: Result, current: Result) -> list[dict[str, Any]]:
    """A line per figure of the total row: then, now, and the difference of amounts and counts."""
    if current.total is None or earlier.total is None:
        return []
    lines = []
    for column in current.columns:
        if column.is_text:
            continue
        then, now = earlier.total.values.get(column.name), current.total.values.get(column.name)
        change = ""
        if column.kind in (Kind.MONEY, Kind.COUNT, Kind.DAYS):
            difference = (now or Decimal(0)) - (then or Decimal(0))
            change = _signed(shown(column, difference, current.currency)) if difference else "—"
        texts = [_signed(shown(column, value, current.currency)) or "—" for value in (then, now)]
        lines.append({"cells": [str(column.label), *texts, change]})
    return lines


def _signed(figure: str) -> str:
    """A figure with the minus of the pages."""
    return figure.replace("-", MINUS)


def _row(work: Work, posting: LatePosting) -> dict[str, Any]:
    kind = POSTINGS.get(posting.kind) or KINDS.get(posting.kind, posting.kind)
    number = f"{posting.number} → {posting.other}" if posting.other else posting.number
    url = document_url(work, posting.document_id)
    return {
        "cells": [
            posting.recorded_at,
            posting.effective_on,
            {"value": f"{kind} {number}", "url": url},
            posting.customer,
            posting.by,
            posting.effect,
        ]
    }

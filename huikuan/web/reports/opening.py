"""Which report an address names, whether the reader may see it, and what is asked of it."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404
from django.urls import reverse
from django.utils.translation import pgettext

from huikuan.reports.asking import Question, Report
from huikuan.reports.catalogue import UnknownReport, asked, report_named, require_open
from huikuan.web.pages import Work
from huikuan.web.scopes import visible


def opened(name: str, work: Work) -> Report:
    """The report of that name, if the reader may see it."""
    try:
        report = report_named(name)
        require_open(report, work.actor)
    except UnknownReport:
        raise Http404 from None
    return report


def question_of(report: Report, words: dict[str, str], work: Work) -> Question:
    """What words ask, for the customers that the reader sees. Raises QuestionRefused."""
    return asked(
        report,
        words,
        today=work.today,
        zone=ZoneInfo(work.organization.time_zone),
        salesperson_ids=visible(work.actor),
    )


def breadcrumbs(work: Work, report: Report) -> list[dict[str, Any]]:
    """The way to a report."""
    above = reverse("reports", args=[work.organization.code])
    return [{"label": pgettext("plural", "报表"), "url": above}, {"label": report.title}]

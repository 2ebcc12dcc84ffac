"""Where reports are."""

from __future__ import annotations

from collections.abc import Mapping

from django.urls import reverse

from huikuan.reports.asking import Report
from huikuan.web.lists import with_query
from huikuan.web.pages import Work


def report_url(work: Work, name: str, words: Mapping[str, object] | None = None) -> str:
    """A report's page, asked with these words; nothing for people who may not see reports."""
    if not work.actor.may("report.read"):
        return ""
    return with_query(reverse("report", args=[work.organization.code, name]), words or {})


def report_action(work: Work, name: str, label: str) -> list[dict[str, str]]:
    """A button to a report in the head of a page; none for people who may not see reports."""
    url = report_url(work, name)
    return [{"label": label, "url": url, "icon": "chart-bar"}] if url else []


def file_url(work: Work, name: str, form: str, words: Mapping[str, object]) -> str:
    """A report as a file of a form."""
    return with_query(reverse("report-file", args=[work.organization.code, name, form]), words)


def chart_url(work: Work, name: str, chart: str, words: Mapping[str, object]) -> str:
    """The figures of a chart of a report, as CSV."""
    return with_query(reverse("report-chart", args=[work.organization.code, name, chart]), words)


def schedule_url(work: Work, name: str, words: Mapping[str, object]) -> str:
    """Where a report, asked with these words, is set to be sent on its days."""
    return with_query(reverse("report-schedule", args=[work.organization.code, name]), words)


def run_url(work: Work, report: Report, words: Mapping[str, str]) -> str:
    """Where a pivot, asked with these words, is made behind the page."""
    said = {name: value for name, value in words.items() if name not in ("sort", "known_at", "run")}
    return with_query(reverse("pivot-run-ask", args=[work.organization.code, report.name]), said)

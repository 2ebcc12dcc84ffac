"""What stands above every form of a report: of whom and when it is, what was asked, and who took it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huikuan.core.sentences import in_succession
from huikuan.reports.asking import Question, Report, Result
from huikuan.reports.dimensions import DIMENSIONS

NOBODY = gettext_lazy("（未指定）")


@dataclass(frozen=True)
class Heading:
    """The organization's code and name, who takes the report, and when (aware)."""

    code: str
    organization: str
    taken_by: str
    taken_at: datetime


def moment_words(question: Question, known_at: datetime | None) -> str:
    """The day or period, and until when the report knows."""
    if question.since and question.until:
        return period_words(question.since, question.until, known_at)
    return _known_words(_("截至 %s") % question.as_of.isoformat(), known_at)


def period_words(since: date, until: date, known_at: datetime | None) -> str:
    """The days of a period, and until when they are known."""
    days = _("%(from)s 至 %(to)s") % {"from": since.isoformat(), "to": until.isoformat()}
    return _known_words(days, known_at)


def _known_words(days: str, known_at: datetime | None) -> str:
    if known_at is None:
        return days
    return _("%(days)s · 知悉至 %(known)s") % {"days": days, "known": f"{known_at:%Y-%m-%d %H:%M:%S}"}


def filter_words(question: Question) -> list[str]:
    """What the rows are narrowed down to, a line for each field."""
    said = []
    for name, value in question.where.items():
        label = DIMENSIONS[name].label if name in DIMENSIONS else name
        said.append(_("%(field)s：%(value)s") % {"field": label, "value": value or NOBODY})
    return said


def option_words(report: Report, question: Question) -> list[str]:
    """The options that are not as usual, a line for each."""
    said = []
    for option in report.options:
        value = question.options.get(option.name)
        if value != option.default:
            said.append(
                _("%(field)s：%(value)s") % {"field": option.label, "value": _shown(option.choices, value)}
            )
    return said


def _shown(choices: Any, value: Any) -> str:
    labels = dict(choices)
    if isinstance(value, tuple):
        return ", ".join(str(labels.get(each, each)) for each in value)
    if isinstance(value, bool):
        return _("是") if value else _("否")
    return str(labels.get(value, value))


def heading_lines(report: Report, result: Result, heading: Heading) -> list[str]:
    """The lines below the title of a file."""
    question = result.question
    lines = [moment_words(question, result.known_at)]
    if question.by:
        by = " / ".join(str(DIMENSIONS[name].label) for name in question.by)
        lines.append(_("按%s") % by)
    lines += option_words(report, question)
    if where := filter_words(question):
        lines.append(_("筛选 %s") % in_succession(where))
    if question.salesperson_ids is not None:
        lines.append(_("只含导出人看得到的客户"))
    if result.currency:
        lines.append(_("金额单位 %s") % result.currency)
    lines += [str(remark) for remark in result.remarks]
    taken = {"who": heading.taken_by, "when": f"{heading.taken_at:%Y-%m-%d %H:%M}"}
    lines.append(_("导出人 %(who)s · %(when)s") % taken)
    return lines


def title_line(report: Report, heading: Heading) -> str:
    """The title of a file: whose report, and which."""
    return _("%(organization)s %(report)s") % {"organization": heading.organization, "report": report.title}

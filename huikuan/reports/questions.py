"""From the words of an address, a command or a schedule to a question, and back."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from huikuan.core.dates import add_months
from huikuan.ledger.rules import Basis, UnusableBounds, aging_buckets
from huikuan.reports.asking import Option, Question, QuestionRefused, Report
from huikuan.reports.dimensions import DIMENSIONS, TIMES

NONE = "-"
"""As the value of a filter: those without one."""

_BOUNDS = re.compile(r"[0-9]{1,5}(?:\s*[,，、 ]\s*[0-9]{1,5}){0,11}")


def asked(
    report: Report,
    said: Mapping[str, str],
    *,
    today: date,
    zone: ZoneInfo,
    salesperson_ids: frozenset[UUID] | None = None,
) -> Question:
    """The question that words ask of a report; words of other names are left alone.

    `as_of` (or `from` and `to`), `known_at`, `by` (comma-separated; "none": one row), `sort`, the fields of
    `filters` and the names of `options`. A moment without an offset is in `zone`, and comes back in it. Raises QuestionRefused.
    """
    words = {name: value.strip() for name, value in said.items() if value and value.strip()}
    question = Question(
        report=report.name,
        as_of=_day(words, "as_of") or today,
        known_at=_moment(words, zone),
        by=_by(report, words),
        where={name: "" if words[name] == NONE else words[name] for name in report.filters if name in words},
        options={option.name: _value(option, words.get(option.name, "")) for option in report.options},
        sort=words.get("sort", usual_sort(report, _by(report, words))),
        salesperson_ids=salesperson_ids,
    )
    return _with_period(report, question, words) if report.period else question


def _with_period(report: Report, question: Question, words: Mapping[str, str]) -> Question:
    until = _day(words, "to") or question.as_of
    since = _day(words, "from") or usual_start(report, until)
    if since > until:
        raise QuestionRefused(
            _("期间写反了：%(from)s 在 %(to)s 之后。") % {"from": since.isoformat(), "to": until.isoformat()},
            code="dates_reversed",
        )
    return replace(question, as_of=until, since=since, until=until)


def usual_start(report: Report, until: date) -> date:
    """Where the usual period of a report that ends on this day begins."""
    kind, _colon, number = report.usual_period.partition(":")
    if kind == "months":
        return add_months(until.replace(day=1), 1 - int(number))
    if kind == "month":
        return until.replace(day=1)
    if kind == "quarter":
        return until.replace(month=until.month - (until.month - 1) % 3, day=1)
    return until.replace(month=1, day=1)


def usual_sort(report: Report, by: Sequence[str]) -> str:
    """How rows are usually sorted: periods in their order, all else as the report has it."""
    return "" if by and by[0] in TIMES else report.sort


def parameters_of(report: Report, question: Question) -> dict[str, str]:
    """The words that ask this question again; `asked` reads them. What is usual is left out, days are not."""
    words: dict[str, str] = {}
    if report.period and question.since and question.until:
        words |= {"from": question.since.isoformat(), "to": question.until.isoformat()}
    else:
        words["as_of"] = question.as_of.isoformat()
    if question.known_at:
        words["known_at"] = question.known_at.isoformat()
    if question.by != report.by:
        words["by"] = ",".join(question.by) or "none"
    words |= {name: value or NONE for name, value in question.where.items()}
    for option in report.options:
        value = question.options.get(option.name)
        if value != _value(option, ""):
            words[option.name] = _text(value)
    if question.sort != usual_sort(report, question.by):
        words["sort"] = question.sort
    return words


def _by(report: Report, words: Mapping[str, str]) -> tuple[str, ...]:
    if "by" not in words:
        return report.by
    named = tuple(part for part in re.split(r"[,，、 ]+", words["by"]) if part)
    if named == ("none",) and report.dimensions:
        return ()
    for name in named:
        if name not in report.dimensions:
            known = _("、").join(report.dimensions) or _("无")
            raise QuestionRefused(
                _("这张报表不能按“%(name)s”分行，可以按：%(known)s。") % {"name": name, "known": known},
                code="unknown_dimension",
            )
    if len(set(named)) < len(named):
        raise QuestionRefused(_("同一个维度写了两次。"), code="repeated_dimension")
    if len(named) > report.levels:
        raise QuestionRefused(_("这张报表最多分 %d 层。") % report.levels, code="too_many_levels")
    return named


def dimension_label(name: str) -> str:
    """What a dimension is called."""
    return str(DIMENSIONS[name].label)


def _day(words: Mapping[str, str], name: str) -> date | None:
    if name not in words:
        return None
    try:
        return date.fromisoformat(words[name])
    except ValueError:
        raise QuestionRefused(_("日期应写成 2026-06-30：%s") % words[name], code="unreadable_date") from None


def _moment(words: Mapping[str, str], zone: ZoneInfo) -> datetime | None:
    if "known_at" not in words:
        return None
    try:
        moment = datetime.fromisoformat(words["known_at"].replace(" ", "T"))
    except ValueError:
        raise QuestionRefused(
            _("时间应写成 2026-06-30T18:00：%s") % words["known_at"], code="unreadable_time"
        ) from None
    return moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)


def _value(option: Option, text: str) -> Any:
    """An option's value; its default where nothing is said. Raises QuestionRefused."""
    if not text:
        return option.default
    return READERS[option.kind](option, text)


def _refused(option: Option, text: str) -> QuestionRefused:
    return QuestionRefused(
        _("“%(label)s”写的是“%(text)s”，无法识别。") % {"label": option.label, "text": text},
        code="unusable_option",
    )


def _one_day(option: Option, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _refused(option, text) from None


def _one_month(option: Option, text: str) -> date:
    return _one_day(option, f"{text[:7]}-01")


def _one_choice(option: Option, text: str) -> str:
    if text not in {value for value, _label in option.choices}:
        raise _refused(option, text)
    return text


def _several(option: Option, text: str) -> tuple[str, ...]:
    return tuple(_one_choice(option, part) for part in re.split("[,，、]", text) if part)


def _whole(option: Option, text: str) -> int:
    if not re.fullmatch("[0-9]{1,9}", text):
        raise _refused(option, text)
    return int(text)


def _flag(option: Option, text: str) -> bool:
    if text not in ("1", "0", "on", "true", "false", "yes", "no"):
        raise _refused(option, text)
    return text in ("1", "on", "true", "yes")


def _bounds(option: Option, text: str) -> tuple[int, ...]:
    if not _BOUNDS.fullmatch(text):
        raise QuestionRefused(_("区间应写成 30, 60, 90。"), code="unusable_bounds")
    bounds = tuple(int(part) for part in re.findall("[0-9]+", text))
    try:
        aging_buckets(date.max, Basis.DUE, bounds)
    except UnusableBounds:
        raise QuestionRefused(_("账龄区间应是从小到大的天数。"), code="unusable_bounds") from None
    return bounds


READERS: dict[str, Callable[[Option, str], Any]] = {
    "day": _one_day,
    "month": _one_month,
    "choice": _one_choice,
    "choices": _several,
    "integer": _whole,
    "text": lambda _option, text: text[:200],
    "flag": _flag,
    "bounds": _bounds,
}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return value.isoformat() if isinstance(value, date) else str(value)

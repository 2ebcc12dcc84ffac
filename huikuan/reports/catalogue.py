"""The reports there are, how they are asked, and how they answer."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from django.utils.translation import gettext as _

from huikuan.core.errors import HuikuanError
from huikuan.organizations.actors import Actor, NotPermitted
from huikuan.organizations.models import Scope
from huikuan.reports import standard
from huikuan.reports.asking import Question, Report, Result, in_order
from huikuan.reports.guards import SECONDS, uncollected, within
from huikuan.reports.pivots.saved import report_of, saved_pivots, saved_report_named
from huikuan.reports.questions import asked as asked
from huikuan.reports.questions import parameters_of as parameters_of


class UnknownReport(HuikuanError):
    """No report has that name."""

    code = "unknown_report"


@cache
def reports() -> Mapping[str, Report]:
    """Every report by name, in the order of the files of `huikuan/reports/standard`: each has one REPORT or REPORTS."""
    found: dict[str, Report] = {}
    for module in sorted(pkgutil.iter_modules(standard.__path__), key=lambda each: each.name):
        loaded: Any = importlib.import_module(f"{standard.__name__}.{module.name}")
        for report in getattr(loaded, "REPORTS", None) or (loaded.REPORT,):
            if report.name in found:
                raise RuntimeError(f"two reports are called {report.name}")
            found[report.name] = report
    return found


def report_named(name: str) -> Report:
    """The report of that name: one of the catalogue, else one that was saved in the organization. Raises UnknownReport."""
    found = reports().get(name) or saved_report_named(name)
    if found is None:
        raise _unknown(name)
    return found


def _unknown(name: str) -> UnknownReport:
    return UnknownReport(_("没有名为 %s 的报表。") % name)


def open_to(report: Report, actor: Actor) -> bool:
    """Whether somebody may see a report."""
    in_reach = actor.may(report.permission) and (not report.whole or actor.scope == Scope.ALL)
    return in_reach and (report.seen_by is None or report.seen_by(actor))


def require_open(report: Report, actor: Actor) -> None:
    """Let through who may see a report. Raises NotPermitted, UnknownReport for one that is not shared with the actor."""
    actor.require(report.permission)
    if report.seen_by is not None and not report.seen_by(actor):
        raise _unknown(report.name)
    if not open_to(report, actor):
        raise NotPermitted(_("这张报表包含全部客户的数字，您的角色只看得到一部分客户。"))


def answer(report: Report, question: Question, *, seconds: int = SECONDS) -> Result:
    """Ask a report, inside `tenant(organization, snapshot=True)`; rows in the order that is asked for.

    Raises ReportTooLarge where it would have too many rows, ReportTooSlow where a statement takes more than `seconds`,
    and whatever the report refuses.
    """
    with within(seconds), uncollected():
        return in_order(report.read(question), question.sort)


def saved_reports(actor: Actor) -> list[Report]:
    """The reports saved in the organization that an actor sees, by title."""
    return [report_of(saved) for saved in saved_pivots(actor)]


def described(chosen: Iterable[Report] | None = None) -> list[dict[str, Any]]:
    """Reports for programs (None: the catalogue): name, title, definition and options of each."""
    return [
        {
            "name": report.name,
            "title": str(report.title),
            "definition": str(report.definition),
            "options": [*_common_options(report), *map(_option, report.options)],
        }
        for report in (reports().values() if chosen is None else chosen)
    ]


def _common_options(report: Report) -> list[dict[str, Any]]:
    options: list[dict[str, Any]] = []
    if report.period:
        options += [
            {"name": "from", "label": _("从"), "kind": "day"},
            {"name": "to", "label": _("到"), "kind": "day"},
        ]
    else:
        options.append({"name": "as-of", "label": _("截至"), "kind": "day"})
    options.append({"name": "known-at", "label": _("知悉时间"), "kind": "moment"})
    if report.dimensions:
        options.append(
            {
                "name": "by",
                "label": _("按"),
                "kind": "dimensions",
                "choices": list(report.dimensions),
                "default": list(report.by),
                "levels": report.levels,
            }
        )
    if report.filters:
        options.append(
            {"name": "where", "label": _("筛选"), "kind": "filters", "choices": list(report.filters)}
        )
    return options


def _option(option: Any) -> dict[str, Any]:
    said: dict[str, Any] = {
        "name": option.name.replace("_", "-"),
        "label": str(option.label),
        "kind": option.kind,
        "default": option.default,
    }
    if option.choices:
        said["choices"] = [value for value, _label in option.choices]
    if option.note:
        said["note"] = str(option.note)
    return said

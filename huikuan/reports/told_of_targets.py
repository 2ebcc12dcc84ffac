"""Targets of key figures that were set or ended between two knowledge dates, of those that a report is measured by."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from itertools import islice

from django.utils.translation import gettext as _

from huikuan.customers.models import Salesperson
from huikuan.reports.asking import Column, Question, Told
from huikuan.reports.kpi.figures import FIGURES
from huikuan.reports.kpi.models import FigureTarget
from huikuan.reports.kpi.targets import COMPANY, Whose, whose_figures
from huikuan.reports.late import MOST
from huikuan.reports.moments import Moment
from huikuan.reports.output.values import shown


def told_of_targets(question: Question, later: Moment, after: datetime) -> list[Told]:
    """Targets set or ended for months up to the day, at most MOST and one, the first recorded first."""
    measured_by = _measured_by(question)
    rows = FigureTarget.objects.filter(
        figure__in=FIGURES,
        act__recorded_at__gt=after,
        act__recorded_at__lte=later.known_at,
        # What is of a time before the organization went live is known from its own date.
        starts_on__range=(later.live_on, question.as_of),
    )
    told = (
        Told(row.act.recorded_at, row.set_by, row.starts_on, _what(row, name), None, "", None, "")
        for row in rows.select_related("act", "salesperson").order_by("act__recorded_at", "pk")
        if (name := _name(row, measured_by))
    )
    return list(islice(told, MOST + 1))


def _name(row: FigureTarget, measured_by: Collection[Whose]) -> str:
    """Whose target it is; empty where nothing that is asked for is measured by it."""
    seller = row.salesperson
    if Whose(seller.code if seller else "", row.team) not in measured_by:
        return ""
    return f"{seller.code} {seller.name}" if seller else row.team or _("整个公司")


def _what(row: FigureTarget, name: str) -> str:
    figure = FIGURES[row.figure]
    said = {"figure": figure.label, "whose": name, "month": f"{row.starts_on:%Y-%m}"}
    if row.value is None:
        return _("%(figure)s（%(whose)s）自 %(month)s 起不再有目标") % said
    value = shown(Column(figure.name, figure.label, figure.kind), row.value, "")
    return _("%(figure)s（%(whose)s）自 %(month)s 起的目标：%(value)s") % {**said, "value": value}


def _measured_by(question: Question) -> set[Whose]:
    """Whose targets may stand beside the figures of a question: of the whole, and of rows of people in reach."""
    where, reach = question.item_filter, question.salesperson_ids
    teams = dict(Salesperson.objects.values_list("code", "team"))
    whole = whose_figures(where, reach)
    asked = set() if whole is None else {whole}
    by = question.by[0] if question.by and not set(question.where) - {"team", "salesperson"} else ""
    if by in ("salesperson", "team"):
        people = Salesperson.objects.all() if reach is None else Salesperson.objects.filter(pk__in=reach)
        those = [
            each
            for each in people
            if where.salesperson in (None, each.code) and where.team in (None, each.team)
        ]
        asked |= {Whose(team=each.team) for each in those}
        asked |= {Whose(each.code) for each in those if by == "salesperson"}
    # Who has no target of their own is measured by their team's, then by the company's.
    above = {Whose(team=teams[each.salesperson]) for each in asked if each.salesperson in teams}
    return asked | above | ({COMPANY} if asked else set())

"""应收指标 as cards: each figure with its value, what it was before, its course by month and what it means."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from huikuan.core.dates import add_months
from huikuan.organizations.models import Scope
from huikuan.reports.asking import Kind
from huikuan.reports.filters import ItemFilter
from huikuan.reports.kpi.figures import COUNTED_BACK, FIGURES, Facts, Figure, read_figures
from huikuan.reports.kpi.inputs import Asked, inputs_of, months_until, sales_by_month
from huikuan.reports.kpi.targets import Target, Targets, Whose, read_targets, whose_figures
from huikuan.reports.moments import moment
from huikuan.reports.output.heading import period_words
from huikuan.web.customers.queries import salespeople
from huikuan.web.pages import Work, page
from huikuan.web.reports.addresses import report_url
from huikuan.web.reports.figure_targets import figure_words, measured
from huikuan.web.reports.moments import Asked as AskedMoment
from huikuan.web.reports.moments import MomentForm, known_text, with_default_day
from huikuan.web.scopes import visible

TREND = 12
LENGTHS = (("1", gettext_lazy("1 个月")), ("3", gettext_lazy("3 个月")), ("12", gettext_lazy("12 个月")))
USUAL = "3"


class KeyFiguresForm(MomentForm):
    """Up to which day, as known when, over how many months, and whose; the team is offered where there are teams."""

    field_order = ("as_of", "months", "team", "salesperson", "known_at")
    months = forms.ChoiceField(label=gettext_lazy("期间"), choices=LENGTHS, required=False)
    team = forms.ChoiceField(label=gettext_lazy("团队"), required=False)
    salesperson = forms.ChoiceField(label=gettext_lazy("业务员"), required=False)

    def __init__(self, parameters: Any, *, work: Work) -> None:
        filled = with_default_day(parameters, work)
        filled.setdefault("months", USUAL)
        super().__init__(filled)
        seen = visible(work.actor)
        people = list(salespeople(seen))
        teams = sorted({each.team for each in people} - {""})
        chosen = filled["team"] if filled.get("team") in teams else ""
        whole = _("整个公司") if seen is None else _("我的客户")
        self.fields["team"].choices = [("", whole), *((each, each) for each in teams)]  # type: ignore[attr-defined]
        self.fields["salesperson"].choices = [  # type: ignore[attr-defined]
            ("", _("整个团队") if chosen else _("全部") if teams else whole),
            *((each.code, f"{each.code} {each.name}") for each in people if chosen in ("", each.team)),
        ]
        if not teams:
            del self.fields["team"]


@require_safe
@page("report.read")
def key_figures(request: HttpRequest, work: Work) -> HttpResponse:
    """The figures of a period that ends on a day, beside the same months before; of the company, a team or a salesperson."""
    form = KeyFiguresForm(request.GET, work=work)
    said = form.moment(work)
    until = said.as_of
    length = int(form.cleaned_data.get("months") or USUAL)
    where = ItemFilter(
        salesperson=form.cleaned_data.get("salesperson") or None, team=form.cleaned_data.get("team") or None
    )
    now, before, trend, asked = _figures(work, said, length, where)
    targets = read_targets(moment(until, said.known_at))
    whose = whose_figures(where, visible(work.actor))
    since = _start(until, length)
    context = {
        "form": form,
        "clear_url": request.path if request.GET else "",
        "moment": period_words(since, until, asked.known_at),
        "behind_url": report_url(work, "kpi", _words(said, since, where)),
        "cards": [
            _card(figure, now, before)
            | _target(figure, now[figure.name], targets.for_whom(figure.name, whose, until), whose)
            | {"chart": _chart(figure, trend, targets, whose)}
            for figure in FIGURES.values()
        ],
        "head_actions": _actions(work),
        "breadcrumbs": [{"label": _("应收指标")}],
    }
    return render(request, "reports/key_figures.html", context)


Row = dict[str, Any]
Values = dict[str, Decimal | None]


def _start(until: date, length: int) -> date:
    return add_months(until.replace(day=1), 1 - length)


def _words(said: AskedMoment, since: date, where: ItemFilter) -> dict[str, str]:
    """The same question to the report."""
    words = {"from": since.isoformat(), "to": said.as_of.isoformat()}
    words |= {name: value for name in ("team", "salesperson") if (value := getattr(where, name))}
    if said.known_at:
        words["known_at"] = known_text(said.known_at)
    return words


def _figures(
    work: Work, said: AskedMoment, length: int, where: ItemFilter
) -> tuple[Values, Values, list[tuple[str, Values]], Asked]:
    """The figures of the period and of as many months before, and by month; and the inputs that they came from."""
    until = said.as_of
    common: Any = {"known_at": said.known_at, "where": where, "salesperson_ids": visible(work.actor)}
    trend = inputs_of(months_until(until, TREND), **common)
    sales = sales_by_month(until, TREND + 2 * COUNTED_BACK, **common)
    months = next(iter(sales.values()), ())
    by_month = [
        (f"{period.until:%Y-%m}", read_figures(Facts(period.inputs, period.days, months[TREND - place :])))
        for place, period in enumerate(trend.total.periods, start=1)
    ]
    since = _start(until, length)
    earlier = _start(since - timedelta(days=1), length)
    ends = (earlier - timedelta(days=1), since - timedelta(days=1), until)
    periods = inputs_of(ends, **common).total.periods
    before, now = (
        read_figures(Facts(period.inputs, period.days, months[skipped:]))
        for period, skipped in zip(periods, (length, 0), strict=True)
    )
    return now, before, by_month, trend


def _card(figure: Figure, now: Values, before: Values) -> Row:
    value, earlier = now[figure.name], before[figure.name]
    return {
        "name": figure.name,
        "label": figure.label,
        "definition": figure.definition,
        "value": figure_words(figure, value),
        "before": figure_words(figure, earlier),
        "tone": _tone(figure, value, earlier),
    }


def _target(figure: Figure, value: Decimal | None, target: Target | None, whose: Whose | None) -> Row:
    """The target beside the figure, and on what is shown when the pointer rests on its meaning."""
    beside = measured(figure, value, target, whose)
    if beside is None:
        return {}
    return {"target": beside, "definition": f"{figure.definition} {beside['text']} {beside['word']}".strip()}


def _chart(
    figure: Figure, trend: list[tuple[str, Values]], targets: Targets, whose: Whose | None
) -> Row | None:
    """The course by month, and what the target was in each."""
    points = [values[figure.name] for _month, values in trend]
    if all(each is None for each in points):
        return None
    days = [date.fromisoformat(f"{month}-01") for month, _values in trend]
    aims = [targets.for_whom(figure.name, whose, day) for day in days]
    scale = 100 if figure.kind is Kind.PERCENT else 1

    def line(values: Iterable[Decimal | None]) -> list[Row]:
        return [{"value": None if each is None else each * scale} for each in values]

    series: list[Row] = [{"name": str(figure.label), "points": line(points)}]
    if any(aims):
        aim = line(None if each is None else each.value for each in aims)
        series.append({"name": _("目标"), "tone": "plain", "points": aim})
    return {
        "kind": "line",
        "categories": [month for month, _values in trend],
        "series": series,
        "legend": False,
        "unit": "%" if figure.kind is Kind.PERCENT else "",
    }


def _actions(work: Work) -> list[Row]:
    if work.actor.scope != Scope.ALL:
        return []
    url = reverse("figure-targets", args=[work.organization.code])
    return [{"label": _("指标目标"), "url": url, "icon": "target"}]


def _tone(figure: Figure, value: Decimal | None, before: Decimal | None) -> str:
    """Whether it got better or worse; nothing where it cannot be said."""
    if value is None or before is None or value == before:
        return ""
    return "good" if (value > before) == (figure.better > 0) else "bad"

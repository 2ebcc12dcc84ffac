"""现金预测: what is expected to come in by week and month, how sure that is, and what came of earlier forecasts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from huikuan.reports.cash_forecast.reading import ZERO, Forecast, PastWeek
from huikuan.reports.cash_forecast.reading import forecast as newest_forecast
from huikuan.risk.payments.cash import ForetoldCash
from huikuan.risk.payments.models import ForetoldWeek
from huikuan.risk.payments.queries import being_trained, model_in_use
from huikuan.web.pages import Work, page
from huikuan.web.risk.forecast_addresses import file_url, week_url
from huikuan.web.risk.scenario import scenario_parts

Row = dict[str, Any]


@require_safe
@page("report.read", whole=True)
def forecast(request: HttpRequest, work: Work) -> HttpResponse:
    """The coming weeks and months with their ranges, a scenario, and what was foretold of the last weeks beside what came."""
    found = newest_forecast(work.today)
    model_page = {
        "label": _("付款模型"),
        "url": reverse("payment-model", args=[work.organization.code]),
        "icon": "chart-bar",
    }
    context: Row = {"actions": [model_page], "breadcrumbs": [{"label": _("现金预测")}]}
    if found is None:
        context |= {"found": None, "training": being_trained()}
        return render(request, "forecast/forecast.html", context)
    context |= {
        "found": found,
        "model": model_in_use(),
        "actions": [*_files(request, work), model_page],
        "tiles": _tiles(found),
        "chart": _chart(work, found.shown),
        "week_columns": _week_columns(),
        "week_rows": [_week_row(work, found, week) for week in found.shown],
        "month_columns": _month_columns(),
        "month_rows": [_month_row(month) for month in found.months],
        "past_columns": _past_columns(),
        "past_rows": [_past_row(week) for week in found.past],
        "past_notes": _past_notes(found),
        **scenario_parts(request.GET, work),
    }
    return render(request, "forecast/forecast.html", context)


def _files(request: HttpRequest, work: Work) -> list[Row]:
    return [
        {"label": "Excel", "url": file_url(work, "xlsx", request.GET), "icon": "file-spreadsheet"},
        {"label": "JSON", "url": file_url(work, "json", request.GET), "icon": "download"},
    ]


def _tiles(found: Forecast) -> list[Row]:
    spans = [(_("本周"), 1), (_("四周内"), 4), (_("十三周内"), 13)]
    tiles: list[Row] = [
        {
            "label": label,
            "value": sum((week.expected for week in found.weeks[:count]), Decimal(0)),
            "url": "#weeks",
            "icon": "coins",
        }
        for label, count in spans
    ]
    planned = sum((week.planned for week in found.shown), Decimal(0))
    if planned:
        tiles.append(
            {
                "label": _("其中还没有开票"),
                "value": planned,
                "url": "#weeks",
                "icon": "receipt",
                "note": _("十三周内，来自订单和收款计划"),
            }
        )
    return tiles


def _chart(work: Work, weeks: list[ForetoldWeek]) -> Row:
    def bars(name: str, tone: str, values: list[Decimal]) -> Row:
        points = [
            {"value": value, "url": week_url(work, week.week_on)}
            for week, value in zip(weeks, values, strict=True)
        ]
        return {"name": name, "tone": tone, "points": points}

    def line(name: str, tone: str, values: list[Decimal]) -> Row:
        return {"name": name, "kind": "line", "tone": tone, "points": [{"value": value} for value in values]}

    planned = [week.planned for week in weeks]
    owed = [week.expected - week.planned for week in weeks]
    return {
        "kind": "bar",
        "stacked": True,
        "categories": [f"{week.week_on:%m-%d}" for week in weeks],
        "currency": work.organization.currency,
        "series": [
            bars(_("应收"), "series-0", owed),
            *([bars(_("还没有开票"), "plain", planned)] if any(planned) else []),
            line("P10", "warn", [week.low for week in weeks]),
            line("P90", "good", [week.high for week in weeks]),
        ],
    }


def _week_columns() -> list[Row]:
    return [
        {"label": _("周（周一起）"), "kind": "text", "lead": True},
        {"label": "P10", "kind": "money", "minor": True},
        {"label": "P50", "kind": "money", "minor": True},
        {"label": _("预计回款"), "kind": "money", "figure": True},
        {"label": "P90", "kind": "money", "minor": True},
        {"label": _("其中未开票"), "kind": "money"},
        {"label": _("其中承诺"), "kind": "money"},
    ]


def _week_row(work: Work, found: Forecast, week: ForetoldWeek) -> Row:
    promised = found.promised.get(week.week_on, ZERO)
    return {
        "cells": [
            week.week_on.isoformat(),
            week.low,
            week.middle,
            week.expected,
            week.high,
            week.planned or None,
            promised or None,
        ],
        "url": week_url(work, week.week_on),
    }


def _month_columns() -> list[Row]:
    return [
        {"label": _("月"), "kind": "text", "lead": True},
        {"label": "P10", "kind": "money"},
        {"label": "P50", "kind": "money"},
        {"label": _("预计回款"), "kind": "money", "figure": True},
        {"label": "P90", "kind": "money"},
    ]


def _month_row(month: ForetoldCash) -> Row:
    return {"cells": [f"{month.starts_on:%Y-%m}", month.low, month.middle, month.expected, month.high]}


def _past_columns() -> list[Row]:
    return [
        {"label": _("周（周一起）"), "kind": "text", "lead": True},
        {"label": _("当时预计"), "kind": "money"},
        {"label": _("实际回款"), "kind": "money", "figure": True},
        {"label": _("在 P10–P90 之间"), "kind": "text"},
    ]


def _past_row(week: PastWeek) -> Row:
    said = week.said
    return {
        "cells": [
            f"{said.week_on.isoformat()} *" if said.looked_back else said.week_on.isoformat(),
            said.expected,
            week.actual,
            _("是") if week.inside else _("否"),
        ]
    }


def _past_notes(found: Forecast) -> list[str]:
    notes = []
    if found.miss is not None:
        notes.append(_("每周开始前的预测，与那一周的实际回款平均相差 %s。") % f"{found.miss:.0%}")
    if any(week.said.looked_back for week in found.past):
        notes.append(_("带 * 的是事后补算的，只用那周开始前知道的事。"))
    return notes

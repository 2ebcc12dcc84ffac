"""现金预测: what is expected to come in by week and month, how sure that is, and from which items."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from huikuan.risk.payments.cash import ForetoldCash, by_month
from huikuan.risk.payments.models import ForetoldWeek
from huikuan.risk.payments.queries import (
    ExpectedItem,
    expected_in,
    foretold_before,
    foretold_weeks,
    model_in_use,
    paid_in_weeks,
)
from huikuan.risk.payments.reason_words import sentences
from huikuan.risk.payments.weeks import monday_of
from huikuan.web.ledger.addresses import customer_url, document_url
from huikuan.web.pages import Work, page
from huikuan.web.risk.predicted import share_text
from huikuan.web.risk.scenario import scenario_parts

Row = dict[str, Any]
SHOWN_WEEKS = 13
PAST_WEEKS = 8
ITEMS = 200


@require_safe
@page("report.read", whole=True)
def forecast(request: HttpRequest, work: Work) -> HttpResponse:
    """The coming weeks and months with their ranges, and what was foretold of the last weeks beside what came."""
    weeks = foretold_weeks()
    shown = weeks[:SHOWN_WEEKS]
    context = {
        "model": model_in_use(),
        "made_on": weeks[0].made_on if weeks else None,
        "actions": [
            {
                "label": _("付款模型"),
                "url": reverse("payment-model", args=[work.organization.code]),
                "icon": "chart-bar",
            }
        ],
        "tiles": _tiles(work, weeks),
        "chart": _chart(work, shown) if shown else None,
        "week_columns": _columns(_("周（周一起）")),
        "week_rows": [_week_row(work, week) for week in shown],
        "month_columns": _columns(_("月")),
        "month_rows": [_month_row(month) for month in by_month([_cash(week) for week in weeks])],
        "past_columns": _past_columns(),
        "past_rows": _past_rows(work),
        "breadcrumbs": [{"label": _("现金预测")}],
        **(scenario_parts(request.GET) if weeks else {}),
    }
    return render(request, "forecast/forecast.html", context)


def _cash(week: ForetoldWeek) -> ForetoldCash:
    return ForetoldCash(week.week_on, week.expected, week.low, week.high)


def _tiles(work: Work, weeks: list[ForetoldWeek]) -> list[Row]:
    return [
        {
            "label": label,
            "value": sum((week.expected for week in weeks[:count]), Decimal(0)),
            "url": "#weeks",
            "icon": "coins",
        }
        for label, count in ((_("本周"), 1), (_("四周内"), 4), (_("十三周内"), 13))
        if weeks
    ]


def _chart(work: Work, weeks: list[ForetoldWeek]) -> Row:
    expected = [{"value": week.expected, "url": _week_url(work, week.week_on)} for week in weeks]
    return {
        "kind": "bar",
        "categories": [f"{week.week_on:%m-%d}" for week in weeks],
        "currency": work.organization.currency,
        "series": [
            {"name": _("预计回款"), "tone": "series-0", "points": expected},
            {
                "name": "P10",
                "kind": "line",
                "tone": "warn",
                "points": [{"value": each.low} for each in weeks],
            },
            {
                "name": "P90",
                "kind": "line",
                "tone": "good",
                "points": [{"value": each.high} for each in weeks],
            },
        ],
    }


def _week_url(work: Work, week: date) -> str:
    return reverse("cash-forecast-week", args=[work.organization.code, week.isoformat()])


def _columns(first: str) -> list[Row]:
    return [
        {"label": first, "kind": "text", "lead": True},
        {"label": "P10", "kind": "money"},
        {"label": _("预计回款"), "kind": "money", "figure": True},
        {"label": "P90", "kind": "money"},
    ]


def _week_row(work: Work, week: ForetoldWeek) -> Row:
    return {
        "cells": [week.week_on.isoformat(), week.low, week.expected, week.high],
        "url": _week_url(work, week.week_on),
    }


def _month_row(month: ForetoldCash) -> Row:
    return {"cells": [f"{month.starts_on:%Y-%m}", month.low, month.expected, month.high]}


def _past_columns() -> list[Row]:
    return [
        {"label": _("周（周一起）"), "kind": "text", "lead": True},
        {"label": _("当时预计"), "kind": "money"},
        {"label": _("实际回款"), "kind": "money", "figure": True},
        {"label": _("实际在 P10–P90 之间"), "kind": "text"},
    ]


def _past_rows(work: Work) -> list[Row]:
    this = monday_of(work.today)
    weeks = [this - timedelta(days=7 * each) for each in range(1, PAST_WEEKS + 1)]
    foretold = foretold_before(weeks)
    came = paid_in_weeks(sorted(foretold))
    rows = []
    for week in weeks:
        if week not in foretold:
            continue
        said, actual = foretold[week], came.get(week, Decimal(0))
        inside = said.low <= actual <= said.high
        rows.append({"cells": [week.isoformat(), said.expected, actual, _("是") if inside else _("否")]})
    return rows


@require_safe
@page("report.read", whole=True)
def forecast_week(request: HttpRequest, work: Work, week: str) -> HttpResponse:
    """The items that a week's cash is expected from, what brings most first."""
    try:
        monday = monday_of(date.fromisoformat(week))
    except (ValueError, OverflowError) as error:
        raise Http404 from error
    found = expected_in(monday, most=ITEMS)
    context = {
        "title": _("%s 起一周的预计回款") % monday.isoformat(),
        "columns": _item_columns(),
        "rows": [_item_row(work, each) for each in found],
        "most": ITEMS if len(found) == ITEMS else None,
        "breadcrumbs": [
            {"label": _("现金预测"), "url": reverse("cash-forecast", args=[work.organization.code])},
            {"label": monday.isoformat()},
        ],
    }
    return render(request, "forecast/week.html", context)


def _item_columns() -> list[Row]:
    return [
        {"label": _("单据"), "kind": "text", "lead": True},
        {"label": _("客户"), "kind": "name"},
        {"label": _("未清金额"), "kind": "money"},
        {"label": _("这周付的可能"), "kind": "num"},
        {"label": _("预计回款"), "kind": "money", "figure": True},
        {"label": _("晚 5 天以上"), "kind": "num", "minor": True},
        {"label": _("为什么"), "kind": "text", "wide": True, "minor": True},
    ]


def _item_row(work: Work, each: ExpectedItem) -> Row:
    said = each.prediction
    url = document_url(work, said.item.document_id)
    return {
        "cells": [
            {"value": said.item.document.number, "url": url},
            {"value": said.customer.name, "url": customer_url(work, said.customer_id)},
            each.open_base,
            share_text(each.share),
            each.expected,
            share_text(said.p_late5),
            sentences(said.reasons),
        ],
        "url": url,
    }

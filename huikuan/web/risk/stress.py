"""集中度与压力测试: how much rests on few, and what a scenario does to cash, overdue, provision and limits."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_safe

from huikuan.core.postgres.tenancy import tenant
from huikuan.reports.operations import record_file
from huikuan.reports.stress.book import Book, Concentration, Part, book_of, concentration
from huikuan.reports.stress.files import as_data, as_workbook
from huikuan.reports.stress.stressing import (
    MOST_DAYS,
    MOST_FAILING,
    Scenario,
    ScenarioRefused,
    Stressed,
    stressed,
)
from huikuan.web.ledger.addresses import customer_url
from huikuan.web.lists import with_query
from huikuan.web.pages import Work, page
from huikuan.web.reports.addresses import report_url
from huikuan.web.risk.forms import PercentField

Row = dict[str, Any]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ZERO = Decimal(0)
SHOWN_LIMITS = 12


class ScenarioForm(forms.Form):
    """Who pays later and by how much, and who fails."""

    sector = forms.ChoiceField(label=_l("晚付的行业"), required=False)
    region = forms.ChoiceField(label=_l("晚付的地区"), required=False)
    days = forms.IntegerField(label=_l("晚付天数"), required=False, min_value=0, max_value=MOST_DAYS)
    largest = forms.IntegerField(
        label=_l("无力付款的最大客户"), required=False, min_value=0, max_value=MOST_FAILING
    )
    failing = forms.CharField(label=_l("另有客户无力付款（代码）"), required=False, max_length=200)
    loss = PercentField(label=_l("无力付款的损失（%）"), required=False)

    def __init__(self, data: Any, book: Book) -> None:
        super().__init__(
            data or {"sector": _largest_sector(book), "days": "30", "largest": "2", "loss": "100"}
        )
        for name in ("sector", "region"):
            known = sorted({getattr(each, name) for each in book.debtors.values()} - {""})
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", _("全部")), *((each, each) for each in known)]

    @property
    def scenario(self) -> Scenario:
        """What was chosen; what was left empty does not happen."""
        values = self.cleaned_data
        codes = values["failing"].replace("，", ",").replace("、", ",").split(",")
        return Scenario(
            values["sector"],
            values["region"],
            values["days"] or 0,
            values["largest"] or 0,
            tuple(code.strip() for code in codes if code.strip()),
            Decimal(1) if values["loss"] is None else values["loss"],
        )


def _largest_sector(book: Book) -> str:
    """What is tried first."""
    named = (part.name for part in concentration(book).sectors if part.name)
    return next(named, "")


def _tried(form: ScenarioForm, book: Book) -> Stressed | None:
    if not form.is_valid():
        return None
    try:
        return stressed(book, form.scenario)
    except ScenarioRefused as error:
        form.add_error(None, error.message)
        return None


@require_safe
@page("report.read", whole=True)
def stress(request: HttpRequest, work: Work) -> HttpResponse:
    """The form, what the scenario does, and concentration."""
    book = book_of(work.today)
    form = ScenarioForm(request.GET, book)
    tried = _tried(form, book)
    context = {
        "form": form,
        "book": book,
        "tried": tried,
        **(_result(work, tried) if tried and book.debtors else {}),
        **_concentration(concentration(book)),
        "guessed": book.guessed,
        "files": _files(request, work) if tried and book.debtors else [],
        "map_url": report_url(work, "exposure-map"),
        "breadcrumbs": [{"label": _("集中度与压力测试")}],
    }
    return render(request, "forecast/stress.html", context, status=422 if form.errors else 200)


@require_safe
@page("report.read", own_transactions=True, whole=True)
def stress_file(request: HttpRequest, work: Work, form: str) -> HttpResponse:
    """The scenario as a workbook or JSON; who took it is written into the trail."""
    with tenant(work.organization.pk, snapshot=True):
        book = book_of(work.today)
        asked = ScenarioForm(request.GET, book)
        tried, found = _tried(asked, book), concentration(book)
    if tried is None:
        return HttpResponse(
            "\n".join(str(error) for errors in asked.errors.values() for error in errors), status=422
        )
    with tenant(work.organization.pk):
        record_file(actor=work.actor, name="stress", form=form, rows=len(book.item_ids))
    currency, name = (
        work.organization.currency,
        f"stress-{work.organization.code}-{work.today.isoformat()}.{form}",
    )
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    if form == "json":
        return JsonResponse(as_data(book, found, tried, currency), headers=headers)
    return HttpResponse(as_workbook(book, found, tried, currency), headers={"Content-Type": XLSX, **headers})


def _files(request: HttpRequest, work: Work) -> list[Row]:
    def url(form: str) -> str:
        address = reverse("stress-file", args=[work.organization.code, form])
        return with_query(address, {name: request.GET[name] for name in request.GET})

    return [
        {"label": "Excel", "url": url("xlsx"), "icon": "file-spreadsheet"},
        {"label": "JSON", "url": url("json"), "icon": "download"},
    ]


def _tiles(tried: Stressed) -> list[Row]:
    peak = max((week.overdue_after - week.overdue for week in tried.weeks), default=ZERO)
    tiles: list[Row] = [
        {
            "label": _("十三周内少收"),
            "value": tried.missing,
            "note": _("%(late)s 家晚付，%(failing)s 家无力付款")
            % {"late": tried.late, "failing": len(tried.failing)},
            "icon": "coins",
        },
        {"label": _("逾期最多增加"), "value": peak, "note": "", "icon": "alert-triangle"},
    ]
    if tried.provision is not None and tried.provision_after is not None:
        tiles.append(
            {
                "label": _("坏账准备增加"),
                "value": tried.provision_after - tried.provision,
                "note": "",
                "icon": "percentage",
            }
        )
    return tiles


def _result(work: Work, tried: Stressed) -> Row:
    return {
        "tiles": _tiles(tried),
        "chart": _chart(work, tried),
        "week_columns": [
            {"label": _("周（周一起）"), "kind": "text", "lead": True},
            {"label": _("预计回款"), "kind": "money"},
            {"label": _("情景下回款"), "kind": "money", "figure": True},
            {"label": _("逾期"), "kind": "money"},
            {"label": _("情景下逾期"), "kind": "money"},
        ],
        "week_rows": [
            {
                "cells": [
                    week.starts_on.isoformat(),
                    week.cash,
                    week.cash_after,
                    week.overdue,
                    week.overdue_after,
                ]
            }
            for week in tried.weeks
        ],
        "failing_columns": [
            {"label": _("无力付款的客户"), "kind": "name", "lead": True},
            {"label": _("应收余额"), "kind": "money", "figure": True},
            {"label": _("逾期"), "kind": "money"},
        ],
        "failing_rows": [
            {
                "cells": [{"value": each.name, "note": each.code}, each.owed, each.overdue or None],
                "url": customer_url(work, each.id),
            }
            for each in tried.failing
        ],
        "limit_columns": [
            {"label": _("客户"), "kind": "name", "lead": True},
            {"label": _("额度"), "kind": "money"},
            {"label": _("已用"), "kind": "money"},
            {"label": _("情景下已用"), "kind": "money", "figure": True},
        ],
        "limit_rows": [
            {
                "cells": [
                    {"value": each.name, "note": _("无力付款，额度作废") if each.failed else each.code},
                    each.limit,
                    each.used,
                    each.used_after,
                ]
            }
            for each in tried.limits[:SHOWN_LIMITS]
        ],
        "limits_more": max(0, len(tried.limits) - SHOWN_LIMITS),
        "no_rates": tried.provision is None,
    }


def _chart(work: Work, tried: Stressed) -> Row:
    return {
        "kind": "bar",
        "categories": [f"{week.starts_on:%m-%d}" for week in tried.weeks],
        "currency": work.organization.currency,
        "series": [
            {
                "name": _("预计回款"),
                "tone": "series-0",
                "points": [{"value": week.cash} for week in tried.weeks],
            },
            {
                "name": _("情景下回款"),
                "tone": "warn",
                "points": [{"value": week.cash_after} for week in tried.weeks],
            },
        ],
    }


def _concentration(found: Concentration) -> Row:
    def percent(value: Decimal | None) -> str:
        return "—" if value is None else f"{value * 100:.2f}%"

    def rows(parts: list[Part]) -> list[Row]:
        return [
            {
                "cells": [
                    {"value": each.name or _("（未指定）"), "note": _("%s 家客户") % each.customers},
                    each.owed,
                    percent(each.share),
                    each.overdue or None,
                    "—" if each.index is None else f"{each.index:,.0f}",
                ]
            }
            for each in parts
        ]

    columns = [
        {"label": _("应收余额"), "kind": "money", "figure": True},
        {"label": _("占比"), "kind": "num"},
        {"label": _("逾期"), "kind": "money"},
        {"label": "HHI", "kind": "num", "minor": True, "hint": _("占比平方之和，最高 10,000")},
    ]
    return {
        "facts": [
            {"label": _("客户集中度 HHI"), "value": "—" if found.index is None else f"{found.index:,.0f}"},
            *(
                {"label": _("最大 %s 家占") % number, "value": percent(value)}
                for number, value in found.tops.items()
            ),
        ],
        "sector_columns": [{"label": _("行业"), "kind": "name", "lead": True}, *columns],
        "sector_rows": rows(found.sectors),
        "region_columns": [{"label": _("地区"), "kind": "name", "lead": True}, *columns],
        "region_rows": rows(found.regions),
    }

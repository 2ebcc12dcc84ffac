"""What if a large customer pays later, rates move, or invoicing slips: the coming weeks beside what they would be."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from huikuan.reports.cash_forecast.reading import SHOWN_WEEKS
from huikuan.risk.payments.scenarios import Scenario, TriedWeek, largest_expected, try_scenario
from huikuan.web.fields import Slider
from huikuan.web.pages import Work
from huikuan.web.risk.forecast_addresses import week_url

Row = dict[str, Any]
CUSTOMERS, MOST_WEEKS, MOST_PERCENT = 20, 12, 30
ZERO = Decimal(0)


class ScenarioForm(forms.Form):
    """Who pays how much later, how rates move, and how much later invoices are made."""

    customer = forms.ChoiceField(label=_l("哪个大客户"), required=False)
    weeks = forms.IntegerField(
        label=_l("晚付几周"), min_value=0, max_value=MOST_WEEKS, required=False, initial=0, widget=Slider()
    )
    rate = forms.DecimalField(
        label=_l("外币升值或贬值（%）"),
        min_value=-MOST_PERCENT,
        max_value=MOST_PERCENT,
        decimal_places=0,
        required=False,
        initial=0,
        widget=Slider(),
    )
    slip = forms.IntegerField(
        label=_l("开票晚几周"), min_value=0, max_value=MOST_WEEKS, required=False, initial=0, widget=Slider()
    )

    def __init__(self, asked: QueryDict) -> None:
        bound = set(asked) & {"customer", "weeks", "rate", "slip"}
        super().__init__(asked if bound else None)
        largest = [(str(key), name) for key, name in largest_expected(CUSTOMERS)]
        self.fields["customer"].choices = [("", _("没有")), *largest]  # type: ignore[attr-defined]

    @property
    def asked(self) -> Scenario | None:
        """The scenario; None where it changes nothing or cannot be read."""
        if not self.is_bound or not self.is_valid():
            return None
        given = self.cleaned_data
        customer = UUID(given["customer"]) if given["customer"] else None
        found = Scenario(
            customer,
            (given["weeks"] or 0) if customer else 0,
            given["rate"] or ZERO,
            given["slip"] or 0,
        )
        return found if found.weeks or found.rate or found.slip else None


def asked_scenario(asked: QueryDict) -> Scenario | None:
    """The scenario of an address, where it has one."""
    return ScenarioForm(asked).asked


def scenario_parts(asked: QueryDict, work: Work) -> Row:
    """The form and, where it says anything, the weeks as they are and as they would be."""
    form = ScenarioForm(asked)
    scenario = form.asked
    parts: Row = {"scenario": form, "tried_columns": _columns(), "tried_rows": []}
    if scenario is None:
        return parts
    shown = try_scenario(scenario)[:SHOWN_WEEKS]
    before = sum((each.expected for each in shown), ZERO)
    after = sum((each.tried for each in shown), ZERO)
    return parts | {
        "tried_rows": [
            {
                "cells": [each.week_on.isoformat(), each.expected, each.tried, each.tried - each.expected],
                "url": week_url(work, each.week_on),
            }
            for each in shown
        ],
        "tried_total": [_("合计"), before, after, after - before],
        "tried_chart": _chart(work, shown),
    }


def _chart(work: Work, weeks: list[TriedWeek]) -> Row:
    return {
        "kind": "bar",
        "categories": [f"{week.week_on:%m-%d}" for week in weeks],
        "currency": work.organization.currency,
        "series": [
            {
                "name": _("预计回款"),
                "tone": "series-0",
                "points": [{"value": week.expected} for week in weeks],
            },
            {"name": _("情景下"), "tone": "warn", "points": [{"value": week.tried} for week in weeks]},
        ],
    }


def _columns() -> list[Row]:
    return [
        {"label": _("周（周一起）"), "kind": "text", "lead": True},
        {"label": _("预计回款"), "kind": "money"},
        {"label": _("情景下"), "kind": "money", "figure": True},
        {"label": _("相差"), "kind": "money"},
    ]

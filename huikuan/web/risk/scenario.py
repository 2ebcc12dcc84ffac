"""What if a large customer pays later, or rates move: the coming weeks of the forecast beside what they would be."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from huikuan.risk.payments.scenarios import Scenario, largest_expected, try_scenario

Row = dict[str, Any]
CUSTOMERS, SHOWN_WEEKS, MOST_WEEKS, MOST_PERCENT = 20, 13, 12, 50


class ScenarioForm(forms.Form):
    """Who pays how much later, and how rates move."""

    customer = forms.ChoiceField(label=_l("哪个大客户"), required=False)
    weeks = forms.IntegerField(
        label=_l("晚付几周"), min_value=0, max_value=MOST_WEEKS, required=False, initial=2
    )
    rate = forms.DecimalField(
        label=_l("外币升值（%）"),
        min_value=-MOST_PERCENT,
        max_value=MOST_PERCENT,
        decimal_places=2,
        required=False,
        initial=0,
    )

    def __init__(self, asked: QueryDict) -> None:
        super().__init__(asked if set(asked) & {"customer", "weeks", "rate"} else None)
        self.fields["customer"].choices = [  # type: ignore[attr-defined]
            ("", _("没有")),
            *((str(key), name) for key, name in largest_expected(CUSTOMERS)),
        ]


def scenario_parts(asked: QueryDict) -> Row:
    """The form and, where it was filled in, the weeks as they are and as they would be."""
    form = ScenarioForm(asked)
    parts: Row = {"scenario": form, "tried_columns": _columns(), "tried_rows": []}
    if not form.is_bound or not form.is_valid():
        return parts
    given = form.cleaned_data
    found = try_scenario(
        Scenario(
            UUID(given["customer"]) if given["customer"] else None,
            given["weeks"] or 0,
            given["rate"] or Decimal(0),
        )
    )
    shown = found[:SHOWN_WEEKS]
    parts["tried_rows"] = [
        {"cells": [each.week_on.isoformat(), each.expected, each.tried, each.tried - each.expected]}
        for each in shown
    ]
    parts["tried_total"] = [
        _("合计"),
        sum((each.expected for each in shown), Decimal(0)),
        sum((each.tried for each in shown), Decimal(0)),
        sum((each.tried - each.expected for each in shown), Decimal(0)),
    ]
    return parts


def _columns() -> list[Row]:
    return [
        {"label": _("周（周一起）"), "kind": "text", "lead": True},
        {"label": _("预计回款"), "kind": "money"},
        {"label": _("情景下"), "kind": "money", "figure": True},
        {"label": _("相差"), "kind": "money"},
    ]

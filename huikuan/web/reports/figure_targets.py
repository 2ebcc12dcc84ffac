"""指标目标: what each key figure should be, from which month on and for whom; setting and ending one."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from huikuan.core.errors import HuikuanError
from huikuan.customers.models import Salesperson
from huikuan.reports.asking import Column, Kind
from huikuan.reports.kpi.figures import FIGURES, Figure
from huikuan.reports.kpi.targets import COMPANY, Target, Whose, meets, targets_set
from huikuan.reports.operations import set_target
from huikuan.reports.output.values import shown
from huikuan.web.pages import Work, page

Row = dict[str, Any]
UNITS = {
    Kind.PERCENT: "%",
    Kind.DAYS: gettext_lazy("天"),
    Kind.RATIO: pgettext_lazy("times", "次"),
}


class MonthField(forms.CharField):
    """A month as 2026-11, as its first day."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.TextInput(attrs={"type": "month", "placeholder": "2026-01"}), **options)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not re.fullmatch(r"[12][0-9]{3}-(0[1-9]|1[0-2])", text or ""):
            raise forms.ValidationError(_("月份应写成 2026-01。"))
        return date.fromisoformat(f"{text}-01")


class TargetForm(forms.Form):
    """A target from a month on; without a value, none from then on."""

    figure = forms.ChoiceField(label=gettext_lazy("指标"))
    whose = forms.ChoiceField(label=gettext_lazy("对象"), required=False)
    starts_on = MonthField(label=gettext_lazy("从哪个月起"))
    value = forms.CharField(
        label=gettext_lazy("目标"),
        required=False,
        max_length=16,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text=gettext_lazy("比率写百分数，例如 85；天数和次数写数字。留空表示从这个月起不再有目标。"),
    )

    def __init__(self, data: Any = None, *, work: Work) -> None:
        super().__init__(data, initial={"starts_on": f"{work.today:%Y-%m}"})
        figure, whose = self.fields["figure"], self.fields["whose"]
        assert isinstance(figure, forms.ChoiceField)
        assert isinstance(whose, forms.ChoiceField)
        figure.choices = [
            (each.name, _("%(figure)s（%(unit)s）") % {"figure": each.label, "unit": UNITS[each.kind]})
            for each in FIGURES.values()
        ]
        people = list(Salesperson.objects.order_by("code").values_list("code", "name", "team"))
        teams = sorted({team for _code, _name, team in people if team})
        choices: list[Any] = [("", _("整个公司"))]
        if teams:
            choices.append((_("团队"), [(f"team:{team}", team) for team in teams]))
        if people:
            choices.append((_("业务员"), [(f"of:{code}", f"{code} {name}") for code, name, _team in people]))
        whose.choices = choices

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        figure = FIGURES.get(said.get("figure", ""))
        text = (said.get("value") or "").strip().rstrip("%％").replace(",", "")
        said["value"] = None
        if figure and text:
            try:
                value = Decimal(text)
            except InvalidOperation:
                self.add_error("value", _("目标应是一个数字。"))
            else:
                said["value"] = value / 100 if figure.kind is Kind.PERCENT and value.is_finite() else value
        return said

    @property
    def said_whose(self) -> Whose:
        """Of whom the target is."""
        kind, _colon, name = self.cleaned_data["whose"].partition(":")
        return Whose(team=name) if kind == "team" else Whose(salesperson=name) if kind == "of" else COMPANY


@require_http_methods(["GET", "HEAD", "POST"])
@page("report.read", whole=True)
def figure_targets(request: HttpRequest, work: Work) -> HttpResponse:
    """The targets that were ever set, those in force marked; who may sets another."""
    form: TargetForm | None = None
    if work.actor.may("kpi_target.write"):
        form = TargetForm(request.POST or None, work=work)
    if request.method == "POST":
        work.actor.require("kpi_target.write")
        assert form is not None
        if form.is_valid():
            said = form.cleaned_data
            try:
                set_target(
                    said["figure"],
                    said["value"],
                    whose=form.said_whose,
                    starts_on=said["starts_on"],
                    actor=work.actor,
                    now=timezone.now(),
                )
            except HuikuanError as error:
                form.add_error("value", error.message)
            else:
                messages.success(request, _("目标已设好。"))
                return redirect("figure-targets", work.organization.code)
    above = {"label": _("应收指标"), "url": reverse("key-figures", args=[work.organization.code])}
    context = {
        "form": form,
        "columns": _columns(),
        "rows": _rows(work),
        "empty": {
            "title": _("还没有目标"),
            "text": _("设好目标后，指标页、首页和应收指标报表会写明是否达到。"),
            "icon": "target",
        },
        "breadcrumbs": [above, {"label": _("指标目标")}],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "reports/figure_targets.html", context, status=status)


def _columns() -> list[Row]:
    return [
        {"label": _("指标"), "kind": "text", "lead": True},
        {"label": _("对象"), "kind": "text"},
        {"label": _("从"), "kind": "text", "whole": True},
        {"label": _("目标"), "kind": "num", "figure": True},
        {"label": _("状态"), "kind": "badge"},
        {"label": _("设定人"), "kind": "text", "minor": True},
    ]


def _rows(work: Work) -> list[Row]:
    rows = []
    for each in targets_set(work.today):
        figure = FIGURES.get(each.figure)
        if figure is None:
            continue
        label, tone = STATES[each.state]
        rows.append(
            {
                "cells": [
                    str(figure.label),
                    each.name or _("整个公司"),
                    f"{each.starts_on:%Y-%m}",
                    _("不再有目标") if each.value is None else figure_words(figure, each.value),
                    {"label": label, "tone": tone},
                    each.set_by,
                ]
            }
        )
    return rows


STATES: dict[str, tuple[Any, str]] = {
    "in_force": (gettext_lazy("有效"), "good"),
    "coming": (gettext_lazy("以后生效"), "notice"),
    "over": (gettext_lazy("已被后来的取代"), "plain"),
}


def figure_words(figure: Figure, value: Decimal | None) -> str:
    """A figure as it is read: 85.00%, 45.00 天; a dash for none."""
    if value is None:
        return "—"
    text = shown(Column(figure.name, figure.label, figure.kind), value, "")
    return _("%s 天") % text if figure.kind is Kind.DAYS else text


def measured(figure: Figure, value: Decimal | None, target: Target | None, whose: Whose | None) -> Row | None:
    """A target beside a value: whether it is met, in a word, a sign and a tone; None without a target.

    `whose`: whom the value is of; a target of others (the team, the company) says so.
    """
    if target is None:
        return None
    met = meets(figure, value, target)
    text = _("目标 %s") % figure_words(figure, target.value)
    if target.whose != whose:
        text = _("%(target)s（%(whose)s）") % {"target": text, "whose": target.whose.team or _("整个公司")}
    said: dict[bool | None, tuple[Any, str, str]] = {
        True: (_("达标"), "good", "circle-check"),
        False: (_("未达标"), "bad", "alert-triangle"),
        None: ("", "", ""),
    }
    word, tone, icon = said[met]
    return {"text": text, "word": word, "tone": tone, "icon": icon}

"""试算: other limits or terms for a segment, and what they would do."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_safe

from huikuan.core.errors import HuikuanError
from huikuan.credit.assessment_queries import cards_in_force
from huikuan.customers.models import Customer
from huikuan.reports.what_if import Change, WhatIf, try_change
from huikuan.web.credit.parts import credit_url
from huikuan.web.pages import Work, page
from huikuan.web.templatetags.money import money

SHOWN = 50
Row = dict[str, Any]
_NUMBER = {"inputmode": "decimal", "autocomplete": "off"}


class WhatIfForm(forms.Form):
    """Who, and what is tried."""

    segment = forms.ChoiceField(label=_l("客户分类"), required=False)
    grade = forms.ChoiceField(label=_l("信用评级"), required=False)
    limit_percent = forms.DecimalField(
        label=_l("额度变动（%）"), min_value=-100, max_value=1000, widget=forms.TextInput(attrs=_NUMBER)
    )
    term_days = forms.IntegerField(
        label=_l("账期变动（天）"), min_value=-365, max_value=365, widget=forms.TextInput(attrs=_NUMBER)
    )
    capital_rate = forms.DecimalField(
        label=_l("资金年成本率（%）"), min_value=0, max_value=100, widget=forms.TextInput(attrs=_NUMBER)
    )

    def __init__(self, data: Any, work: Work) -> None:
        super().__init__(data, initial={"limit_percent": "-20", "term_days": "0", "capital_rate": "6"})
        segments = Customer.objects.exclude(segment="").values_list("segment", flat=True).distinct()
        grades: dict[str, None] = {}
        for each in cards_in_force(work.today).values():
            grades |= dict.fromkeys(grade.code for grade in each.card.grades)
        for name, values in (("segment", sorted(segments)), ("grade", list(grades))):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", _("全部")), *((value, value) for value in values)]


@require_safe
@page("credit.read", whole=True)
def what_if(request: HttpRequest, work: Work) -> HttpResponse:
    """Asked for with numbers: the trial; without: the form."""
    asked = "limit_percent" in request.GET
    form = WhatIfForm(request.GET if asked else None, work)
    context: Row = {
        "form": form,
        "breadcrumbs": [{"label": _("额度与账期试算")}],
        "found": None,
        "problem": "",
    }
    if asked and form.is_valid():
        values = form.cleaned_data
        change = Change(values["limit_percent"], values["term_days"], values["capital_rate"] / 100)
        try:
            found = try_change(change, segment=values["segment"], grade=values["grade"], today=work.today)
        except HuikuanError as error:
            context["problem"] = error.message
        else:
            context |= _shown(work, found)
    wrong = asked and (bool(form.errors) or bool(context["problem"]))
    return render(request, "replay/what_if.html", context, status=422 if wrong else 200)


def _shown(work: Work, found: WhatIf) -> Row:
    return {
        "found": found,
        "summary": _summary(found),
        "sums": _sums(found),
        "list": _list(work, found),
        "currency": found.currency,
    }


def _signed(amount: Decimal, currency: str) -> str:
    return f"+{money(amount, currency)}" if amount > 0 else money(amount, currency)


def _summary(found: WhatIf) -> str:
    """What a manager takes from it."""
    currency, difference = found.currency, found.difference
    text = _(
        "%(count)d 个客户：允许的额度 %(allowed)s，占用 %(used)s；每年资金成本 %(cost)s，预期损失 %(loss)s。"
    ) % {
        "count": len(found.customers),
        "allowed": _signed(difference.allowed, currency),
        "used": _signed(difference.used, currency),
        "cost": _signed(difference.capital_cost, currency),
        "loss": _signed(difference.expected_loss, currency),
    }
    if found.stopped:
        text += _("有 %s 因额度不足做不成。") % money(found.stopped, currency)
    if found.without_limit:
        text += _("%d 个客户没有额度，额度变动对它们不起作用。") % found.without_limit
    return text


def _sums(found: WhatIf) -> Row:
    names = (_("允许的额度"), _("已占用"), _("每年资金成本"), _("预期损失"))
    columns = [
        {"label": _("项目"), "lead": True},
        {"label": _("现在"), "kind": "money"},
        {"label": _("之后"), "kind": "money"},
        {"label": _("变化"), "kind": "money", "figure": True},
    ]
    rows = [
        {"cells": list(each)} for each in zip(names, found.before, found.after, found.difference, strict=True)
    ]
    return {"columns": columns, "rows": rows}


def _list(work: Work, found: WhatIf) -> Row:
    columns = [
        {"label": _("客户"), "kind": "name", "lead": True},
        {"label": _("评级")},
        {"label": _("现在的额度"), "kind": "money"},
        {"label": _("之后的额度"), "kind": "money"},
        {"label": _("现在占用"), "kind": "money"},
        {"label": _("之后占用"), "kind": "money", "figure": True},
        {"label": _("变化"), "kind": "money"},
    ]
    rows = [
        {
            "url": credit_url(work, each.id),
            "cells": [
                {"value": each.name, "note": each.code},
                each.grade or None,
                each.outcome.before.allowed,
                each.outcome.after.allowed,
                each.outcome.before.used,
                each.outcome.after.used,
                each.outcome.after.used - each.outcome.before.used,
            ],
        }
        for each in found.customers[:SHOWN]
    ]
    return {"columns": columns, "rows": rows}

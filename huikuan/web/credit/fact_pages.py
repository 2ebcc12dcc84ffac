"""信用资料: what is known of a customer from outside, entered with its day and source."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods

from huikuan.core.errors import HuikuanError
from huikuan.credit.assessment_words import value_words
from huikuan.credit.card_words import fact_word
from huikuan.credit.fact_kinds import COMPUTED, ENTERED, FactKind, Measure
from huikuan.credit.fact_text import UnreadableFact, read_value
from huikuan.credit.facts import customer_facts
from huikuan.credit.operations import NewFact, record_facts
from huikuan.credit.scorecards import CustomerFact
from huikuan.web.credit.parts import Row
from huikuan.web.credit.whose import credit_crumbs, credit_customer
from huikuan.web.fields import DayField
from huikuan.web.pages import Work, page

SHOWN = 100


class FactsForm(forms.Form):
    """Values of the facts that were learned; what is left empty is not touched."""

    as_of_on = DayField(label=_l("资料日期"), help_text=_l("报表的截止日，或查询公示信息的日期。"))
    source = forms.CharField(
        label=_l("来源"), max_length=200, help_text=_l("例如：2025 年度审计报告、国家企业信用信息公示系统。")
    )

    def __init__(self, *args: Any, known: Mapping[str, Decimal], **options: Any) -> None:
        super().__init__(*args, **options)
        for kind in ENTERED:
            self.fields[kind.code] = _field(kind, known.get(kind.code))

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        found: dict[str, Decimal] = {}
        for kind in ENTERED:
            text = str(values.get(kind.code) or "").strip()
            if not text:
                continue
            try:
                found[kind.code] = read_value(kind.code, text)
            except UnreadableFact:
                self.add_error(kind.code, _("无法识别：%s") % text)
        if not found and not self.errors:
            raise forms.ValidationError(_("请至少填写一项资料。"))
        return {**values, "facts": found}


def _field(kind: FactKind, value: Decimal | None) -> forms.Field:
    now = _("目前：%s") % value_words(kind.code, value) if value is not None else ""
    options: list[tuple[str, Any]] = [("", "—")]
    if kind.measure == Measure.YES_NO:
        options += [("1", _("是")), ("0", _("否"))]
    elif kind.measure == Measure.CHOICE:
        options += [(str(number), word) for number, word in kind.choices.items()]
    if len(options) > 1:
        return forms.ChoiceField(label=str(kind.title), choices=options, required=False, help_text=now)
    hint = _("百分数，如 65%") if kind.measure == Measure.SHARE else ""
    widget = forms.TextInput(attrs={"inputmode": "text", "autocomplete": "off", "placeholder": hint})
    return forms.CharField(label=str(kind.title), max_length=40, required=False, help_text=now, widget=widget)


@require_http_methods(["GET", "HEAD", "POST"])
@page("credit.assess")
def customer_facts_page(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """Enter what was learned; the customer is assessed at once."""
    customer = credit_customer(work, key)
    known = customer_facts([key], as_of=work.today).get(key, {})
    form = FactsForm(request.POST or None, known=known, initial={"as_of_on": work.today})
    if request.method == "POST" and form.is_valid():
        try:
            _record(form.cleaned_data, key, work)
            messages.success(request, _("已登记，评级已重新计算。"))
            return redirect(reverse("customer-grade", args=[work.organization.code, key]))
        except HuikuanError as error:
            form.add_error(None, error.message)
    crumbs = credit_crumbs(work, customer)
    crumbs.append({"label": _("评级"), "url": reverse("customer-grade", args=[work.organization.code, key])})
    context = {
        "customer": customer,
        "form": form,
        "heads": [form["as_of_on"], form["source"]],
        "fields": [form[kind.code] for kind in ENTERED],
        "computed": _computed(known, work),
        "entered": _entered(key),
        "back_url": reverse("customer-grade", args=[work.organization.code, key]),
        "breadcrumbs": [*crumbs, {"label": _("信用资料")}],
    }
    return render(request, "credit/facts.html", context, status=422 if form.errors else 200)


def _record(values: Mapping[str, Any], key: UUID, work: Work) -> None:
    facts = [
        NewFact(customer_id=key, code=code, value=value, as_of_on=values["as_of_on"], source=values["source"])
        for code, value in values["facts"].items()
    ]
    record_facts(facts, actor=work.actor, today=work.today)


def _computed(known: Mapping[str, Decimal], work: Work) -> list[Row]:
    """What our own ledger says."""
    return [
        {
            "label": str(kind.title),
            "value": known.get(kind.code) if kind.measure == Measure.MONEY else value_words(kind.code, known.get(kind.code)),
            "kind": "money" if kind.measure == Measure.MONEY and kind.code in known else "",
            "currency": work.organization.currency,
        }
        for kind in COMPUTED
    ]  # fmt: skip


def _entered(key: UUID) -> Row:
    columns = [
        {"label": _("资料"), "lead": True, "whole": True},
        {"label": _("数值"), "kind": "num", "figure": True},
        {"label": _("资料日期"), "kind": "date"},
        {"label": _("来源")},
        {"label": _("登记人"), "minor": True, "whole": True},
        {"label": _("登记时间"), "kind": "moment", "minor": True},
    ]
    rows = [
        {
            "cells": [
                fact_word(row.code),
                value_words(row.code, row.value) if row.value is not None else _("不再有效"),
                row.as_of_on,
                row.source,
                row.entered_by,
                row.act.recorded_at,
            ]
        }
        for row in CustomerFact.objects.filter(customer_id=key).select_related("act").order_by("-id")[:SHOWN]
    ]
    return {"columns": columns, "rows": rows}

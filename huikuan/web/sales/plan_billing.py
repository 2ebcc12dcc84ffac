"""按计划开票: everything that the plans of all contracts have due on a day, looked at first, then billed in one run."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_http_methods

from huikuan.core.errors import HuikuanError
from huikuan.core.sentences import enumerated
from huikuan.sales.operations import bill_due
from huikuan.sales.plan_queries import DueContract, due_contracts
from huikuan.web.fields import DayField
from huikuan.web.pages import Work, page
from huikuan.web.sales.contract_rows import contract_url
from huikuan.web.scopes import visible
from huikuan.web.templatetags.money import money

SHOWN = 200


class RunForm(forms.Form):
    """The day for which is billed."""

    on = DayField(label=_l("开票日期"))


@require_http_methods(["GET", "HEAD", "POST"])
@page("invoice.record")
def plan_billing(request: HttpRequest, work: Work) -> HttpResponse:
    """A preview of what would be billed; posting bills it. Again on the same day: nothing."""
    data = request.POST if request.method == "POST" else request.GET
    form = RunForm(data if "on" in data else None, initial={"on": work.today})
    on = form.cleaned_data["on"] if form.is_bound and form.is_valid() else work.today
    due = due_contracts(on, salespeople=visible(work.actor))
    if request.method == "POST" and form.is_valid():
        try:
            keys = [each.contract.pk for each in due]
            run = bill_due(on=on, actor=work.actor, today=work.today, contract_ids=keys)
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            count = len(run.invoices)
            text = ngettext("已开 %d 张应收单。", "已开 %d 张应收单。", count) % count
            if count or not run.held:
                messages.success(request, text if count else _("没有到期未开票的款项，没有重复开票。"))
            for number, reason in run.held.items():
                messages.warning(
                    request, _("合同 %(number)s 没有开票：%(reason)s") % {"number": number, "reason": reason}
                )
            return redirect(reverse("contracts", args=[work.organization.code]))
    context: dict[str, Any] = {
        "form": form,
        "count": len(due),
        "totals": _totals(due),
        "columns": _columns(),
        "rows": [_row(work, each) for each in due[:SHOWN]],
        "more": max(len(due) - SHOWN, 0),
        "empty": {
            "title": _("没有到期未开票的款项"),
            "text": _("到了日期、月末，或里程碑确认以后，款项会出现在这里。"),
            "icon": "circle-check",
        },
        "breadcrumbs": [
            {"label": pgettext("plural", "合同"), "url": reverse("contracts", args=[work.organization.code])},
            {"label": _("按计划开票")},
        ],
    }
    return render(request, "sales/plan_billing.html", context, status=422 if form.errors else 200)


def _totals(due: list[DueContract]) -> str:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for each in due:
        sums[each.contract.currency] += each.amount
    return enumerated(f"{currency} {money(amount, currency)}" for currency, amount in sorted(sums.items()))


def _columns() -> list[dict[str, Any]]:
    return [
        {"label": _("合同"), "kind": "name", "lead": True},
        {"label": _("客户"), "kind": "name"},
        {"label": _("款项"), "kind": "name"},
        {"label": _("金额"), "kind": "money", "figure": True},
    ]


def _row(work: Work, due: DueContract) -> dict[str, Any]:
    contract = due.contract
    foreign = contract.currency if contract.currency != work.organization.currency else ""
    return {
        "url": contract_url(work, contract.pk),
        "cells": [
            {"value": contract.name, "note": contract.number},
            contract.customer.name,
            enumerated(each.facts.line.name for each in due.lines),
            {"value": due.amount, "currency": contract.currency, "code": foreign},
        ],
    }

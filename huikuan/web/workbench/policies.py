"""What the matching may do by itself, and how good it was."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_safe

from huikuan.cash.match_quality import MonthQuality, match_quality
from huikuan.cash.operations import change_match_policy, match_policies, remove_match_policy
from huikuan.cash.proposals import MatchOrder, MatchPolicy
from huikuan.core.dates import add_months
from huikuan.core.errors import HuikuanError
from huikuan.customers.models import Customer
from huikuan.web.cash.parts import address, plain, visible_customers
from huikuan.web.fields import AmountField
from huikuan.web.lists import with_query
from huikuan.web.pages import Work, page
from huikuan.web.workbench.words import tier_badge

Row = dict[str, Any]
MONTHS_SHOWN = 12
CUSTOMERS_OFFERED = 500


class PolicyForm(forms.Form):
    """The rules of one customer, or of all others."""

    automatic = forms.BooleanField(
        label=_l("自动核销“确定”的流水"), required=False, help_text=_l("关闭后，确定的也要人工确认。")
    )
    cap = AmountField(
        label=_l("自动核销的金额上限"), required=False, help_text=_l("超过的留给人工确认；不限请留空。")
    )
    order = forms.ChoiceField(
        label=_l("没有写明用途的款项"), choices=MatchOrder.choices, help_text=_l("按约定的顺序核销应收。")
    )
    pools = forms.BooleanField(
        label=_l("找不到付款人的款项自动转入待认领"), required=False, help_text=_l("只对整个组织有效。")
    )


@require_http_methods(["GET", "HEAD", "POST"])
@page("settlement.write", whole=True)
def policy(request: HttpRequest, work: Work) -> HttpResponse:
    """The organization's rules and those of single customers."""
    here = address(work, "match-policy")
    code = request.GET.get("customer", "").strip()
    customer = Customer.objects.filter(code=code).first() if code else None
    if code and customer is None:
        customer = Customer.objects.filter(name=code).first()
        if customer is None:
            raise Http404
    if request.method == "POST" and request.POST.get("what") == "remove" and customer:
        remove_match_policy(customer_id=customer.pk, actor=work.actor)
        messages.success(request, _("已改回组织的规则。"))
        return redirect(here)
    policies = match_policies()
    own = policies.of(customer.pk if customer else None)
    currency = work.organization.currency
    initial = {
        "automatic": own.automatic,
        "cap": plain(own.cap, currency) if own.cap is not None else "",
        "order": own.order,
        "pools": own.pools,
    }
    form = PolicyForm(request.POST if request.method == "POST" else None, initial=initial)
    if customer:
        del form.fields["pools"]
    if form.is_valid():
        values = form.cleaned_data
        try:
            change_match_policy(
                customer_id=customer.pk if customer else None,
                automatic=values["automatic"],
                cap=values["cap"],
                order=values["order"],
                pools=values.get("pools", True),
                actor=work.actor,
            )
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("已保存匹配规则，从下一次匹配起生效。"))
            return redirect(here)
    context = {
        "title": _("匹配规则"),
        "over": customer.name if customer else "",
        "form": form,
        "customer": customer,
        "has_own": bool(customer and customer.pk in policies.by_customer),
        "rows": _own_policies(work, here),
        "columns": [
            {"label": _("客户"), "kind": "name", "lead": True},
            {"label": _("自动核销")},
            {"label": _("上限"), "kind": "money", "figure": True},
            {"label": _("没有写明用途的款项")},
        ],
        "currency": currency,
        "customers": list(
            visible_customers(work).order_by("sort_key", "pk").values_list("code", "name")[:CUSTOMERS_OFFERED]
        ),
        "back_url": here if customer else address(work, "workbench"),
        "breadcrumbs": [_crumb(work), {"label": _("匹配规则")}],
    }
    return render(request, "workbench/policy.html", context, status=422 if form.errors else 200)


def _own_policies(work: Work, here: str) -> list[Row]:
    rows = (
        MatchPolicy.objects.exclude(customer=None).select_related("customer").order_by("customer__sort_key")
    )
    return [
        {
            "url": with_query(here, {"customer": row.customer.code}),
            "cells": [
                {"value": row.customer.name, "note": row.customer.code},
                _("是") if row.automatic else _("否"),
                row.cap,
                MatchOrder(row.order).label,
            ],
        }
        for row in rows
        if row.customer is not None
    ]


@require_safe
@page("bank.read", whole=True)
def quality(request: HttpRequest, work: Work) -> HttpResponse:
    """直通率 and 准确率 by month and tier."""
    since: date = add_months(work.today.replace(day=1), 1 - MONTHS_SHOWN)
    months = match_quality(since=since)
    context = {
        "title": _("匹配质量"),
        "note": _("直通率：无人经手就核销的到账流水。准确率：核销后没有被撤销的比例。"),
        "months": [_month(month) for month in months],
        "empty": {
            "title": _("还没有到账流水"),
            "text": _("导入对账单并匹配后，这里按月显示直通率和准确率。"),
            "icon": "chart-bar",
        },
        "breadcrumbs": [_crumb(work), {"label": _("匹配质量")}],
    }
    return render(request, "workbench/quality.html", context)


def _month(month: MonthQuality) -> Row:
    return {
        "month": f"{month.month:%Y-%m}",
        "lines": month.lines,
        "automatic": month.automatic,
        "by_people": month.by_people,
        "waiting": month.waiting,
        "rate": month.straight_through,
        "tiers": [
            {
                "badge": tier_badge(each.tier),
                "settled": each.settled,
                "automatic": each.automatic,
                "confirmed": each.confirmed,
                "first": each.first,
                "undone": each.undone,
                "precision": each.precision,
            }
            for each in month.tiers
        ],
    }


def _crumb(work: Work) -> Row:
    return {"label": _("到账核销"), "url": address(work, "workbench")}

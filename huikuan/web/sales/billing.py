"""The billing run: what is waiting to be billed, what it would make, and the run itself."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
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
from huikuan.customers.models import Customer
from huikuan.sales.operations import Per, bill_deliveries
from huikuan.sales.queries import ToBill, billing_preview, delivered_not_invoiced
from huikuan.web.fields import DayField
from huikuan.web.ledger.addresses import customer_url
from huikuan.web.lists import with_query
from huikuan.web.pages import Work, page
from huikuan.web.scopes import visible

ROWS_SHOWN = 200


class BillingForm(forms.Form):
    """Up to which delivery, dated when, and what makes one invoice."""

    until = DayField(label=_l("签收截止"))
    on = DayField(label=_l("开票日期"))
    per = forms.ChoiceField(
        label=_l("每张发票"), choices=[("order", _l("一张订单")), ("customer", _l("一个客户"))]
    )
    post = forms.ChoiceField(
        label=_l("生成"), choices=[("draft", _l("草稿，核对后过账")), ("post", _l("直接过账"))]
    )


@require_http_methods(["GET", "HEAD", "POST"])
@page("invoice.record")
def billing(request: HttpRequest, work: Work) -> HttpResponse:
    """The preview of a run, and the run."""
    initial = {"until": work.today, "on": work.today, "per": "order", "post": "draft"}
    asked = {**initial, **{name: request.GET[name] for name in initial if name in request.GET}}
    data = request.POST if request.method == "POST" else {name: str(value) for name, value in asked.items()}
    form = BillingForm(data)
    valid = form.is_valid()
    if request.method == "POST" and valid:
        done = _run(request, work, form)
        if done is not None:
            return redirect(done)
    until: date = form.cleaned_data.get("until") or work.today
    per_order = form.cleaned_data.get("per", "order") == "order"
    rows = billing_preview(until=until, per_order=per_order, salespeople=visible(work.actor))
    context = {
        "form": form,
        "tiles": _tiles(work, until),
        "columns": _columns(per_order=per_order),
        "rows": [_row(work, row, per_order=per_order) for row in rows[:ROWS_SHOWN]],
        "total": _total(rows, work.organization.currency, per_order=per_order),
        "count": len(rows),
        "more": max(0, len(rows) - ROWS_SHOWN),
        "empty": {
            "title": _("没有待开票的发货"),
            "text": _("到这一天签收的发货都已开票或在草稿里。"),
            "icon": "circle-check",
        },
        "breadcrumbs": [{"label": _("按发货开票")}],
    }
    return render(request, "sales/billing.html", context, status=422 if not valid or form.errors else 200)


def _run(request: HttpRequest, work: Work, form: BillingForm) -> str | None:
    values = form.cleaned_data
    seen = visible(work.actor)
    customers = None
    if seen is not None:
        customers = list(Customer.objects.filter(salesperson_id__in=seen).values_list("pk", flat=True))
    try:
        run = bill_deliveries(
            until=values["until"],
            on=values["on"],
            per=Per(values["per"]),
            post=values["post"] == "post",
            customer_ids=customers,
            actor=work.actor,
            today=work.today,
        )
    except HuikuanError as error:
        form.add_error(None, error.message)
        return None
    text = ngettext("已生成 %d 张发票。", "已生成 %d 张发票。", run.invoices) % run.invoices
    if run.posted and run.drafts:
        text += " " + _("其中 %d 张缺汇率，留作草稿。") % len(run.drafts)
    messages.success(request, text)
    state = "posted" if run.posted and not run.drafts else "draft"
    return with_query(reverse("invoices", args=[work.organization.code]), {"state": state})


def _tiles(work: Work, until: date) -> list[dict[str, Any]]:
    """Delivered = invoiced + in drafts + waiting, in the organization's currency."""
    base = work.organization.currency
    sums: dict[str, Decimal] = defaultdict(Decimal)
    others: set[str] = set()
    for row in delivered_not_invoiced(as_of=until, settled=True, salespeople=visible(work.actor)):
        if row.currency != base:
            others.add(row.currency)
            continue
        for name in ("delivered", "invoiced", "drafted", "waiting"):
            sums[name] += getattr(row, name)
    note = _("另有 %s") % enumerated(sorted(others)) if others else ""
    return [
        {"label": _("已发货"), "value": sums["delivered"], "icon": "truck", "note": note},
        {"label": _("已开票"), "value": sums["invoiced"], "icon": "file-invoice"},
        {"label": _("在草稿"), "value": sums["drafted"], "icon": "edit"},
        {
            "label": _("未开票（暂估）"),
            "value": sums["waiting"],
            "icon": "hourglass",
            "tone": "warn" if sums["waiting"] else "",
        },
    ]


def _columns(*, per_order: bool) -> list[dict[str, Any]]:
    return [
        {"label": _("客户"), "kind": "name", "lead": True},
        {"label": _("订单") if per_order else _("订单数"), "kind": "" if per_order else "count"},
        {"label": pgettext("plural", "发货单"), "kind": "count", "minor": True},
        {"label": pgettext("plural", "行"), "kind": "count", "minor": True},
        {"label": _("最早签收"), "kind": "date"},
        {"label": _("不含税"), "kind": "money"},
        {"label": _("税额"), "kind": "money"},
        {"label": _("价税合计"), "kind": "money", "figure": True},
    ]


def _row(work: Work, row: ToBill, *, per_order: bool) -> dict[str, Any]:
    code = row.currency if row.currency != work.organization.currency else ""

    def amount(value: Decimal) -> dict[str, Any]:
        return {"value": value, "currency": row.currency, "code": code}

    return {
        "cells": [
            {
                "value": row.customer_name,
                "note": row.customer_code,
                "url": customer_url(work, row.customer_id),
            },
            row.order_number if per_order else row.orders,
            row.deliveries,
            row.lines,
            row.since,
            amount(row.net),
            amount(row.tax),
            amount(row.gross),
        ]
    }


def _total(rows: list[ToBill], base: str, *, per_order: bool) -> list[Any] | None:
    """The footer; without sums where there are several currencies."""
    if not rows or any(row.currency != base for row in rows):
        return None
    return [
        _("合计"),
        "" if per_order else sum(row.orders for row in rows),
        sum(row.deliveries for row in rows),
        sum(row.lines for row in rows),
        "",
        sum((row.net for row in rows), Decimal(0)),
        sum((row.tax for row in rows), Decimal(0)),
        sum((row.gross for row in rows), Decimal(0)),
    ]

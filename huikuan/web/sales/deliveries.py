"""The list of deliveries."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import pgettext, pgettext_lazy
from django.views.decorators.http import require_safe

from huikuan.core.keyset import Key
from huikuan.core.names import folded
from huikuan.sales.models import Delivery, DeliveryLine
from huikuan.web.ledger.addresses import customer_url
from huikuan.web.lists.context import list_context
from huikuan.web.lists.declaration import Column, List, Reading, Total
from huikuan.web.lists.querysets import Order as By
from huikuan.web.lists.querysets import QueryRows
from huikuan.web.pages import Work, page
from huikuan.web.sales.addresses import delivery_url, order_url
from huikuan.web.sales.chains import chain_for
from huikuan.web.sales.words import quantity_text
from huikuan.web.scopes import visible

DELIVERIES_BY = {"on": By((Key("delivered_on", date),))}


def _open_deliveries(parameters: QueryDict, work: Work) -> Reading[Delivery]:
    form = DeliveryFilter(parameters)
    form.is_valid()
    wanted = {name: value for name, value in form.cleaned_data.items() if value}
    seen = visible(work.actor)
    found = Delivery.objects.select_related("customer", "order")
    found = found if seen is None else found.filter(customer__salesperson_id__in=seen)
    if "q" in wanted:
        words = folded(wanted["q"])
        found = found.filter(number__istartswith=words) | found.filter(order__number__istartswith=words)
    return Reading(
        source=QueryRows(
            found=found,
            orders=DELIVERIES_BY,
            dressed=with_lines,
            summed=lambda rows: Total(rows.order_by().count()),
        ),
        form=form,
        filtered=bool(wanted),
        currency=work.organization.currency,
        empty={"title": _("还没有发货"), "text": _("在订单上登记发货，或从表格导入。"), "icon": "truck"},
    )


class DeliveryFilter(forms.Form):
    """Number of a delivery or an order."""

    q = forms.CharField(
        label=_l("发货单号、订单号"),
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"type": "search"}),
    )


def with_lines(found: Any) -> list[Any]:
    """Deliveries with `value` (with tax) and `waiting` (whether some of it is not billed)."""
    sums: dict[UUID, tuple[Decimal, bool]] = {}
    for key, gross, billed in DeliveryLine.objects.filter(delivery__in=found).values_list(
        "delivery_id", "gross", "billed"
    ):
        value, waiting = sums.get(key, (Decimal(0), False))
        sums[key] = (value + gross, waiting or not billed)
    for each in found:
        each.value, each.waiting = sums.get(each.pk, (Decimal(0), False))
    return list(found)


def delivery_badge(row: Any) -> dict[str, Any]:
    if row.voided:
        return {"label": _("已作废"), "tone": "plain"}
    return {"label": _("待开票"), "tone": "warn"} if row.waiting else {"label": _("已开票"), "tone": "good"}


DELIVERIES: List[Any] = List(
    name="deliveries",
    title=pgettext_lazy("plural", "发货"),
    permission="ledger.read",
    columns=(
        Column("number", _l("发货单"), lambda work, row: row.number, lead=True),
        Column(
            "customer",
            _l("客户"),
            lambda work, row: {"value": row.customer.name, "note": row.customer.code},
            kind="name",
        ),
        Column("order", _l("订单"), lambda work, row: row.order.number),
        Column("on", _l("签收日期"), lambda work, row: row.delivered_on, kind="date", sort="on"),
        Column(
            "value",
            _l("价税合计"),
            lambda work, row: {
                "value": row.value,
                "currency": row.order.currency,
                "code": row.order.currency if row.order.currency != work.organization.currency else "",
            },
            kind="money",
        ),
        Column(
            "state",
            _l("状态"),
            lambda work, row: delivery_badge(row),
            kind="badge",
            text=lambda work, row: delivery_badge(row)["label"],
        ),
    ),
    default_sort="-on",
    open=_open_deliveries,
    key=lambda row: row.pk,
    url=lambda work, row: delivery_url(work, row.pk),
)


@require_safe
@page("ledger.read")
def deliveries(request: HttpRequest, work: Work) -> HttpResponse:
    """What was delivered, billed or not."""
    context = {
        **list_context(request, work, DELIVERIES),
        "heading": pgettext("plural", "发货"),
        "breadcrumbs": [
            {"label": pgettext("plural", "订单"), "url": reverse("orders", args=[work.organization.code])},
            {"label": pgettext("plural", "发货")},
        ],
    }
    return render(request, "sales/list.html", context)


@require_safe
@page("ledger.read")
def delivery(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """One delivery: what the customer signed for, and the documents before and after it."""
    seen = visible(work.actor)
    rows = Delivery.objects.select_related("customer", "order", "order__salesperson").filter(pk=key)
    found = (rows if seen is None else rows.filter(customer__salesperson_id__in=seen)).first()
    if found is None:
        raise Http404
    [dressed] = with_lines(rows)
    lines = (
        DeliveryLine.objects.filter(delivery=found)
        .select_related("order_line")
        .order_by("order_line__position")
    )
    badge = delivery_badge(dressed)
    context = {
        "delivery": found,
        "badge": badge,
        "facts": _facts(work, found),
        "lines": _lines(lines),
        "chain": chain_for(work, "delivery", found.pk),
        "breadcrumbs": [
            {
                "label": pgettext("plural", "发货"),
                "url": reverse("deliveries", args=[work.organization.code]),
            },
            {"label": found.number},
        ],
    }
    return render(request, "sales/delivery.html", context)


def _facts(work: Work, found: Delivery) -> list[dict[str, Any]]:
    facts = [
        {
            "label": _("客户"),
            "value": found.customer.name,
            "url": customer_url(work, found.customer_id),
            "hint": found.customer.code,
            "wide": True,
        },
        {"label": _("签收日期"), "value": found.delivered_on, "kind": "date"},
        {"label": _("订单"), "value": found.order.number, "url": order_url(work, found.order_id)},
        {"label": _("业务员"), "value": found.order.salesperson.name if found.order.salesperson else None},
        {"label": _("备注"), "value": found.memo or None},
    ]
    return [fact for fact in facts if fact["value"] is not None]


def _lines(lines: Iterable[DeliveryLine]) -> dict[str, Any]:
    columns = [
        {"label": _("品名"), "kind": "name", "lead": True},
        {"label": _("数量"), "kind": "num"},
        {"label": _("不含税"), "kind": "money"},
        {"label": _("税额"), "kind": "money"},
        {"label": _("价税合计"), "kind": "money", "figure": True},
    ]
    sums = [Decimal(0)] * 3
    rows = []
    for line in lines:
        quantity = f"{quantity_text(line.quantity)} {line.order_line.unit}".strip()
        amounts = [line.net, line.tax, line.gross]
        sums = [one + other for one, other in zip(sums, amounts, strict=True)]
        rows.append({"cells": [line.order_line.description, quantity, *amounts]})
    return {"columns": columns, "rows": rows, "total": [_("合计"), "", *sums]}

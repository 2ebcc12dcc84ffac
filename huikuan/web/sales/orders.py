"""Orders: the list, one order with its deliveries and invoices, a new one, and what is done to it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Count, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import pgettext, pgettext_lazy
from django.views.decorators.http import require_safe

from huikuan.core.keyset import Key
from huikuan.core.names import folded
from huikuan.sales.contracts import Contract
from huikuan.sales.models import Delivery, DeliveryLine, Invoice, InvoiceLine, Order, OrderLine, OrderState
from huikuan.sales.queries import contracts_of_orders
from huikuan.web.credit.parts import hold_of_order
from huikuan.web.ledger.addresses import customer_url
from huikuan.web.lists import with_query
from huikuan.web.lists.context import list_context
from huikuan.web.lists.declaration import Column, List, Reading, Total
from huikuan.web.lists.querysets import Order as By
from huikuan.web.lists.querysets import QueryRows
from huikuan.web.pages import Work, page
from huikuan.web.sales.addresses import delivery_url, invoice_url, order_url
from huikuan.web.sales.contract_rows import contract_url
from huikuan.web.sales.deliveries import delivery_badge, with_lines
from huikuan.web.sales.line_tables import order_lines
from huikuan.web.sales.words import KINDS, ORDER_STATES, invoice_badge, order_badge
from huikuan.web.scopes import visible

ORDERS_BY = {"on": By((Key("ordered_on", date),))}


def visible_orders(seen: Collection[UUID] | None) -> QuerySet[Order]:
    """Orders of customers whose salesperson is among `seen`; None: all."""
    found = Order.objects.select_related("customer", "salesperson", "term")
    return found if seen is None else found.filter(customer__salesperson_id__in=seen)


class OrderFilter(forms.Form):
    """Number, state, customer."""

    q = forms.CharField(
        label=_l("订单号"), required=False, max_length=64, widget=forms.TextInput(attrs={"type": "search"})
    )
    state = forms.ChoiceField(label=_l("状态"), required=False)
    customer = forms.CharField(label=_l("客户代码"), required=False, max_length=64)

    def __init__(self, parameters: QueryDict) -> None:
        super().__init__(parameters)
        state = self.fields["state"]
        assert isinstance(state, forms.ChoiceField)
        state.choices = [("", _("全部")), *((code, label) for code, (label, _tone) in ORDER_STATES.items())]


def _open(parameters: QueryDict, work: Work) -> Reading[Order]:
    form = OrderFilter(parameters)
    form.is_valid()
    wanted = {name: value for name, value in form.cleaned_data.items() if value}
    found = visible_orders(visible(work.actor))
    if "q" in wanted:
        found = found.filter(number__istartswith=folded(wanted["q"]))
    if "state" in wanted:
        found = found.filter(state=wanted["state"])
    if "customer" in wanted:
        found = found.filter(customer__code=wanted["customer"])
    return Reading(
        source=QueryRows(found=found, orders=ORDERS_BY, dressed=list, summed=_summed),
        form=form,
        filtered=bool(wanted),
        currency=work.organization.currency,
        empty={"title": _("还没有订单"), "text": _("可以从表格导入，或逐张登记。"), "icon": "shopping-cart"},
    )


def _summed(found: QuerySet[Order]) -> Total:
    sums = found.order_by().aggregate(count=Count("pk"), amount=Sum("amount", default=Decimal(0)))
    one = found.order_by().values_list("currency").distinct()[:2]
    return Total(sums["count"], {"amount": sums["amount"]} if len(one) < 2 else {})


def _amount(work: Work, row: Order) -> dict[str, Any]:
    foreign = row.currency if row.currency != work.organization.currency else ""
    return {"value": row.amount, "currency": row.currency, "code": foreign}


ORDERS: List[Order] = List(
    name="orders",
    title=pgettext_lazy("plural", "订单"),
    permission="ledger.read",
    columns=(
        Column("number", _l("订单"), lambda work, row: row.number, lead=True),
        Column(
            "customer",
            _l("客户"),
            lambda work, row: {"value": row.customer.name, "note": row.customer.code},
            kind="name",
        ),
        Column("on", _l("下单日期"), lambda work, row: row.ordered_on, kind="date", sort="on"),
        Column(
            "salesperson", _l("业务员"), lambda work, row: row.salesperson.name if row.salesperson else None
        ),
        Column("reference", _l("客户订单号"), lambda work, row: row.reference or None, hidden=True),
        Column("amount", _l("价税合计"), _amount, kind="money", figure=True),
        Column(
            "state",
            _l("状态"),
            lambda work, row: order_badge(row.state),
            kind="badge",
            text=lambda work, row: ORDER_STATES[row.state][0],
        ),
    ),
    default_sort="-on",
    open=_open,
    key=lambda row: row.pk,
    url=lambda work, row: order_url(work, row.pk),
    measure="amount",
)


@require_safe
@page("ledger.read")
def orders(request: HttpRequest, work: Work) -> HttpResponse:
    """What customers ordered."""
    address = [work.organization.code]
    actions: list[dict[str, Any]] = [
        {"label": pgettext("plural", "发货"), "url": reverse("deliveries", args=address), "icon": "truck"}
    ]
    if work.actor.may("order.write"):
        actions.append(
            {
                "label": _("新增订单"),
                "url": reverse("order-add", args=address),
                "icon": "plus",
                "primary": True,
            }
        )
    context = {
        **list_context(request, work, ORDERS),
        "heading": pgettext("plural", "订单"),
        "actions": actions,
        "breadcrumbs": [{"label": pgettext("plural", "订单")}],
    }
    return render(request, "sales/list.html", context)


def order_crumbs(work: Work, found: Order | None = None) -> list[dict[str, str]]:
    """The way to an order."""
    crumbs = [{"label": pgettext("plural", "订单"), "url": reverse("orders", args=[work.organization.code])}]
    return [*crumbs, {"label": found.number, "url": order_url(work, found.pk)}] if found else crumbs


def order_of(work: Work, key: UUID) -> Order:
    """The order if the actor may see it."""
    work.actor.require("ledger.read")
    found = visible_orders(visible(work.actor)).filter(pk=key).first()
    if found is None:
        raise Http404
    return found


@require_safe
@page("ledger.read")
def order(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """One order: how far it is, what was delivered, what was invoiced."""
    found = order_of(work, key)
    lines = list(OrderLine.objects.filter(order=found).select_related("product").order_by("position"))
    columns, rows = order_lines(lines, ended=found.state != OrderState.OPEN)
    sent = with_lines(Delivery.objects.filter(order=found).order_by("delivered_on", "number"))
    badge = order_badge(found.state)
    contract = contracts_of_orders([found.pk]).get(found.pk)
    context = {
        "order": found,
        "badge": badge,
        "held": hold_of_order(work, found.pk),
        "tone": badge["tone"],
        "facts": _facts(work, found, contract),
        "sums": _sums(found, sent, contract),
        "line_columns": columns,
        "line_rows": rows,
        "deliveries": _deliveries_table(work, sent),
        "invoices": _invoices_table(work, found),
        "actions": _actions(work, found, sent, lines, contract),
        "breadcrumbs": [*order_crumbs(work), {"label": found.number}],
    }
    return render(request, "sales/order.html", context)


def _facts(work: Work, found: Order, contract: Contract | None) -> list[dict[str, Any]]:
    facts = [
        {
            "label": _("客户"),
            "value": found.customer.name,
            "url": customer_url(work, found.customer_id),
            "hint": found.customer.code,
            "wide": True,
        },
        {"label": _("下单日期"), "value": found.ordered_on, "kind": "date"},
        {"label": _("业务员"), "value": found.salesperson.name if found.salesperson else None},
        {"label": _("价格"), "value": _("含税") if found.prices_include_tax else _("不含税")},
        {"label": _("付款条件"), "value": found.term.name if found.term else _("按客户的付款条件")},
        {"label": _("客户订单号"), "value": found.reference or None},
        {"label": _("备注"), "value": found.memo or None},
    ]
    if contract is not None:
        url = contract_url(work, contract.pk)
        hint = _("由收款计划开票")
        facts.append({"label": _("合同"), "value": contract.number, "url": url, "hint": hint})
    return [fact for fact in facts if fact["value"] is not None]


def _sums(found: Order, sent: list[Any], contract: Contract | None) -> list[dict[str, Any]]:
    live = [each for each in sent if not each.voided]
    delivered = sum((each.value for each in live), Decimal(0))
    lines = DeliveryLine.objects.filter(delivery__order=found, voided=False, billed=False)
    waiting = lines.aggregate(sum=Sum("gross", default=Decimal(0)))["sum"]
    rows = [
        {"label": _("订单价税合计"), "value": found.amount},
        {"label": _("已发货"), "value": delivered},
    ]
    if contract is None:
        rows += [
            {"label": _("已开票或在草稿"), "value": delivered - waiting},
            {"label": _("已发未开票（暂估）"), "value": waiting, "strong": True},
        ]
    return [{**row, "kind": "money", "currency": found.currency} for row in rows]


def _deliveries_table(work: Work, sent: list[Any]) -> dict[str, Any]:
    columns: list[dict[str, Any]] = [
        {"label": _("发货单"), "lead": True},
        {"label": _("签收日期"), "kind": "date"},
        {"label": _("价税合计"), "kind": "money", "figure": True},
        {"label": _("状态"), "kind": "badge"},
    ]
    write = work.actor.may("order.write")
    if write:
        columns.append({"label": _("操作"), "kind": "actions"})
    rows = []
    for each in sent:
        cells: list[Any] = [each.number, each.delivered_on, each.value, delivery_badge(each)]
        if write:
            address = reverse("delivery-void", args=[work.organization.code, each.pk])
            open_ = not each.voided and each.waiting
            cells.append({"value": [{"label": _("作废"), "url": address, "icon": "trash"}] if open_ else []})
        rows.append({"cells": cells, "url": delivery_url(work, each.pk)})
    return {"columns": columns, "rows": rows}


def _invoices_table(work: Work, found: Order) -> dict[str, Any]:
    columns: list[dict[str, Any]] = [
        {"label": _("发票"), "lead": True},
        {"label": _("开票日期"), "kind": "date"},
        {"label": _("价税合计"), "kind": "money", "figure": True},
        {"label": _("状态"), "kind": "badge"},
    ]
    rows = [
        {
            "url": invoice_url(work, each),
            "cells": [
                {"value": each.number or _("（草稿）"), "note": KINDS[each.kind]},
                each.invoice_on,
                each.amount,
                invoice_badge(each.state),
            ],
        }
        for each in _billed(found)
    ]
    return {"columns": columns, "rows": rows}


def _billed(found: Order) -> list[Invoice]:
    keys = InvoiceLine.objects.filter(order_line__order=found).values("invoice_id")
    return list(Invoice.objects.filter(pk__in=keys).order_by("invoice_on", "pk"))


def _actions(
    work: Work, found: Order, sent: list[Any], lines: list[OrderLine], contract: Contract | None
) -> list[dict[str, Any]]:
    address = [work.organization.code, found.pk]
    actions: list[dict[str, Any]] = []
    if found.state == OrderState.OPEN and work.actor.may("order.write"):
        if any(line.delivered < line.quantity for line in lines):
            actions.append(
                {"label": _("登记发货"), "url": reverse("order-deliver", args=address), "icon": "truck"}
            )
        actions.append({"label": _("变更"), "url": reverse("order-change", args=address), "icon": "edit"})
        if contract is None and not any(line.billed for line in lines):
            new = reverse("contract-new", args=[work.organization.code])
            actions.append(
                {
                    "label": _("登记合同"),
                    "url": with_query(new, {"order": found.number}),
                    "icon": "file-text",
                }
            )
        actions.append({"label": _("关闭"), "url": reverse("order-close", args=address), "icon": "ban"})
    waiting = contract is None and any(each.waiting and not each.voided for each in sent)
    if work.actor.may("invoice.record") and waiting:
        actions.append(
            {
                "label": _("开票"),
                "url": reverse("order-bill", args=address),
                "icon": "file-invoice",
                "primary": True,
            }
        )
    return actions

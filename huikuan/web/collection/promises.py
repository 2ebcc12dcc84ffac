"""Promises to pay: the list, one of them, withdrawing it, and who keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_safe

from huikuan.collection.models import PaymentPromise, PromisedItem
from huikuan.collection.operations import withdraw_promise
from huikuan.collection.queries import Kept, kept_by_collector, kept_by_customer, promises_seen
from huikuan.collection.rules import PromiseState
from huikuan.collection.wording import CHANNELS, STATES, word
from huikuan.core.keyset import Key
from huikuan.web.collection.forms import ReasonForm
from huikuan.web.collection.words import case_url, contact_url, list_url, promise_state
from huikuan.web.ledger.addresses import document_url
from huikuan.web.lists import with_query
from huikuan.web.lists.context import list_context
from huikuan.web.lists.customers import customer_column
from huikuan.web.lists.declaration import Column, List, Reading, Total
from huikuan.web.lists.querysets import Order, QueryRows
from huikuan.web.pages import Work, page
from huikuan.web.reports.addresses import report_action
from huikuan.web.sales.invoices import ask_first
from huikuan.web.templatetags.dates import day as day_text
from huikuan.web.templatetags.money import money, percent

Row = dict[str, Any]
OPEN, ALL = "", "all"
RATES = 20


def promise_url(work: Work, key: UUID) -> str:
    return reverse("collection-promise", args=[work.organization.code, key])


class PromisesForm(forms.Form):
    """Which promises."""

    customer = forms.CharField(
        label=_l("客户名称或编码"),
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    state = forms.ChoiceField(label=_l("状态"), required=False)

    def __init__(self, parameters: QueryDict) -> None:
        super().__init__(parameters)
        field = self.fields["state"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            ("", str(STATES[PromiseState.OPEN])),
            *((code, str(label)) for code, label in STATES.items() if code != PromiseState.OPEN),
            (ALL, _("全部")),
        ]


def _open(parameters: QueryDict, work: Work) -> Reading[PaymentPromise]:
    form = PromisesForm(parameters)
    form.is_valid()
    wanted = {name: value for name, value in form.cleaned_data.items() if value}
    state = wanted.get("state", "")
    found = promises_seen(work.actor)
    if state != ALL:
        found = found.filter(state=state or PromiseState.OPEN.value)
    if "customer" in wanted:
        words = wanted["customer"].strip()
        found = found.filter(Q(customer__code__iexact=words) | Q(customer__name__icontains=words))
    return Reading(
        source=QueryRows(found=found, orders=ORDERS, dressed=_dressed, summed=_summed(work)),
        form=form,
        filtered=bool(wanted),
        currency=work.organization.currency,
        empty={
            "title": _("没有付款承诺"),
            "text": _("在催收工作台登记联系时选“承诺付款”。"),
            "icon": "calendar-due",
        },
    )


def _dressed(rows: Sequence[PaymentPromise]) -> list[PaymentPromise]:
    return list(rows)


def _summed(work: Work) -> Any:
    def summed(found: QuerySet[PaymentPromise]) -> Total:
        ours = found.order_by().filter(currency=work.organization.currency)
        sums = ours.aggregate(amount=Sum("amount"), paid=Sum("paid"))
        return Total(found.order_by().count(), {name: value for name, value in sums.items() if value})

    return summed


def _money(work: Work, row: PaymentPromise, value: Any) -> Row:
    other = row.currency != work.organization.currency
    return {"value": value, "currency": row.currency, "code": row.currency if other else ""}


ORDERS = {
    "on": Order((Key("promised_on", date),)),
    "customer": Order((Key("customer__sort_key", str),)),
}
COLUMNS: tuple[Column[PaymentPromise], ...] = (
    customer_column(),
    Column("on", _l("答应的日子"), lambda work, row: row.promised_on, kind="date", sort="on"),
    Column(
        "amount", _l("答应的金额"), lambda work, row: _money(work, row, row.amount), kind="money", figure=True
    ),
    Column(
        "paid", _l("已付"), lambda work, row: _money(work, row, row.paid) if row.paid else None, kind="money"
    ),
    Column("collector", _l("谁登记的"), lambda work, row: row.collector_name, minor=True),
    Column("made", _l("承诺日期"), lambda work, row: row.made_on, kind="date", minor=True),
    Column(
        "state",
        _l("状态"),
        lambda work, row: promise_state(row),
        kind="badge",
        text=lambda work, row: promise_state(row)["label"],
    ),
)
PROMISES: List[PaymentPromise] = List(
    name="collection-promises",
    title=_l("付款承诺"),
    permission="collection.read",
    columns=COLUMNS,
    default_sort="-on",
    open=_open,
    key=lambda row: row.pk,
    url=lambda work, row: promise_url(work, row.pk),
)


def crumbs(work: Work, *more: str) -> list[dict[str, str]]:
    """The way from the worklist to promises."""
    way = [{"label": _("催收"), "url": list_url(work)}]
    if more:
        url = reverse("collection-promises", args=[work.organization.code])
        way.append({"label": _("付款承诺"), "url": url})
    return [*way, *({"label": label} for label in more or (_("付款承诺"),))]


@require_safe
@page("collection.read")
def promises(request: HttpRequest, work: Work) -> HttpResponse:
    """What customers promised, and who keeps it."""
    url = reverse("collection-kept", args=[work.organization.code])
    context = {
        **list_context(request, work, PROMISES),
        "actions": [{"label": _("兑现率"), "url": url, "icon": "percentage"}],
        "breadcrumbs": crumbs(work),
    }
    return render(request, "collection/promises.html", context)


@require_safe
@page("collection.read")
def kept(request: HttpRequest, work: Work) -> HttpResponse:
    """How many promises were kept, by customer and by who obtained them."""
    seen, currency = promises_seen(work.actor), work.organization.currency
    customers = kept_by_customer(seen, currency=currency)
    every = reverse("collection-promises", args=[work.organization.code])
    shares = [
        {"label": _("有结果"), "kind": "count"},
        {"label": _("兑现"), "kind": "count"},
        {"label": _("兑现率"), "kind": "num", "figure": True},
        {"label": _("按金额"), "kind": "num", "hint": _("到期前付的钱占承诺金额的比例")},
    ]
    context = {
        "of_collectors": [{"label": _("登记人"), "lead": True, "kind": "name"}, *shares],
        "of_customers": [{"label": _("客户"), "lead": True, "kind": "name"}, *shares],
        "collectors": [_rate(each) for each in kept_by_collector(seen, currency=currency)[:RATES]],
        "customers": [
            _rate(each, with_query(every, {"state": ALL, "customer": each.name}))
            for each in customers[:RATES]
        ],
        "actions": report_action(work, "promises", _("统计")),
        "breadcrumbs": crumbs(work, _("兑现率")),
        "empty": {
            "title": _("还没有到期的承诺"),
            "text": _("每天夜里按到账判断承诺是否兑现。"),
            "icon": "percentage",
        },
    }
    return render(request, "collection/kept.html", context)


def _rate(row: Kept, url: str = "") -> Row:
    shares = [None if share is None else percent(share, 0) for share in (row.by_count, row.by_amount)]
    return {"url": url, "cells": [row.name, row.ended, row.kept, *shares]}


def promise_of(work: Work, key: UUID) -> PaymentPromise:
    """The promise if the actor may see its customer."""
    found = promises_seen(work.actor).filter(pk=key).first()
    if found is None:
        raise Http404
    return found


@require_safe
@page("collection.read")
def promise(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """One promise: over which items, what was paid, what it came to."""
    found = promise_of(work, key)
    items = PromisedItem.objects.filter(promise=found).select_related("item__document")
    url = reverse("collection-promise-withdraw", args=[work.organization.code, key])
    may_withdraw = found.state == PromiseState.OPEN and work.actor.may("collection.write")
    context = {
        "promise": found,
        "state": promise_state(found),
        "facts": _facts(work, found),
        "columns": [
            {"label": _("单据"), "lead": True},
            {"label": _("到期日"), "kind": "date"},
            {"label": _("承诺时未付"), "kind": "money"},
            {"label": _("现在未付"), "kind": "money", "figure": True},
        ],
        "rows": [
            {
                "url": document_url(work, each.item.document_id),
                "cells": [
                    each.item.document.number,
                    each.item.effective_due_on,
                    _money(work, found, each.open_amount),
                    _money(work, found, each.item.open_amount),
                ],
            }
            for each in items.order_by("item__effective_due_on", "item_id")
        ],
        "actions": [{"label": _("撤回承诺"), "url": url, "icon": "arrow-back-up"}] if may_withdraw else [],
        "breadcrumbs": crumbs(work, found.customer.name),
    }
    return render(request, "collection/promise.html", context)


def _facts(work: Work, found: PaymentPromise) -> list[Row]:
    amount = {"kind": "money", "currency": found.currency}
    rows: list[Row] = [
        {"label": _("客户"), "value": found.customer.name, "url": case_url(work, found.customer_id)},
        {"label": _("答应付的金额"), "value": found.amount, **amount},
        {"label": _("答应的日子"), "value": found.promised_on, "kind": "date"},
        {"label": _("宽限天数"), "value": found.grace_days, "kind": "count"},
        {"label": _("按期付了"), "value": found.paid, **amount},
        {"label": _("谁答应的"), "value": found.promiser or None},
        {"label": _("谁登记的"), "value": found.collector_name},
        {"label": _("承诺日期"), "value": found.made_on, "kind": "date"},
    ]
    told = {"label": _("方式"), "value": word(CHANNELS, found.channel)}
    rows.append(told | ({"url": contact_url(work, found.contact_id)} if found.contact_id else {}))
    if found.ended_for:
        rows.append({"label": _("撤回原因"), "value": f"{found.ended_for}（{found.ended_by}）", "wide": True})
    return rows


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.write")
def promise_withdraw(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """撤回承诺: with the reason."""
    found = promise_of(work, key)

    def act(values: dict[str, Any]) -> str:
        withdraw_promise(key, reason=values["reason"], actor=work.actor, today=work.today)
        messages.success(request, _("承诺已撤回。"))
        return promise_url(work, key)

    form = ReasonForm(request.POST if request.method == "POST" else None)
    return ask_first(
        request, work, form, act,
        title=_("撤回承诺"), submit=_("撤回承诺"),
        note=_("撤回的承诺不计入兑现率，它的单据可以另作承诺。"),
        over=f"{found.customer.name} · {day_text(found.promised_on)} {money(found.amount, found.currency)}",
        back_url=promise_url(work, key), crumbs=crumbs(work, found.customer.name),
    )  # fmt: skip

"""Invoices with lines: the list of drafts and posted ones, a draft's page, and the acts on it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Count, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import pgettext, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from huikuan.core.errors import HuikuanError
from huikuan.core.keyset import Key
from huikuan.sales.models import Invoice, InvoiceKind, InvoiceLine, InvoiceState
from huikuan.sales.operations import post_invoices, void_drafts
from huikuan.web.ledger.addresses import customer_url, document_url
from huikuan.web.lists.context import list_context
from huikuan.web.lists.declaration import BulkAct, Column, List, Reading, Source, Total, batches
from huikuan.web.lists.querysets import Order, QueryRows
from huikuan.web.pages import Work, page
from huikuan.web.sales.addresses import invoice_url, order_url
from huikuan.web.sales.line_tables import invoice_lines
from huikuan.web.sales.words import EVENTS, INVOICE_STATES, KINDS, invoice_badge
from huikuan.web.scopes import visible

ORDERS = {"on": Order((Key("invoice_on", date),))}


def visible_invoices(seen: Collection[UUID] | None) -> QuerySet[Invoice]:
    """Invoices of customers whose salesperson is among `seen`; None: all."""
    found = Invoice.objects.select_related("customer", "salesperson", "order", "original", "document", "act")
    return found if seen is None else found.filter(customer__salesperson_id__in=seen)


class InvoiceFilter(forms.Form):
    """State, kind and customer."""

    state = forms.ChoiceField(label=_l("状态"), required=False)
    kind = forms.ChoiceField(label=_l("类型"), required=False)
    customer = forms.CharField(label=_l("客户代码"), required=False, max_length=64)

    def __init__(self, parameters: QueryDict) -> None:
        super().__init__(parameters)
        for name, choices in (
            ("state", [(code, label) for code, (label, _tone) in INVOICE_STATES.items()]),
            ("kind", list(KINDS.items())),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", _("全部")), *choices]


def _open(parameters: QueryDict, work: Work) -> Reading[Invoice]:
    form = InvoiceFilter(parameters)
    form.is_valid()
    wanted = {name: value for name, value in form.cleaned_data.items() if value}
    found = visible_invoices(visible(work.actor))
    if "state" in wanted:
        found = found.filter(state=wanted["state"])
    if "kind" in wanted:
        found = found.filter(kind=wanted["kind"])
    if "customer" in wanted:
        found = found.filter(customer__code=wanted["customer"])
    return Reading(
        source=QueryRows(found=found, orders=ORDERS, dressed=list, summed=_summed),
        form=form,
        filtered=bool(wanted),
        currency=work.organization.currency,
        empty={
            "title": _("还没有发票"),
            "text": _("逐张开票，或在“开票”里把已签收的发货一次开完。"),
            "icon": "file-invoice",
        },
    )


def _summed(found: QuerySet[Invoice]) -> Total:
    sums = found.order_by().aggregate(count=Count("pk"), amount=Sum("amount", default=Decimal(0)))
    one = found.order_by().values_list("currency").distinct()[:2]
    return Total(sums["count"], {"amount": sums["amount"]} if len(one) < 2 else {})


def _money(work: Work, row: Invoice, value: Decimal) -> dict[str, Any]:
    foreign = row.currency if row.currency != work.organization.currency else ""
    return {"value": value, "currency": row.currency, "code": foreign}


COLUMNS: tuple[Column[Invoice], ...] = (
    Column(
        "number",
        _l("发票"),
        lambda work, row: {"value": row.number or _("（草稿）"), "note": KINDS[row.kind]},
        lead=True,
    ),
    Column(
        "customer",
        _l("客户"),
        lambda work, row: {"value": row.customer.name, "note": row.customer.code},
        kind="name",
    ),
    Column("on", _l("开票日期"), lambda work, row: row.invoice_on, kind="date", sort="on"),
    Column("order", _l("订单"), lambda work, row: row.order.number if row.order else None),
    Column("net", _l("不含税"), lambda work, row: _money(work, row, row.net), kind="money", hidden=True),
    Column("tax", _l("税额"), lambda work, row: _money(work, row, row.tax), kind="money"),
    Column(
        "amount", _l("价税合计"), lambda work, row: _money(work, row, row.amount), kind="money", figure=True
    ),
    Column(
        "state",
        _l("状态"),
        lambda work, row: invoice_badge(row.state),
        kind="badge",
        text=lambda work, row: INVOICE_STATES[row.state][0],
    ),
)


def _post_chosen(work: Work, source: Source[Invoice], values: Any) -> str:
    keys = [row.pk for rows in batches(source, "on") for row in rows if row.state == InvoiceState.DRAFT]
    posted = post_invoices(keys, actor=work.actor, today=work.today)
    return _("已过账 %d 张发票。") % len(posted)


INVOICES: List[Invoice] = List(
    name="invoices",
    title=pgettext_lazy("plural", "发票"),
    permission="ledger.read",
    columns=COLUMNS,
    default_sort="-on",
    open=_open,
    key=lambda row: row.pk,
    url=invoice_url,
    measure="amount",
    acts=(
        BulkAct(
            "post", _l("过账"), "checks", "invoice.record", lambda work, data: forms.Form(data), _post_chosen
        ),
    ),
)


@require_safe
@page("ledger.read")
def invoices(request: HttpRequest, work: Work) -> HttpResponse:
    """Drafts and posted invoices."""
    actions = []
    if work.actor.may("invoice.record"):
        address = [work.organization.code]
        actions = [
            {
                "label": _("计收违约金"),
                "url": reverse("late-interest", args=address),
                "icon": "calendar-due",
            },
            {
                "label": _("新增发票"),
                "url": reverse("invoice-add", args=address),
                "icon": "plus",
                "primary": True,
            },
        ]
    context = {
        **list_context(request, work, INVOICES),
        "heading": pgettext("plural", "发票"),
        "actions": actions,
        "breadcrumbs": [{"label": pgettext("plural", "发票")}],
    }
    return render(request, "sales/list.html", context)


def invoice_of(work: Work, key: UUID) -> Invoice:
    """The invoice if the actor may see it."""
    work.actor.require("ledger.read")
    found = visible_invoices(visible(work.actor)).filter(pk=key).first()
    if found is None:
        raise Http404
    return found


@require_safe
@page("ledger.read")
def invoice(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """A draft or void invoice with its lines; a posted one is on the page of its document."""
    found = invoice_of(work, key)
    if found.state == InvoiceState.POSTED:
        return redirect(invoice_url(work, found))
    lines = list(InvoiceLine.objects.filter(invoice=found).select_related("product").order_by("position"))
    columns, rows = invoice_lines(lines)
    context = {
        "invoice": found,
        "title": found.number or _("草稿"),
        "over": KINDS[found.kind],
        "badge": invoice_badge(found.state),
        "tone": invoice_badge(found.state)["tone"],
        "facts": _facts(work, found),
        "sums": _sums(found),
        "line_columns": columns,
        "line_rows": rows,
        "actions": _actions(work, found),
        "breadcrumbs": _crumbs(work, found.number or _("草稿")),
    }
    return render(request, "sales/invoice.html", context)


def _facts(work: Work, found: Invoice) -> list[dict[str, Any]]:
    facts: list[dict[str, Any]] = [
        {
            "label": _("客户"),
            "value": found.customer.name,
            "url": customer_url(work, found.customer_id),
            "hint": found.customer.code,
            "wide": True,
        },
        {"label": _("开票日期"), "value": found.invoice_on, "kind": "date"},
        {"label": _("业务员"), "value": found.salesperson.name if found.salesperson else None},
        {"label": _("业务类型"), "value": EVENTS.get(found.event)},
        {"label": _("价格"), "value": _("含税") if found.prices_include_tax else _("不含税")},
    ]
    if found.order:
        facts.append(
            {"label": _("订单"), "value": found.order.number, "url": order_url(work, found.order_id)}
        )
    if found.original:
        facts.append(
            {"label": _("原发票"), "value": found.original.number, "url": invoice_url(work, found.original)}
        )
    if found.rate:
        facts.append({"label": _("汇率"), "value": f"{found.rate.normalize():f}"})
    for label, text in ((_("参考号"), found.reference), (_("备注"), found.memo)):
        if text:
            facts.append({"label": label, "value": text})
    return [fact for fact in facts if fact["value"] is not None]


def _sums(found: Invoice) -> list[dict[str, Any]]:
    rows = [
        {"label": _("不含税"), "value": found.net},
        {"label": _("税额"), "value": found.tax},
        {"label": _("价税合计"), "value": found.amount, "strong": True},
    ]
    return [{**row, "kind": "money", "currency": found.currency} for row in rows]


def _actions(work: Work, found: Invoice) -> list[dict[str, Any]]:
    if found.state != InvoiceState.DRAFT or not work.actor.may("invoice.record"):
        return []
    address = [work.organization.code, found.pk]
    actions: list[dict[str, Any]] = [
        {"label": _("作废"), "url": reverse("invoice-void", args=address), "icon": "trash"}
    ]
    if found.kind != InvoiceKind.CREDIT_NOTE and not found.order_id:
        actions.append({"label": _("修改"), "url": reverse("invoice-edit", args=address), "icon": "edit"})
    actions.append(
        {"label": _("过账"), "url": reverse("invoice-post", args=address), "icon": "checks", "primary": True}
    )
    return actions


def _crumbs(work: Work, *labels: str) -> list[dict[str, str]]:
    home = {"label": pgettext("plural", "发票"), "url": reverse("invoices", args=[work.organization.code])}
    return [home, *({"label": label} for label in labels)]


class Confirmed(forms.Form):
    """Nothing more is asked."""


class Reason(forms.Form):
    """Why."""

    reason = forms.CharField(label=_l("原因"), max_length=200)


def ask_first(
    request: HttpRequest,
    work: Work,
    form: forms.Form,
    act: Callable[[dict[str, Any]], str],
    *,
    title: str,
    submit: str,
    note: str,
    over: str,
    back_url: str,
    crumbs: list[dict[str, str]],
) -> HttpResponse:
    """The page that asks before an act; `act` does it and returns where to go on."""
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(act(form.cleaned_data))
        except HuikuanError as error:
            form.add_error(None, error.message)
    context = {
        "title": title,
        "over": over,
        "note": note,
        "form": form,
        "submit": submit,
        "back_url": back_url,
        "breadcrumbs": crumbs,
    }
    return render(request, "sales/form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@page("invoice.record")
def invoice_post(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """过账: the draft becomes a receivable."""
    found = invoice_of(work, key)

    def act(_values: dict[str, Any]) -> str:
        [posted] = post_invoices([key], actor=work.actor, today=work.today)
        messages.success(request, _("已过账：%s。") % posted.number)
        return document_url(work, posted.document_id)

    data = request.POST if request.method == "POST" else None
    return ask_first(
        request,
        work,
        Confirmed(data),
        act,
        title=_("过账"),
        submit=_("过账"),
        note=_("过账后生成应收单据和会计分录，取得单号；以后只能红冲或冲销，不能修改。"),
        over=f"{found.customer.name} · {found.amount:,.2f} {found.currency}",
        back_url=invoice_url(work, found),
        crumbs=_crumbs(work, _("过账")),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@page("invoice.record")
def invoice_void(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """作废: put a draft aside."""
    found = invoice_of(work, key)

    def act(values: dict[str, Any]) -> str:
        void_drafts([key], actor=work.actor, reason=values["reason"])
        messages.success(request, _("草稿已作废。"))
        return reverse("invoices", args=[work.organization.code])

    return ask_first(
        request,
        work,
        Reason(request.POST or None),
        act,
        title=_("作废草稿"),
        submit=_("作废"),
        note=_("草稿占用的发货会恢复为未开票。"),
        over=f"{found.customer.name} · {found.amount:,.2f} {found.currency}",
        back_url=invoice_url(work, found),
        crumbs=_crumbs(work, _("作废草稿")),
    )

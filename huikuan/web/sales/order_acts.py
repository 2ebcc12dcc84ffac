"""What is done to an order: entered, delivered, changed, closed, billed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods

from huikuan.core.errors import HuikuanError
from huikuan.sales.models import Delivery, OrderLine
from huikuan.sales.operations import (
    LineChange,
    NewDelivery,
    NewOrder,
    bill_deliveries,
    change_order_lines,
    close_orders,
    create_orders,
    record_deliveries,
    void_deliveries,
)
from huikuan.web.fields import DayField
from huikuan.web.pages import Work, page
from huikuan.web.sales.addresses import order_url
from huikuan.web.sales.invoice_form import HeadForm, customers_offered
from huikuan.web.sales.invoices import Reason, ask_first
from huikuan.web.sales.line_fields import blank, lines_context, read_lines, rows_of
from huikuan.web.sales.orders import order_crumbs, order_of
from huikuan.web.sales.words import price_text, quantity_text


@require_http_methods(["GET", "HEAD", "POST"])
@page("order.write")
def order_add(request: HttpRequest, work: Work) -> HttpResponse:
    """A new order."""
    initial = {"invoice_on": work.today, "prices": "net", "currency": work.organization.currency}
    form = HeadForm(request.POST or None, initial=initial, work=work)
    for name in ("event", "rate", *(name for name in form.fields if name.startswith(("percent_", "due_")))):
        del form.fields[name]
    form.fields["invoice_on"].label = _("下单日期")
    form.fields["reference"].label = _("客户订单号")
    rows = rows_of(request.POST) if request.method == "POST" else blank(3).rows
    typed = read_lines(rows, currency=form.typed_currency, prices_include_tax=form.inclusive)
    if request.method == "POST" and form.is_valid() and not typed.wrong:
        values = form.cleaned_data
        assert form.found is not None
        try:
            [made] = create_orders(
                [
                    NewOrder(
                        customer_id=form.found.pk,
                        ordered_on=values["invoice_on"],
                        lines=typed.lines,
                        currency=values["currency"],
                        prices_include_tax=values["prices"] == "gross",
                        term_id=UUID(values["term"]) if values["term"] else None,
                        reference=values["reference"],
                        memo=values["memo"],
                    )
                ],
                actor=work.actor,
                today=work.today,
            )
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("已登记订单 %s。") % made.number)
            return redirect(order_url(work, made.id))
    context = {
        **lines_context(typed, currency=form.typed_currency),
        "title": _("新增订单"),
        "form": form,
        "of_order": True,
        "back_url": reverse("orders", args=[work.organization.code]),
        "customers": customers_offered(work),
        "breadcrumbs": [*order_crumbs(work), {"label": _("新增订单")}],
    }
    return render(
        request, "sales/invoice_form.html", context, status=422 if request.method == "POST" else 200
    )


def _counted(quantity: Decimal, unit: str) -> str:
    return f"{quantity_text(quantity) or 0} {unit}".strip()


class QuantityForm(forms.Form):
    """A quantity for each line of an order."""

    def __init__(self, *args: Any, lines: list[OrderLine], changing: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.lines = lines
        if not changing:
            self.fields["on"] = DayField(label=_("签收日期"))
            self.fields["memo"] = forms.CharField(label=_("备注"), required=False, max_length=1000)
        for line in lines:
            left = line.quantity - line.delivered
            shown = quantity_text(line.quantity if changing else left).replace(",", "")
            hint = (
                _("已发 %(delivered)s；单价 %(price)s")
                % {"delivered": _counted(line.delivered, line.unit), "price": price_text(line.unit_price)}
                if changing
                else _("未发 %s") % _counted(left, line.unit)
            )
            self.fields[str(line.pk)] = forms.DecimalField(
                label=f"{line.position}. {line.description}",
                required=changing,
                max_digits=19,
                decimal_places=6,
                initial=shown,
                help_text=hint,
                widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            )

    def quantities(self) -> list[tuple[UUID, Decimal]]:
        """What was typed, line by line; empty ones and zeros are left out of deliveries."""
        typed = ((line.pk, self.cleaned_data.get(str(line.pk))) for line in self.lines)
        return [(key, value) for key, value in typed if value is not None]


@require_http_methods(["GET", "HEAD", "POST"])
@page("order.write")
def order_deliver(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """签收: what the customer has of the order."""
    found = order_of(work, key)
    lines = [
        line
        for line in OrderLine.objects.filter(order=found).order_by("position")
        if line.delivered < line.quantity
    ]

    def act(values: dict[str, Any]) -> str:
        [made] = record_deliveries(
            [
                NewDelivery(
                    order_id=key,
                    delivered_on=values["on"],
                    lines=[(line, quantity) for line, quantity in form.quantities() if quantity],
                    memo=values["memo"],
                )
            ],
            actor=work.actor,
            today=work.today,
        )
        messages.success(request, _("已登记发货 %s。") % made.number)
        return order_url(work, key)

    form = QuantityForm(request.POST or None, initial={"on": work.today}, lines=lines, changing=False)
    return ask_first(
        request, work, form, act,
        title=_("登记发货"), submit=_("登记发货"), note=_("填写客户签收的数量；没有发的行留空或填 0。"),
        over=f"{found.number} · {found.customer.name}", back_url=order_url(work, key),
        crumbs=[*order_crumbs(work, found), {"label": _("登记发货")}],
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@page("order.write")
def order_change(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """What is still to come of an order, changed."""
    found = order_of(work, key)
    lines = list(OrderLine.objects.filter(order=found).order_by("position"))

    def act(_values: dict[str, Any]) -> str:
        changed = change_order_lines(
            [LineChange(line, quantity=quantity) for line, quantity in form.quantities()],
            actor=work.actor,
            today=work.today,
        )
        messages.success(request, _("已变更 %d 行。") % changed)
        return order_url(work, key)

    form = QuantityForm(request.POST or None, lines=lines, changing=True)
    return ask_first(
        request, work, form, act,
        title=_("变更数量"), submit=_("保存变更"), note=_("数量不能少于已发货或已开票的数量。"),
        over=f"{found.number} · {found.customer.name}", back_url=order_url(work, key),
        crumbs=[*order_crumbs(work, found), {"label": _("变更数量")}],
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@page("order.write")
def order_close(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """取消: nothing more of the order comes."""
    found = order_of(work, key)

    def act(values: dict[str, Any]) -> str:
        close_orders([key], actor=work.actor, reason=values["reason"], today=work.today)
        messages.success(request, _("订单 %s 已关闭。") % found.number)
        return order_url(work, key)

    return ask_first(
        request, work, Reason(request.POST or None), act,
        title=_("关闭订单"), submit=_("关闭订单"),
        note=_("未发的数量不再发货；已发的仍可开票，已收的预收款不受影响。"),
        over=f"{found.number} · {found.customer.name}", back_url=order_url(work, key),
        crumbs=[*order_crumbs(work, found), {"label": _("关闭订单")}],
    )  # fmt: skip


class BillForm(forms.Form):
    """The date of the invoices."""

    on = DayField(label=_l("开票日期"))


@require_http_methods(["GET", "HEAD", "POST"])
@page("invoice.record")
def order_bill(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """What was delivered of the order becomes a draft."""
    found = order_of(work, key)

    def act(values: dict[str, Any]) -> str:
        run = bill_deliveries(
            until=values["on"],
            on=values["on"],
            order_ids=[key],
            post=False,
            actor=work.actor,
            today=work.today,
        )
        if not run.drafts:
            messages.info(request, _("到这一天没有待开票的发货。"))
            return order_url(work, key)
        messages.success(request, _("已生成草稿，核对后过账。"))
        return reverse("invoice", args=[work.organization.code, run.drafts[0]])

    return ask_first(
        request, work, BillForm(request.POST or None, initial={"on": work.today}), act,
        title=_("按发货开票"), submit=_("生成草稿"), note=_("开出到这一天已签收、还没有开票的全部发货。"),
        over=f"{found.number} · {found.customer.name}", back_url=order_url(work, key),
        crumbs=[*order_crumbs(work, found), {"label": _("按发货开票")}],
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@page("order.write")
def delivery_void(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """作废: a delivery that was entered by mistake or taken back."""
    sent = Delivery.objects.filter(pk=key).first()
    if sent is None:
        raise Http404
    found = order_of(work, sent.order_id)

    def act(values: dict[str, Any]) -> str:
        void_deliveries([key], actor=work.actor, reason=values["reason"])
        messages.success(request, _("发货单 %s 已作废。") % sent.number)
        return order_url(work, found.pk)

    return ask_first(
        request, work, Reason(request.POST or None), act,
        title=_("作废发货单"), submit=_("作废"), note=_("数量恢复为未发；已开票的发货要先作废或冲销发票。"),
        over=f"{sent.number} · {found.number}", back_url=order_url(work, found.pk),
        crumbs=[*order_crumbs(work, found), {"label": _("作废发货单")}],
    )  # fmt: skip

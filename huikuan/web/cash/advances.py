"""合同预收: taking an advance on a contract, applying it to invoices, paying it back."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods

from huikuan.cash.operations import (
    NewAdvance,
    apply_contract_advance,
    receive_contract_advances,
    refund_contract_advance,
)
from huikuan.core.errors import HuikuanError
from huikuan.customers.models import Customer
from huikuan.ledger.models import OpenItem
from huikuan.ledger.operations.documents import ADVANCE_EVENTS
from huikuan.sales.contracts import Contract
from huikuan.web.cash.parts import (
    FormPage,
    ItemsField,
    address,
    ask_customer,
    customer_asked,
    customer_facts,
    plain,
    receivables_of,
    settlements_crumb,
)
from huikuan.web.fields import AmountField, DayField
from huikuan.web.ledger.addresses import document_url
from huikuan.web.ledger.queries import visible_documents
from huikuan.web.pages import Work, page
from huikuan.web.scopes import visible

PERCENT = Decimal(100)


class AdvanceForm(forms.Form):
    """Money for a contract, VAT included."""

    amount = AmountField(label=_l("到账金额（含税）"))
    contract = forms.CharField(label=_l("合同号"), max_length=200)
    tax_rate = forms.TypedChoiceField(
        label=_l("税率"),
        coerce=Decimal,
        choices=[(rate, f"{rate}%") for rate in ("13", "9", "6", "3", "1", "0")],
    )
    on = DayField(label=_l("收款日期"))
    memo = forms.CharField(label=_l("备注"), max_length=1000, required=False)


class UseForm(forms.Form):
    """To settle invoices with it, or to pay it back."""

    what = forms.ChoiceField(
        label=_l("怎样使用"), choices=[("apply", _l("冲抵应收")), ("refund", _l("退还客户"))]
    )
    amount = AmountField(label=_l("金额"))
    on = DayField(label=_l("日期"))
    reason = forms.CharField(
        label=_l("退款原因"), max_length=500, required=False, help_text=_l("退还客户时必填。")
    )

    def __init__(self, *args: Any, items: Sequence[OpenItem], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["items"] = ItemsField(
            items, label=_("冲抵哪些应收"), required=False, help_text=_("冲抵应收时选择，按所选顺序。")
        )
        self.order_fields(("what", "items", "amount", "on", "reason"))


def _initial(request: HttpRequest, work: Work, customer: Customer) -> dict[str, Any]:
    """What the form begins with; from the page of a contract its number and rate of tax."""
    number = request.GET.get("contract", "")[:200]
    contract = Contract.objects.filter(number=number, customer=customer).first() if number else None
    rate = contract.tax_rate * PERCENT if contract else Decimal(13)
    return {"on": work.today, "contract": number, "tax_rate": f"{rate.normalize():f}"}


@require_http_methods(["GET", "HEAD", "POST"])
@page("receipt.record")
def receive(request: HttpRequest, work: Work) -> HttpResponse:
    """预收合同款."""
    title, back, crumbs = _("预收合同款"), address(work, "settlements"), [settlements_crumb(work)]
    if not work.actor.may("settlement.write"):
        back, crumbs = address(work, "documents"), []
    customer = customer_asked(request, work)
    if customer is None:
        return ask_customer(request, work, title=title, note=_("先选择客户。"), crumbs=crumbs, back_url=back)
    form = AdvanceForm(request.POST or None, initial=_initial(request, work, customer))
    if form.is_valid():
        values = form.cleaned_data
        new = NewAdvance(
            customer.pk,
            values["amount"],
            values["contract"],
            values["on"],
            values["tax_rate"] / PERCENT,
            values["memo"],
        )
        try:
            [made] = receive_contract_advances([new], actor=work.actor, today=work.today)
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("已登记预收 %s。") % made.number)
            return redirect(document_url(work, made.id))
    items = receivables_of(customer, work.organization.currency)
    shown = FormPage(
        title=title,
        submit=_("登记预收"),
        back_url=back,
        crumbs=crumbs,
        note=_("不含税部分记入合同负债，税额记入待转销项税额。"),
        over=customer.name,
        facts=customer_facts(work, customer, items),
    )
    return shown.render(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
@page("settlement.write")
def use(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """Apply an advance to invoices, or pay it back."""
    document = (
        visible_documents(visible(work.actor))
        .filter(pk=key, event__in=ADVANCE_EVENTS, voided_by=None)
        .first()
    )
    if document is None:
        raise Http404
    currency = work.organization.currency
    left = OpenItem.objects.filter(document=document).aggregate(left=Sum("open_amount", default=Decimal(0)))[
        "left"
    ]
    items = receivables_of(document.customer, currency)
    initial = {"amount": plain(left, currency), "on": work.today}
    form = UseForm(request.POST or None, items=items, initial=initial)
    if form.is_valid():
        try:
            said = _used(form.cleaned_data, document.pk, work)
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, said)
            return redirect(document_url(work, document.pk))
    shown = FormPage(
        title=_("使用合同预收"),
        submit=_("登记"),
        back_url=address(work, "settlements"),
        crumbs=[settlements_crumb(work)],
        over=f"{document.number} · {document.customer.name}",
        facts=[
            {"label": _("合同号"), "value": document.reference},
            {"label": _("预收金额"), "value": document.amount, "kind": "money", "currency": currency},
            {"label": _("未使用"), "value": left, "kind": "money", "currency": currency, "strong": True},
        ],
    )
    return shown.render(request, form)


def _used(values: dict[str, Any], document_id: UUID, work: Work) -> str:
    if values["what"] == "apply":
        apply_contract_advance(
            document_id=document_id,
            item_ids=values["items"],
            amount=values["amount"],
            on=values["on"],
            actor=work.actor,
            today=work.today,
        )
        return _("已冲抵应收 %s。") % str(values["amount"])
    refund_contract_advance(
        document_id=document_id,
        amount=values["amount"],
        on=values["on"],
        reason=values["reason"],
        actor=work.actor,
        today=work.today,
    )
    return _("已退还 %s。") % str(values["amount"])

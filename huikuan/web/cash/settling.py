"""Forms of settlements about one customer: a receipt with differences, an offset, a debt that passes on."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods

from huikuan.cash.operations import (
    Difference,
    NewOffset,
    NewReceipt,
    NewTransfer,
    offset_payables,
    receive_with_differences,
    transfer_debts,
)
from huikuan.cash.queries import cash_policy
from huikuan.core.errors import HuikuanError
from huikuan.customers.models import Customer
from huikuan.ledger.models import OpenItem
from huikuan.web.cash.parts import (
    CUSTOMERS_OFFERED,
    FormPage,
    ItemsField,
    address,
    ask_customer,
    customer_asked,
    customer_facts,
    item_words,
    receivables_of,
    settlements_crumb,
    visible_customers,
)
from huikuan.web.fields import AmountField, DayField
from huikuan.web.ledger.addresses import document_url
from huikuan.web.pages import Work, page
from huikuan.web.templatetags.money import money

ZERO = Decimal(0)


class DifferenceFields(forms.Form):
    """What lies between the money and the invoices."""

    fee = AmountField(label=_l("银行手续费"), required=False)
    short = AmountField(label=_l("短款"), required=False)
    discount = AmountField(label=_l("现金折扣"), required=False)

    def difference(self) -> Difference:
        """What was said; only of a valid form."""
        values = self.cleaned_data
        return Difference(**{name: values.get(name) or ZERO for name in ("fee", "short", "over", "discount")})

    def explain(self, currency: str) -> None:
        """Say the tolerances beside the fields."""
        policy = cash_policy()
        self.fields["fee"].help_text = _("最多 %s，记入财务费用。") % money(policy.fee_tolerance, currency)
        self.fields["short"].help_text = _("最多 %s，记入营业外支出。") % money(
            policy.difference_tolerance, currency
        )
        self.fields["discount"].help_text = (
            _("记入财务费用。") if policy.discount_is_expense else _("冲减收入。")
        )


class ReceiptForm(DifferenceFields):
    """Money from a customer, and what it settles besides."""

    amount = AmountField(label=_l("到账金额"))
    over = AmountField(
        label=_l("长款"), required=False, help_text=_l("多收、不再退还的零头，记入营业外收入。")
    )
    on = DayField(label=_l("收款日期"))
    reference = forms.CharField(label=_l("银行流水号"), max_length=200, required=False)
    field_order = ("amount", "fee", "short", "over", "discount", "on", "reference", "items")

    def __init__(self, *args: Any, items: Sequence[OpenItem], work: Work, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["items"] = _items_field(items)
        self.fields["on"].initial = work.today
        self.explain(work.organization.currency)
        self.order_fields(self.field_order)


class OffsetForm(forms.Form):
    """How much is set off, by which agreement."""

    amount = AmountField(label=_l("抵账金额"))
    agreement = forms.CharField(label=_l("抵账协议号"), max_length=200)
    on = DayField(label=_l("抵账日期"))
    memo = forms.CharField(label=_l("备注"), max_length=1000, required=False)

    def __init__(self, *args: Any, items: Sequence[OpenItem], work: Work, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["items"] = _items_field(items)
        self.fields["on"].initial = work.today


class TransferForm(forms.Form):
    """Which debt passes to whom."""

    item = forms.ChoiceField(label=_l("转让哪笔应收"))
    to = forms.CharField(label=_l("转入客户（代码或名称）"), max_length=200)
    amount = AmountField(label=_l("转让金额"), required=False, help_text=_l("不写则为全部未核销余额。"))
    agreement = forms.CharField(label=_l("三方协议号"), max_length=200)
    on = DayField(label=_l("转让日期"))

    def __init__(
        self, *args: Any, items: Sequence[OpenItem], customer: Customer, work: Work, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.work, self.customer = work, customer
        choice = self.fields["item"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(str(item.pk), item_words(item)) for item in items]
        self.fields["to"].widget.attrs |= {"list": "customers", "autocomplete": "off"}
        self.fields["on"].initial = work.today

    def clean_to(self) -> UUID:
        """The customer who takes over."""
        said = self.cleaned_data["to"].strip()
        found = visible_customers(self.work)
        customer = found.filter(code=said).first() or found.filter(name=said).first()
        if customer is None:
            raise forms.ValidationError(_("没有这个客户，请从列表中选择。"))
        if customer.pk == self.customer.pk:
            raise forms.ValidationError(_("转入方和转出方不能是同一个客户。"))
        key: UUID = customer.pk
        return key


def _items_field(items: Sequence[OpenItem]) -> ItemsField:
    return ItemsField(
        items,
        label=_("核销哪些应收"),
        required=False,
        help_text=_("不选则从最早到期的开始核销。"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@page("settlement.write")
def receipt(request: HttpRequest, work: Work) -> HttpResponse:
    """收款带尾差: money and what it lacks settle invoices in one act."""
    title = _("收款带尾差")
    customer = customer_asked(request, work)
    if customer is None:
        return _whose(request, work, title)
    items = receivables_of(customer, work.organization.currency)
    form = ReceiptForm(request.POST or None, items=items, work=work)
    if form.is_valid():
        values = form.cleaned_data
        new = NewReceipt(
            customer.pk,
            values["amount"],
            values["on"],
            values["items"],
            form.difference(),
            values["reference"],
        )
        try:
            [made] = receive_with_differences([new], actor=work.actor, today=work.today)
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("已登记收款 %s，并核销应收。") % made.number)
            return redirect(document_url(work, made.id))
    note = _("到账金额加手续费、短款和折扣，一次核销发票；超过允许的尾差不能登记。")
    return _page(work, title, note, customer, items, icon="cash").render(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
@page("settlement.write")
def offset(request: HttpRequest, work: Work) -> HttpResponse:
    """应收冲应付, by agreement."""
    title = _("应收冲应付")
    customer = customer_asked(request, work)
    if customer is None:
        return _whose(request, work, title)
    items = receivables_of(customer, work.organization.currency)
    form = OffsetForm(request.POST or None, items=items, work=work)
    if form.is_valid():
        values = form.cleaned_data
        new = NewOffset(
            customer.pk, values["amount"], values["agreement"], values["on"], values["items"], values["memo"]
        )
        try:
            [made] = offset_payables([new], actor=work.actor, today=work.today)
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("已抵账 %s。") % made.number)
            return redirect(document_url(work, made.id))
    note = _("按抵账协议，用我方欠对方的应付冲减应收，双方都不付款。")
    return _page(work, title, note, customer, items, icon="arrows-exchange").render(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
@page("settlement.write")
def transfer(request: HttpRequest, work: Work) -> HttpResponse:
    """债务转让 to another customer, by an agreement of all three."""
    title = _("债务转让")
    customer = customer_asked(request, work)
    if customer is None:
        return _whose(request, work, title)
    items = receivables_of(customer, None)
    form = TransferForm(request.POST or None, items=items, customer=customer, work=work)
    if form.is_valid():
        values = form.cleaned_data
        new = NewTransfer(
            UUID(values["item"]), values["to"], values["agreement"], values["on"], values["amount"]
        )
        try:
            [(given, taken)] = transfer_debts([new], actor=work.actor, today=work.today)
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(
                request, _("已转让：%(out)s → %(into)s。") % {"out": given.number, "into": taken.number}
            )
            return redirect(document_url(work, taken.id))
    note = _("按三方协议由另一个客户承担债务，到期日不变。")
    others = visible_customers(work).exclude(pk=customer.pk).order_by("sort_key", "pk")
    return _page(work, title, note, customer, items, icon="arrow-right").render(
        request, form, customers=list(others.values_list("code", "name")[:CUSTOMERS_OFFERED])
    )


def _whose(request: HttpRequest, work: Work, title: str) -> HttpResponse:
    return ask_customer(
        request,
        work,
        title=title,
        note=_("先选择客户。"),
        crumbs=[settlements_crumb(work)],
        back_url=address(work, "settlements"),
    )


def _page(
    work: Work, title: str, note: str, customer: Customer, items: Sequence[OpenItem], *, icon: str
) -> FormPage:
    return FormPage(
        title=title,
        submit=title,
        back_url=address(work, "settlements"),
        crumbs=[settlements_crumb(work)],
        note=note,
        over=customer.name,
        icon=icon,
        facts=customer_facts(work, customer, items),
    )

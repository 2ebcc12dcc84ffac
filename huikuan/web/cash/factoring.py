"""保理: handing receivables of a customer to a factor, and ending a loan against one."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods

from huikuan.cash.operations import NewFactoring, factor_receivables, settle_factored
from huikuan.cash.queries import factored_items
from huikuan.core.errors import HuikuanError
from huikuan.ledger.models import OpenItem
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
from huikuan.web.pages import Work, page


class FactoringForm(forms.Form):
    """The contract, the money, and what is handed over."""

    with_recourse = forms.ChoiceField(
        label=_l("追索权"),
        choices=[
            ("no", _l("无追索权：应收卖断，终止确认")),
            ("yes", _l("有追索权：以应收借款，应收仍在账上")),
        ],
    )
    contract = forms.CharField(label=_l("保理合同号"), max_length=100)
    factor = forms.CharField(label=_l("保理商"), max_length=200)
    on = DayField(label=_l("保理日期"))
    proceeds = AmountField(label=_l("到账金额"))
    allowance = AmountField(
        label=_l("转销的坏账准备"), required=False, help_text=_l("只用于无追索权；其余差额记入投资收益。")
    )

    def __init__(self, *args: Any, items: Sequence[OpenItem], work: Work, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["items"] = ItemsField(items, label=_("转让哪些应收"), help_text=_("转让全部未核销余额。"))
        self.fields["on"].initial = work.today


class LoanForm(forms.Form):
    """How a loan against an item ends."""

    by_customer = forms.ChoiceField(
        label=_l("怎样了结"),
        choices=[("yes", _l("客户已付款给保理商")), ("no", _l("我方归还借款，应收收回"))],
    )
    amount = AmountField(label=_l("金额"))
    on = DayField(label=_l("日期"))


@require_http_methods(["GET", "HEAD", "POST"])
@page("settlement.write")
def factor(request: HttpRequest, work: Work) -> HttpResponse:
    """Hand receivables of a customer to a factor."""
    title, back = _("保理转让"), address(work, "settlements")
    customer = customer_asked(request, work)
    crumbs = [settlements_crumb(work)]
    if customer is None:
        return ask_customer(request, work, title=title, note=_("先选择客户。"), crumbs=crumbs, back_url=back)
    items = receivables_of(customer, work.organization.currency)
    form = FactoringForm(request.POST or None, items=items, work=work)
    if form.is_valid():
        values = form.cleaned_data
        new = NewFactoring(
            contract=values["contract"],
            factor=values["factor"],
            with_recourse=values["with_recourse"] == "yes",
            on=values["on"],
            item_ids=values["items"],
            proceeds=values["proceeds"],
            allowance=values["allowance"] or Decimal(0),
        )
        try:
            factor_receivables(new, actor=work.actor, today=work.today)
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("已登记保理 %s。") % values["contract"])
            return redirect(back)
    shown = FormPage(
        title=title,
        submit=_("登记保理"),
        back_url=back,
        crumbs=crumbs,
        over=customer.name,
        icon="building-bank",
        facts=customer_facts(work, customer, items),
    )
    return shown.render(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
@page("settlement.write")
def end_loan(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """The loan against a factored item ends, or a part of it."""
    line: Any = factored_items(running=True).filter(pk=key).first()
    if line is None:
        raise Http404
    currency, left = work.organization.currency, line.amount - line.paid
    initial = {"amount": plain(left, currency), "on": work.today}
    form = LoanForm(request.POST or None, initial=initial)
    if form.is_valid():
        values = form.cleaned_data
        try:
            settle_factored(
                factored_item_id=line.pk,
                by_customer=values["by_customer"] == "yes",
                amount=values["amount"],
                on=values["on"],
                actor=work.actor,
                today=work.today,
            )
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("保理已了结 %s。") % values["amount"])
            return redirect(address(work, "settlements"))
    shown = FormPage(
        title=_("了结保理"),
        submit=_("登记"),
        back_url=address(work, "settlements"),
        crumbs=[settlements_crumb(work)],
        over=f"{line.factoring.contract} · {line.item.document.number}",
        facts=[
            {"label": _("客户"), "value": line.item.customer.name},
            {"label": _("保理商"), "value": line.factoring.factor},
            {"label": _("转让金额"), "value": line.amount, "kind": "money", "currency": currency},
            {"label": _("未了结"), "value": left, "kind": "money", "currency": currency, "strong": True},
        ],
    )
    return shown.render(request, form)

"""Receiving a bill, and what is done with one: each a form that calls one operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods

from huikuan.cash.models import AcceptorClass, Bill, BillKind, BillState
from huikuan.cash.operations import (
    Endorsement,
    NewBill,
    collect_bills,
    discount_bills,
    dishonour_bills,
    endorse_bills,
    receive_bills,
    settle_matured_bills,
    split_bill,
    withdraw_bills,
)
from huikuan.cash.queries import cash_policy
from huikuan.core.errors import HuikuanError
from huikuan.ledger.models import OpenItem
from huikuan.web.cash.parts import (
    FormPage,
    ItemsField,
    address,
    ask_customer,
    bill_or_404,
    bills_crumb,
    customer_asked,
    customer_facts,
    plain,
    receivables_of,
)
from huikuan.web.cash.words import short_number
from huikuan.web.fields import AmountField, DayField
from huikuan.web.pages import Work, page
from huikuan.web.templatetags.money import money

PERCENT = Decimal(100)


class ReceiveForm(forms.Form):
    """What stands on a bill, and what it settles."""

    number = forms.CharField(
        label=_l("票据号"),
        max_length=30,
        min_length=30,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text=_l("30 位数字，也就是票据包号。"),
    )
    face = AmountField(label=_l("票面金额"))
    acceptor = forms.CharField(
        label=_l("承兑人"), max_length=200, help_text=_l("银承填承兑银行，商承填承兑企业。")
    )
    drawer = forms.CharField(label=_l("出票人"), max_length=200, required=False)
    kind = forms.ChoiceField(
        label=_l("种类"), choices=[("", _l("按承兑人判断")), *BillKind.choices], required=False
    )
    acceptor_class = forms.ChoiceField(
        label=_l("承兑人类别"),
        choices=[("", _l("按承兑人判断")), *AcceptorClass.choices],
        required=False,
        help_text=_l("决定背书和贴现后是否终止确认。"),
    )
    issued_on = DayField(label=_l("出票日"))
    matures_on = DayField(label=_l("到期日"))
    received_on = DayField(label=_l("收票日"))
    range_from = forms.IntegerField(label=_l("子票区间起"), required=False, min_value=1)
    range_to = forms.IntegerField(
        label=_l("子票区间止"),
        required=False,
        min_value=1,
        help_text=_l("可拆分的票据填写，每 0.01 元一个号；没有就留空。"),
    )
    memo = forms.CharField(label=_l("备注"), max_length=1000, required=False)

    def __init__(self, *args: Any, items: Sequence[OpenItem], **options: Any) -> None:
        super().__init__(*args, **options)
        if items:
            self.fields["items"] = ItemsField(
                items,
                label=_("核销哪些应收"),
                required=False,
                help_text=_("不选则从最早到期的开始核销；超出部分留作客户的贷项。"),
            )

    def bill(self, customer_id: UUID) -> NewBill:
        """The bill; only of a valid form."""
        values = self.cleaned_data
        return NewBill(
            customer_id=customer_id,
            number=values["number"],
            acceptor=values["acceptor"],
            face=values["face"],
            issued_on=values["issued_on"],
            matures_on=values["matures_on"],
            received_on=values["received_on"],
            drawer=values["drawer"],
            kind=values["kind"],
            acceptor_class=values["acceptor_class"],
            range_from=values["range_from"] or 0,
            range_to=values["range_to"] or 0,
            item_ids=values.get("items") or (),
            memo=values["memo"],
        )


@require_http_methods(["GET", "HEAD", "POST"])
@page("bill.write")
def receive(request: HttpRequest, work: Work) -> HttpResponse:
    """收票: a bill from a customer, which settles what it owes."""
    title, back = _("收票"), address(work, "bills")
    customer = customer_asked(request, work)
    if customer is None:
        note = _("先选择交来票据的客户。")
        return ask_customer(request, work, title=title, note=note, crumbs=[bills_crumb(work)], back_url=back)
    items = receivables_of(customer, work.organization.currency)
    form = ReceiveForm(request.POST or None, items=items, initial={"received_on": work.today})
    if form.is_valid():
        try:
            [bill] = receive_bills([form.bill(customer.pk)], actor=work.actor, today=work.today)
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("已收票 %s，并核销了客户的应收。") % short_number(bill))
            return redirect(address(work, "bill", bill.pk))
    shown = FormPage(
        title=title,
        submit=_("收票"),
        back_url=back,
        crumbs=[bills_crumb(work)],
        over=customer.name,
        icon="receipt",
        facts=customer_facts(work, customer, items),
    )
    return shown.render(request, form)


class DayForm(forms.Form):
    """On which day it happened."""

    on = DayField(label=_l("日期"))

    def __init__(self, *args: Any, bill: Bill, work: Work, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["on"].initial = work.today


class DerecogniseForm(DayForm):
    """Besides, whether the bill leaves the books."""

    derecognise = forms.ChoiceField(label=_l("终止确认"))

    def __init__(self, *args: Any, bill: Bill, work: Work, **options: Any) -> None:
        super().__init__(*args, bill=bill, work=work, **options)
        leaves = bill.acceptor_class in cash_policy().derecognises
        usual = _("终止确认") if leaves else _("不终止确认")
        choice = self.fields["derecognise"]
        assert isinstance(choice, forms.ChoiceField)
        label = AcceptorClass(bill.acceptor_class).label
        choice.required = False
        choice.choices = [
            ("", _("按政策：%(class)s，%(usual)s") % {"class": label, "usual": usual}),
            ("yes", _("终止确认：风险已转移")),
            ("no", _("不终止确认：可能被追索")),
        ]

    @property
    def chosen(self) -> bool | None:
        """What was chosen; None: the policy decides."""
        return {"yes": True, "no": False}.get(self.cleaned_data["derecognise"])


class EndorseForm(DerecogniseForm):
    """To whom, and how much of it."""

    endorsee = forms.CharField(label=_l("被背书人"), max_length=200)
    field_order = ("endorsee", "amount", "on", "derecognise")

    def __init__(self, *args: Any, bill: Bill, work: Work, **options: Any) -> None:
        super().__init__(*args, bill=bill, work=work, **options)
        currency = work.organization.currency
        self.fields["amount"] = AmountField(
            currency=currency,
            label=_("背书金额"),
            initial=plain(bill.face, currency),
            help_text=_("少于票面时先拆分，背书其中一部分。")
            if bill.range_to
            else _("这张票据不可拆分，只能整张背书。"),
        )
        self.order_fields(self.field_order)


class DiscountForm(DerecogniseForm):
    """Where, and at what rate."""

    bank = forms.CharField(label=_l("贴现银行"), max_length=200)
    rate = forms.DecimalField(
        label=_l("贴现年利率（%）"),
        min_value=Decimal(0),
        max_value=Decimal("35.99"),
        max_digits=8,
        decimal_places=4,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text=_l("利息 = 票面金额 × 年利率 × 到兑付日的天数 ÷ 360。"),
    )
    field_order = ("bank", "rate", "on", "derecognise")


class ReasonForm(DayForm):
    """Why."""

    reason = forms.CharField(label=_l("拒付理由"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))


class WithdrawForm(DayForm):
    """Why it had been entered by mistake."""

    reason = forms.CharField(
        label=_l("原因"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_l("写入审计轨迹，以后查得到。"),
    )

    def __init__(self, *args: Any, bill: Bill, work: Work, **options: Any) -> None:
        super().__init__(*args, bill=bill, work=work, **options)
        del self.fields["on"]


class SplitForm(DayForm):
    """What the first part is; the rest is the second."""

    def __init__(self, *args: Any, bill: Bill, work: Work, **options: Any) -> None:
        super().__init__(*args, bill=bill, work=work, **options)
        currency = work.organization.currency
        self.fields["amount"] = AmountField(
            currency=currency,
            label=_("拆出金额"),
            help_text=_("其余 %s 减去这个金额，成为第二张子票。") % money(bill.face, currency),
        )
        self.order_fields(("amount", "on"))


Run = Callable[[Bill, Any, Work], object]


def _endorse(bill: Bill, form: Any, work: Work) -> object:
    values = form.cleaned_data
    return endorse_bills(
        [Endorsement(bill.pk, values["amount"])],
        endorsee=values["endorsee"],
        on=values["on"],
        derecognise=form.chosen,
        actor=work.actor,
        today=work.today,
    )


def _discount(bill: Bill, form: Any, work: Work) -> object:
    values = form.cleaned_data
    return discount_bills(
        [bill.pk],
        bank=values["bank"],
        rate=values["rate"] / PERCENT,
        on=values["on"],
        derecognise=form.chosen,
        actor=work.actor,
        today=work.today,
    )


def _collect(bill: Bill, form: Any, work: Work) -> object:
    return collect_bills([bill.pk], on=form.cleaned_data["on"], actor=work.actor, today=work.today)


def _settle(bill: Bill, form: Any, work: Work) -> object:
    return settle_matured_bills([bill.pk], on=form.cleaned_data["on"], actor=work.actor, today=work.today)


def _dishonour(bill: Bill, form: Any, work: Work) -> object:
    values = form.cleaned_data
    return dishonour_bills(
        [bill.pk], on=values["on"], reason=values["reason"], actor=work.actor, today=work.today
    )


def _split(bill: Bill, form: Any, work: Work) -> object:
    values = form.cleaned_data
    return split_bill(
        bill_id=bill.pk,
        amounts=[values["amount"], bill.face - values["amount"]],
        on=values["on"],
        actor=work.actor,
        today=work.today,
    )


def _withdraw(bill: Bill, form: Any, work: Work) -> object:
    return withdraw_bills([bill.pk], reason=form.cleaned_data["reason"], actor=work.actor, today=work.today)


@dataclass(frozen=True)
class BillAct:
    """Something done with a bill: from which states, what is asked, what it calls, what it means."""

    title: str | Promise
    done: str | Promise
    note: str | Promise
    icon: str
    form: type[DayForm]
    run: Run
    states: tuple[str, ...] = (BillState.HELD,)


_PASSED_ON = (BillState.ENDORSED, BillState.DISCOUNTED)
ACTS: Mapping[str, BillAct] = {
    "endorse": BillAct(
        _l("背书"),
        _l("已背书。"),
        _l("用票据支付供应商，冲减应付账款。"),
        "arrow-right",
        EndorseForm,
        _endorse,
    ),
    "discount": BillAct(
        _l("贴现"),
        _l("已贴现。"),
        _l("把票据卖给银行，扣除利息后到账。"),
        "discount",
        DiscountForm,
        _discount,
    ),
    "collect": BillAct(
        _l("托收收款"), _l("已收款。"), _l("到期提示付款，票款已经到账。"), "cash", DayForm, _collect
    ),
    "settle": BillAct(
        _l("确认兑付"),
        _l("已确认兑付，追索风险解除。"),
        _l("承兑人已向持票人付款；仍在账上的票据同时转出。"),
        "circle-check",
        DayForm,
        _settle,
        _PASSED_ON,
    ),
    "dishonour": BillAct(
        _l("拒付"),
        _l("已登记拒付，原来核销的应收恢复未核销，账龄连续计算。"),
        _l(
            "从拒付日起撤销收票的核销，应收按原来的到期日继续计算账龄；已背书或贴现的，同时登记被追索付出的款项。"
        ),
        "receipt-off",
        ReasonForm,
        _dishonour,
        (BillState.HELD, *_PASSED_ON),
    ),
    "split": BillAct(
        _l("拆分"),
        _l("已拆分。"),
        _l("按子票区间拆成两张，金额之和不变，不产生分录。"),
        "copy",
        SplitForm,
        _split,
    ),
    "withdraw": BillAct(
        _l("撤销收票"),
        _l("已撤销收票，就像没有收到过。"),
        _l("用于录错的票据；核销一并撤销，票据号可以重新登记。"),
        "arrow-back-up",
        WithdrawForm,
        _withdraw,
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
@page("bill.write")
def act_on_bill(request: HttpRequest, work: Work, key: UUID, act: str) -> HttpResponse:
    """Do something with a bill."""
    wanted = ACTS.get(act)
    if wanted is None:
        raise Http404
    bill = bill_or_404(work, key)
    back = address(work, "bill", bill.pk)
    if bill.state not in wanted.states:
        messages.error(
            request,
            _("票据现在是“%s”，不能这样处理。") % BillState(bill.state).label,
        )
        return redirect(back)
    form = wanted.form(request.POST or None, bill=bill, work=work)
    if request.method == "POST" and form.is_valid():
        try:
            wanted.run(bill, form, work)
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, str(wanted.done))
            return redirect(back)
    currency = work.organization.currency
    shown = FormPage(
        title=wanted.title,
        submit=wanted.title,
        back_url=back,
        crumbs=[bills_crumb(work), {"label": short_number(bill), "url": back}],
        note=wanted.note,
        over=f"{BillKind(bill.kind).label} {short_number(bill)}",
        icon=wanted.icon,
        facts_title=_("票据"),
        facts=[
            {
                "label": _("票面金额"),
                "value": bill.face,
                "kind": "money",
                "currency": currency,
                "strong": True,
            },
            {"label": _("到期日"), "value": bill.matures_on, "kind": "date"},
            {"label": _("承兑人"), "value": bill.acceptor},
            {"label": _("交票客户"), "value": bill.customer.name},
        ],
    )
    return shown.render(request, form)

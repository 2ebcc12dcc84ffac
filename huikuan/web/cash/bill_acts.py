"""Receiving a bill, and what is done with one: each a form that calls one operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods

from huikuan.approvals.operations import Outcome
from huikuan.cash.models import Bill, BillKind, BillState
from huikuan.cash.operations import (
    collect_bills,
    dishonour_bills,
    receive_bills,
    receive_opening_bills,
    settle_matured_bills,
    split_bill,
    withdraw_bills,
)
from huikuan.cash.requests import DISCOUNT, ENDORSEMENT, ask_discount, ask_endorsement
from huikuan.core.errors import HuikuanError
from huikuan.web.approvals.waiting import asking_words, to_request
from huikuan.web.cash.bill_forms import (
    DayForm,
    DiscountForm,
    EndorseForm,
    ReasonForm,
    ReceiveForm,
    SplitForm,
    WithdrawForm,
)
from huikuan.web.cash.parts import (
    FormPage,
    address,
    ask_customer,
    bill_or_404,
    bills_crumb,
    customer_asked,
    customer_facts,
    receivables_of,
)
from huikuan.web.cash.words import short_number
from huikuan.web.pages import Work, page

PERCENT = Decimal(100)


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
            take_in = receive_opening_bills if form.cleaned_data["opening"] else receive_bills
            [bill] = take_in([form.bill(customer.pk)], actor=work.actor, today=work.today)
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            done = (
                _("已录入期初票据 %s。")
                if form.cleaned_data["opening"]
                else _("已收票 %s，并核销了客户的应收。")
            )
            messages.success(request, done % short_number(bill))
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


Run = Callable[[Bill, Any, Work], object]


def _endorse(bill: Bill, form: Any, work: Work) -> object:
    values = form.cleaned_data
    return ask_endorsement(
        bill,
        amount=values["amount"],
        endorsee=values["endorsee"],
        on=values["on"],
        derecognise=form.chosen,
        actor=work.actor,
        today=work.today,
    )


def _discount(bill: Bill, form: Any, work: Work) -> object:
    values = form.cleaned_data
    return ask_discount(
        bill,
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
    kind: str = ""  # of a request, where it can be put up for approval


_PASSED_ON = (BillState.ENDORSED, BillState.DISCOUNTED)
ACTS: Mapping[str, BillAct] = {
    "endorse": BillAct(
        _l("背书"),
        _l("已背书。"),
        _l("用票据支付供应商，冲减应付账款。"),
        "arrow-right",
        EndorseForm,
        _endorse,
        kind=ENDORSEMENT,
    ),
    "discount": BillAct(
        _l("贴现"),
        _l("已贴现。"),
        _l("把票据卖给银行，扣除利息后到账。"),
        "discount",
        DiscountForm,
        _discount,
        kind=DISCOUNT,
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
            done = wanted.run(bill, form, work)
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            waiting = to_request(request, work, done) if isinstance(done, Outcome) else None
            if waiting is None:
                messages.success(request, str(wanted.done))
            return waiting or redirect(back)
    currency = work.organization.currency
    note, submit = str(wanted.note), str(wanted.title)
    if wanted.kind:
        note, submit = asking_words(wanted.kind, note=note, submit=submit)
    shown = FormPage(
        title=wanted.title,
        submit=submit,
        back_url=back,
        crumbs=[bills_crumb(work), {"label": short_number(bill), "url": back}],
        note=note,
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

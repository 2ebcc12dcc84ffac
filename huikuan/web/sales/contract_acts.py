"""What is done to contracts: signed, changed, ended, billed; milestones and deliveries confirmed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huikuan.core.errors import HuikuanError
from huikuan.core.money import UnusableAmount, currency_exponent, is_currency
from huikuan.organizations.actors import Actor
from huikuan.sales.contracts import Contract, PlanLine, Trigger
from huikuan.sales.operations import (
    ContractChange,
    NewContract,
    bill_due,
    cancel_contract,
    change_contract,
    confirm_milestone,
    report_delivery,
    sign_contracts,
)
from huikuan.sales.plan_queries import line_facts
from huikuan.web.pages import Work, page
from huikuan.web.sales import contract_forms as asked
from huikuan.web.sales.contract_rows import contract_for, contract_url
from huikuan.web.sales.contracts import crumbs
from huikuan.web.sales.orders import visible_orders
from huikuan.web.scopes import visible
from huikuan.web.templatetags.money import money


@require_http_methods(["GET", "HEAD", "POST"])
@page("order.write")
def contract_new(request: HttpRequest, work: Work) -> HttpResponse:
    """登记合同: the head and the plan, which adds up while one types."""
    data = request.POST if request.method == "POST" else None
    form = asked.ContractForm(
        data,
        seen=visible(work.actor),
        base=work.organization.currency,
        initial={"signed_on": work.today, **_of_order(work, request.GET.get("order", ""))},
    )
    plan = asked.PlanForm(data, initial=asked.starting_plan(work.today))
    if data is not None and form.is_valid():
        values = form.cleaned_data
        lines = plan.lines()
        if lines is None:
            form.add_error(None, plan.error)
        else:
            new = NewContract(
                customer_id=values["customer"].pk,
                name=values["name"],
                number=values["number"],
                amount=values["amount"],
                tax_code=values["tax_code"],
                currency=values["currency"],
                signed_on=values["signed_on"],
                ends_on=values["ends_on"],
                memo=values["memo"],
                salesperson_id=values["salesperson"].pk if values["salesperson"] else None,
                order_id=values["order"].pk if values["order"] else None,
                plan=lines,
            )
            try:
                [key] = sign_contracts([new], actor=work.actor)
            except HuikuanError as error:
                form.add_error(None, error.message)
            else:
                messages.success(request, _("已登记合同。"))
                return redirect(
                    contract_url(work, key) or reverse("contracts", args=[work.organization.code])
                )
    context = {
        "form": form,
        "plan": plan,
        "outcome": _outcome(work, plan, data),
        "title": _("登记合同"),
        "submit": _("登记合同"),
        "back_url": reverse("contracts", args=[work.organization.code]),
        "breadcrumbs": [
            {"label": pgettext("plural", "合同"), "url": reverse("contracts", args=[work.organization.code])},
            {"label": _("登记合同")},
        ],
    }
    return render(request, "sales/contract_form.html", context, status=422 if form.errors else 200)


def _of_order(work: Work, number: str) -> dict[str, Any]:
    """What a contract begins with that is signed for an order."""
    order = visible_orders(visible(work.actor)).filter(number=number).first() if number else None
    if order is None:
        return {}
    return {
        "customer": order.customer.code,
        "order": order.number,
        "salesperson": order.salesperson_id,
        "amount": f"{order.amount:.{currency_exponent(order.currency)}f}",
        "currency": order.currency,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@page("order.write")
def contract_change(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """变更合同: what was billed stays, the rest is planned anew."""
    found = contract_for(work, key)
    facts = line_facts([found.pk])
    billed = sum((each.kept for each in facts), Decimal(0))
    data = request.POST if request.method == "POST" else None
    places = currency_exponent(found.currency)
    form = asked.ChangeForm(
        data,
        initial={
            "amount": f"{found.amount:.{places}f}",
            "ends_on": found.ends_on,
            "revision": found.revision,
        },
    )
    rest = [each.line for each in facts if not each.billed]
    plan = asked.PlanForm(data, initial=asked.rest_of_plan(found, rest))
    if data is not None and form.is_valid():
        values = form.cleaned_data
        lines = plan.lines()
        if lines is None:
            form.add_error(None, plan.error)
        else:
            change = ContractChange(contract_id=found.pk, plan=lines, **values)
            try:
                change_contract(change, actor=work.actor, today=work.today)
            except HuikuanError as error:
                form.add_error(None, error.message)
            else:
                messages.success(request, _("已变更合同，此前的计划留在变更记录里。"))
                return redirect(contract_url(work, found.pk))
    context = {
        "contract": found,
        "form": form,
        "plan": plan,
        "outcome": _outcome(work, plan, data, found, billed),
        "title": _("变更合同"),
        "note": _("已开票 %s 不变；下面是还没有开票的部分。") % money(billed, found.currency),
        "submit": _("变更合同"),
        "back_url": contract_url(work, found.pk),
        "breadcrumbs": crumbs(work, found, _("变更合同")),
    }
    return render(request, "sales/contract_form.html", context, status=422 if form.errors else 200)


@require_POST
@page("order.write")
def plan_check(request: HttpRequest, work: Work) -> HttpResponse:
    """Whether the plan that is being typed adds up; nothing is written."""
    key = request.POST.get("contract", "")
    found = contract_for(work, UUID(key)) if key and _is_key(key) else None
    billed = sum((each.kept for each in line_facts([found.pk])), Decimal(0)) if found else Decimal(0)
    outcome = _outcome(work, asked.PlanForm(request.POST), request.POST, found, billed)
    return render(request, "sales/plan_check.html", {"outcome": outcome})


@require_safe
@page("order.write")
def plan_row(request: HttpRequest, work: Work) -> HttpResponse:
    """One more row of a plan."""
    text = request.GET.get("at", "0")
    at = int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else 0
    plan = asked.PlanForm(None, initial=[{}])
    plan.forms = [asked.LineForm(prefix=f"line-{at}")]
    return render(request, "sales/plan_row.html", {"line": plan.forms[0], "more": True, "next_row": at + 1})


def _outcome(
    work: Work, plan: asked.PlanForm, data: Any, found: Contract | None = None, billed: Decimal = Decimal(0)
) -> dict[str, Any]:
    if data is None:
        return {"wrong": "", "rows": []}
    currency = found.currency if found else str(data.get("currency", "")).strip().upper()
    if not is_currency(currency):
        currency = work.organization.currency
    amount = asked.number_of(str(data.get("amount", "")))
    try:
        return asked.plan_outcome(plan, amount=amount, currency=currency, billed=billed)
    except UnusableAmount:
        return {"wrong": _("金额太大。"), "rows": []}


def _is_key(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


@require_http_methods(["GET", "HEAD", "POST"])
@page("order.write")
def contract_cancel(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """终止合同: it comes down to what was billed."""
    found = contract_for(work, key)
    form = asked.CancelForm(request.POST or None, initial={"revision": found.revision})
    if form.is_valid():
        values = form.cleaned_data
        try:
            dropped = cancel_contract(found.pk, actor=work.actor, today=work.today, **values)
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("合同已终止，不再开票的金额 %s。") % money(dropped, found.currency))
            return redirect(contract_url(work, found.pk))
    note = _("已开票的部分不变；没有开票的计划全部取消，合同金额降到已开票的金额。")
    return _act_page(request, work, found, form, title=_("终止合同"), submit=_("终止合同"), note=note)


@require_http_methods(["GET", "HEAD", "POST"])
@page("order.write")
def contract_milestone(request: HttpRequest, work: Work, key: UUID, line: UUID) -> HttpResponse:
    """确认里程碑: it happened; what depends on it is billed at once by those who may."""
    found = contract_for(work, key)
    row = _line(found, line, (Trigger.MILESTONE, Trigger.RETENTION))
    form = asked.MilestoneForm(request.POST or None, initial={"on": work.today})
    if form.is_valid():
        values = form.cleaned_data
        try:
            with transaction.atomic():
                confirm_milestone(
                    found.pk,
                    milestone=row.milestone,
                    happened_on=values["on"],
                    note=values["note"],
                    actor=work.actor,
                    today=work.today,
                )
                number = _billed_at_once(work.actor, found, work)
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _told(_("已确认里程碑「%s」。") % row.milestone, number))
            return redirect(contract_url(work, found.pk))
    title = _("确认达成：%s") % row.milestone
    return _act_page(request, work, found, form, title=title, submit=_("确认达成"), note="")


@require_http_methods(["GET", "HEAD", "POST"])
@page("order.write")
def contract_delivery(request: HttpRequest, work: Work, key: UUID, line: UUID) -> HttpResponse:
    """登记交付: so much more was delivered; its share is billed at once by those who may."""
    found = contract_for(work, key)
    row = _line(found, line, (Trigger.QUANTITY,))
    form = asked.DeliveryForm(request.POST or None, initial={"on": work.today})
    if form.is_valid():
        values = form.cleaned_data
        try:
            with transaction.atomic():
                report_delivery(
                    row.pk,
                    quantity=values["quantity"],
                    happened_on=values["on"],
                    note=values["note"],
                    actor=work.actor,
                    today=work.today,
                )
                number = _billed_at_once(work.actor, found, work)
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _told(_("已登记交付。"), number))
            return redirect(contract_url(work, found.pk))
    title = _("登记交付：%s") % row.name
    return _act_page(request, work, found, form, title=title, submit=_("登记交付"), note="")


@require_http_methods(["GET", "HEAD", "POST"])
@page("invoice.record")
def contract_bill(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """开票: everything that the plan of one contract has due today."""
    found = contract_for(work, key)
    form = forms.Form(request.POST or None)
    if request.method == "POST":
        run = bill_due(on=work.today, actor=work.actor, today=work.today, contract_ids=[found.pk])
        if run.invoices:
            messages.success(request, _("已开应收单 %s。") % run.invoices[0].number)
        else:
            messages.info(request, _("今天没有到期未开票的款项，没有重复开票。"))
        return redirect(contract_url(work, found.pk))
    note = _("把收款计划中今天已到条件的款项一次开成应收单；到期日按各行的付款期限。")
    return _act_page(request, work, found, form, title=_("按计划开票"), submit=_("开票"), note=note)


def _line(found: Contract, key: UUID, triggers: tuple[Trigger, ...]) -> PlanLine:
    row = PlanLine.objects.filter(pk=key, contract=found, ended_act=None, trigger__in=triggers).first()
    if row is None:
        raise Http404
    return row


def _billed_at_once(actor: Actor, found: Contract, work: Work) -> str:
    """The number of the invoice that came of it, where the actor may make one."""
    if not actor.may("invoice.record"):
        return ""
    run = bill_due(on=work.today, actor=actor, today=work.today, contract_ids=[found.pk])
    return run.invoices[0].number if run.invoices else ""


def _told(text: str, number: str) -> str:
    return text + (_("已开应收单 %s。") % number if number else _("款项由财务按计划开票。"))


def _act_page(
    request: HttpRequest, work: Work, found: Contract, form: forms.Form, *, title: str, submit: str, note: str
) -> HttpResponse:
    context = {
        "contract": found,
        "form": form,
        "title": title,
        "submit": submit,
        "note": note,
        "over": f"{found.number} · {found.customer.name}",
        "back_url": contract_url(work, found.pk),
        "breadcrumbs": crumbs(work, found, title),
    }
    return render(request, "sales/contract_act.html", context, status=422 if form.errors else 200)

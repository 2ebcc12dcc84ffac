"""Making a repayment plan, signing it, its interest, ending it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from huikuan.collection.operations import NewPlan, add_interest, make_plan, withdraw_plan
from huikuan.collection.operations.trail import PLAN
from huikuan.collection.planned import planned_items
from huikuan.collection.queries import promised_items
from huikuan.collection.requests import ask_plan
from huikuan.collection.rules import PromiseState
from huikuan.core.errors import HuikuanError
from huikuan.disputes.queries import disputed_amounts
from huikuan.files.operations import attach_file
from huikuan.ledger.models import OpenItem, Side
from huikuan.web.collection.case import ITEMS, chosen_items
from huikuan.web.collection.forms import ReasonForm
from huikuan.web.collection.parts import customer_of
from huikuan.web.collection.plan_forms import InterestForm, PlanForm, SignForm
from huikuan.web.collection.plans import crumbs, plan_of
from huikuan.web.collection.words import case_url, list_url, plan_url
from huikuan.web.pages import Work, page
from huikuan.web.sales.invoices import ask_first
from huikuan.web.templatetags.money import money

Row = dict[str, Any]


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.write")
def plan_new(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """拟定还款计划: which items, in how many instalments, and when it is broken."""
    customer = customer_of(work, key)
    posted = request.POST if request.method == "POST" else None
    form = PlanForm(work.organization.currency, work.today, posted)
    if posted is not None and form.is_valid():
        items = chosen_items(request)
        try:
            owed = sum(
                OpenItem.objects.filter(pk__in=items).values_list("open_amount", flat=True), Decimal(0)
            )
            new = NewPlan(customer_id=customer.pk, made_on=work.today, item_ids=items, **form.wanted(owed))
            made = make_plan(new, actor=work.actor, today=work.today)
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("还款计划已拟定。打印请对方签字后，在这里登记签署。"))
            return redirect(plan_url(work, made.pk))
    context = {
        "customer": customer,
        "form": form,
        "items": _items_to_plan(
            work, customer.pk, set(chosen_items(request)) if posted is not None else None
        ),
        "back_url": case_url(work, key),
        "breadcrumbs": [
            {"label": _("催收"), "url": list_url(work)},
            {"label": customer.name, "url": case_url(work, key)},
            {"label": _("拟定还款计划")},
        ],
    }
    return render(request, "collection/plan_new.html", context, status=422 if form.errors else 200)


def _items_to_plan(work: Work, customer_id: UUID, ticked: set[UUID] | None) -> list[Row]:
    found = OpenItem.objects.filter(customer_id=customer_id, side=Side.DEBIT, open_amount__gt=0)
    items = list(found.select_related("document").order_by("effective_due_on", "pk")[:ITEMS])
    keys = [item.pk for item in items]
    planned, promised, disputed = planned_items(keys), promised_items(keys), disputed_amounts(keys)
    rows = []
    for item in items:
        promise = promised.get(item.pk)
        held = item.pk in planned or (promise is not None and promise.state == PromiseState.OPEN)
        late = item.effective_due_on is not None and item.effective_due_on < work.today
        rows.append(
            {
                "key": item.pk,
                "number": item.document.number,
                "due_on": item.effective_due_on,
                "amount": item.open_amount,
                "currency": item.currency,
                "code": item.currency if item.currency != work.organization.currency else "",
                "held": _("已在还款计划里") if item.pk in planned else _("已承诺付款") if held else "",
                "ticked": item.pk in ticked
                if ticked is not None
                else late
                and not held
                and item.pk not in disputed
                and item.currency == work.organization.currency,
            }
        )
    return rows


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.write")
def plan_sign(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """登记签署: with the signed paper."""
    found = plan_of(work, key)
    form = SignForm(
        request.POST if request.method == "POST" else None,
        request.FILES if request.method == "POST" else None,
        initial={"signed_on": work.today},
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            with transaction.atomic():
                if values["paper"]:
                    attach_file(
                        record_kind=PLAN, record_id=found.pk, name=values["paper"].name,
                        content=values["paper"].read(), actor=work.actor, now=timezone.now(),
                    )  # fmt: skip
                outcome = ask_plan(
                    found, signed_on=values["signed_on"], signer=values["signer"],
                    actor=work.actor, today=work.today,
                )  # fmt: skip
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            done = _("还款计划已生效：计划内的款项不再催收，每天按到账判断。")
            messages.success(request, _("已提交审批。") if outcome.pending else done)
            return redirect(plan_url(work, key))
    context = {
        "form": form,
        "plan": found,
        "over": f"{found.customer.name} · {money(found.total, found.currency)}",
        "back_url": plan_url(work, key),
        "breadcrumbs": crumbs(work, found.customer.name, _("登记签署")),
    }
    return render(request, "collection/plan_sign.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.write")
def plan_withdraw(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """终止还款计划: with the reason."""
    found = plan_of(work, key)

    def act(values: dict[str, Any]) -> str:
        withdraw_plan(key, reason=values["reason"], actor=work.actor, today=work.today)
        messages.success(request, _("还款计划已终止，其中的款项恢复催收。"))
        return plan_url(work, key)

    form = ReasonForm(request.POST if request.method == "POST" else None)
    return ask_first(
        request, work, form, act,
        title=_("终止还款计划"), submit=_("终止计划"),
        note=_("终止的计划既不算履行，也不算违约；其中的款项恢复催收。"),
        over=f"{found.customer.name} · {money(found.total, found.currency)}",
        back_url=plan_url(work, key), crumbs=crumbs(work, found.customer.name),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@page("collection.write")
def plan_interest(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """关联违约金单: the debit note over the agreed interest."""
    found = plan_of(work, key)

    def act(values: dict[str, Any]) -> str:
        item = OpenItem.objects.filter(
            customer_id=found.customer_id, side=Side.DEBIT,
            document__number=values["number"].strip(), document__voided_by=None,
        ).first()  # fmt: skip
        add_interest(key, item_id=item.pk if item else found.pk, actor=work.actor)
        messages.success(request, _("违约金单已关联。"))
        return plan_url(work, key)

    form = InterestForm(request.POST if request.method == "POST" else None)
    return ask_first(
        request, work, form, act,
        title=_("关联违约金单"), submit=_("关联"),
        note=_("约定的违约金开单之后才要求支付；在这里填写违约金单的单号。"),
        over=f"{found.customer.name} · {money(found.interest, found.currency)}",
        back_url=plan_url(work, key), crumbs=crumbs(work, found.customer.name),
    )  # fmt: skip

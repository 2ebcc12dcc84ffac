"""Repayment plans: the list, and one of them with its instalments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import pgettext, pgettext_lazy
from django.views.decorators.http import require_safe

from huikuan.collection.instalments import PlanState
from huikuan.collection.models import PlanInstalment, PlannedItem, RepaymentPlan
from huikuan.collection.operations.trail import PLAN
from huikuan.collection.queries import plans_seen
from huikuan.core.keyset import Key
from huikuan.web.collection.plan_forms import PlansForm
from huikuan.web.collection.words import case_url, contact_url, list_url, plan_state, plan_url
from huikuan.web.files.attachments import files_of
from huikuan.web.ledger.addresses import document_url
from huikuan.web.lists.context import list_context
from huikuan.web.lists.customers import customer_column
from huikuan.web.lists.declaration import Column, List, Reading, Total
from huikuan.web.lists.querysets import Order, QueryRows
from huikuan.web.pages import Work, page

Row = dict[str, Any]
ALL = "all"


def _open(parameters: QueryDict, work: Work) -> Reading[RepaymentPlan]:
    form = PlansForm(parameters)
    form.is_valid()
    wanted = {name: value for name, value in form.cleaned_data.items() if value}
    state = wanted.get("state", "")
    found = plans_seen(work.actor)
    if not state:
        found = found.filter(state__in=[PlanState.DRAFT.value, PlanState.OPEN.value])
    elif state != ALL:
        found = found.filter(state=state)
    if "customer" in wanted:
        words = wanted["customer"].strip()
        found = found.filter(Q(customer__code__iexact=words) | Q(customer__name__icontains=words))
    return Reading(
        source=QueryRows(found=found, orders=ORDERS, dressed=_dressed, summed=_summed(work)),
        form=form,
        filtered=bool(wanted),
        currency=work.organization.currency,
        empty={
            "title": _("没有还款计划"),
            "text": _("在客户的催收页面上拟定还款计划。"),
            "icon": "calendar-due",
        },
    )


def _dressed(rows: Sequence[RepaymentPlan]) -> list[RepaymentPlan]:
    return list(rows)


def _summed(work: Work) -> Any:
    def summed(found: QuerySet[RepaymentPlan]) -> Total:
        ours = found.order_by().filter(currency=work.organization.currency)
        sums = ours.aggregate(total=Sum("total"), paid=Sum("paid"))
        return Total(found.order_by().count(), {name: value for name, value in sums.items() if value})

    return summed


def _money(work: Work, row: RepaymentPlan, value: Any) -> Row:
    other = row.currency != work.organization.currency
    return {"value": value, "currency": row.currency, "code": row.currency if other else ""}


ORDERS = {
    "made": Order((Key("made_on", date),)),
    "customer": Order((Key("customer__sort_key", str),)),
}
COLUMNS: tuple[Column[RepaymentPlan], ...] = (
    customer_column(),
    Column("made", _l("拟定日期"), lambda work, row: row.made_on, kind="date", sort="made"),
    Column("signed", _l("签署日期"), lambda work, row: row.signed_on, kind="date", minor=True),
    Column("total", _l("应还"), lambda work, row: _money(work, row, row.total), kind="money", figure=True),
    Column(
        "paid", _l("已还"), lambda work, row: _money(work, row, row.paid) if row.paid else None, kind="money"
    ),
    Column("collector", _l("谁登记的"), lambda work, row: row.collector_name, minor=True),
    Column(
        "state",
        _l("状态"),
        lambda work, row: plan_state(row),
        kind="badge",
        text=lambda work, row: plan_state(row)["label"],
    ),
)
PLANS: List[RepaymentPlan] = List(
    name="collection-plans",
    title=pgettext_lazy("several", "还款计划"),
    permission="collection.read",
    columns=COLUMNS,
    default_sort="-made",
    open=_open,
    key=lambda row: row.pk,
    url=lambda work, row: plan_url(work, row.pk),
)


def crumbs(work: Work, *more: str) -> list[dict[str, str]]:
    """The way from the worklist to repayment plans."""
    way = [{"label": _("催收"), "url": list_url(work)}]
    if more:
        way.append(
            {
                "label": pgettext("several", "还款计划"),
                "url": reverse("collection-plans", args=[work.organization.code]),
            }
        )
    return [*way, *({"label": label} for label in more or (pgettext("several", "还款计划"),))]


@require_safe
@page("collection.read")
def plans(request: HttpRequest, work: Work) -> HttpResponse:
    """Repayment plans, those in force and drafts first asked for."""
    context = {**list_context(request, work, PLANS), "breadcrumbs": crumbs(work)}
    return render(request, "collection/plans.html", context)


def plan_of(work: Work, key: UUID) -> RepaymentPlan:
    """The plan if the actor may see its customer."""
    found = plans_seen(work.actor).filter(pk=key).first()
    if found is None:
        raise Http404
    return found


@require_safe
@page("collection.read")
def plan(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """One plan: its instalments and what was paid, its items, the signed paper."""
    found = plan_of(work, key)
    parts = list(PlanInstalment.objects.filter(plan=found).order_by("position"))
    items = PlannedItem.objects.filter(plan=found).select_related("item__document")
    context = {
        "plan": found,
        "state": plan_state(found),
        "facts": _facts(work, found),
        "part_columns": [
            {"label": _("期"), "whole": True, "lead": True},
            {"label": _("应还日"), "kind": "date"},
            {"label": _("应还"), "kind": "money", "figure": True},
            {"label": _("已还"), "kind": "money"},
            {"label": _("状态"), "kind": "badge"},
        ],
        "parts": [
            {
                "cells": [
                    _("第 %d 期") % each.position,
                    each.due_on,
                    _money(work, found, each.amount),
                    _money(work, found, each.paid),
                    _part_state(work, each),
                ]
            }
            for each in parts
        ],
        "columns": [
            {"label": _("单据"), "lead": True},
            {"label": _("到期日"), "kind": "date"},
            {"label": _("拟定时未付"), "kind": "money"},
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
        "files": files_of(work, PLAN, found.pk),
        "actions": _actions(work, found),
        "breadcrumbs": crumbs(work, found.customer.name),
    }
    return render(request, "collection/plan.html", context)


def _part_state(work: Work, part: PlanInstalment) -> Row:
    if part.paid >= part.amount:
        return {"label": _("已还清"), "tone": "good"}
    if part.due_on < work.today:
        return {"label": _("已过期未还"), "tone": "bad"}
    return {"label": _("今天应还") if part.due_on == work.today else _("未到期"), "tone": "notice"}


def _facts(work: Work, found: RepaymentPlan) -> list[Row]:
    amount = {"kind": "money", "currency": found.currency}
    broken = _("任一期晚于应还日 %d 天") % found.breach_days
    if found.breach_instalments:
        broken += _("，或同时有 %d 期未还") % found.breach_instalments
    rows: list[Row] = [
        {"label": _("客户"), "value": found.customer.name, "url": case_url(work, found.customer_id)},
        {"label": _("所欠"), "value": found.claimed, **amount},
        {"label": _("加收违约金"), "value": found.interest or None, **amount},
        {"label": _("付清后减免"), "value": found.waived or None, **amount},
        {"label": _("应还合计"), "value": found.total, **amount},
        {"label": _("已还"), "value": found.paid, **amount},
        {"label": _("怎样算违约"), "value": broken, "wide": True},
        {"label": _("签署日期"), "value": found.signed_on, "kind": "date"},
        {"label": _("签署人"), "value": found.signer or None},
        {"label": _("谁登记的"), "value": found.collector_name},
    ]
    if found.contact_id:
        rows[7]["url"] = contact_url(work, found.contact_id)
    if found.terms:
        rows.append({"label": _("其他约定"), "value": found.terms, "wide": True})
    if found.ended_on:
        rows.append({"label": _("结束日期"), "value": found.ended_on, "kind": "date"})
    if found.ended_for:
        rows.append({"label": _("终止原因"), "value": f"{found.ended_for}（{found.ended_by}）", "wide": True})
    return [row for row in rows if row["value"] not in (None, "")]


def _actions(work: Work, found: RepaymentPlan) -> list[Row]:
    if not work.actor.may("collection.write"):
        return []
    code, actions = work.organization.code, []

    def add(name: str, label: str, icon: str, **more: Any) -> None:
        actions.append({"label": label, "url": reverse(name, args=[code, found.pk]), "icon": icon, **more})

    if found.state == PlanState.DRAFT:
        add("collection-plan-sign", _("登记签署"), "edit", primary=True)
    if found.state == PlanState.OPEN and found.interest:
        add("collection-plan-interest", _("关联违约金单"), "link")
    if found.state in (PlanState.DRAFT, PlanState.OPEN):
        add("collection-plan-withdraw", _("终止计划"), "arrow-back-up")
    return actions

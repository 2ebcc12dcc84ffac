"""The list of contracts, and the page of one with its plan, its chain and its history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import pgettext, pgettext_lazy
from django.views.decorators.http import require_safe

from huikuan.core.keyset import Key
from huikuan.core.names import folded
from huikuan.sales.chain import CONTRACT
from huikuan.sales.contracts import Contract, ContractRevision, ContractState, PlanEvent, Trigger
from huikuan.sales.plan_queries import LineFacts, line_facts
from huikuan.web.files.attachments import files_of
from huikuan.web.ledger.addresses import customer_url, document_url
from huikuan.web.ledger.states import state_text
from huikuan.web.lists import with_query
from huikuan.web.lists.context import list_context
from huikuan.web.lists.declaration import Column, Extra, List, Reading, Total
from huikuan.web.lists.querysets import Order, QueryRows
from huikuan.web.notices.notes import notes_of
from huikuan.web.pages import Work, page
from huikuan.web.sales import contract_rows as rows
from huikuan.web.sales.addresses import order_url
from huikuan.web.sales.chains import chain_for
from huikuan.web.sales.contract_rows import ContractRow, Row, contract_for, contract_url, visible_contracts

ORDERS = {
    "on": Order((Key("signed_on", date),)),
    "number": Order((Key("number", str),)),
    "customer": Order((Key("customer__sort_key", str),)),
    "amount": Order((Key("amount", Decimal),)),
}


class ContractFilterForm(forms.Form):
    """Number or name, customer, state."""

    q = forms.CharField(
        label=_l("合同号、名称"),
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    customer = forms.CharField(label=_l("客户代码"), required=False, max_length=64)
    state = forms.ChoiceField(label=_l("状态"), required=False)

    def __init__(self, parameters: QueryDict) -> None:
        super().__init__(parameters)
        state = self.fields["state"]
        assert isinstance(state, forms.ChoiceField)
        state.choices = [("", _("全部")), ("active", _("执行中")), ("cancelled", _("已终止"))]


def _found(wanted: dict[str, Any], found: QuerySet[Contract]) -> QuerySet[Contract]:
    if "q" in wanted:
        words = folded(wanted["q"])
        found = found.filter(number__istartswith=words) | found.filter(name__icontains=wanted["q"])
    if "customer" in wanted:
        found = found.filter(customer__code=wanted["customer"])
    if "state" in wanted:
        found = found.filter(state=wanted["state"])
    return found


def _open(parameters: QueryDict, work: Work) -> Reading[ContractRow]:
    form = ContractFilterForm(parameters)
    form.is_valid()
    wanted = {name: value for name, value in form.cleaned_data.items() if value}

    def dressed(contracts: Sequence[Contract]) -> list[ContractRow]:
        return rows.contract_rows(contracts, work.today)

    return Reading(
        source=QueryRows(
            found=_found(wanted, visible_contracts(work.actor)),
            orders=ORDERS,
            dressed=dressed,
            summed=_summed,
        ),
        form=form,
        filtered=bool(wanted),
        currency=work.organization.currency,
        empty=_empty(work, filtered=bool(wanted)),
    )


def _summed(found: QuerySet[Contract]) -> Total:
    sums = found.order_by().aggregate(total=Sum("amount", default=Decimal(0)), count=Count("pk"))
    single = found.order_by().values("currency").distinct().count() <= 1
    return Total(sums["count"], {"amount": sums["total"]} if single else {})


def _empty(work: Work, *, filtered: bool) -> dict[str, Any]:
    if filtered:
        return {"title": _("没有符合条件的合同"), "text": _("换一个条件，或清除筛选。"), "icon": "file-text"}
    actions = []
    if work.actor.may("order.write"):
        url = reverse("contract-new", args=[work.organization.code])
        actions = [{"label": _("登记合同"), "url": url, "icon": "plus", "primary": True}]
    text = _("登记合同和收款计划后，到期的款项会自动变成应收。")
    return {"title": _("还没有合同"), "text": text, "icon": "file-text", "actions": actions}


def _money(row: ContractRow, amount: Decimal, work: Work) -> Row:
    currency = row.contract.currency
    return {
        "value": amount,
        "currency": currency,
        "code": currency if currency != work.organization.currency else "",
    }


COLUMNS: tuple[Column[ContractRow], ...] = (
    Column(
        "number",
        _l("合同"),
        lambda work, row: {"value": row.contract.name, "note": row.contract.number},
        kind="name",
        sort="number",
        lead=True,
        extras=(Extra(_l("合同号"), lambda row: row.contract.number),),
    ),
    Column(
        "customer",
        _l("客户"),
        lambda work, row: {"value": row.contract.customer.name, "note": row.contract.customer.code},
        kind="name",
        sort="customer",
    ),
    Column("on", _l("签订日期"), lambda work, row: row.contract.signed_on, kind="date", sort="on"),
    Column(
        "salesperson",
        _l("业务员"),
        lambda work, row: row.contract.salesperson.name if row.contract.salesperson else None,
        hidden=True,
    ),
    Column(
        "amount",
        _l("合同金额"),
        lambda work, row: _money(row, row.contract.amount, work),
        kind="money",
        sort="amount",
        figure=True,
        extras=(Extra(_l("币种"), lambda row: row.contract.currency),),
    ),
    Column("billed", _l("已开票"), lambda work, row: _money(row, row.billed, work), kind="money"),
    Column(
        "due", _l("待开票"), lambda work, row: _money(row, row.due, work) if row.due else None, kind="money"
    ),
    Column(
        "state",
        _l("状态"),
        lambda work, row: rows.contract_state(row),
        kind="badge",
        text=lambda work, row: state_text(rows.contract_state(row)),
    ),
)
CONTRACTS: List[ContractRow] = List(
    name="contracts",
    title=pgettext_lazy("plural", "合同"),
    permission="ledger.read",
    columns=COLUMNS,
    default_sort="-on",
    open=_open,
    key=lambda row: row.contract.pk,
    url=lambda work, row: contract_url(work, row.contract.pk),
    measure="amount",
)


@require_safe
@page("ledger.read")
def contracts(request: HttpRequest, work: Work) -> HttpResponse:
    """All contracts, the latest first."""
    code = work.organization.code
    actions: list[dict[str, Any]] = []
    if work.actor.may("invoice.record"):
        actions.append(
            {"label": _("按计划开票"), "url": reverse("plan-billing", args=[code]), "icon": "file-invoice"}
        )
    if work.actor.may("order.write"):
        new = {
            "label": _("登记合同"),
            "url": reverse("contract-new", args=[code]),
            "icon": "plus",
            "primary": True,
        }
        actions.append(new)
    context = {
        **list_context(request, work, CONTRACTS),
        "actions": actions,
        "breadcrumbs": [{"label": pgettext("plural", "合同")}],
    }
    return render(request, "sales/contracts.html", context)


@require_safe
@page("ledger.read")
def contract(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """One contract: its plan with states and actions, its chain, its history."""
    found = contract_for(work, key)
    facts = line_facts([found.pk])
    [row] = rows.contract_rows([found], work.today)
    state = rows.contract_state(row)
    context = {
        "contract": found,
        "state": state,
        "actions": _actions(work, row),
        "facts": _facts(work, found),
        "sums": _sums(row, facts),
        "chain": chain_for(work, CONTRACT, found.pk),
        "plan_columns": _plan_columns(work, found),
        "plan_rows": _plan_rows(work, found, facts),
        "events": PlanEvent.objects.filter(contract=found)
        .select_related("line")
        .order_by("-happened_on", "-pk"),
        "revisions": ContractRevision.objects.filter(contract=found).order_by("-revision"),
        "notes": notes_of(work, "contract", found.pk),
        "files": files_of(work, "contract", found.pk),
        "breadcrumbs": crumbs(work, found),
    }
    return render(request, "sales/contract.html", context)


def crumbs(work: Work, found: Contract, *more: str) -> list[dict[str, str]]:
    """Where a page of a contract is."""
    return [
        {"label": pgettext("plural", "合同"), "url": reverse("contracts", args=[work.organization.code])},
        {"label": found.number, "url": contract_url(work, found.pk)},
        *({"label": label} for label in more),
    ]


def _actions(work: Work, row: ContractRow) -> list[dict[str, Any]]:
    address = [work.organization.code, row.contract.pk]
    actions: list[dict[str, Any]] = []
    if row.contract.state != ContractState.ACTIVE:
        return actions
    if work.actor.may("order.write"):
        if row.billed < row.contract.amount:
            actions.append(
                {"label": _("终止"), "url": reverse("contract-cancel", args=address), "icon": "ban"}
            )
        actions.append({"label": _("变更"), "url": reverse("contract-change", args=address), "icon": "edit"})
    if work.actor.may("receipt.record") and row.contract.currency == work.organization.currency:
        advance = reverse("settlements-advance", args=[work.organization.code])
        asked = {"customer": row.contract.customer.code, "contract": row.contract.number}
        actions.append({"label": _("预收合同款"), "url": with_query(advance, asked), "icon": "cash"})
    if work.actor.may("invoice.record") and row.due:
        bill = {"label": _("开票"), "url": reverse("contract-bill", args=address), "icon": "file-invoice"}
        actions.append({**bill, "primary": True})
    return actions


def _facts(work: Work, found: Contract) -> list[Row]:
    facts: list[Row] = [
        {
            "label": _("客户"),
            "value": found.customer.name,
            "url": customer_url(work, found.customer_id),
            "hint": found.customer.code,
            "wide": True,
        },
        {"label": _("签订日期"), "value": found.signed_on, "kind": "date"},
        {"label": _("业务员"), "value": found.salesperson.name if found.salesperson else None},
        {"label": _("税率"), "value": f"{(found.tax_rate * 100).normalize():f}%"},
    ]
    if found.ends_on:
        facts.append({"label": _("结束日期"), "value": found.ends_on, "kind": "date"})
    if found.order:
        facts.append(
            {"label": _("订单"), "value": found.order.number, "url": order_url(work, found.order_id)}
        )
    if found.memo:
        facts.append({"label": _("备注"), "value": found.memo, "wide": True})
    return facts


def _sums(row: ContractRow, facts: Sequence[LineFacts]) -> list[Row]:
    credited = sum((each.credited for each in facts), Decimal(0))
    sums: list[Row] = [
        {"label": _("合同金额"), "value": row.contract.amount},
        {"label": _("已开票"), "value": row.billed + credited},
        {"label": _("已红冲"), "value": -credited},
        {"label": _("未开票"), "value": row.contract.amount - row.billed, "strong": True},
        {"label": _("其中今天待开"), "value": row.due},
    ]
    shown = [each for each in sums if each["value"] or each["label"] != _("已红冲")]
    return [{**each, "kind": "money", "currency": row.contract.currency} for each in shown]


def _plan_columns(work: Work, found: Contract) -> list[Row]:
    columns: list[Row] = [
        {"label": _("款项"), "kind": "name", "lead": True},
        {"label": _("开票条件")},
        {"label": _("付款期限"), "minor": True},
        {"label": _("金额"), "kind": "money", "figure": True},
        {"label": _("应收单")},
        {"label": _("到期日"), "kind": "date"},
        {"label": _("状态"), "kind": "badge"},
    ]
    if work.actor.may("order.write") and found.state == ContractState.ACTIVE:
        columns.append({"label": _("操作"), "kind": "actions"})
    return columns


def _plan_rows(work: Work, found: Contract, facts: Sequence[LineFacts]) -> list[Row]:
    billed = rows.billed_of([each.line.pk for each in facts])
    acting = work.actor.may("order.write") and found.state == ContractState.ACTIVE
    made = []
    for each in facts:
        of_line = billed.get(each.line.pk, [])
        last = of_line[-1] if of_line else None
        percent = each.line.percent
        share = f"{percent.normalize():f}% · " if percent else ""
        cells: list[Any] = [
            {"value": each.line.name, "note": f"{share}{rows.TRIGGERS[each.line.trigger]}"},
            {
                "value": rows.when_text(each),
                "note": _("达成于 %s") % each.happened_on if each.happened_on and each.line.milestone else "",
            },
            rows.term_text(each),
            each.line.amount,
            {
                "value": last.number,
                "url": document_url(work, last.document_id),
                "note": _("共 %d 张") % len(of_line) if len(of_line) > 1 else "",
            }
            if last
            else None,
            last.due_on if last else None,
            rows.line_state(found, each, of_line, work.today),
        ]
        if acting:
            cells.append({"value": _line_actions(work, found, each)})
        made.append({"cells": cells})
    return made


def _line_actions(work: Work, found: Contract, facts: LineFacts) -> list[Row]:
    line = facts.line
    code = work.organization.code
    if line.trigger in (Trigger.MILESTONE, Trigger.RETENTION) and facts.happened_on is None:
        url = reverse("contract-milestone", args=[code, found.pk, line.pk])
        return [{"label": _("确认达成"), "url": url, "icon": "flag"}]
    if line.trigger == Trigger.QUANTITY and line.quantity is not None and facts.delivered < line.quantity:
        url = reverse("contract-delivery", args=[code, found.pk, line.pk])
        return [{"label": _("登记交付"), "url": url, "icon": "truck"}]
    return []

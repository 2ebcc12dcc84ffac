"""What one customer may owe: limit, exposure, securities, reservations; setting a limit, stopping and resuming."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_safe

from huikuan.approvals.models import OPEN, Request
from huikuan.core.sentences import bracketed
from huikuan.credit.models import (
    Limit,
    LimitKind,
    LimitState,
    ManualHold,
    Reservation,
    ReservationState,
    Security,
    SecurityKind,
)
from huikuan.credit.operations import NewLimit, end_hold, hold_customer
from huikuan.credit.queries import contracts_used, limit_history, standing_of
from huikuan.credit.requests import CREDIT_LIMIT, ask_limit
from huikuan.customers.models import Customer
from huikuan.organizations.actors import actor_words
from huikuan.sales.contracts import Contract, ContractState
from huikuan.web.credit.grade_parts import grade_box
from huikuan.web.credit.parts import (
    credit_url,
    exposure_rows,
    gauge_of,
    limit_kind,
    limit_state,
    security_state,
)
from huikuan.web.credit.whose import credit_crumbs, credit_customer
from huikuan.web.fields import DayField
from huikuan.web.pages import Work, page
from huikuan.web.sales.invoices import ask_first
from huikuan.web.templatetags.money import money

RESERVATIONS_SHOWN = 100
RESERVATION_TONES = {"held": "notice", "consumed": "good", "released": "plain", "expired": "plain"}


@require_safe
@page("credit.read")
def customer_credit(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """One customer's credit."""
    found = credit_customer(work, key)
    standing = standing_of(found, day=work.today)
    held = ManualHold.objects.filter(customer=found, until_on__isnull=True).first()
    address = [work.organization.code, key]
    file = {
        "label": _("授信档案"),
        "url": reverse("customer-credit-file", args=address),
        "icon": "printer",
        "post": True,
    }
    actions: list[dict[str, Any]] = [file]
    if work.actor.may("credit.write"):
        stop = (
            {"label": _("解冻"), "url": reverse("customer-credit-resume", args=address), "icon": "check"}
            if held
            else {"label": _("冻结"), "url": reverse("customer-credit-stop", args=address), "icon": "lock"}
        )
        new = reverse("customer-credit-limit", args=address)
        security = reverse("credit-security-new", args=address)
        actions = [
            file,
            stop,
            {"label": _("登记担保"), "url": security, "icon": "plus"},
            {"label": _("设置额度"), "url": new, "icon": "shield-check", "primary": True},
        ]
    context = {
        "customer": found,
        "actions": actions,
        "gauge": gauge_of(work, standing),
        "graded": grade_box(work, key),
        "holds": standing.holds,
        "exposure": exposure_rows(work, found, standing),
        "insured": standing.insured,
        "uninsured": max(standing.position().used - standing.insured, Decimal(0)),
        "requests": _requests(work, key),
        "limits": _limits(work, found),
        "securities": _securities(work, found),
        "reservations": _reservations(found, work.organization.currency),
        "breadcrumbs": credit_crumbs(work, found),
    }
    return render(request, "credit/customer.html", context)


def _requests(work: Work, key: UUID) -> list[dict[str, str]]:
    """Limits that wait for agreement."""
    waiting = Request.objects.filter(kind=CREDIT_LIMIT, status__in=OPEN, record_id=key)
    return [
        {
            "text": _("额度申请 %(number)s 等待审批：%(amount)s（%(who)s）")
            % {
                "number": row.number,
                "amount": money(row.amount, work.organization.currency),
                "who": row.requester_name,
            },
            "url": reverse("approval", args=[work.organization.code, row.pk]),
        }
        for row in waiting.order_by("number")
    ]


def _limit_kind(row: Limit, used: Mapping[UUID, Decimal]) -> Any:
    """The kind of a limit; of a contract's with what of it is used."""
    kind = limit_kind(row)
    if row.contract_id is None or row.contract_id not in used:
        return kind
    return {"value": kind, "note": _("合同已占用 %s") % f"{used[row.contract_id]:,.2f}"}


def _limits(work: Work, found: Customer) -> dict[str, Any]:
    today, may = work.today, work.actor.may("credit.write")
    history = list(limit_history(found))
    contracts = {row.contract_id for row in history if row.contract_id and row.state == LimitState.ACTIVE}
    used = dict.fromkeys(contracts, Decimal(0))
    used |= contracts_used(contracts, day=today) if contracts else {}
    columns: list[dict[str, Any]] = [
        {"label": _("种类"), "lead": True, "whole": True},
        {"label": _("额度"), "kind": "money", "figure": True},
        {"label": _("开始日期"), "kind": "date"},
        {"label": _("结束日期"), "kind": "date"},
        {"label": _("状态"), "kind": "badge"},
        {"label": _("原因")},
        *([{"label": _("操作"), "kind": "actions"}] if may else []),
    ]
    rows = [
        {
            "cells": [
                _limit_kind(row, used),
                {"value": row.amount, "currency": row.currency},
                row.starts_on,
                row.ends_on,
                limit_state(row, today),
                {"value": row.reason, "note": actor_words(row.set_by)},
                *([_withdraw(work, row)] if may else []),
            ]
        }
        for row in history
    ]
    return {"columns": columns, "rows": rows}


def _withdraw(work: Work, row: Limit) -> list[dict[str, str]]:
    if row.state != LimitState.ACTIVE or (row.ends_on is not None and row.ends_on < work.today):
        return []
    url = reverse("credit-limit-withdraw", args=[work.organization.code, row.pk])
    return [{"label": _("撤回"), "url": url, "icon": "arrow-back-up"}]


def _securities(work: Work, found: Customer) -> dict[str, Any]:
    today, may = work.today, work.actor.may("credit.write")
    columns: list[dict[str, Any]] = [
        {"label": _("担保"), "lead": True},
        {"label": _("金额"), "kind": "money", "figure": True},
        {"label": _("计入比例"), "kind": "num"},
        {"label": _("到期"), "kind": "date"},
        {"label": _("状态"), "kind": "badge"},
        {"label": _("说明"), "kind": "name"},
        *([{"label": _("操作"), "kind": "actions"}] if may else []),
    ]
    rows: list[dict[str, Any]] = []
    for row in Security.objects.filter(customer=found).order_by("-expires_on", "-id"):
        state = security_state(row, today)
        share = f"{(row.cover * 100).normalize():f}%"
        kind = str(SecurityKind(row.kind).label)
        amount = {"value": row.amount, "currency": row.currency}
        cells: list[Any] = [kind, amount, share, row.expires_on, state, row.description or None]
        if may:
            release = reverse("credit-security-release", args=[work.organization.code, row.pk])
            open_ = row.released_on is None and row.expires_on >= today
            cells.append([{"label": _("解除"), "url": release, "icon": "x"}] if open_ else [])
        rows.append({"cells": cells})
    return {"columns": columns, "rows": rows}


def _reservations(found: Customer, base: str) -> dict[str, Any]:
    columns = [
        {"label": _("订单"), "lead": True},
        {"label": _("订单金额"), "kind": "money", "figure": True},
        {"label": _("尚占用"), "kind": "money"},
        {"label": _("预占日期"), "kind": "date"},
        {"label": _("到期"), "kind": "date"},
        {"label": _("状态"), "kind": "badge"},
    ]
    rows = []
    latest = Reservation.objects.filter(customer=found).order_by("-id")
    for row in latest[:RESERVATIONS_SHOWN]:
        state = ReservationState(row.state).label
        label = bracketed(state, pgettext("reservation", "放行")) if row.forced else str(state)
        rows.append(
            {
                "cells": [
                    row.reference,
                    {"value": row.amount, "currency": row.currency},
                    {"value": row.remaining, "currency": base},
                    row.reserved_on,
                    row.expires_on,
                    {"label": label, "tone": RESERVATION_TONES[row.state]},
                ]
            }
        )
    return {"columns": columns, "rows": rows}


class LimitForm(forms.Form):
    """A limit."""

    kind = forms.ChoiceField(label=_l("种类"), choices=LimitKind.choices)
    amount = forms.DecimalField(
        label=_l("额度"),
        min_value=Decimal(0),
        max_digits=17,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    starts_on = DayField(label=_l("开始日期"))
    ends_on = DayField(label=_l("结束日期"), required=False, help_text=_l("临时额度必填，最长 90 天。"))
    whole_group = forms.BooleanField(label=_l("整个集团的额度"), required=False)
    contract_id = forms.TypedChoiceField(
        label=_l("合同"),
        required=False,
        coerce=UUID,
        empty_value=None,
        help_text=_l("只限制这份合同的未收款；客户自己的额度照样检查。"),
    )
    reason = forms.CharField(label=_l("原因"), max_length=500)

    def __init__(self, data: Any, contracts: Mapping[UUID, str], initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        field = self.fields["contract_id"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            ("", _("不限合同（客户的额度）")),
            *((str(key), name) for key, name in contracts.items()),
        ]
        if not contracts:
            del self.fields["contract_id"]


@require_http_methods(["GET", "HEAD", "POST"])
@page("credit.write")
def limit_set(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """A new limit, or a request for it."""
    found = credit_customer(work, key)
    contracts = {
        each.pk: each.number
        for each in Contract.objects.filter(customer=found, state=ContractState.ACTIVE).order_by("-signed_on")
    }

    def act(values: dict[str, Any]) -> str:
        values["contract_number"] = contracts.get(values.get("contract_id"), "")
        outcome = ask_limit(NewLimit(customer_id=key, **values), actor=work.actor, today=work.today)
        if outcome.request is not None:
            messages.info(request, _("已提交审批 %s，批准后生效。") % outcome.request.number)
        else:
            messages.success(request, _("信用额度已设置。"))
        return credit_url(work, key)

    # Whoever sends somebody here may say why, and how much: the decision page does.
    asked = {name: request.GET[name][:500] for name in ("amount", "reason") if name in request.GET}
    initial = {"starts_on": work.today, "kind": LimitKind.PERMANENT, **asked}
    form = LimitForm(request.POST or None, contracts, initial)
    return ask_first(
        request, work, form, act,
        title=_("设置信用额度"), submit=_("保存"),
        note=_("新的固定额度生效时，原来的到前一天为止；临时额度在期间内替代固定额度。"),
        over=f"{found.code} · {found.name}", back_url=credit_url(work, key),
        crumbs=credit_crumbs(work, found, _("设置额度")),
    )  # fmt: skip


class StopForm(forms.Form):
    """Why a customer is stopped, or may order again."""

    reason = forms.CharField(label=_l("原因"), max_length=500)


class StopGroupForm(StopForm):
    """Why, and whom."""

    whole_group = forms.BooleanField(label=_l("整个集团"), required=False)


@require_http_methods(["GET", "HEAD", "POST"])
@page("credit.write")
def customer_stop(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """冻结: no orders and no deliveries any more."""
    found = credit_customer(work, key)

    def act(values: dict[str, Any]) -> str:
        hold_customer(key, actor=work.actor, today=work.today, **values)
        messages.success(request, _("客户 %s 已冻结。") % found.name)
        return credit_url(work, key)

    form = StopGroupForm(request.POST or None, initial={"reason": request.GET.get("reason", "")[:500]})
    return ask_first(
        request, work, form, act,
        title=_("冻结客户"), submit=_("冻结"), note=_("冻结后新订单和发货都会停下，直到有人解冻。"),
        over=f"{found.code} · {found.name}", back_url=credit_url(work, key),
        crumbs=credit_crumbs(work, found, _("冻结")),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@page("credit.write")
def customer_resume(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """解冻: the customer may order again."""
    found = credit_customer(work, key)
    held = ManualHold.objects.filter(customer=found, until_on__isnull=True).first()

    def act(values: dict[str, Any]) -> str:
        if held is not None:
            end_hold(held.pk, reason=values["reason"], actor=work.actor, today=work.today)
            messages.success(request, _("客户 %s 已解冻。") % found.name)
        return credit_url(work, key)

    return ask_first(
        request, work, StopForm(request.POST or None), act,
        title=_("解冻客户"), submit=_("解冻"), note=_("已暂缓的订单不会自动放行，请在暂缓的订单里复查。"),
        over=f"{found.code} · {found.name}", back_url=credit_url(work, key),
        crumbs=credit_crumbs(work, found, _("解冻")),
    )  # fmt: skip

"""抵账与结算: what can be settled without plain money, and what waits for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huikuan.cash.models import AcceptorClass
from huikuan.cash.operations import NewVatDue, change_cash_policy, recognise_vat
from huikuan.cash.queries import Policy, cash_policy, deferred_vat, factored_items
from huikuan.core.errors import HuikuanError
from huikuan.ledger.models import Document
from huikuan.ledger.operations.documents import ADVANCE_EVENTS
from huikuan.sales.operations import release_retentions
from huikuan.sales.queries import retentions
from huikuan.web.cash.parts import FormPage, address, plain, settlements_crumb
from huikuan.web.ledger.addresses import document_url
from huikuan.web.pages import Work, page

ROWS_SHOWN = 100
Row = dict[str, Any]


@require_safe
@page("settlement.write")
def settlements(request: HttpRequest, work: Work) -> HttpResponse:
    """What waits: contract advances, retentions, factored items, VAT that is put off."""
    context = {
        "title": _("抵账与结算"),
        "note": _("不靠一笔普通收款了结的应收：抵账、转让、保理、尾差、质保金、合同预收。"),
        "actions": [
            {"label": _("结算政策"), "url": address(work, "settlements-policy"), "icon": "settings"},
            {
                "label": _("收款带尾差"),
                "url": address(work, "settlements-receipt"),
                "icon": "cash",
                "primary": True,
            },
        ],
        "choices": _choices(work),
        "tables": [_retentions(work), _advances(work), _factored(work), _vat(work)],
        "currency": work.organization.currency,
        "breadcrumbs": [{"label": _("抵账与结算")}],
    }
    return render(request, "cash/settlements.html", context)


def _choices(work: Work) -> list[Row]:
    offered = (
        ("settlements-offset", _("应收冲应付"), _("按抵账协议冲减应付，双方都不付款"), "arrows-exchange"),
        ("settlements-transfer", _("债务转让"), _("按三方协议由另一个客户承担，到期日不变"), "arrow-right"),
        ("settlements-factoring", _("保理转让"), _("卖断应收，或以应收向保理商借款"), "building-bank"),
        ("settlements-advance", _("预收合同款"), _("开票前收到的合同款，税额单独列示"), "wallet"),
        ("claims", _("待认领款"), _("到账但认不出客户的款项"), "inbox"),
    )
    return [
        {"title": title, "text": text, "icon": icon, "url": address(work, name)}
        for name, title, text, icon in offered
    ]


def _retentions(work: Work) -> Row:
    rows = list(retentions()[:ROWS_SHOWN])
    due = [item for item in rows if item.effective_due_on and item.effective_due_on <= work.today]
    return {
        "id": "retentions",
        "title": _("质保金"),
        "columns": [
            {"label": _("单据"), "lead": True},
            {"label": _("客户"), "kind": "name"},
            {"label": _("到期日"), "kind": "date"},
            {"label": _("未核销"), "kind": "money", "figure": True},
            {"label": _("状态"), "kind": "badge"},
        ],
        "rows": [
            {
                "url": document_url(work, item.document_id),
                "cells": [
                    item.document.number,
                    {"value": item.customer.name, "note": item.customer.code},
                    item.effective_due_on,
                    {"value": item.open_amount, "currency": item.currency},
                    {"label": _("可转应收"), "tone": "warn"} if item in due else {"status": "not_due"},
                ],
            }
            for item in rows
        ],
        "act": {"url": address(work, "settlements-release"), "label": _("到期质保金转应收（%d）") % len(due)}
        if due
        else None,
        "empty": {
            "title": _("没有质保金"),
            "text": _("合同约定的质保金到期前列在这里。"),
            "icon": "shield-check",
        },
    }


def _advances(work: Work) -> Row:
    found = (
        Document.objects.filter(event__in=ADVANCE_EVENTS, voided_by=None)
        .filter(pk__in=_open_advances())
        .select_related("customer")
        .order_by("document_on", "pk")[:ROWS_SHOWN]
    )
    rows = list(found)
    left = _left_of(rows)
    return {
        "id": "advances",
        "title": _("合同预收"),
        "columns": [
            {"label": _("单据"), "lead": True},
            {"label": _("客户"), "kind": "name"},
            {"label": _("合同号"), "minor": True},
            {"label": _("收款日期"), "kind": "date"},
            {"label": _("未使用"), "kind": "money", "figure": True},
        ],
        "rows": [
            {
                "url": address(work, "settlements-advance-use", row.pk),
                "cells": [
                    row.number,
                    {"value": row.customer.name, "note": row.customer.code},
                    row.reference,
                    row.document_on,
                    left[row.pk],
                ],
            }
            for row in rows
        ],
        "act": None,
        "empty": {"title": _("没有未使用的合同预收"), "text": "", "icon": "wallet"},
    }


def _open_advances() -> Any:
    from huikuan.ledger.models import OpenItem

    return OpenItem.objects.filter(document__event__in=ADVANCE_EVENTS, open_amount__gt=0).values(
        "document_id"
    )


def _left_of(documents: Sequence[Document]) -> dict[UUID, Decimal]:
    from huikuan.ledger.models import OpenItem

    sums = (
        OpenItem.objects.filter(document_id__in=[row.pk for row in documents])
        .order_by()
        .values_list("document_id")
        .annotate(left=Sum("open_amount"))
    )
    return dict(sums.values_list("document_id", "left"))


def _factored(work: Work) -> Row:
    rows: list[Any] = list(factored_items()[:ROWS_SHOWN])
    return {
        "id": "factored",
        "title": _("保理清单"),
        "columns": [
            {"label": _("单据"), "lead": True},
            {"label": _("客户"), "kind": "name"},
            {"label": _("保理合同号"), "minor": True},
            {"label": _("保理日期"), "kind": "date"},
            {"label": _("转让金额"), "kind": "money"},
            {"label": _("未了结"), "kind": "money", "figure": True},
            {"label": _("状态"), "kind": "badge"},
        ],
        "rows": [_factored_row(work, row) for row in rows],
        "act": None,
        "empty": {"title": _("没有保理"), "text": "", "icon": "building-bank"},
    }


def _factored_row(work: Work, row: Any) -> Row:
    running = row.factoring.with_recourse and row.paid < row.amount
    if not row.factoring.with_recourse:
        badge = {"label": _("无追索权"), "tone": "plain"}
    else:
        badge = (
            {"label": _("有追索权"), "tone": "notice"} if running else {"label": _("已了结"), "tone": "good"}
        )
    return {
        "url": address(work, "settlements-factored", row.pk)
        if running
        else document_url(work, row.item.document_id),
        "cells": [
            row.item.document.number,
            {"value": row.item.customer.name, "note": row.item.customer.code},
            {"value": row.factoring.contract, "note": row.factoring.factor},
            row.factoring.factored_on,
            row.amount,
            row.amount - row.paid if running else None,
            badge,
        ],
    }


def _vat(work: Work) -> Row:
    rows = deferred_vat()[:ROWS_SHOWN]
    return {
        "id": "vat",
        "title": _("待转销项税额"),
        "columns": [
            {"label": _("发票"), "lead": True},
            {"label": _("客户"), "kind": "name"},
            {"label": _("单据日期"), "kind": "date"},
            {"label": _("未到纳税时点的税额"), "kind": "money", "figure": True},
        ],
        "rows": [
            {
                "url": document_url(work, document.pk),
                "cells": [
                    document.number,
                    {"value": document.customer.name, "note": document.customer.code},
                    document.document_on,
                    left,
                ],
            }
            for document, left in rows
        ],
        "act": {
            "url": address(work, "settlements-vat"),
            "label": _("全部确认纳税（%d）") % len(rows),
            "ask": _("把列出的税额从待转销项税额转入销项税额，日期为今天。"),
        }
        if rows
        else None,
        "empty": {"title": _("没有待转销项税额"), "text": "", "icon": "percentage"},
    }


@require_POST
@page("settlement.write")
def release(request: HttpRequest, work: Work) -> HttpResponse:
    """质保金到期: move what is due to the receivables."""
    try:
        count = release_retentions(None, on=work.today, actor=work.actor, today=work.today)
    except HuikuanError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("%d 笔质保金已转入应收账款。") % count)
    return redirect(address(work, "settlements"))


@require_POST
@page("settlement.write")
def fall_due(request: HttpRequest, work: Work) -> HttpResponse:
    """纳税时点: the listed VAT is due today."""
    falling = [NewVatDue(document.pk) for document, _left in deferred_vat()[:ROWS_SHOWN]]
    try:
        rows = recognise_vat(falling, on=work.today, actor=work.actor, today=work.today)
    except HuikuanError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("%d 张发票的税额已转入销项税额。") % len(rows))
    return redirect(address(work, "settlements"))


class PolicyForm(forms.Form):
    """How the organization settles."""

    derecognises = forms.MultipleChoiceField(
        label=_l("背书、贴现后终止确认的承兑人"),
        choices=AcceptorClass.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_l("没有选中的，票据留在账上，直到承兑人到期付款。"),
    )
    financing = forms.BooleanField(label=_l("银行承兑汇票列作应收款项融资（1124）"), required=False)
    discount_is_expense = forms.BooleanField(label=_l("现金折扣记入财务费用，不冲减收入"), required=False)
    difference_tolerance = forms.DecimalField(
        label=_l("允许的尾差"), min_value=0, max_digits=12, decimal_places=2
    )
    fee_tolerance = forms.DecimalField(label=_l("允许的手续费"), min_value=0, max_digits=12, decimal_places=2)


@require_http_methods(["GET", "HEAD", "POST"])
@page("settlement.write")
def policy(request: HttpRequest, work: Work) -> HttpResponse:
    """结算政策: derecognition, tolerances, where discounts go."""
    now, currency = cash_policy(), work.organization.currency
    initial = {
        "derecognises": list(now.derecognises),
        "financing": now.financing,
        "discount_is_expense": now.discount_is_expense,
        "difference_tolerance": plain(now.difference_tolerance, currency),
        "fee_tolerance": plain(now.fee_tolerance, currency),
    }
    form = PolicyForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        values = form.cleaned_data
        wanted = replace(
            now,
            derecognises=tuple(code for code in AcceptorClass.values if code in values["derecognises"]),
            **{name: value for name, value in values.items() if name != "derecognises"},
        )
        assert isinstance(wanted, Policy)
        try:
            change_cash_policy(wanted, actor=work.actor)
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("结算政策已保存。"))
            return redirect(address(work, "settlements"))
    shown = FormPage(
        title=_("结算政策"),
        submit=_("保存"),
        back_url=address(work, "settlements"),
        crumbs=[settlements_crumb(work)],
        note=_("从现在起按新的政策处理，已入账的不变。"),
    )
    return shown.render(request, form)

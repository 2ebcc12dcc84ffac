"""待认领款: the pool of money without a customer, and claiming it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_safe

from huikuan.cash.operations import NewUnidentified, receive_unidentified
from huikuan.cash.proposals import ClaimState, ReceiptClaim
from huikuan.cash.queries import unclaimed_receipts
from huikuan.core.errors import HuikuanError
from huikuan.web.cash.parts import FormPage, address
from huikuan.web.fields import AmountField, DayField
from huikuan.web.ledger.states import days_text
from huikuan.web.pages import Work, page

ROWS_SHOWN = 300


class MoneyForm(forms.Form):
    """What the bank says of money that came in."""

    amount = AmountField(label=_l("到账金额"))
    on = DayField(label=_l("收款日期"))
    payer = forms.CharField(label=_l("付款人"), max_length=200, required=False)
    bank_reference = forms.CharField(
        label=_l("银行流水号"), max_length=100, required=False, help_text=_l("同一流水号只能登记一次。")
    )
    memo = forms.CharField(label=_l("摘要"), max_length=1000, required=False)


@require_safe
@page("ledger.read")
def claims(request: HttpRequest, work: Work) -> HttpResponse:
    """What waits to be claimed, oldest first."""
    rows = list(unclaimed_receipts()[:ROWS_SHOWN])
    may_claim = work.actor.may("settlement.write") or work.actor.may("receipt.claim")
    asked = _claims_waiting(work)
    actions = []
    if work.actor.may("receipt.record"):
        actions.append(
            {
                "label": _("登记待认领款"),
                "url": address(work, "claim-receive"),
                "icon": "plus",
                "primary": True,
            }
        )
    columns: list[dict[str, Any]] = [
        {"label": _("单号"), "lead": True},
        {"label": _("付款人"), "kind": "name"},
        {"label": _("收款日期"), "kind": "date"},
        {"label": _("等待"), "minor": True},
        {"label": _("银行流水号"), "minor": True},
        {"label": _("金额"), "kind": "money", "figure": True},
    ]
    total = sum((row.amount for row in rows if not row.currency), Decimal(0))
    context = {
        "title": _("待认领款"),
        "note": _("到账但还不知道是哪个客户的款项；认领后成为客户的收款，只能认领一次。"),
        "actions": actions,
        "columns": columns,
        "rows": [
            {
                "url": address(work, "claim", row.pk) if may_claim else "",
                "cells": [
                    {"value": row.number, "note": asked.get(row.pk, "")},
                    {"value": row.payer or _("（未注明）"), "note": row.memo},
                    row.received_on,
                    days_text((work.today - row.received_on).days),
                    row.bank_reference or None,
                    {
                        "value": row.amount,
                        "currency": row.currency or work.organization.currency,
                        "code": row.currency,
                    },
                ],
            }
            for row in rows
        ],
        "total": [_("合计"), "", "", "", "", total] if len(rows) > 1 else None,
        "empty": {
            "title": _("没有待认领的款项"),
            "text": _("到账却认不出客户的款项登记在这里，等人认领。"),
            "icon": "inbox",
            "actions": actions,
        },
        "currency": work.organization.currency,
        "breadcrumbs": [{"label": _("待认领款")}],
    }
    return render(request, "cash/claims.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page("receipt.record")
def receive(request: HttpRequest, work: Work) -> HttpResponse:
    """Money came in, and nobody knows from whom."""
    form = MoneyForm(request.POST or None, initial={"on": work.today})
    if form.is_valid():
        try:
            [row] = receive_unidentified(
                [NewUnidentified(**form.cleaned_data)], actor=work.actor, today=work.today
            )
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("已登记待认领款 %s。") % row.number)
            return redirect(address(work, "claims"))
    shown = FormPage(
        title=_("登记待认领款"), submit=_("登记"), back_url=address(work, "claims"), crumbs=[_crumb(work)]
    )
    return shown.render(request, form)


def _claims_waiting(work: Work) -> dict[UUID, str]:
    """What is said of money that somebody claims: to finance who, to the others only their own."""
    found = ReceiptClaim.objects.filter(state=ClaimState.ASKED).select_related("customer").order_by("pk")
    if not work.actor.may("settlement.write"):
        found = found.filter(asked_by_id=work.actor.user_id)
    return {
        each.unidentified_id: _("%(who)s 认领给 %(customer)s，待确认")
        % {"who": each.asked_by_name, "customer": each.customer.name}
        for each in found
    }


def _crumb(work: Work) -> dict[str, Any]:
    return {"label": _("待认领款"), "url": address(work, "claims")}

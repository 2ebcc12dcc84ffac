"""付款通知: uploaded or pasted, read, checked, and kept until the money comes."""

from __future__ import annotations

import hashlib
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_safe

from huikuan.cash.operations import NewAdvice, propose_matches, record_advice
from huikuan.cash.operations.remittance import recognised
from huikuan.cash.proposals import RemittanceAdvice, RemittanceLine
from huikuan.cash.queries import waiting_lines
from huikuan.cash.remittance_reading import (
    MOST_BYTES,
    ReadRemittance,
    read_remittance_file,
    read_remittance_text,
)
from huikuan.core.errors import HuikuanError
from huikuan.customers.models import Customer
from huikuan.web.cash.parts import address, visible_customers
from huikuan.web.fields import AmountField, DayField
from huikuan.web.ledger.addresses import document_url
from huikuan.web.pages import Work, page

Row = dict[str, Any]
SHOWN = 200
CUSTOMERS_OFFERED = 500


class AdviceForm(forms.Form):
    """What came in: a file, or the text of a mail; and who sent it."""

    file = forms.FileField(
        label=_l("文件"), required=False, help_text=_l("Excel、CSV，或有文字的 PDF；每行一个单号和一个金额。")
    )
    text = forms.CharField(
        label=_l("或粘贴文字"),
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 7, "placeholder": "YS202601000123  12,300.00"}),
    )
    customer = forms.CharField(label=_l("付款的客户（代码或名称）"), required=False, max_length=200)
    amount = AmountField(label=_l("付款金额"), required=False, help_text=_l("不写则为各行之和。"))
    paid_on = DayField(label=_l("付款日期"), required=False)
    memo = forms.CharField(label=_l("备注"), required=False, max_length=1000)

    def __init__(self, *args: Any, work: Work, **options: Any) -> None:
        super().__init__(*args, **options)
        self.work = work
        self.fields["customer"].widget.attrs |= {"list": "customers", "autocomplete": "off"}

    def clean_customer(self) -> Customer | None:
        """The customer that sent it."""
        said = self.cleaned_data["customer"].strip()
        if not said:
            return None
        found = visible_customers(self.work)
        customer = found.filter(code=said).first() or found.filter(name=said).first()
        if customer is None:
            raise forms.ValidationError(_("没有这个客户，请从列表中选择。"))
        return customer

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        file, text = values.get("file"), (values.get("text") or "").strip()
        if not file and not text:
            raise forms.ValidationError(_("请选择文件，或粘贴文字。"))
        try:
            if file and file.size > MOST_BYTES:
                raise forms.ValidationError(_("文件超过 %d MB。") % (MOST_BYTES // 1_000_000))
            content = file.read() if file else b""
            values["read"] = read_remittance_file(file.name, content) if file else read_remittance_text(text)
            values["sha256"] = hashlib.sha256(content).hexdigest() if file else ""
        except HuikuanError as error:
            raise forms.ValidationError(error.message) from error
        return values


@require_safe
@page("bank.read", whole=True)
def advices(request: HttpRequest, work: Work) -> HttpResponse:
    """What payers said, the latest first; those whose money has not come yet say so."""
    rows = RemittanceAdvice.objects.select_related("customer", "line").order_by("-pk")[:SHOWN]
    actions = []
    if work.actor.may("receipt.record"):
        new = {
            "label": _("登记付款通知"),
            "url": address(work, "advice-new"),
            "icon": "plus",
            "primary": True,
        }
        actions.append(new)
    lines = _lines_of(work, list(rows))
    context = {
        "title": _("付款通知"),
        "note": _("客户说明一笔付款付的是哪些单据；到账后按它核销，优先于推测。"),
        "actions": actions,
        "columns": [
            {"label": _("客户"), "kind": "name", "lead": True},
            {"label": _("付款日期"), "kind": "date"},
            {"label": _("单据")},
            {"label": _("状态"), "kind": "badge"},
            {"label": _("金额"), "kind": "money", "figure": True},
        ],
        "rows": [
            {
                "cells": [
                    {"value": row.customer.name if row.customer else _("（未注明）"), "note": row.memo},
                    row.paid_on,
                    lines.get(row.pk, ""),
                    {"label": _("已到账"), "tone": "good"}
                    if row.line_id
                    else {"label": _("等待到账"), "tone": "notice"},
                    {"value": row.amount, "currency": row.currency},
                ]
            }
            for row in rows
        ],
        "empty": {
            "title": _("还没有付款通知"),
            "text": _("收到客户的付款明细后登记在这里。"),
            "icon": "mail",
            "actions": actions,
        },
        "currency": work.organization.currency,
        "breadcrumbs": [
            {"label": _("到账核销"), "url": address(work, "workbench")},
            {"label": _("付款通知")},
        ],
    }
    return render(request, "workbench/advices.html", context)


def _lines_of(work: Work, rows: list[RemittanceAdvice]) -> dict[Any, str]:
    found: dict[Any, list[str]] = {}
    for line in RemittanceLine.objects.filter(advice__in=rows).order_by("advice_id", "position"):
        found.setdefault(line.advice_id, []).append(line.reference)
    return {
        key: "、".join(names[:4]) + (_(" 等 %d 张") % len(names) if len(names) > 4 else "")
        for key, names in found.items()
    }


@require_http_methods(["GET", "HEAD", "POST"])
@page("receipt.record", whole=True)
def advice_new(request: HttpRequest, work: Work) -> HttpResponse:
    """Read it and show what was recognised; kept with the second press."""
    data = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = AdviceForm(*data, work=work)
    shown: list[Row] = []
    if form.is_valid():
        values, read = form.cleaned_data, form.cleaned_data["read"]
        customer = values["customer"]
        try:
            advice = record_advice(_new_advice(values, read), actor=work.actor, today=work.today)
        except HuikuanError as error:
            form.add_error(None, error.message)
            shown = _recognised(work, read, customer)
        else:
            about = waiting_lines().filter(amount=advice.amount).values_list("pk", flat=True)
            propose_matches(line_ids=list(about), actor=work.actor, today=work.today)
            known = RemittanceLine.objects.filter(advice=advice).exclude(item=None).count()
            messages.success(
                request,
                _("已登记付款通知：%(count)d 行，认出 %(known)d 张单据。")
                % {"count": len(read.lines), "known": known},
            )
            return redirect(address(work, "advices"))
    context = {
        "title": _("登记付款通知"),
        "form": form,
        "shown": shown,
        "customers": list(
            visible_customers(work).order_by("sort_key", "pk").values_list("code", "name")[:CUSTOMERS_OFFERED]
        ),
        "back_url": address(work, "advices"),
        "breadcrumbs": [
            {"label": _("付款通知"), "url": address(work, "advices")},
            {"label": _("登记付款通知")},
        ],
    }
    return render(request, "workbench/advice_new.html", context, status=422 if form.errors else 200)


def _new_advice(values: Row, read: ReadRemittance) -> NewAdvice:
    file = values.get("file")
    return NewAdvice(
        lines=read.lines,
        amount=values["amount"] or read.amount,
        customer_id=values["customer"].pk if values["customer"] else None,
        paid_on=values["paid_on"] or read.paid_on,
        file_name=file.name if file else "",
        file_sha256=values["sha256"],
        memo=values["memo"],
    )


def _recognised(work: Work, read: ReadRemittance, customer: Customer | None) -> list[Row]:
    items = recognised([reference for reference, _amount in read.lines], customer.pk if customer else None)
    return [
        {
            "reference": reference,
            "amount": amount,
            "url": document_url(work, items[reference].document_id) if reference in items else "",
        }
        for reference, amount in read.lines
    ]

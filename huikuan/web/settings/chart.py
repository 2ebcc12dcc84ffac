"""The chart of accounts, and what the posting rules do with it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_http_methods, require_safe

from huikuan.core.errors import HuikuanError
from huikuan.ledger.models import Account, Control, PostingRule, Side
from huikuan.ledger.operations import add_account, change_account
from huikuan.web.ledger.words import event_name
from huikuan.web.pages import Work, page
from huikuan.web.settings.frame import address, put_error, show, show_form

SECTION = "settings-accounts"
CONTROLS: dict[str, str | Promise] = {
    Control.NONE.value: gettext_lazy("普通科目"),
    Control.RECEIVABLE.value: gettext_lazy("应收：客户欠款记在这里"),
    Control.CREDIT.value: gettext_lazy("客户贷方：预收等记在这里"),
    Control.SHARED.value: gettext_lazy("部分属于客户：如待转销项税额"),
}
_SHORT: dict[str, str | Promise] = {
    Control.RECEIVABLE.value: gettext_lazy("应收"),
    Control.CREDIT.value: gettext_lazy("客户贷方"),
    Control.SHARED.value: gettext_lazy("部分属于客户"),
}
PURPOSES: dict[str, str | Promise] = {
    "bank": gettext_lazy("收款到账"),
    "bills": gettext_lazy("收到的票据"),
    "receivable": gettext_lazy("客户欠款"),
    "prepayments": gettext_lazy("预付"),
    "receivables_financing": gettext_lazy("应收款项融资"),
    "contract_assets": gettext_lazy("合同资产"),
    "other_receivables": gettext_lazy("其他应收"),
    "allowance": gettext_lazy("坏账准备"),
    "short_term_loans": gettext_lazy("短期借款"),
    "loan_discount": gettext_lazy("借款的利息调整"),
    "payables": gettext_lazy("应付"),
    "advances": gettext_lazy("预收"),
    "contract_liabilities": gettext_lazy("合同负债"),
    "output_vat": gettext_lazy("销项税"),
    "simple_vat": gettext_lazy("简易计税"),
    "deferred_vat": gettext_lazy("待转销项税"),
    "unidentified_receipts": gettext_lazy("不明款项"),
    "endorsement_liability": gettext_lazy("背书未终止确认"),
    "transfer_clearing": gettext_lazy("债权转移过渡"),
    "opening": gettext_lazy("期初"),
    "current_profit": gettext_lazy("本年利润"),
    "revenue": gettext_lazy("收入"),
    "investment_income": gettext_lazy("投资收益"),
    "other_income": gettext_lazy("营业外收入"),
    "financial_expense": gettext_lazy("汇兑差额与财务费用"),
    "credit_loss": gettext_lazy("信用减值损失"),
    "other_expense": gettext_lazy("营业外支出"),
}
MEASURES: dict[str, str | Promise] = {
    "gross": gettext_lazy("价税合计"),
    "net": gettext_lazy("不含税金额"),
    "tax": gettext_lazy("税额"),
}


class AccountForm(forms.Form):
    """One account."""

    code = forms.CharField(label=gettext_lazy("科目代码"), max_length=20)
    name = forms.CharField(label=gettext_lazy("科目名称"), max_length=100)
    control = forms.ChoiceField(
        label=gettext_lazy("与应收的关系"), required=False, choices=list(CONTROLS.items())
    )


@require_safe
@page("organization.write")
def accounts(request: HttpRequest, work: Work) -> HttpResponse:
    """The accounts with their purposes, and the rules in words."""
    rows = [
        {
            "url": address(work, "settings-account", account.pk),
            "cells": [
                account.code,
                account.label,
                str(PURPOSES.get(account.purpose, account.purpose)),
                {"label": str(_SHORT[account.control]), "tone": "notice"} if account.control else {},
            ],
        }
        for account in Account.objects.order_by("code")
    ]
    columns = [
        {"label": _("代码"), "lead": True},
        {"label": _("名称"), "kind": "name"},
        {"label": _("用途")},
        {"label": _("与应收的关系"), "kind": "badge"},
    ]
    return show(
        request,
        work,
        "settings/list.html",
        section=SECTION,
        title=pgettext("plural", "科目"),
        note=_("记账规则按用途找科目，所以代码和名称可以按贵公司的账套来改。"),
        actions=[
            {
                "label": _("新增科目"),
                "url": address(work, "settings-account-add"),
                "icon": "plus",
                "primary": True,
            }
        ],
        tables=[
            {"id": "list", "caption": pgettext("plural", "科目"), "columns": columns, "rows": rows},
            {
                "id": "rules",
                "title": _("记账规则"),
                "caption": _("记账规则"),
                "columns": [
                    {"label": _("业务"), "lead": True},
                    {"label": _("借贷")},
                    {"label": _("科目"), "kind": "name"},
                    {"label": _("金额")},
                    {"label": _("说明"), "minor": True},
                ],
                "rows": _rule_rows(),
            },
        ],
    )


def _rule_rows() -> list[dict[str, Any]]:
    """Each line of each rule; the event is named once."""
    rows, last = [], ""
    for rule in PostingRule.objects.select_related("account").order_by("event", "position"):
        remarks = [_("带客户明细")] if rule.on_item else []
        if rule.red:
            remarks.append(_("红字"))
        rows.append(
            {
                "cells": [
                    event_name(rule.event) if rule.event != last else "",
                    _("借") if rule.side == Side.DEBIT else _("贷"),
                    f"{rule.account.code} {rule.account.label}",
                    str(MEASURES[rule.measure]),
                    " · ".join(remarks),
                ]
            }
        )
        last = rule.event
    return rows


@require_http_methods(["GET", "HEAD", "POST"])
@page("organization.write")
def account_add(request: HttpRequest, work: Work) -> HttpResponse:
    """A new account."""
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            added = add_account(**form.cleaned_data, actor=work.actor)
        except HuikuanError as error:
            put_error(form, error)
        else:
            messages.success(request, _("已新增科目 %s。") % added)
            return redirect(SECTION, work.organization.code)
    title = _("新增科目")
    return show_form(request, work, form, section=SECTION, title=title, crumb=title)


@require_http_methods(["GET", "HEAD", "POST"])
@page("organization.write")
def account(request: HttpRequest, work: Work, account: UUID) -> HttpResponse:
    """One account; what rests on it stays."""
    found = Account.objects.filter(pk=account).first()
    if found is None:
        raise Http404
    form = AccountForm(
        request.POST or None, initial={"code": found.code, "name": found.name, "control": found.control}
    )
    if request.method == "POST" and form.is_valid():
        try:
            change_account(account_id=found.pk, **form.cleaned_data, actor=work.actor)
        except HuikuanError as error:
            put_error(form, error)
        else:
            messages.success(request, _("已保存。"))
            return redirect(SECTION, work.organization.code)
    purpose = str(PURPOSES.get(found.purpose, ""))
    return show_form(
        request,
        work,
        form,
        section=SECTION,
        title=f"{found.code} {found.label}",
        crumb=found.code,
        note=_("用途：%s") % purpose if purpose else "",
    )

"""Our bank accounts: what lies on each by the bank and by the books, adding one, changing one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_safe

from huikuan.cash.bank_queries import AccountStanding, standings, statement_gaps
from huikuan.cash.models import BankAccount, BankKind, Statement
from huikuan.cash.operations import (
    NewBankAccount,
    add_bank_account,
    change_bank_account,
    close_bank_account,
)
from huikuan.core.errors import HuikuanError
from huikuan.core.money import is_currency
from huikuan.web.banking.words import format_name, gap_words, shown_number
from huikuan.web.cash.parts import FormPage, address, plain
from huikuan.web.fields import DayField
from huikuan.web.lists import with_query
from huikuan.web.pages import Work, page

Row = dict[str, Any]
STATEMENTS_SHOWN = 12


class AccountForm(forms.Form):
    """What a bank account is called, and its number."""

    name = forms.CharField(label=_l("账户名称"), max_length=100)
    code = forms.CharField(
        label=_l("代码"), max_length=20, help_text=_l("简短的字母或数字，例如 icbc；命令和分录用它。")
    )
    kind = forms.ChoiceField(label=_l("种类"), choices=BankKind.choices)
    bank = forms.CharField(label=_l("开户行"), max_length=100, required=False)
    number = forms.CharField(
        label=_l("账号"),
        max_length=64,
        required=False,
        help_text=_l("导入对账单时按账号认出账户；加密保存。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "numeric"}),
    )
    currency = forms.CharField(label=_l("币种"), max_length=3)
    opening_balance = forms.DecimalField(
        label=_l("期初余额"),
        required=False,
        max_digits=19,
        decimal_places=2,
        help_text=_l("第一笔流水之前的余额；对账单写有期初余额时以对账单为准。"),
    )

    def clean_currency(self) -> str:
        code = str(self.cleaned_data["currency"]).strip().upper()
        if not is_currency(code):
            raise forms.ValidationError(_("不认识币种 %s。") % code)
        return code


class ChangeForm(AccountForm):
    """Kind and currency stay; an account may be closed."""

    closed_on = DayField(
        label=_l("销户日期"), required=False, help_text=_l("填写后不再接受此日之后的对账单；清空即恢复。")
    )

    def __init__(self, *args: Any, has_statements: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        del self.fields["kind"], self.fields["currency"]
        if has_statements:
            del self.fields["opening_balance"]


@require_safe
@page("bank.read")
def accounts(request: HttpRequest, work: Work) -> HttpResponse:
    """Every account with both balances and what waits."""
    found = standings(work.today)
    context = {
        "title": _("银行"),
        "note": _("各账户按对账单和按账面的余额，以及还没有处理的流水。"),
        "actions": _actions(work),
        "columns": _columns(),
        "rows": [_row(work, each) for each in found],
        "empty": _empty(work),
        "currency": work.organization.currency,
        "breadcrumbs": [{"label": _("银行")}],
    }
    return render(request, "banking/accounts.html", context)


def _actions(work: Work) -> list[Row]:
    actions: list[Row] = [
        {"label": _("流水"), "url": address(work, "bank-lines"), "icon": "list-details"},
        {"label": _("对账单"), "url": address(work, "bank-statements"), "icon": "file-spreadsheet"},
    ]
    if work.actor.may("bank.write"):
        actions.append({"label": _("登记账户"), "url": address(work, "bank-account-new"), "icon": "plus"})
    if work.actor.may("statement.write"):
        actions.append(
            {"label": _("导入对账单"), "url": address(work, "bank-upload"), "icon": "upload", "primary": True}
        )
    return actions


def _columns() -> list[Row]:
    return [
        {"label": _("账户"), "kind": "name", "lead": True},
        {"label": _("记账科目"), "minor": True},
        {"label": _("对账单截至"), "kind": "date"},
        {"label": _("对账单余额"), "kind": "money", "figure": True},
        {"label": _("账面余额"), "kind": "money"},
        {"label": _("相差"), "kind": "money"},
        {"label": _("待处理流水"), "kind": "count"},
        {"label": _("状态"), "kind": "badge"},
    ]


def _row(work: Work, each: AccountStanding) -> Row:
    row, base = each.account, work.organization.currency
    number = shown_number(row.number)
    comparable = row.currency == base
    difference = each.by_statement - each.by_books
    return {
        "url": address(work, "bank-account", row.pk),
        "cells": [
            {
                "value": row.name,
                "note": " · ".join(text for text in (row.bank, number, row.currency) if text),
            },
            {"value": row.account.label, "note": row.account.code},
            each.last_on,
            {
                "value": each.by_statement,
                "currency": row.currency,
                "code": "" if comparable else row.currency,
            },
            {"value": each.by_books, "currency": base},
            {"value": difference, "tone": "warn" if difference else ""} if comparable else None,
            each.open_count,
            _state(row, each, comparable=comparable),
        ],
    }


def _state(row: BankAccount, each: AccountStanding, *, comparable: bool) -> Row:
    if row.closed_on:
        return {"label": _("已销户"), "tone": "plain"}
    if each.last_on is None:
        return {"label": _("没有对账单"), "tone": "plain"}
    if each.open_count:
        return {"label": _("有待处理"), "tone": "warn"}
    if comparable and each.by_statement != each.by_books:
        return {"label": _("待核对"), "tone": "notice"}
    return {"label": _("一致"), "tone": "good"}


def _empty(work: Work) -> Row:
    actions = []
    if work.actor.may("bank.write"):
        actions.append(
            {
                "label": _("登记账户"),
                "url": address(work, "bank-account-new"),
                "icon": "plus",
                "primary": True,
            }
        )
    return {
        "title": _("还没有银行账户"),
        "text": _("先登记公司的银行账户、支付宝或微信账户，再导入它们的对账单。"),
        "icon": "building-bank",
        "actions": actions,
    }


@require_safe
@page("bank.read")
def account(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """One account: balances, gaps, its latest statements."""
    each = next((found for found in standings(work.today) if found.account.pk == key), None)
    if each is None:
        raise Http404
    row = each.account
    latest = Statement.objects.filter(bank_account_id=key).order_by("-starts_on", "-id")[:STATEMENTS_SHOWN]
    gaps = [gap for gap in statement_gaps(key) if gap.kind != "overlap"]
    context = {
        "title": row.name,
        "over": row.get_kind_display(),
        "actions": _account_actions(work, row),
        "gaps": [gap_words(gap, row.currency) for gap in gaps[:5]],
        "facts": _facts(work, row),
        "sums": _sums(work, each),
        "statement_columns": [
            {"label": _("期间"), "lead": True},
            {"label": _("来源")},
            {"label": _("期初"), "kind": "money", "minor": True},
            {"label": _("发生额"), "kind": "money"},
            {"label": _("期末"), "kind": "money", "figure": True},
            {"label": _("流水"), "kind": "count"},
        ],
        "statement_rows": [
            {
                "url": with_query(address(work, "bank-lines"), {"statement": statement.pk}),
                "cells": [
                    span(statement.starts_on, statement.ends_on),
                    {"value": format_name(statement.format), "note": statement.file_name},
                    statement.opening,
                    statement.net,
                    statement.closing,
                    statement.count,
                ],
            }
            for statement in latest
        ],
        "statements_url": with_query(address(work, "bank-statements"), {"account": row.code}),
        "currency": row.currency,
        "breadcrumbs": [crumb(work), {"label": row.name}],
    }
    return render(request, "banking/account.html", context)


def span(starts_on: date, ends_on: date) -> str:
    """A period as it is written: one day, or from – to."""
    first, last = starts_on.isoformat(), ends_on.isoformat()
    return first if first == last else f"{first} – {last}"


def _account_actions(work: Work, row: BankAccount) -> list[Row]:
    actions: list[Row] = []
    if work.actor.may("bank.write"):
        actions.append(
            {"label": _("修改"), "url": address(work, "bank-account-edit", row.pk), "icon": "edit"}
        )
    actions.append(
        {"label": _("余额调节"), "url": address(work, "bank-reconciliation", row.pk), "icon": "scale"}
    )
    lines = with_query(address(work, "bank-lines"), {"account": row.code})
    actions.append({"label": _("流水"), "url": lines, "icon": "list-details"})
    if work.actor.may("statement.write") and row.closed_on is None:
        upload = with_query(address(work, "bank-upload"), {"account": row.code})
        actions.append({"label": _("导入对账单"), "url": upload, "icon": "upload", "primary": True})
    return actions


def _facts(work: Work, row: BankAccount) -> list[Row]:
    return [
        {"label": _("代码"), "value": row.code},
        {"label": _("开户行"), "value": row.bank or None},
        {"label": _("账号"), "value": shown_number(row.number) or None},
        {"label": _("币种"), "value": row.currency},
        {"label": _("记账科目"), "value": row.account.label, "hint": row.account.code},
        {"label": _("期初余额"), "value": row.opening_balance, "kind": "money", "currency": row.currency},
        {"label": _("销户日期"), "value": row.closed_on, "kind": "date"},
    ]


def _sums(work: Work, each: AccountStanding) -> list[Row]:
    currency, base = each.account.currency, work.organization.currency
    rows: list[Row] = [
        {
            "label": _("对账单余额"),
            "value": each.by_statement,
            "kind": "money",
            "currency": currency,
            "strong": True,
            "hint": _("截至 %s") % each.last_on if each.last_on else "",
        },
        {"label": _("账面余额"), "value": each.by_books, "kind": "money", "currency": base},
    ]
    if currency == base:
        difference = each.by_statement - each.by_books
        rows.append({"label": _("相差"), "value": difference, "kind": "money", "currency": currency})
    rows.append({"label": _("待处理流水"), "value": each.open_count, "kind": "count"})
    rows.append({"label": _("待处理金额"), "value": each.open_amount, "kind": "money", "currency": currency})
    return rows


@require_http_methods(["GET", "HEAD", "POST"])
@page("bank.write")
def add(request: HttpRequest, work: Work) -> HttpResponse:
    """登记账户."""
    form = AccountForm(request.POST or None, initial={"currency": work.organization.currency})
    if form.is_valid():
        values = dict(form.cleaned_data)
        values["opening_balance"] = values["opening_balance"] or Decimal(0)
        try:
            row = add_bank_account(new=NewBankAccount(**values), actor=work.actor)
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("已登记账户 %s。") % row.name)
            return redirect(address(work, "bank-account", row.pk))
    shown = FormPage(
        title=_("登记账户"),
        submit=_("登记"),
        back_url=address(work, "bank"),
        crumbs=[crumb(work)],
        note=_("记账科目自动建立：第一个本位币银行账户用“银行存款”，其余各有一个下级科目。"),
    )
    return shown.render(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
@page("bank.write")
def edit(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """修改账户."""
    row = account_or_404(key)
    has_statements = Statement.objects.filter(bank_account_id=key).exists()
    initial = {
        "name": row.name,
        "code": row.code,
        "bank": row.bank,
        "number": row.number,
        "opening_balance": plain(row.opening_balance, row.currency),
        "closed_on": row.closed_on,
    }
    form = ChangeForm(request.POST or None, initial=initial, has_statements=has_statements)
    if form.is_valid():
        values = dict(form.cleaned_data)
        closed_on = values.pop("closed_on")
        try:
            change_bank_account(bank_account_id=key, actor=work.actor, **values)
            if closed_on != row.closed_on:
                close_bank_account(bank_account_id=key, on=closed_on, actor=work.actor, today=work.today)
        except HuikuanError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("已保存。"))
            return redirect(address(work, "bank-account", key))
    shown = FormPage(
        title=_("修改账户"),
        over=row.name,
        submit=_("保存"),
        back_url=address(work, "bank-account", key),
        crumbs=[crumb(work), {"label": row.name, "url": address(work, "bank-account", key)}],
    )
    return shown.render(request, form)


def account_or_404(key: UUID) -> BankAccount:
    """One of our accounts."""
    row = BankAccount.objects.select_related("account").filter(pk=key).first()
    if row is None:
        raise Http404
    return row


def crumb(work: Work) -> Row:
    """The way back to all accounts."""
    return {"label": _("银行"), "url": address(work, "bank")}

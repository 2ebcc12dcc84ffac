"""Dropping files of banks: each is read and taken in by itself, and what became of it is told."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods

from huikuan.cash.bank_queries import bank_accounts, statement_gaps
from huikuan.cash.models import BankAccount
from huikuan.cash.operations import ImportedStatement
from huikuan.cash.operations.statement_files import import_statement_file
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import tenant
from huikuan.core.sentences import labelled
from huikuan.web.banking.accounts import crumb, span
from huikuan.web.banking.words import format_name, gap_words
from huikuan.web.cash.parts import address
from huikuan.web.customers.forms import choose
from huikuan.web.lists import with_query
from huikuan.web.pages import Work, page

MOST_FILES = 50
MAX_BYTES = 32 * 1024 * 1024
MAPPED = (
    "day",
    "amount",
    "in",
    "out",
    "counterparty",
    "counterparty_account",
    "reference",
    "text",
    "balance",
)
Row = dict[str, Any]


class UploadForm(forms.Form):
    """Which account, and the columns of a table that is not recognised by itself."""

    account = forms.ChoiceField(label=_l("账户"), required=False)
    date_order = forms.ChoiceField(
        label=_l("日期写法"),
        required=False,
        choices=[
            ("", _l("自动识别")),
            ("YMD", _l("年 / 月 / 日")),
            ("DMY", _l("日 / 月 / 年")),
            ("MDY", _l("月 / 日 / 年")),
        ],
    )
    day = forms.CharField(label=_l("日期列"), max_length=100, required=False)
    amount = forms.CharField(label=_l("金额列"), max_length=100, required=False)
    # `in` and `out` are the names of the fields, as --map has them.
    counterparty = forms.CharField(label=_l("对方户名列"), max_length=100, required=False)
    counterparty_account = forms.CharField(label=_l("对方账号列"), max_length=100, required=False)
    reference = forms.CharField(label=_l("流水号列"), max_length=100, required=False)
    text = forms.CharField(label=_l("摘要列"), max_length=100, required=False)
    balance = forms.CharField(label=_l("余额列"), max_length=100, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["in"] = forms.CharField(label=_l("收入列"), max_length=100, required=False)
        self.fields["out"] = forms.CharField(label=_l("支出列"), max_length=100, required=False)
        found = [(row.code, row.name) for row in bank_accounts(closed=False)]
        choose(self, "account", found)
        if found:
            field = self.fields["account"]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", _("按文件里的账号识别")), *found]

    def mapping(self) -> dict[str, str]:
        """The columns that were named."""
        return {name: said for name in MAPPED if (said := self.cleaned_data.get(name, "").strip())}


@dataclass
class FileOutcome:
    """What became of one file."""

    name: str
    imported: list[ImportedStatement] = field(default_factory=list)
    error: str = ""
    hint: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
@page("statement.write", own_transactions=True)
def upload(request: HttpRequest, work: Work) -> HttpResponse:
    """The form; after it, the result of every file."""
    if request.method != "POST":
        return _form_page(request, work, None)
    files = [file for file in request.FILES.getlist("file") if isinstance(file, UploadedFile)]
    with tenant(work.organization.pk, snapshot=True):
        form = UploadForm(request.POST)
        valid = form.is_valid()
        account = BankAccount.objects.filter(code=form.cleaned_data.get("account") or "").first()
    if not valid:
        return _form_page(request, work, form, error=_("选项里有填错的地方，请更正后重新选择文件。"))
    if not files:
        return _form_page(request, work, form, error=_("没有收到文件，请选择对账单文件。"))
    if len(files) > MOST_FILES:
        return _form_page(request, work, form, error=_("一次最多 %d 个文件。") % MOST_FILES)
    outcomes = [_take(work, file, form, account) for file in files]
    return _result_page(request, work, outcomes)


def _take(work: Work, file: UploadedFile[Any], form: UploadForm, account: BankAccount | None) -> FileOutcome:
    """One file in a transaction of its own."""
    outcome = FileOutcome(file.name or "")
    if (file.size or 0) > MAX_BYTES:
        outcome.error = _("文件超过 %d MB，请按月份拆开。") % (MAX_BYTES // 1024**2)
        return outcome
    with tempfile.TemporaryDirectory(prefix="huikuan-statement-") as folder:
        path = Path(folder) / f"statement{Path(outcome.name).suffix[:8]}"
        with path.open("wb") as target:
            for chunk in file.chunks():
                target.write(chunk)
        try:
            with tenant(work.organization.pk):
                outcome.imported = import_statement_file(
                    path,
                    file_name=outcome.name,
                    bank_account_id=account.pk if account else None,
                    mapping=form.mapping() or None,
                    date_order=form.cleaned_data["date_order"],
                    actor=work.actor,
                    today=work.today,
                )
        except HuikuanError as error:
            outcome.error = error.message
            outcome.hint = _hint(error)
    return outcome


def _hint(error: HuikuanError) -> str:
    if error.code in ("account_not_said", "account_ambiguous"):
        return _("在上传页选择账户后重新上传这个文件。")
    if error.code == "unknown_account":
        return _("先登记这个账户，或在上传页选择账户后重新上传。")
    return _("这个文件的流水都没有导入。")


def _form_page(request: HttpRequest, work: Work, form: UploadForm | None, *, error: str = "") -> HttpResponse:
    with tenant(work.organization.pk, snapshot=True):
        form = form or UploadForm(initial={"account": request.GET.get("account", "")})
        context = {
            "title": _("导入对账单"),
            "form": form,
            "columns": [form[name] for name in ("date_order", *MAPPED)],
            "error": error,
            "max_bytes": MAX_BYTES,
            "max_mb": MAX_BYTES // 1024**2,
            "no_account": not bank_accounts(closed=False).exists(),
            "account_url": address(work, "bank-account-new") if work.actor.may("bank.write") else "",
            "breadcrumbs": [crumb(work), {"label": _("导入对账单")}],
        }
        return render(request, "banking/upload.html", context, status=422 if error else 200)


def _result_page(request: HttpRequest, work: Work, outcomes: Sequence[FileOutcome]) -> HttpResponse:
    taken = [(outcome, each) for outcome in outcomes for each in outcome.imported]
    accounts = {each.bank_account.pk: each.bank_account for _outcome, each in taken}
    with tenant(work.organization.pk, snapshot=True):
        gaps = [
            {**gap_words(gap, row.currency), "account": row.name}
            for row in sorted(accounts.values(), key=lambda row: row.code)
            for gap in statement_gaps(row.pk)
            if gap.kind != "overlap"
        ]
        context = {
            "title": _("导入结果"),
            "tiles": _tiles(outcomes, taken),
            "errors": [outcome for outcome in outcomes if outcome.error],
            "remarks": _remarks(taken),
            "gaps": gaps[:5],
            "columns": _columns(),
            "rows": [_row(work, outcome, each) for outcome, each in taken],
            "currency": work.organization.currency,
            "actions": [
                {"label": _("再导入"), "url": address(work, "bank-upload"), "icon": "upload"},
                {
                    "label": _("查看待处理流水"),
                    "url": with_query(address(work, "bank-lines"), {"state": "waiting"}),
                    "icon": "list-details",
                    "primary": True,
                },
            ],
            "breadcrumbs": [crumb(work), {"label": _("导入结果")}],
        }
        return render(request, "banking/uploaded.html", context, status=200 if taken else 422)


def _tiles(
    outcomes: Sequence[FileOutcome], taken: Sequence[tuple[FileOutcome, ImportedStatement]]
) -> list[Row]:
    refused = sum(1 for outcome in outcomes if outcome.error)
    doubtful = sum(len(each.doubtful) for _outcome, each in taken)
    return [
        {"label": _("新流水"), "value": sum(each.new for _outcome, each in taken), "icon": "plus"},
        {
            "label": _("已有的流水"),
            "value": sum(each.known for _outcome, each in taken),
            "note": _("不重复导入"),
            "icon": "checks",
        },
        {
            "label": _("可能重复"),
            "value": doubtful,
            "tone": "warn" if doubtful else "",
            "note": _("请核对") if doubtful else "",
            "icon": "help-circle",
        },
        {
            "label": _("被拒绝的文件"),
            "value": refused,
            "tone": "bad" if refused else "",
            "icon": "alert-circle",
        },
    ]


def _remarks(taken: Sequence[tuple[FileOutcome, ImportedStatement]]) -> list[str]:
    remarks = []
    for outcome, each in taken:
        remarks += [labelled(outcome.name, notice) for notice in each.notices]
        if each.doubtful:
            remarks.append(
                _("%(file)s：有 %(count)d 笔可能已经在账里，请核对（第一处在第 %(row)d 行）。")
                % {"file": outcome.name, "count": len(each.doubtful), "row": each.doubtful[0]}
            )
    return list(dict.fromkeys(remarks))


def _columns() -> list[Row]:
    return [
        {"label": _("文件"), "kind": "name", "lead": True},
        {"label": _("账户"), "kind": "name"},
        {"label": _("期间")},
        {"label": _("新增"), "kind": "count"},
        {"label": _("已有"), "kind": "count"},
        {"label": _("新增收入"), "kind": "money", "figure": True},
        {"label": _("新增支出"), "kind": "money"},
        {"label": _("期末"), "kind": "money", "minor": True},
    ]


def _row(work: Work, outcome: FileOutcome, each: ImportedStatement) -> Row:
    account, parsed = each.bank_account, each.parsed

    def money(amount: Decimal | None) -> Row | None:
        return None if amount is None else {"value": amount, "currency": account.currency}

    days = [line.booked_on for line in parsed.lines]
    starts, ends = parsed.starts_on or min(days), parsed.ends_on or max(days)
    return {
        "url": with_query(address(work, "bank-lines"), {"statement": each.statement_id}),
        "cells": [
            {
                "value": outcome.name,
                "note": _("以前导入过") if each.again else format_name(parsed.format),
            },
            account.name,
            span(starts, ends),
            each.new,
            each.known,
            money(each.came),
            money(each.went),
            money(parsed.closing),
        ],
    }

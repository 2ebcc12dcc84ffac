"""余额调节表: one account at the end of one month."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods

from huikuan.cash.operations import confirm_reconciliation
from huikuan.cash.reconciling import Explained, Reconciliation, reconciliation
from huikuan.core.errors import HuikuanError
from huikuan.organizations.actors import actor_words
from huikuan.web.banking.accounts import account_or_404, crumb
from huikuan.web.banking.words import gap_words
from huikuan.web.cash.parts import address
from huikuan.web.ledger.addresses import document_url
from huikuan.web.lists import with_query
from huikuan.web.pages import Work, page

Row = dict[str, Any]
ROWS_SHOWN = 50


class ConfirmForm(forms.Form):
    """The difference that was looked at, and a word on it."""

    seen = forms.DecimalField(widget=forms.HiddenInput())
    memo = forms.CharField(label=_l("说明"), max_length=1000, required=False)


@require_http_methods(["GET", "HEAD", "POST"])
@page("bank.read")
def page_of_month(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """Both balances, what explains their difference, and the confirmation."""
    account, month = account_or_404(key), _month(request, work)
    found = reconciliation(account, month)
    form = ConfirmForm(request.POST or None, initial={"seen": f"{found.difference:f}"})
    if request.method == "POST":
        work.actor.require("statement.write")
        if form.is_valid():
            try:
                confirm_reconciliation(
                    bank_account_id=key, month=month, actor=work.actor, today=work.today, **form.cleaned_data
                )
            except HuikuanError as error:
                form.add_error(None, error.message)
            else:
                messages.success(request, _("已确认 %s 的余额调节表。") % f"{month:%Y-%m}")
                return redirect(with_query(request.path, {"month": f"{month:%Y-%m}"}))
    context = {
        "title": _("余额调节表"),
        "over": account.name,
        "month": month,
        "note": _("截至 %s") % found.on.isoformat(),
        "months": _neighbours(request, work, month),
        "notices": _notices(work, found),
        "sums": _sums(found),
        "columns": [
            {"label": _("日期"), "kind": "date"},
            {"label": _("事项"), "kind": "name", "lead": True},
            {"label": _("金额"), "kind": "money", "figure": True},
        ],
        "tables": [
            _table(work, "bank-only", _("银行已动、账上没有"), found.bank_only),
            _table(work, "books-only", _("账上已动、银行没有"), found.books_only),
        ],
        "form": form if _may_confirm(work, found) else None,
        "currency": account.currency,
        "breadcrumbs": [
            crumb(work),
            {"label": account.name, "url": address(work, "bank-account", key)},
            {"label": _("余额调节表")},
        ],
    }
    return render(request, "banking/reconciliation.html", context, status=422 if form.errors else 200)


def _month(request: HttpRequest, work: Work) -> date:
    """The month asked for; without one, the last that is over."""
    said = request.GET.get("month", "")
    if not said:
        return (work.today.replace(day=1) - timedelta(days=1)).replace(day=1)
    try:
        return date.fromisoformat(f"{said}-01")
    except ValueError:
        raise Http404 from None


def _neighbours(request: HttpRequest, work: Work, month: date) -> list[Row]:
    before = (month - timedelta(days=1)).replace(day=1)
    after = (month + timedelta(days=32)).replace(day=1)
    rows: list[Row] = [
        {
            "label": f"{before:%Y-%m}",
            "url": with_query(request.path, {"month": f"{before:%Y-%m}"}),
            "icon": "arrow-left",
        }
    ]
    if after <= work.today:
        rows.append(
            {
                "label": f"{after:%Y-%m}",
                "url": with_query(request.path, {"month": f"{after:%Y-%m}"}),
                "icon": "arrow-right",
            }
        )
    return rows


def _may_confirm(work: Work, found: Reconciliation) -> bool:
    return work.actor.may("statement.write") and found.on < work.today and not found.stands


def _notices(work: Work, found: Reconciliation) -> list[Row]:
    rows: list[Row] = [dict(gap_words(gap, found.account.currency)) for gap in found.gaps[:5]]
    if found.account.currency != work.organization.currency:
        rows.append(
            {
                "tone": "notice",
                "title": _("外币账户"),
                "text": _(
                    "两边都按 %s 核对；账上的金额取自单据和流水，只调整本位币金额的分录（如月末调汇）不影响这里。"
                )
                % found.account.currency,
            }
        )
    if found.unexplained:
        rows.append(
            {
                "tone": "bad",
                "title": _("还有 %s 的差额没有列明原因") % f"{found.unexplained:,.2f}",
                "text": _("流水的处理金额与分录不一致，请核对。"),
            }
        )
    if found.confirmed is not None:
        told = {
            "by": actor_words(found.confirmed.act.actor_name),
            "at": f"{found.confirmed.act.recorded_at:%Y-%m-%d}",
        }
        if found.stands:
            rows.append(
                {
                    "tone": "good",
                    "title": _("%(by)s 已于 %(at)s 确认") % told,
                    "text": found.confirmed.memo,
                }
            )
        else:
            rows.append(
                {
                    "tone": "warn",
                    "title": _("余额在 %(by)s 于 %(at)s 确认之后变了") % told,
                    "text": _("确认时对账单余额 %(bank)s，账面余额 %(books)s；请重新核对并确认。")
                    % {
                        "bank": f"{found.confirmed.statement_balance:,.2f}",
                        "books": f"{found.confirmed.book_balance:,.2f}",
                    },
                }
            )
    return rows


def _sums(found: Reconciliation) -> list[Row]:
    currency = found.account.currency

    def money(label: str, value: Decimal, **more: Any) -> Row:
        return {"label": label, "value": value, "kind": "money", "currency": currency, **more}

    rows = [money(_("对账单余额"), found.statement_balance, strong=True)]
    rows.append(money(_("账面余额"), found.book_balance, strong=True))
    rows.append(money(_("相差"), found.difference, tone="bad" if found.difference else ""))
    if found.start:
        hint = _("%s 之前") % found.started_on if found.started_on else ""
        rows.append(money(_("其中：开始对账前的差额"), found.start, hint=hint))
    rows.append(money(_("其中：银行已动、账上没有"), _total(found.bank_only)))
    rows.append(money(_("其中：账上已动、银行没有"), _total(found.books_only)))
    rows.append(money(_("没有列明"), found.unexplained, tone="bad" if found.unexplained else ""))
    return rows


def _total(rows: Sequence[Explained]) -> Decimal:
    return sum((row.amount for row in rows), Decimal(0))


def _table(work: Work, name: str, title: str, rows: Sequence[Explained]) -> Row:
    shown = [
        {
            "url": address(work, "bank-line", row.line_id)
            if row.line_id
            else document_url(work, row.document_id),
            "cells": [row.on, row.what or _("（未注明）"), row.amount],
        }
        for row in rows[-ROWS_SHOWN:]
    ]
    shown.reverse()
    left = len(rows) - len(shown)
    if left:
        rest = _total(rows[:left])
        shown.append({"url": "", "cells": [None, _("更早的 %d 笔") % left, rest]})
    return {
        "id": name,
        "title": title,
        "rows": shown,
        "total": [None, _("合计"), _total(rows)] if len(rows) > 1 else None,
        "empty": {"title": _("没有未达账项"), "text": "", "icon": "circle-check"},
    }

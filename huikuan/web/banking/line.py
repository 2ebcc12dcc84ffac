"""One line of the bank: what it says, and what became of its money."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from huikuan.cash.models import LineKind, LineUse, StatementLine, UseKind
from huikuan.organizations.actors import actor_words
from huikuan.web.banking.accounts import crumb, span
from huikuan.web.banking.words import format_name, line_state, line_title, shown_number
from huikuan.web.cash.parts import address
from huikuan.web.ledger.addresses import document_url
from huikuan.web.lists import with_query
from huikuan.web.pages import Work, page

Row = dict[str, Any]


@require_safe
@page("bank.read")
def line(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """A line with its uses, those undone too."""
    found = StatementLine.objects.select_related("bank_account", "statement__act").filter(pk=key).first()
    if found is None:
        raise Http404
    uses = list(
        LineUse.objects.filter(line=found)
        .select_related("act", "document", "unidentified")
        .order_by("act__recorded_at", "pk")
    )
    state = line_state(found)
    context = {
        "line": found,
        "title": line_title(found),
        "over": pgettext("bank", "收入") if found.amount > 0 else _("支出"),
        "badge": state["label"],
        "badge_tone": state["tone"],
        "actions": actions(work, found),
        "facts": _facts(work, found),
        "sums": _sums(found),
        "use_columns": [
            {"label": _("处理"), "lead": True},
            {"label": _("单据")},
            {"label": _("说明"), "kind": "name", "minor": True},
            {"label": _("金额"), "kind": "money", "figure": True},
            {"label": _("经手人"), "minor": True},
            {"label": _("时间"), "kind": "moment", "minor": True},
            {"label": _("状态"), "kind": "badge"},
        ],
        "use_rows": _uses(work, uses),
        "use_empty": {
            "title": _("这笔流水还没有处理"),
            "text": _("找到付款的客户和它所付的应收之后，处理结果列在这里。"),
            "icon": "hourglass",
        },
        "currency": found.bank_account.currency,
        "breadcrumbs": [
            crumb(work),
            {"label": _("流水"), "url": address(work, "bank-lines")},
            {"label": line_title(found)},
        ],
    }
    return render(request, "banking/line.html", context)


def actions(work: Work, line: StatementLine) -> list[Row]:
    """To the workbench, where what is left of the line is settled."""
    if abs(line.amount) == line.used or not work.actor.may("receipt.record"):
        return []
    url = with_query(address(work, "workbench"), {"line": line.pk})
    return [{"label": _("到账核销"), "url": url, "icon": "checks", "primary": True}]


def _facts(work: Work, line: StatementLine) -> list[Row]:
    of, account = line.statement, line.bank_account
    return [
        {"label": _("对方户名"), "value": line.counterparty or None, "wide": True},
        {"label": _("对方账号"), "value": shown_number(line.counterparty_account) or None},
        {"label": _("对方开户行"), "value": line.counterparty_bank or None},
        {"label": _("摘要"), "value": line.text or None, "wide": True},
        {"label": _("入账日期"), "value": line.booked_on, "kind": "date"},
        {"label": _("起息日"), "value": line.value_on, "kind": "date"},
        {"label": _("种类"), "value": LineKind(line.kind).label},
        {"label": _("银行流水号"), "value": line.reference or None},
        {"label": _("账户"), "value": account.name, "url": address(work, "bank-account", account.pk)},
        {
            "label": _("对账单"),
            "value": span(of.starts_on, of.ends_on),
            "url": with_query(address(work, "bank-lines"), {"statement": of.pk}),
            "hint": f"{format_name(of.format)} · {of.file_name}",
        },
    ]


def _sums(line: StatementLine) -> list[Row]:
    currency = line.bank_account.currency
    rows: list[Row] = [
        {"label": _("金额"), "value": line.amount, "kind": "money", "currency": currency, "strong": True},
        {"label": _("已处理"), "value": line.used, "kind": "money", "currency": currency},
        {
            "label": _("未处理"),
            "value": abs(line.amount) - line.used,
            "kind": "money",
            "currency": currency,
        },
    ]
    if line.balance is not None:
        rows.append({"label": _("此后余额"), "value": line.balance, "kind": "money", "currency": currency})
    return rows


def _uses(work: Work, uses: Sequence[LineUse]) -> list[Row]:
    undone = {use.undoes_id for use in uses if use.undoes_id}
    rows = []
    for use in uses:
        if use.undoes_id:
            continue
        said: Row | None = None
        if use.document is not None:
            said = {"value": use.document.number, "url": document_url(work, use.document_id)}
        elif use.unidentified is not None:
            said = {"value": use.unidentified.number, "url": address(work, "claims")}
        rows.append(
            {
                "cells": [
                    UseKind(use.kind).label,
                    said,
                    use.memo or None,
                    use.amount,
                    _("自动") if use.automatic else actor_words(use.act.actor_name),
                    use.act.recorded_at,
                    {"label": _("已撤销"), "tone": "plain"}
                    if use.pk in undone
                    else {"label": _("有效"), "tone": "good"},
                ]
            }
        )
    return rows

"""结转损益: what a month's accounts of profit and loss hold, and moving it to 本年利润."""

from __future__ import annotations

from decimal import Decimal

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from huikuan.books.operations import close_profit
from huikuan.books.queries.profit import profit_to_close
from huikuan.core.errors import HuikuanError
from huikuan.ledger.account_names import account_name
from huikuan.web.books.addresses import address, voucher_url
from huikuan.web.books.months import parse_month
from huikuan.web.pages import Work, page

ZERO = Decimal(0)


@require_http_methods(["GET", "HEAD", "POST"])
@page("voucher.prepare")
def profit(request: HttpRequest, work: Work, month: str) -> HttpResponse:
    """The accounts that will be brought to zero, and the act; its voucher is reviewed and posted like any other."""
    first = parse_month(month)
    if first is None:
        raise Http404
    refused = ""
    if request.method == "POST":
        try:
            closed = close_profit(month=first, actor=work.actor, today=work.today)
        except HuikuanError as error:
            refused = error.message
        else:
            if closed is None:
                messages.info(request, _("损益科目没有余额，不用结转。"))
                return redirect("profit", work.organization.code, month)
            messages.success(request, _("已结转损益，凭证等待审核。"))
            return redirect(voucher_url(work, closed.voucher_id))
    found = profit_to_close(first)
    rest = -sum((each.balance for each in found), ZERO)
    context = {
        "month": month,
        "refused": refused,
        "columns": [
            {"label": _("会计科目"), "lead": True},
            {"label": _("借方"), "kind": "money"},
            {"label": _("贷方"), "kind": "money"},
        ],
        "rows": [
            {
                "cells": [
                    {"value": account_name(each.name), "note": each.code},
                    -each.balance if each.balance < 0 else None,
                    each.balance if each.balance > 0 else None,
                ]
            }
            for each in found
        ],
        "total": [_("本年利润"), -rest if rest < 0 else None, rest if rest > 0 else None] if found else None,
        "may_close": bool(found),
        "currency": work.organization.currency,
        "empty": {
            "title": _("不用结转"),
            "text": _("到这个月末，损益科目都没有余额。"),
            "icon": "circle-check",
        },
        "breadcrumbs": [
            {"label": _("凭证"), "url": address(work, "vouchers")},
            {"label": _("结转损益 %s") % month},
        ],
    }
    return render(request, "books/profit.html", context, status=422 if refused else 200)

"""The balance sheet and the income statement; each number leads to the balances behind it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from huikuan.books.queries.statements import (
    Detail,
    Statement,
    StatementLine,
    balance_details,
    balance_sheet,
    income_details,
    income_statement,
)
from huikuan.books.queries.vouchers import unposted_by_hand
from huikuan.books.rules.presentation import ASSETS, Standard
from huikuan.ledger.account_names import account_name
from huikuan.web.books.addresses import address
from huikuan.web.books.line_titles import line_title
from huikuan.web.books.months import MonthForm
from huikuan.web.lists import paging, place_in
from huikuan.web.pages import Work, page

ROWS = 100
BALANCE, INCOME = "balance-sheet", "income"


@require_safe
@page("books.read")
def balance(request: HttpRequest, work: Work) -> HttpResponse:
    """资产负债表: assets at the left, liabilities and equity at the right."""
    form = MonthForm(request.GET, today=work.today)
    sheet = balance_sheet(month=form.chosen)
    assets = [line for line in sheet.lines if line.part in ASSETS or line.name == "total_assets"]
    claims = [line for line in sheet.lines if line not in assets]
    context = {
        "form": form,
        "sides": _level(
            {"title": _("资产"), "lines": _shown(work, sheet, assets, BALANCE)},
            {"title": _("负债和所有者权益"), "lines": _shown(work, sheet, claims, BALANCE)},
        ),
        "heads": (_("期末余额"), _("年初余额")),
        "balanced": sheet.amount("total_assets") == sheet.amount("total_claims"),
        **_frame(work, sheet, _("资产负债表")),
    }
    return render(request, "books/statement.html", context)


@require_safe
@page("books.read")
def income(request: HttpRequest, work: Work) -> HttpResponse:
    """利润表: the month and the year to date."""
    form = MonthForm(request.GET, today=work.today)
    statement = income_statement(month=form.chosen)
    context = {
        "form": form,
        "sides": [{"title": _("项目"), "lines": _shown(work, statement, statement.lines, INCOME)}],
        "heads": (_("本月金额"), _("本年累计")),
        "balanced": True,
        **_frame(work, statement, _("利润表")),
    }
    return render(request, "books/statement.html", context)


def _level(*sides: dict[str, Any]) -> list[dict[str, Any]]:
    """Two sides whose totals stand on one line: the shorter one has empty lines before its last."""
    longest = max(len(side["lines"]) for side in sides)
    return [{**side, "empty_lines": range(longest - len(side["lines"]))} for side in sides]


def _frame(work: Work, statement: Statement, title: str) -> dict[str, Any]:
    standards = {Standard.ENTERPRISE: _("企业会计准则"), Standard.SMALL: _("小企业会计准则")}
    return {
        "title": title,
        "over": standards[statement.standard],
        "currency": work.organization.currency,
        "unposted": unposted_by_hand(statement.month),
        "vouchers_url": address(work, "vouchers"),
        "actions": [
            {"label": label, "url": address(work, name, month=statement.month), "icon": icon}
            for name, label, icon in (
                (BALANCE, _("资产负债表"), "report-money"),
                (INCOME, _("利润表"), "trending-up"),
                ("customer-balances", _("客户余额表"), "users"),
            )
            if label != title
        ],
        "breadcrumbs": [{"label": title}],
    }


def _shown(work: Work, statement: Statement, lines: Any, name: str) -> list[dict[str, Any]]:
    """Lines with something on them, and the totals; each number with where it leads."""
    shown = []
    for line in lines:
        if not (line.is_total or line.amount or line.before):
            continue
        shown.append(
            {
                "title": line_title(line.title),
                "is_total": line.is_total,
                "amount": line.amount,
                "before": line.before,
                "url": "" if line.is_total else _detail_url(work, statement, name, line, before=False),
                "before_url": "" if line.is_total else _detail_url(work, statement, name, line, before=True),
            }
        )
    return shown


def _detail_url(work: Work, statement: Statement, name: str, line: StatementLine, *, before: bool) -> str:
    if not (line.before if before else line.amount):
        return ""
    month = statement.month
    parameters: dict[str, object] = {"month": month}
    if before and name == BALANCE:
        parameters = {"month": date(month.year - 1, 12, 1)}
    elif before:
        parameters["year"] = "1"
    return address(work, "statement-line", name, line.name, **parameters)


@require_safe
@page("books.read")
def line(request: HttpRequest, work: Work, statement: str, line: str) -> HttpResponse:
    """The balances that make a line, with the same total; each leads to its ledger."""
    form = MonthForm(request.GET, today=work.today)
    month = form.chosen
    year = "year" in request.GET
    if statement == BALANCE:
        read, details, since = balance_sheet(month=month), balance_details(month=month), month
    elif statement == INCOME:
        read = income_statement(month=month)
        details = income_details(month=month, year=year)
        since = month.replace(month=1) if year else month
    else:
        raise Http404
    found = next((each for each in read.lines if each.name == line and not each.is_total), None)
    if found is None:
        raise Http404
    rows = [each for each in details if each.line == line]
    total = sum((each.amount for each in rows), Decimal(0))
    place = place_in(request, size=ROWS)
    title = _("资产负债表") if statement == BALANCE else _("利润表")
    context = {
        "title": line_title(found.title),
        "over": f"{title} · {_span(since, month)}",
        "columns": [
            {"label": _("科目"), "kind": "name", "lead": True},
            {"label": pgettext("singular", "客户"), "kind": "name"},
            {"label": _("金额"), "kind": "money", "figure": True},
        ],
        "rows": [_row(work, each, since, month) for each in rows[place.slice]],
        "total": [_("合计"), "", total],
        "paging": paging(request, place, len(rows)),
        "base_currency": work.organization.currency,
        "empty": {"title": _("这一行没有余额"), "icon": "table"},
        "breadcrumbs": [
            {"label": title, "url": address(work, statement, month=month)},
            {"label": line_title(found.title)},
        ],
    }
    return render(request, "books/statement_line.html", context)


def _span(since: date, until: date) -> str:
    return f"{until:%Y-%m}" if since == until else f"{since:%Y-%m} – {until:%Y-%m}"


def _row(work: Work, each: Detail, since: date, until: date) -> dict[str, Any]:
    span = {"since": since, "until": until}
    if each.customer_id:
        url = address(work, "customer-ledger", each.customer_id, **span, account=each.code)
        customer: Any = {"value": each.customer_name, "note": each.customer_code}
    else:
        url, customer = address(work, "account-ledger", each.account_id, **span), None
    return {
        "url": url,
        "cells": [{"value": account_name(each.name), "note": each.code}, customer, each.amount],
    }

"""Trial balance, account ledgers, and the balances and ledgers of customers."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from huikuan.books.queries.balances import COLUMNS, CustomerBalance, customer_balances, trial_balance
from huikuan.books.queries.ledgers import Ledger, LedgerLine, ledger
from huikuan.core.dates import month_end
from huikuan.customers.models import Customer
from huikuan.ledger.account_names import account_name
from huikuan.ledger.models import Account, Control
from huikuan.web.books.addresses import address, voucher_url
from huikuan.web.books.months import MonthForm, SpanForm
from huikuan.web.books.words import voucher_title
from huikuan.web.ledger.addresses import customer_url, document_url
from huikuan.web.ledger.words import event_name
from huikuan.web.lists import paging, place_in
from huikuan.web.pages import Work, page

LINES = 100


@require_safe
@page("books.read")
def trial(request: HttpRequest, work: Work) -> HttpResponse:
    """科目余额表: every account over a span of months; each leads to its ledger."""
    form = SpanForm(request.GET, today=work.today)
    found = trial_balance(since=form.first, until=form.last)
    span = {"since": form.first, "until": form.last}
    heads = (_("期初借方"), _("期初贷方"), _("本期借方"), _("本期贷方"), _("期末借方"), _("期末贷方"))
    rows = []
    data = found.rows
    for row in data:
        opening, closing = row.opening, row.closing
        figures = (
            max(opening, 0) or None,
            max(-opening, 0) or None,
            row.debit or None,
            row.credit or None,
            max(closing, 0) or None,
            max(-closing, 0) or None,
        )
        rows.append(
            {
                "url": address(work, "account-ledger", row.account_id, **span),
                "cells": [{"value": account_name(row.name), "note": row.code}, *figures],
            }
        )
    context = {
        "form": form,
        "balanced": found.balances,
        "columns": [
            {"label": _("科目"), "kind": "name", "lead": True},
            *({"label": head, "kind": "money", "figure": place == 4} for place, head in enumerate(heads)),
        ],
        "rows": rows,
        "total": [_("合计"), *(found.total(name) for name in COLUMNS)],
        "base_currency": work.organization.currency,
        "empty": {"title": _("这几个月没有记账"), "icon": "table"},
        "breadcrumbs": [{"label": _("科目余额表")}],
    }
    return render(request, "books/trial_balance.html", context)


@require_safe
@page("books.read")
def account(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """明细账: the lines of an account; each leads to its voucher."""
    found = Account.objects.filter(pk=key).first()
    if found is None:
        raise Http404
    form = SpanForm(request.GET, today=work.today)
    place = place_in(request, size=LINES)
    read = ledger(
        account_id=key, since=form.first, until=form.last, offset=place.slice.start or 0, limit=LINES
    )
    by_customer = address(work, "customer-balances", month=form.last, account=found.code)
    context = {
        "title": found.label,
        "over": found.code,
        "actions": [{"label": _("按客户"), "url": by_customer, "icon": "users"}] if found.control else [],
        "form": form,
        **_lines(request, work, read, place, whose=_("客户")),
        "breadcrumbs": [
            {
                "label": _("科目余额表"),
                "url": address(work, "trial-balance", since=form.first, until=form.last),
            },
            {"label": f"{found.code} {found.label}"},
        ],
    }
    return render(request, "books/ledger.html", context)


@require_safe
@page("books.read")
def customers(request: HttpRequest, work: Work) -> HttpResponse:
    """客户余额表: what stands for each customer on each account at the end of a month."""
    form = MonthForm(request.GET, today=work.today)
    code = request.GET.get("account", "")
    chosen = Account.objects.filter(code=code).exclude(control=Control.NONE).first() if code else None
    found = customer_balances(on=month_end(form.chosen), account_id=chosen.pk if chosen else None)
    place = place_in(request, size=LINES)
    total = sum((each.balance for each in found), start=0)
    context = {
        "form": form,
        "title": _("客户余额表"),
        "over": str(chosen) if chosen else "",
        "kept": {"account": code} if chosen else {},
        "columns": [
            {"label": pgettext("singular", "客户"), "kind": "name", "lead": True},
            {"label": _("科目")},
            {"label": _("借方余额"), "kind": "money", "figure": True},
            {"label": _("贷方余额"), "kind": "money"},
        ],
        "rows": [_customer_row(work, each, form.chosen) for each in found[place.slice]],
        "total": [_("合计"), "", *(max(total, 0) or None, max(-total, 0) or None)],
        "paging": paging(request, place, len(found)),
        "base_currency": work.organization.currency,
        "empty": {"title": _("没有余额"), "icon": "users"},
        "breadcrumbs": [
            {"label": _("科目余额表"), "url": address(work, "trial-balance")},
            {"label": _("客户余额表")},
        ],
    }
    return render(request, "books/customers.html", context)


def _customer_row(work: Work, each: CustomerBalance, month: date) -> dict[str, Any]:
    return {
        "url": address(
            work, "customer-ledger", each.customer_id, since=month, until=month, account=each.code
        ),
        "cells": [
            {"value": each.customer_name, "note": each.customer_code},
            f"{each.code} {account_name(each.name)}",
            max(each.balance, 0) or None,
            max(-each.balance, 0) or None,
        ],
    }


@require_safe
@page("books.read")
def customer(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """客户明细账: a customer over all accounts that items make up, or on one."""
    found = Customer.objects.filter(pk=key).first()
    if found is None:
        raise Http404
    form = SpanForm(request.GET, today=work.today)
    code = request.GET.get("account", "")
    chosen = Account.objects.filter(code=code).exclude(control=Control.NONE).first() if code else None
    place = place_in(request, size=LINES)
    read = ledger(
        customer_id=key,
        account_id=chosen.pk if chosen else None,
        since=form.first,
        until=form.last,
        offset=place.slice.start or 0,
        limit=LINES,
    )
    context = {
        "title": found.name,
        "over": f"{found.code} · {chosen.code} {chosen.label}" if chosen else found.code,
        "actions": [{"label": _("客户档案"), "url": customer_url(work, key), "icon": "user"}],
        "form": form,
        "kept": {"account": code} if chosen else {},
        **_lines(request, work, read, place, whose=_("科目")),
        "breadcrumbs": [
            {"label": _("客户余额表"), "url": address(work, "customer-balances", month=form.last)},
            {"label": found.name},
        ],
    }
    return render(request, "books/ledger.html", context)


def _lines(request: HttpRequest, work: Work, read: Ledger, place: Any, *, whose: str) -> dict[str, Any]:
    of_customer = whose == _("科目")
    return {
        "ledger": read,
        "columns": [
            {"label": _("日期"), "kind": "date", "lead": True},
            {"label": _("凭证号")},
            {"label": _("摘要"), "kind": "name"},
            {"label": whose, "kind": "name", "minor": True},
            {"label": _("借方"), "kind": "money"},
            {"label": _("贷方"), "kind": "money"},
            {"label": _("余额"), "kind": "money", "figure": True},
        ],
        "rows": [_line(work, line, of_customer=of_customer) for line in read.lines],
        "total": ["", "", _("本期合计"), "", read.debit, read.credit, read.closing],
        "paging": paging(request, place, read.count),
        "base_currency": work.organization.currency,
        "empty": {"title": _("这几个月没有发生额"), "icon": "table"},
    }


def _line(work: Work, line: LedgerLine, *, of_customer: bool) -> dict[str, Any]:
    voucher = voucher_url(work, line.voucher_id)
    document = document_url(work, line.document_id)
    text = line.memo or " ".join(each for each in (event_name(line.event), line.document_number) if each)
    return {
        "url": document or voucher,
        "cells": [
            line.on,
            {"value": voucher_title(line.voucher_word, line.voucher_number), "url": voucher}
            if voucher
            else {"value": _("未编制"), "tone": "secondary"},
            {"value": text, "url": document} if document else text,
            line.account_code if of_customer else line.customer_name or None,
            line.debit or None,
            line.credit or None,
            line.balance,
        ],
    }

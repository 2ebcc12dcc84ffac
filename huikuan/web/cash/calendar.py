"""到期日历: which bills are paid when, and what may still come back to us."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from huikuan.cash.models import Bill, BillState
from huikuan.cash.queries import AT_RISK, maturity_calendar
from huikuan.web.cash.parts import address, bills_crumb
from huikuan.web.cash.words import bill_state, kind_words, maturity, short_number
from huikuan.web.lists import with_query
from huikuan.web.pages import Work, page
from huikuan.web.scopes import visible

SOON_DAYS = 30
BILLS_SHOWN = 500


@require_safe
@page("ledger.read")
def calendar(request: HttpRequest, work: Work) -> HttpResponse:
    """Bills that are not over, by the month in which they are paid."""
    seen = visible(work.actor)
    found = maturity_calendar(work.today)
    if seen is not None:
        found = found.filter(customer__salesperson_id__in=seen)
    bills = list(found[:BILLS_SHOWN])
    months = [
        _month(work, month, list(group))
        for month, group in groupby(bills, key=lambda bill: bill.pays_on.replace(day=1))
    ]
    context = {
        "title": _("到期日历"),
        "note": _("按实际兑付日（到期日遇休息日顺延）排列；逾期未处理的排在最前。"),
        "tiles": _tiles(work, bills),
        "months": months,
        "columns": _columns(),
        "currency": work.organization.currency,
        "breadcrumbs": [bills_crumb(work), {"label": _("到期日历")}],
    }
    return render(request, "cash/calendar.html", context)


def _tiles(work: Work, bills: Sequence[Bill]) -> list[dict[str, Any]]:
    def sum_of(wanted: Sequence[Bill]) -> Decimal:
        return sum((bill.face for bill in wanted), Decimal(0))

    held = [bill for bill in bills if bill.state == BillState.HELD]
    late = [bill for bill in bills if bill.pays_on < work.today]
    soon = [bill for bill in held if 0 <= (bill.pays_on - work.today).days <= SOON_DAYS]
    at_risk = [bill for bill in bills if bill.state in AT_RISK and bill.pays_on >= work.today]
    currency, here = work.organization.currency, address(work, "bills")
    return [
        {
            "label": _("持有票据"),
            "value": sum_of(held),
            "currency": currency,
            "url": with_query(here, {"state": BillState.HELD.value}),
            "note": _("%d 张") % len(held),
        },
        {
            "label": _("%d 天内到期") % SOON_DAYS,
            "value": sum_of(soon),
            "currency": currency,
            "note": _("%d 张") % len(soon),
        },
        {
            "label": _("到期未处理"),
            "value": sum_of(late),
            "currency": currency,
            "tone": "bad" if late else "",
            "note": _("%d 张") % len(late),
        },
        {
            "label": _("有追索敞口"),
            "value": sum_of(at_risk),
            "currency": currency,
            "note": _("已背书或贴现、尚未到期的 %d 张") % len(at_risk),
        },
    ]


def _columns() -> list[dict[str, Any]]:
    return [
        {"label": _("票据号"), "lead": True},
        {"label": _("交票客户"), "kind": "name"},
        {"label": _("承兑人"), "kind": "name", "minor": True},
        {"label": _("兑付日"), "kind": "date"},
        {"label": _("距到期"), "kind": "num", "minor": True},
        {"label": _("票面金额"), "kind": "money", "figure": True},
        {"label": _("状态"), "kind": "badge"},
    ]


def _month(work: Work, month: date, bills: Sequence[Bill]) -> dict[str, Any]:
    total = sum((bill.face for bill in bills), Decimal(0))
    return {
        "id": f"month-{month:%Y-%m}",
        "title": f"{month:%Y-%m}",
        "rows": [_row(work, bill) for bill in bills],
        "total": [_("合计"), "", "", "", "", total, ""] if len(bills) > 1 else None,
    }


def _row(work: Work, bill: Bill) -> dict[str, Any]:
    late = bill.pays_on < work.today
    return {
        "url": address(work, "bill", bill.pk),
        "cells": [
            {"value": short_number(bill), "note": kind_words(bill)},
            {"value": bill.customer.name, "note": bill.customer.code},
            bill.acceptor,
            bill.pays_on,
            {"value": maturity(bill, work.today), "tone": "bad" if late else ""},
            bill.face,
            bill_state(bill),
        ],
    }

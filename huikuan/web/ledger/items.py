"""The open items behind a number, with the same total."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from huikuan.reports.filters import ItemFilter
from huikuan.reports.open_items import ItemPage, ItemRow, ItemTotal, Order, open_items_as_of, open_items_total
from huikuan.web.ledger.addresses import document_url
from huikuan.web.ledger.item_filters import ItemFilterForm, filter_of
from huikuan.web.ledger.states import state_of
from huikuan.web.ledger.words import kind_name
from huikuan.web.lists import PAGE_SIZE, address
from huikuan.web.pages import Work, page
from huikuan.web.reports.moments import moment_note
from huikuan.web.scopes import visible
from huikuan.web.templatetags.money import count, money

# One direction each, so that pages can be continued from the last row of the one before.
ORDERS = {"due": Order.DUE, "-amount": Order.LARGEST, "on": Order.DOCUMENT}
DEFAULT_SORT = "due"
REMEMBERED_PAGES = 20


@require_safe
@page("ledger.read")
def items(request: HttpRequest, work: Work) -> HttpResponse:
    """Open items under a filter; the total line is the sum of all of them, not of the page."""
    seen = visible(work.actor)
    where = filter_of(request.GET, seen)
    form = ItemFilterForm(request.GET, where=where, seen=seen, work=work)
    asked = form.moment(work)
    sort = _sort(request)
    after = request.GET.get("after") or None
    reading: dict[str, Any] = {
        "as_of": asked.as_of,
        "known_at": asked.known_at,
        "where": where,
        "salesperson_ids": seen,
    }
    total = open_items_total(**reading)
    found = open_items_as_of(**reading, order=ORDERS[sort], after=after, limit=PAGE_SIZE)
    context = {
        "form": form,
        "clear_url": request.path if where != ItemFilter() or asked.as_parameters() else "",
        "sort": sort,
        "note": moment_note(found.as_of, found.known_at),
        "chosen": form.described(where),
        "columns": _columns(),
        "rows": [_row(work, row, found) for row in found.rows],
        "sums_row": _sums(total) if total.count else None,
        "paging": _paging(request, total.count, after, found.after),
        "base_currency": found.currency,
        "empty": {"title": _("没有符合条件的应收"), "text": _("换一个条件，或清除筛选。"), "icon": "inbox"},
        "breadcrumbs": [{"label": _("应收明细")}],
    }
    return render(request, "ledger/items.html", context)


def _sort(request: HttpRequest) -> str:
    """The order asked for; the other direction of a column is its only one."""
    key = request.GET.get("sort", DEFAULT_SORT).removeprefix("-")
    return next((sort for sort in ORDERS if sort.removeprefix("-") == key), DEFAULT_SORT)


def _columns() -> list[dict[str, Any]]:
    return [
        {"label": _("单据"), "lead": True},
        {"label": _("客户"), "kind": "name"},
        {"label": _("业务员"), "minor": True},
        {"label": _("单据日期"), "kind": "date", "sort": "on", "minor": True},
        {"label": _("到期日"), "kind": "date", "sort": "due"},
        {"label": _("状态"), "kind": "badge"},
        {"label": _("未核销"), "kind": "money", "sort": "amount"},
    ]


def _row(work: Work, row: ItemRow, found: ItemPage) -> dict[str, Any]:
    state = state_of(
        side=row.side,
        amount=abs(row.amount),
        open_amount=abs(row.open_amount),
        due_on=row.effective_due_on,
        today=found.as_of,
    )
    foreign = (
        f"{row.currency} {money(row.open_amount, row.currency)}" if row.currency != found.currency else ""
    )
    cells: list[Any] = [
        {"value": row.number, "note": _kind_note(row)},
        {"value": row.customer_name, "note": row.customer_code},
        row.salesperson_name or None,
        row.document_on,
        row.effective_due_on if row.side > 0 else None,
        state,
        {"value": row.open_base, "note": foreign},
    ]
    return {"url": document_url(work, row.document_id), "cells": cells}


def _kind_note(row: ItemRow) -> str:
    kind = kind_name(row.kind)
    return f"{kind} · {_('第 %d 期') % row.line}" if row.line > 1 else kind


def _sums(total: ItemTotal) -> list[Any]:
    return [_("合计（%s 笔）") % count(total.count), "", "", "", "", "", total.base]


def _paging(request: HttpRequest, rows: int, after: str | None, following: str | None) -> dict[str, Any]:
    """Pages continue from the last row of the one before; the marks of earlier pages travel in the address."""
    past = [mark for mark in request.GET.get("past", "").split(",") if mark]
    paging: dict[str, Any] = {"text": _("共 %s 笔") % count(rows)} if rows else {}
    if following:
        marks = [*past, after][-REMEMBERED_PAGES:] if after else past
        paging["next_url"] = address(request, after=following, past=",".join(marks) or None)
    if after:
        paging["previous_url"] = address(
            request, after=past[-1] if past else None, past=",".join(past[:-1]) or None
        )
    return paging

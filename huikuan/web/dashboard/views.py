"""The first page: where the receivables stand, and what to look at first."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from huikuan.customers.models import Customer
from huikuan.reports.dashboard import (
    LONG_OVERDUE_DAYS,
    NEWLY_OVERDUE_DAYS,
    Dashboard,
    Debtor,
    Figure,
    Items,
    Unapplied,
)
from huikuan.reports.dashboard import dashboard as dashboard_figures
from huikuan.reports.filters import ItemFilter
from huikuan.reports.open_items import ItemRow
from huikuan.web.ledger.addresses import document_url, documents_url, items_url
from huikuan.web.ledger.item_filters import parameters_of
from huikuan.web.ledger.register import RECEIVED
from huikuan.web.ledger.words import kind_name
from huikuan.web.lists import with_query
from huikuan.web.navigation import area_url
from huikuan.web.pages import Work, page
from huikuan.web.reports.moments import moment_note
from huikuan.web.reports.words import bucket_label
from huikuan.web.scopes import visible
from huikuan.web.templatetags.money import count, money, percent

Row = dict[str, Any]


@require_safe
@page("dashboard.read")
def dashboard(request: HttpRequest, work: Work) -> HttpResponse:
    """The figures of today; each leads to the rows that make it. An empty company is told what to do first."""
    context: Row = {"breadcrumbs": [{"label": _("总览")}]}
    if not Customer.objects.exists():
        return render(request, "dashboard/empty.html", context | {"steps": _first_steps(work)})
    found = dashboard_figures(today=work.today, salesperson_ids=visible(work.actor))
    context |= {
        "note": moment_note(found.today, found.known_at),
        "tiles": _tiles(work, found),
        "chart": _chart(work, found),
        "strip": _strip(work, found),
        "attention": _attention(work, found),
        "debtor_columns": _debtor_columns(),
        "debtor_rows": [_debtor_row(work, debtor) for debtor in found.debtors],
        "debtors_url": with_query(area_url("customers", work), {"sort": "-balance"})
        if work.actor.may("customer.read")
        else "",
        "item_columns": _item_columns(),
        "newly_rows": _item_rows(work, found.attention.newly_overdue),
        "newly_url": _where_url(work, found.attention.newly_overdue.where),
        "long_rows": _item_rows(work, found.attention.long_overdue),
        "long_url": _where_url(work, found.attention.long_overdue.where),
        "unapplied_columns": _unapplied_columns(),
        "unapplied_rows": [_unapplied_row(work, each) for each in found.attention.unapplied],
        "aging_url": area_url("aging", work) if work.actor.may("report.read") else "",
    }
    return render(request, "dashboard/dashboard.html", context)


def _where_url(work: Work, where: ItemFilter) -> str:
    return items_url(work, **parameters_of(where))


def _first_steps(work: Work) -> list[Row]:
    """What an empty company does first, for those who may."""
    url = area_url("import-home", work) if work.actor.may("import.run") else ""
    if not url:
        return []
    return [
        {"label": _("导入客户"), "url": f"{url}?kind=customers", "icon": "users"},
        {"label": _("导入应收单"), "url": f"{url}?kind=invoices", "icon": "file-import", "primary": True},
    ]


def _tiles(work: Work, found: Dashboard) -> list[Row]:
    received = found.received_this_month
    received_url = documents_url(
        work, kind=RECEIVED, since=received.from_on.isoformat(), until=received.until_on.isoformat()
    )
    return [
        _tile(work, _("应收余额"), found.receivable, "report-money", note=_credits_note(found)),
        _tile(
            work,
            _("逾期"),
            found.overdue,
            "alert-triangle",
            note=_("占应收 %s") % _share(found),
            tone="bad" if found.overdue.amount else "",
        ),
        _tile(work, _("本周到期"), found.due_this_week, "calendar-due", note=_week_note(found)),
        {
            "label": _("本月回款"),
            "value": received.amount,
            "url": received_url,
            "icon": "cash",
            "note": _("收款和预收，%s 起") % received.from_on.isoformat(),
        },
    ]


def _tile(work: Work, label: str, figure: Figure, icon: str, *, note: str = "", tone: str = "") -> Row:
    url = _where_url(work, figure.where)
    return {"label": label, "value": figure.amount, "url": url, "icon": icon, "note": note, "tone": tone}


def _share(found: Dashboard) -> str:
    return percent(found.overdue.amount / found.receivable.amount if found.receivable.amount else None, 1)


def _credits_note(found: Dashboard) -> str:
    if not found.unallocated.amount:
        return _("没有未核销的贷项")
    return _("另有未核销贷项 %s") % money(found.unallocated.amount, found.currency)


def _week_note(found: Dashboard) -> str:
    where = found.due_this_week.where
    return f"{where.due_from:%m-%d} – {where.due_until:%m-%d}"


def _buckets(found: Dashboard) -> list[tuple[str, Any]]:
    total = found.aging.total
    amounts = total.amounts if total else ()
    return [(bucket.name, amount) for bucket, amount in zip(found.aging.buckets, amounts, strict=False)]


def _chart(work: Work, found: Dashboard) -> Row:
    """The aging as bars; each leads to the items of its bucket."""
    points = [
        {"value": amount, "tone": f"age-{place}", "url": _where_url(work, found.aging.behind(None, name))}
        for place, (name, amount) in enumerate(_buckets(found))
    ]
    return {
        "kind": "bar",
        "categories": [bucket_label(name) for name, _amount in _buckets(found)],
        "currency": found.currency,
        "series": [{"name": _("应收"), "points": points}],
    }


def _strip(work: Work, found: Dashboard) -> list[Row]:
    return [
        {
            "name": name,
            "label": bucket_label(name),
            "amount": amount,
            "url": _where_url(work, found.aging.behind(None, name)),
        }
        for name, amount in _buckets(found)
    ]


def _attention(work: Work, found: Dashboard) -> list[Row]:
    """The amounts to look at, as a list of facts; nothing that is zero."""
    attention = found.attention
    rows = [
        _attention_row(
            work, found, _("最近 %d 天内逾期") % NEWLY_OVERDUE_DAYS, attention.newly_overdue, "warn"
        ),
        _attention_row(work, found, _("逾期超过 %d 天") % LONG_OVERDUE_DAYS, attention.long_overdue, "bad"),
    ]
    rows = [row for row in rows if row["value"]]
    if attention.unapplied:
        label = _("已有款项可抵逾期的客户")
        rows.append(
            {"label": label, "value": attention.unapplied_count, "kind": "count", "url": "#unapplied"}
        )
    return rows


def _unapplied_columns() -> list[Row]:
    return [
        {"label": _("客户"), "kind": "name", "lead": True},
        {"label": _("未核销贷项"), "kind": "money"},
        {"label": _("逾期"), "kind": "money"},
    ]


def _unapplied_row(work: Work, each: Unapplied) -> Row:
    cells = [{"value": each.name, "note": each.code}, -each.unallocated, each.overdue]
    return {"url": _where_url(work, each.where), "cells": cells}


def _attention_row(work: Work, found: Dashboard, label: str, items: Items, tone: str) -> Row:
    number = items.total.count
    return {
        "label": label,
        "value": items.total.base,
        "kind": "money",
        "currency": found.currency,
        "tone": tone,
        "url": _where_url(work, items.where),
        "hint": ngettext("%s 笔", "%s 笔", number) % count(number),
    }


def _debtor_columns() -> list[Row]:
    return [
        {"label": _("客户"), "kind": "name", "lead": True},
        {"label": _("应收余额"), "kind": "money"},
        {"label": _("占比"), "kind": "percent"},
        {"label": _("其中逾期"), "kind": "money"},
    ]


def _debtor_row(work: Work, debtor: Debtor) -> Row:
    cells = [
        {"value": debtor.name, "note": debtor.code},
        debtor.receivable,
        debtor.share,
        debtor.overdue or None,
    ]
    return {"url": _where_url(work, debtor.where), "cells": cells}


def _item_columns() -> list[Row]:
    return [
        {"label": _("客户"), "kind": "name", "lead": True},
        {"label": _("逾期天数"), "kind": "count"},
        {"label": _("未核销"), "kind": "money"},
    ]


def _item_rows(work: Work, items: Items) -> list[Row]:
    return [_item_row(work, row) for row in items.rows]


def _item_row(work: Work, row: ItemRow) -> Row:
    return {
        "url": document_url(work, row.document_id),
        "cells": [
            {"value": row.customer_name, "note": f"{kind_name(row.kind)} {row.number}"},
            row.overdue_days,
            row.open_base,
        ],
    }

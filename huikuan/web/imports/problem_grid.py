"""The rows an import left out, as the page shows them: filters, reasons, fields to type over."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from huikuan.integrations import queries
from huikuan.integrations.models import Batch, Problem
from huikuan.integrations.tables import KINDS
from huikuan.web.pages import Work

PER_PAGE = 20
_FILTERS = {
    "": queries.OPEN,
    "set_aside": (Problem.Status.SET_ASIDE,),
    "rejected": (Problem.Status.REJECTED,),
    "settled": (Problem.Status.ACCEPTED, Problem.Status.DISMISSED),
}

_LONG_FIELDS = ("customer_name", "payer_name", "memo", "former_names", "product", "uscc")


def problem_code(text: str) -> str:
    """A reason's code as an address or a form gives it; nothing where it cannot be one."""
    return text if re.fullmatch(r"[a-z_]{1,40}", text) else ""


def problem_grid(request: HttpRequest, work: Work, found: Batch) -> dict[str, Any]:
    """The context of imports/problem_grid.html for what the address asks for."""
    status = request.GET.get("status", "")
    status = status if status in _FILTERS else ""
    code = problem_code(request.GET.get("code", ""))
    text = request.GET.get("page", "1")
    number = max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else 1
    rows, total = queries.problem_rows(
        found, statuses=_FILTERS[status], code=code, offset=(number - 1) * PER_PAGE, limit=PER_PAGE
    )
    waiting = queries.waiting_rows(found.pk)
    set_aside = waiting.get(Problem.Status.SET_ASIDE, 0)
    rejected = waiting.get(Problem.Status.REJECTED, 0)
    settled = waiting.get(Problem.Status.ACCEPTED, 0) + waiting.get(Problem.Status.DISMISSED, 0)
    base = reverse("import-problems", args=[work.organization.code, found.pk])

    def url(**values: Any) -> str:
        kept = {name: value for name, value in values.items() if value and value != 1}
        return f"{base}?{urlencode(kept)}" if kept else base

    first = (number - 1) * PER_PAGE + 1
    return {
        "rows": [_row(found, row) for row in rows],
        "waiting": set_aside + rejected,
        "any_problems": bool(waiting),
        "tabs": [
            {"label": _("全部待处理"), "count": set_aside + rejected, "url": url(), "active": not status},
            {
                "label": _("搁置"),
                "count": set_aside,
                "url": url(status="set_aside"),
                "active": status == "set_aside",
            },
            {
                "label": _("拒绝"),
                "count": rejected,
                "url": url(status="rejected"),
                "active": status == "rejected",
            },
            {
                "label": _("已处理"),
                "count": settled,
                "url": url(status="settled"),
                "active": status == "settled",
            },
        ],
        "codes": [
            {
                "code": item.code,
                "rows": item.rows,
                "label": code_label(item.code),
                "set_aside": item.status == Problem.Status.SET_ASIDE,
                "url": url(status=status, code="" if item.code == code else item.code),
                "active": item.code == code,
            }
            for item in queries.problem_codes(found.pk)
        ],
        "code": code,
        "status": status,
        "here": url(status=status, code=code, page=number),
        "paging": {
            "text": f"{first}–{first + len(rows) - 1} / {total:,}" if rows else "",
            "previous_url": url(status=status, code=code, page=number - 1) if number > 1 else "",
            "next_url": url(status=status, code=code, page=number + 1) if number * PER_PAGE < total else "",
        },
    }


def code_label(code: str) -> str:
    """A reason in a few words, as a filter shows it."""
    labels = {
        "due_before_issue": _("到期早于开票"),
        "paid_before_issue": _("付款早于开票"),
        "duplicate": _("重复的行"),
        "unknown_customer": _("没有这个客户"),
        "amount_missing": _("没有金额"),
        "amount_unreadable": _("看不懂金额"),
        "amount_not_positive": _("金额不大于零"),
        "customer_missing": _("没有客户"),
        "customer_ambiguous": _("客户重名"),
        "currency_unknown": _("不认识的币种"),
        "rate_missing": _("缺少汇率"),
        "date_missing": _("没有日期"),
        "date_invalid": _("日期不存在"),
        "date_unreadable": _("看不懂日期"),
        "date_out_of_range": _("日期超出范围"),
        "identifier_is_date": _("编号变成了日期"),
        "identifier_rounded": _("编号被抹成零"),
        "identifier_scientific": _("编号成了科学计数"),
        "number_taken": _("单号已被占用"),
        "period_closed": _("期间已关闭"),
        "tax_mismatch": _("价税合计不符"),
        "signs_differ": _("正负号不一致"),
        "total_row": _("合计行"),
        "row_too_wide": _("多出了列"),
        "cell_error": _("单元格错误值"),
    }
    return labels.get(code, code.replace("_", " "))


def _row(found: Batch, row: queries.ProblemRow) -> dict[str, Any]:
    """A row with its fields in the order of the file, then those a problem asks for besides."""
    kind, mapping = KINDS[found.kind], found.layout.get("mapping", {})
    names = sorted(mapping, key=lambda name: mapping[name])
    names += sorted(row.bad - set(names))
    return {
        "id": row.id,
        "row": row.row,
        "status": row.status,
        "open": row.status in queries.OPEN,
        "set_aside": row.status == Problem.Status.SET_ASIDE,
        "reasons": [{"column": item.column, "message": item.message} for item in row.problems],
        "cells": [
            {
                "name": name,
                "label": kind.label(name),
                "value": row.values.get(name, ""),
                "bad": name in row.bad,
                "long": name in _LONG_FIELDS,
            }
            for name in names
        ],
    }

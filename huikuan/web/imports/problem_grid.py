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
from huikuan.tables import KINDS
from huikuan.web.imports.reasons import reason_label
from huikuan.web.lists import rows_of
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
                "label": reason_label(item.code),
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
            "text": rows_of(first, first + len(rows) - 1, total) if rows else "",
            "previous_url": url(status=status, code=code, page=number - 1) if number > 1 else "",
            "next_url": url(status=status, code=code, page=number + 1) if number * PER_PAGE < total else "",
        },
    }


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
        "reasons": [
            {"column": queries.title_of(found, item), "message": item.sentence} for item in row.problems
        ],
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

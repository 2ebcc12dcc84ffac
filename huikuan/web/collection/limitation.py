"""Debts whose limitation ends soon."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from huikuan.collection.limitation import Limitation, expiring
from huikuan.collection.rules import WARNED_DAYS
from huikuan.customers.models import Customer
from huikuan.web.collection.words import case_url, limitation_badge, list_url
from huikuan.web.lists import with_query
from huikuan.web.pages import Work, page
from huikuan.web.scopes import visible

Row = dict[str, Any]
PAST, SHOWN = "past", 300
_WIDEST = max(WARNED_DAYS)


@require_safe
@page("collection.read")
def limitation(request: HttpRequest, work: Work) -> HttpResponse:
    """Open debts by the day on which limitation ends: within 180, 90 or 30 days, or ended already."""
    found = expiring(until=work.today + timedelta(days=_WIDEST), salespeople=visible(work.actor))
    parts = {str(days): [each for each in found if 0 <= _left(work, each) <= days] for days in WARNED_DAYS}
    parts[PAST] = [each for each in found if _left(work, each) < 0]
    asked = request.GET.get("within", "")
    within = asked if asked in parts else str(_WIDEST)
    rows = parts[within]
    names = {
        row.pk: row for row in Customer.everyone.filter(pk__in={each.customer_id for each in rows[:SHOWN]})
    }
    context = {
        "tabs": _tabs(work, parts, within),
        "columns": [
            {"label": _("客户"), "kind": "name", "lead": True},
            {"label": _("单据")},
            {"label": _("到期日"), "kind": "date"},
            {"label": _("上次中断"), "kind": "date", "minor": True},
            {"label": _("时效届满"), "kind": "date"},
            {"label": _("未付"), "kind": "money", "figure": True},
            {"label": _("还有"), "kind": "badge"},
        ],
        "rows": [_row(work, each, names[each.customer_id]) for each in rows[:SHOWN]],
        "total": ["", "", "", "", "", sum(each.open_base for each in rows), ""] if rows else None,
        "more": max(0, len(rows) - SHOWN),
        "empty": {"title": _("没有时效将满的应收"), "text": "", "icon": "circle-check"},
        "breadcrumbs": [{"label": _("催收"), "url": list_url(work)}, {"label": _("诉讼时效")}],
    }
    return render(request, "collection/limitation.html", context)


def _left(work: Work, found: Limitation) -> int:
    return (found.expires_on - work.today).days


def _row(work: Work, found: Limitation, customer: Customer) -> Row:
    other = found.currency != work.organization.currency
    amount = {
        "value": found.open_amount,
        "currency": found.currency,
        "code": found.currency if other else "",
    }
    return {
        "url": case_url(work, found.customer_id),
        "cells": [
            {"value": customer.name, "note": customer.code},
            found.number,
            found.due_on,
            found.interrupted_on,
            found.expires_on,
            amount,
            limitation_badge(work, found),
        ],
    }


def _tabs(work: Work, parts: dict[str, list[Limitation]], within: str) -> list[Row]:
    here = reverse("collection-limitation", args=[work.organization.code])
    labels = {str(days): ngettext("%d 天内", "%d 天内", days) % days for days in WARNED_DAYS}
    labels[PAST] = _("时效已过")
    return [
        {
            "label": label,
            "count": len(parts[part]),
            "url": with_query(here, {"within": part}),
            "active": part == within,
            "urgent": part == str(min(WARNED_DAYS)),
        }
        for part, label in labels.items()
    ]

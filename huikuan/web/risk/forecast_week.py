"""One week of the cash forecast: the invoices, orders and plans that its cash is expected from, down to the cent."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from huikuan.reports.cash_forecast.files import kind_label
from huikuan.risk.payments.models import PaymentPrediction, PlannedCash
from huikuan.risk.payments.queries import ExpectedCash, ExpectedWeek, expected_in, predicted_on
from huikuan.risk.payments.reason_words import sentences
from huikuan.risk.payments.weeks import monday_of
from huikuan.web.ledger.addresses import customer_url, document_url
from huikuan.web.pages import Work, page
from huikuan.web.risk.predicted import share_text
from huikuan.web.sales.addresses import order_url
from huikuan.web.sales.contract_rows import contract_url

Row = dict[str, Any]
SHOWN = 100


@require_safe
@page("report.read", whole=True)
def forecast_week(request: HttpRequest, work: Work, week: str) -> HttpResponse:
    """What brings most first; what is not listed stands in one line, so that all add up to the week."""
    try:
        monday = monday_of(date.fromisoformat(week))
    except (ValueError, OverflowError) as error:
        raise Http404 from error
    found = expected_in(monday, most=SHOWN)
    context = {
        "title": _("%s 起一周的预计回款") % monday.isoformat(),
        "note": _note(found),
        "columns": _columns(),
        "rows": [*(_row(work, each) for each in found.shown), *_rest(found)],
        "total": [_("合计"), None, None, "", found.total, None, None] if found.lines else None,
        "empty": {"title": _("这一周没有预计的回款"), "icon": "coins"},
        "around": _around(work, monday, found),
        "breadcrumbs": [
            {"label": _("现金预测"), "url": reverse("cash-forecast", args=[work.organization.code])},
            {"label": monday.isoformat()},
        ],
    }
    return render(request, "forecast/week.html", context)


def _note(found: ExpectedWeek) -> str:
    made_on = predicted_on()
    if made_on is None:
        return ""
    counted = ngettext("%s 笔", "%s 笔", found.lines) % found.lines
    return _("截至 %(day)s 的预测，%(counted)s。") % {"day": made_on.isoformat(), "counted": counted}


def _around(work: Work, monday: date, found: ExpectedWeek) -> list[Row]:
    """The week before, back to the one that goes on, and the week after, as long as there is cash to come."""
    present = monday_of(work.today)
    earlier = [(_("上一周"), monday - timedelta(days=7))] if monday > present else []
    later = [(_("下一周"), monday + timedelta(days=7))] if monday < present or found.lines else []
    return [
        {
            "label": label,
            "url": reverse("cash-forecast-week", args=[work.organization.code, each.isoformat()]),
        }
        for label, each in (*earlier, *later)
    ]


def _columns() -> list[Row]:
    return [
        {"label": _("单据"), "kind": "text", "lead": True},
        {"label": _("客户"), "kind": "name"},
        {"label": _("金额"), "kind": "money"},
        {"label": _("这周付的可能"), "kind": "num"},
        {"label": _("预计回款"), "kind": "money", "figure": True},
        {"label": _("晚 5 天以上"), "kind": "num", "minor": True},
        {"label": _("为什么"), "kind": "text", "wide": True, "minor": True},
    ]


def _row(work: Work, each: ExpectedCash) -> Row:
    if each.prediction is not None:
        return _owed(work, each, each.prediction)
    assert each.planned is not None
    return _planned(work, each, each.planned)


def _owed(work: Work, each: ExpectedCash, said: PaymentPrediction) -> Row:
    url = document_url(work, said.item.document_id)
    paid = said.item.open_amount <= 0
    return {
        "cells": [
            {"value": said.item.document.number, "url": url, "note": _("预测之后已付清") if paid else ""},
            {"value": said.customer.name, "url": customer_url(work, said.customer_id)},
            each.amount,
            share_text(each.share),
            each.expected,
            share_text(said.p_late5),
            sentences(said.reasons),
        ],
        "url": url,
    }


def _planned(work: Work, each: ExpectedCash, planned: PlannedCash) -> Row:
    url = (order_url if planned.kind == "order" else contract_url)(work, planned.record_id)
    when = _("预计 %(issue)s 开票，%(due)s 到期") % {
        "issue": planned.issue_on.isoformat(),
        "due": planned.due_on.isoformat(),
    }
    return {
        "cells": [
            {"value": planned.number, "url": url, "note": planned.name or kind_label(planned.kind)},
            {"value": planned.customer.name, "url": customer_url(work, planned.customer_id)},
            each.amount,
            share_text(each.share),
            each.expected,
            None,
            when,
        ],
        "url": url,
    }


def _rest(found: ExpectedWeek) -> list[Row]:
    left = found.lines - len(found.shown)
    if left <= 0:
        return []
    rest = found.total - sum((each.expected for each in found.shown), Decimal(0))
    label = ngettext("其余 %s 笔，见 Excel", "其余 %s 笔，见 Excel", left)
    return [{"cells": [label % left, None, None, "", rest, None, None]}]

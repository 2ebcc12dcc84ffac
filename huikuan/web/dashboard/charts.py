"""The charts of the first page; marks lead to the rows that make them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import accumulate
from typing import Any

from django.utils.translation import gettext as _

from huikuan.reports.dashboard import Collected, Dashboard, Week, same_days_before, this_month
from huikuan.reports.filters import OVERDUE, RECEIVABLE, ItemFilter
from huikuan.web.dashboard.parts import buckets, where_url
from huikuan.web.ledger.addresses import documents_url, due_url, items_url
from huikuan.web.ledger.due import SETTLED, STILL_OPEN
from huikuan.web.ledger.item_filters import NOBODY, parameters_of
from huikuan.web.ledger.register import RECEIVED
from huikuan.web.pages import Work
from huikuan.web.reports.words import bucket_label
from huikuan.web.templatetags.money import percent

Chart = dict[str, Any]


def aging(work: Work, found: Dashboard) -> Chart:
    """What is owed by how long it is overdue."""
    points = [
        {"value": amount, "tone": f"age-{place}", "url": where_url(work, found.aging.behind(None, name))}
        for place, (name, amount) in enumerate(buckets(found))
    ]
    return {
        "kind": "bar",
        "categories": [bucket_label(name) for name, _amount in buckets(found)],
        "currency": found.currency,
        "series": [{"name": _("应收"), "points": points}],
    }


def trend(work: Work, found: Dashboard) -> Chart:
    """Receivable and overdue at the ends of the last 24 months and today."""

    def url(cell: str, on: Any) -> str:
        return items_url(work, **parameters_of(ItemFilter(cell=cell)), as_of=on.isoformat())

    receivable = [
        {"value": each.standing.receivable, "url": url(RECEIVABLE, each.on)} for each in found.trend
    ]
    overdue = [{"value": each.standing.overdue, "url": url(OVERDUE, each.on)} for each in found.trend]
    return {
        "kind": "line",
        "categories": [f"{each.on:%Y-%m}" for each in found.trend],
        "currency": found.currency,
        "series": [
            {"name": _("应收余额"), "tone": "series-0", "area": True, "points": receivable},
            {"name": _("逾期"), "tone": "bad", "area": True, "points": overdue},
        ],
    }


def weeks(work: Work, found: Dashboard) -> Chart:
    """What was or will be due in a week, the part that is still open, and what came in."""

    def url(week: Week, part: str) -> str:
        return due_url(work, due_from=week.since.isoformat(), due_until=week.until.isoformat(), part=part)

    settled = [{"value": week.due - week.still_open, "url": url(week, SETTLED)} for week in found.weeks]
    still_open = [{"value": week.still_open, "url": url(week, STILL_OPEN)} for week in found.weeks]
    received: list[Chart] = [
        {
            "value": week.received,
            "url": documents_url(
                work, kind=RECEIVED, since=week.since.isoformat(), until=week.until.isoformat()
            ),
        }
        if week.since <= found.today
        else {"value": None}
        for week in found.weeks
    ]
    return {
        "kind": "bar",
        "stacked": True,
        "categories": [f"{week.since:%m-%d}" for week in found.weeks],
        "currency": found.currency,
        "series": [
            {"name": _("当周到期，已结清"), "tone": "series-0", "points": settled},
            {"name": _("当周到期，未结清"), "tone": "age-1", "points": still_open},
            {"name": _("当周回款"), "kind": "line", "tone": "series-2", "points": received},
        ],
    }


def debtors(work: Work, found: Dashboard) -> Chart:
    """Who owes most, with the share of everything owed that they add up to."""
    amounts = [
        {
            "value": debtor.receivable,
            "url": where_url(work, debtor.where),
            "note": _("占应收 %s") % percent(debtor.share, 1),
        }
        for debtor in found.debtors
    ]
    shares = accumulate(debtor.share or Decimal(0) for debtor in found.debtors)
    cumulative = [
        {
            "value": round(share * 100, 1),
            "url": where_url(work, ItemFilter(cell=RECEIVABLE, largest=number)),
        }
        for number, share in enumerate(shares, start=1)
    ]
    return {
        "kind": "bar-rows",
        "categories": [debtor.name for debtor in found.debtors],
        "currency": found.currency,
        "series": [
            {"name": _("应收余额"), "points": amounts},
            {"name": _("累计占比"), "kind": "line", "unit": "%", "tone": "series-1", "points": cumulative},
        ],
    }


def collected(work: Work, found: Sequence[Collected]) -> Chart:
    """What salespeople's customers paid this month beside the same days of last month."""
    shown = found[:12]
    return {
        "kind": "bar-rows",
        "categories": [each.name or _("未指定业务员") for each in shown],
        "currency": work.organization.currency,
        "series": [
            {
                "name": _("本月"),
                "tone": "series-0",
                "points": [
                    {"value": each.amount, "url": _receipts_of(work, each, this_month(work.today))}
                    for each in shown
                ],
            },
            {
                "name": _("上月同期"),
                "tone": "before",
                "points": [
                    {"value": each.before, "url": _receipts_of(work, each, same_days_before(work.today))}
                    for each in shown
                ],
            },
        ],
    }


def _receipts_of(work: Work, each: Collected, days: tuple[date, date]) -> str:
    since, until = days
    return documents_url(
        work,
        kind=RECEIVED,
        since=since.isoformat(),
        until=until.isoformat(),
        salesperson=each.code or NOBODY,
    )

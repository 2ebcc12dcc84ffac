"""Made-up data for the design page: the usual, the empty, the huge, the negative and the very long."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from huikuan.web.imports.forms import import_steps
from huikuan.web.pages import Work
from huikuan.web.templatetags.aging import BUCKETS

Sample = dict[str, Any]

LONG = "内蒙古呼伦贝尔市鄂温克族自治旗巴彦托海镇草原牧业机械销售服务有限责任公司第二分公司"
LATIN = "Müller & Söhne Maschinenbau- und Landmaschinenvertriebsgesellschaft mbH & Co. KG"
HUGE = Decimal("987654321098.76")
STATUSES = (
    "not_due",
    "due_soon",
    "overdue",
    "partial",
    "settled",
    "disputed",
    "set_aside",
    "rejected",
    "draft",
    "reversed",
    "written_off",
    "running",
    "done",
    "failed",
)
COLOURS = (
    ("brand", "brand-tint", "page", "surface", "text", "secondary"),
    ("good", "warn", "bad", "notice", "dispute"),
    tuple(f"age-{step}" for step in range(7)),
    tuple(f"series-{step}" for step in range(8)),
)


def everything(work: Work) -> Sample:
    """The context of design/page.html."""
    now = timezone.now()
    return {
        "long": LONG,
        "latin": LATIN,
        "people": ("沈静宜", "吴海燕"),
        "statuses": STATUSES,
        "colours": COLOURS,
        "amounts": [Decimal("1234.5"), Decimal("-35000"), Decimal(0), HUGE],
        "usual": Decimal("49710831.12"),
        "negative": Decimal("-128400.00"),
        "huge": HUGE,
        "yen": Decimal("1250000"),
        "today": work.today,
        "late_on": work.today - timedelta(days=12),
        "facts": _facts(work),
        "sums": _sums(),
        "events": _events(work, now),
        "bar": _bar_chart(),
        "line": _line_chart(),
        "nothing_drawn": {"kind": "bar", "categories": [], "series": []},
        "table": _table(work),
        "list": _list(work),
        "notes": _notes(now),
        "files": _files(now),
        "notice": _notice(now),
        "chain": _chain(),
        "actions": [
            {"label": _("导出"), "url": "#header", "icon": "download"},
            {"label": _("打印"), "url": "#header", "icon": "printer"},
            {"label": _("复制"), "url": "#header", "icon": "copy"},
            {"label": _("移除"), "url": "#header", "icon": "trash"},
            {"label": _("新增"), "url": "#header", "icon": "plus", "primary": True},
        ],
        "steps": import_steps(),
        "act": {"label": _("更换催收员")},
        "strip": [
            {"name": name, "label": name, "amount": Decimal(700 - 90 * step)}
            for step, name in enumerate(BUCKETS)
        ],
        "total": {"count": 2466},
        "total_cells": [{**column, "value": _total_value(column)} for column in _columns()],
    }


def _chain() -> list[Sample]:
    """From the order to the voucher, with one stage of many and one very long number."""

    def link(number: str, note: str, amount: str = "", *, current: bool = False) -> Sample:
        return {"number": number, "url": "#details", "note": note, "amount": amount, "current": current}

    invoices = [link("YS202606000012", "2026-06-12", "113,000.00", current=True)]
    return [
        {
            "label": _("合同"),
            "icon": "file-text",
            "links": [link("HT202605000003", "2026-05-20", "226,000.00")],
        },
        {
            "label": _("发货"),
            "icon": "truck",
            "links": [link("FH202606000101", "2026-06-10"), link("FH202606000102", "2026-06-11")],
            "more": 6,
        },
        {"label": _("应收单"), "icon": "file-invoice", "links": invoices},
        {
            "label": _("数电发票"),
            "icon": "receipt",
            "links": [link("26332000000123456789", "2026-06-12", "113,000.00")],
        },
        {"label": _("收款与结算"), "icon": "cash", "links": [link(LONG[:40], "2026-07-01", "113,000.00")]},
        {"label": _("凭证"), "icon": "book", "links": [link("记-128", "2026-06-30")]},
    ]


def _facts(work: Work) -> list[Sample]:
    return [
        {"label": _("客户"), "value": LONG, "url": "#details", "wide": True},
        {"label": _("余额"), "value": HUGE, "kind": "money", "currency": "CNY"},
        {"label": _("到期日"), "value": work.today, "kind": "date", "hint": _("月结 30 天"), "tone": "bad"},
        {"label": _("状态"), "value": "disputed", "kind": "badge"},
        {"label": _("备注"), "value": None},
    ]


def _sums() -> list[Sample]:
    return [
        {"label": _("原值"), "value": Decimal("128400"), "kind": "money", "currency": "CNY"},
        {"label": _("已核销"), "value": Decimal("-28400"), "kind": "money", "currency": "CNY"},
        {"label": _("余额"), "value": Decimal("100000"), "kind": "money", "currency": "CNY", "strong": True},
    ]


def _events(work: Work, now: datetime) -> list[Sample]:
    return [
        {
            "title": _("开票"),
            "on": work.today,
            "by": "沈静宜",
            "amount": Decimal("128400"),
            "currency": "CNY",
            "icon": "file-invoice",
        },
        {
            "title": _("反核销"),
            "on": work.today,
            "at": now,
            "amount": Decimal("-28400"),
            "currency": "CNY",
            "tone": "warn",
            "note": LONG,
        },
        {"title": _("已结清"), "at": now, "tone": "good", "icon": "check"},
    ]


def _bar_chart() -> Sample:
    values = ("28416320.55", "9120330.10", "4310200", "2150000", "1903000", "820400", "391000")
    points = [
        {"value": Decimal(value), "tone": f"age-{step}", "url": "#charts"}
        for step, value in enumerate(values)
    ]
    return {
        "kind": "bar",
        "categories": list(BUCKETS),
        "currency": "CNY",
        "series": [{"name": _("应收"), "points": points}],
    }


def _line_chart() -> Sample:
    months = [f"{month:02d}" for month in range(1, 13)]
    owed = [{"value": Decimal(30 + month * 2 % 7) * 100000} for month in range(12)]
    late = [{"value": Decimal(9 + month * 3 % 5) * 100000 if month != 6 else None} for month in range(12)]
    series = [{"name": _("应收"), "points": owed}, {"name": _("逾期"), "points": late}]
    return {"kind": "line", "categories": months, "currency": "CNY", "series": series}


def _columns() -> list[Sample]:
    return [
        {"key": "number", "label": _("单据号"), "kind": "text", "sort": "number", "lead": True},
        {"key": "customer", "label": _("客户"), "kind": "name"},
        {"key": "due_on", "label": _("到期日"), "kind": "date", "sort": "due_on"},
        {"key": "open", "label": _("余额"), "kind": "money", "sort": "open"},
        {"key": "status", "label": _("状态"), "kind": "badge"},
    ]


def _table(work: Work) -> Sample:
    rows: list[Sample] = [
        {
            "cells": ["YS202611-0001", LONG, work.today, HUGE, {"status": "overdue", "detail": _("12 天")}],
            "url": "#tables",
        },
        {"cells": ["YS202611-0002", LATIN, work.today, Decimal("-35000"), "partial"], "url": "#tables"},
        {"cells": ["SK202611-0003", {"value": "宁波海翔机械", "note": "K01"}, None, Decimal(0), "settled"]},
    ]
    for key, row in enumerate(rows):
        row.update(key=str(key), measure=Decimal(key))
    return {
        "columns": _columns(),
        "rows": rows,
        "total": [_("合计"), "", None, HUGE - 35000, None],
        "paging": {"text": "1–3 / 2,466", "next_url": "#tables"},
    }


def _list(work: Work) -> Sample:
    """What huikuan.web.lists.context.list_context makes, by hand; without views of its own and without sums."""
    table = _table(work)
    return {
        "title": _("应收明细"),
        "kept": {},
        "clear_url": "#lists",
        "sort": "-open",
        "columns": table["columns"],
        "rows": table["rows"],
        "select": True,
        "paging": table["paging"],
        "currency": "CNY",
        "empty": {},
        "chosen": [_("已逾期")],
        "note": _("只看自己的客户"),
        "remarks": [],
        "choices": [{"key": c["key"], "label": c["label"], "shown": True} for c in table["columns"]],
        "query": "",
        "parameters": {},
        "tabs": [
            {"label": _("全部"), "url": "#lists", "active": True},
            {"label": _("华东逾期"), "url": "#lists", "shared": True, "opens": True},
        ],
        "view": None,
        "may_share": True,
        "acts": [{"label": _("更换催收员"), "icon": "user-check", "url": ""}],
        "file_url": "",
        "views_url": "",
    }


def _total_value(column: Sample) -> Decimal | str:
    return HUGE if column["kind"] == "money" else ""


def _notes(now: datetime) -> Sample:
    return {
        "may_write": True,
        "longest": 2000,
        "rows": [
            {
                "id": "sample",
                "author": "吴海燕",
                "at": now,
                "edited": True,
                "pieces": [("@周思远", True), (f" {LONG}", False)],
            },
        ],
    }


def _files(now: datetime) -> Sample:
    row = {
        "id": "sample",
        "mark": "PDF",
        "url": "#records",
        "name": f"{LONG}-2026.pdf",
        "note": _("框架合同"),
        "size": "1.2 MB",
        "by": "沈静宜",
        "at": now,
    }
    return {"may_write": False, "rows": [row]}


def _notice(now: datetime) -> Sample:
    return {
        "url": "#records",
        "unread": True,
        "icon": "bell",
        "title": _("有人提到了您"),
        "excerpt": LONG,
        "at": now,
    }

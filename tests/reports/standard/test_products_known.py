"""产品销售表 as known at a time: invoices posted or reversed later change nothing of it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from huikuan.reports.catalogue import answer, asked, report_named
from huikuan.reports.moments import moment
from huikuan.sales.operations import reverse_invoices
from tests.conftest import TODAY
from tests.sales.selling import Selling, line
from tests.trade import Books

pytestmark = pytest.mark.django_db
MAY = {"from": "2026-05-01", "to": "2026-05-31"}


def sold(known_at: datetime | None = None) -> Decimal:
    words = MAY | ({"known_at": known_at.isoformat()} if known_at else {})
    report = report_named("sales-by-product")
    found = answer(report, asked(report, words, today=date(2026, 7, 31), zone=ZoneInfo("Asia/Shanghai")))
    assert not found.remarks
    return found.total.values["gross"] if found.total else Decimal(0)


def test_old_sales_by_product_come_out_again(books: Books) -> None:
    selling = Selling(books)
    first = selling.invoice(line("2", "100"))
    waiting = selling.draft(line("1", "30"))
    kept = [(moment(TODAY).known_at, sold())]
    selling.post(waiting)
    kept.append((moment(TODAY).known_at, sold()))
    reverse_invoices([first.pk], actor=books.actor, reason="录错", today=books.today)
    kept.append((moment(TODAY).known_at, sold()))
    assert len({amount for _known, amount in kept}) == 3
    assert kept[1][1] == kept[0][1] + kept[2][1]
    for known_at, amount in kept:
        assert sold(known_at) == amount

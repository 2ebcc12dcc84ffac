"""A pivot on the example quarter: what is asked, what is refused, and what leaves in every form."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from python_calamine import CalamineWorkbook

from huikuan.customers.models import Salesperson
from huikuan.disputes.models import DisputeState
from huikuan.disputes.operations import NewDispute, open_dispute, resolve_dispute
from huikuan.reports.asking import QuestionRefused, Result
from huikuan.reports.catalogue import answer, asked, report_named
from huikuan.reports.guards import ReportTooLarge
from huikuan.reports.output.forms import FORMS
from huikuan.reports.output.heading import Heading
from huikuan.reports.pivots import cells, size
from tests.conftest import TODAY
from tests.reports.kpi.quarter import UNTIL, record_quarter

pytestmark = pytest.mark.django_db

REPORT = report_named("pivot")
QUARTER = {"from": "2026-01-01", "to": UNTIL.isoformat()}


def ask(**words: str) -> Result:
    zone = ZoneInfo("Asia/Shanghai")
    return answer(REPORT, asked(REPORT, QUARTER | words, today=TODAY, zone=zone))


@pytest.fixture
def company(books: Any) -> Any:
    seller = Salesperson.objects.create(organization_id=books.organization.pk, code="S1", name="小王")
    books.customer("C1", name="甲公司", salesperson=seller, region="华东")
    record_quarter(books)
    return books


def test_months_across_with_what_they_are_compared_with(company: Any) -> None:
    found = ask(by="salesperson", column="month", measures="sold,collected,receivable", compare="previous")
    [row] = found.rows
    assert row.key == ("S1",)
    assert [int(row.values[f"sold@2026-0{month}"] / 1000) for month in (1, 2, 3)] == [300, 280, 310]
    assert int(row.values["sold"]) == 890_000
    assert row.values["sold@2026-02:change"] == -20_000
    assert str(row.values["sold@2026-02:rate"]) == "-0.0667"
    # What stands is, over time, what stood last.
    assert row.values["receivable"] == row.values["receivable@2026-03"] == 450_000
    assert [str(column.label) for column in found.columns][-3:][0].startswith("合计 · 应收余额")
    assert found.remarks[0] == "对比期：2025-12-01 至 2026-02-28。"


def test_rates_are_made_anew_on_every_level(company: Any) -> None:
    company.customer("C2", name="乙公司", region="华南")
    company.invoice("B", "2026-02-01", "150000.00", customer="C2")
    found = ask(by="region,customer", measures="overdue_rate,receivable,days_late,in_time_rate")
    assert found.total is not None
    assert found.total.values["receivable"] == 600_000
    assert str(found.total.values["overdue_rate"]) == "0.4500"
    by_key = {row.key: row.values for row in found.rows}
    assert str(by_key["华南",]["overdue_rate"]) == "1.0000"
    assert by_key["华南", "C2"]["days_late"] is None
    assert by_key["华东",]["days_late"] == by_key["华东", "C1"]["days_late"]
    kpi = answer(
        report_named("kpi"),
        asked(report_named("kpi"), QUARTER | {"by": "region"}, today=TODAY, zone=ZoneInfo("Asia/Shanghai")),
    )
    [east] = [row for row in kpi.rows if row.key == ("华东",)]
    assert str(by_key["华东",]["in_time_rate"]) == str(east.values["on_time_rate"])


def test_each_currency_in_its_own(company: Any) -> None:
    company.invoice("USD", "2026-02-01", "10.00", customer="C2", currency="USD", rate=Decimal(7))
    own = ask(by="currency,customer", measures="receivable")
    assert own.total is None
    assert {row.key: (row.currency, row.values["receivable"]) for row in own.rows if row.level == 0} == {
        ("CNY",): ("CNY", Decimal(450_000)),
        ("USD",): ("USD", Decimal(10)),
    }
    across = ask(by="customer", column="currency", measures="receivable")
    assert across.total is not None
    assert across.total.values["receivable@USD"] == 70
    assert "本位币" in str(across.remarks[-1])


def test_disputes_stand_until_they_end(company: Any) -> None:
    common = {"reason": "price", "due_on": date(2026, 4, 5)}
    for amount, on in ((Decimal(100), date(2026, 3, 25)), (Decimal(40), date(2026, 3, 21))):
        new = NewDispute(company.item("F3").pk, amount=amount, **common)
        last = open_dispute(new, actor=company.actor, today=on)
    resolve_dispute(
        last.pk, state=DisputeState.REJECTED, outcome="价格无误", actor=company.actor, today=date(2026, 3, 22)
    )
    found = ask(by="customer", measures="disputes,disputed,open_disputes").total
    assert found is not None
    assert (found.values["disputes"], found.values["disputed"], found.values["open_disputes"]) == (2, 140, 1)
    earlier = ask(by="customer", measures="open_disputes", to="2026-03-21").total
    assert earlier is not None
    assert earlier.values["open_disputes"] == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"by": "region", "column": "region"}, "不能同时在行上和列上"),
        ({"by": "month,customer", "column": "year"}, "只能选一个"),
        ({"by": "product", "measures": "promises"}, "记在客户上"),
        ({"measures": "promises", "contract": "K1"}, "记在客户上"),
        ({"by": "month", "from": "2000-01-01"}, "最多 60 段"),
        ({"measures": "profit"}, "profit"),
        ({"by": "weather"}, "weather"),
        ({"from": "2027-01-01"}, "写反了"),
        ({"from": "0001-01-01", "compare": "last_year"}, "更早"),
    ],
)
def test_what_makes_no_sense_is_said(company: Any, words: dict[str, str], said: str) -> None:
    with pytest.raises(QuestionRefused, match=said):
        ask(**words)


def test_what_would_be_too_large_is_not_read(company: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "MOST_CELLS", 50)
    assert ask(by="region", measures="receivable").rows
    with pytest.raises(ReportTooLarge, match=r"单元格，超过 50 的上限"):
        ask(by="customer,product", column="month", measures="receivable,overdue")
    monkeypatch.setattr(size, "MOST_COLUMNS", 1)
    with pytest.raises(ReportTooLarge, match="“客户”有 2 个，最多 1 列"):
        ask(by="region", column="customer")


def test_ten_million_cells_are_refused_by_their_number(company: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def sizes(names: Any, _where: Any, _most: int) -> dict[str, int]:
        return {"": 5_000_000} | dict.fromkeys(names, 100_000)

    monkeypatch.setattr(size, "_sizes", sizes)
    with pytest.raises(ReportTooLarge, match=r"10,400,104 个单元格，超过 1,000,000 的上限。请少选一个行维度"):
        ask(by="customer", measures="receivable,overdue,net,sold,collected,due,in_time,invoiced", column="month",
            **{"from": "2025-04-01"})  # fmt: skip


def test_a_picture_of_it(company: Any) -> None:
    [chart] = ask(by="region", column="month", measures="sold", chart="line").charts
    assert [str(each) for each in chart.categories] == ["2026-01", "2026-02", "2026-03"]
    assert [mark.value for mark in chart.series[0].marks] == [300_000, 280_000, 310_000]
    [bars] = ask(by="month", measures="sold,collected,days_late", chart="bar").charts
    assert [str(each.name) for each in bars.series] == ["赊销额", "回款"]
    assert [str(each) for each in bars.categories] == ["2026-01", "2026-02", "2026-03"]
    [both] = ask(by="region", measures="sold", chart="bar", compare="last_year").charts
    assert [[mark.value for mark in each.marks] for each in both.series] == [[0], [890_000]]


def test_every_form_says_the_same(company: Any) -> None:
    found = ask(by="region,customer", measures="receivable,open_items", compare="previous")
    assert found.total is not None
    heading = Heading("c", "某公司", "王", datetime(2026, 4, 1, tzinfo=UTC))
    data = json.loads(FORMS["json"].write(REPORT, found, heading))
    assert data["total"]["receivable"] == "450000.00"
    assert data["total"]["receivable:change"] == "50000.00"
    assert data["options"] == {"measures": "receivable,open_items", "compare": "previous"}
    book = CalamineWorkbook.from_filelike(io.BytesIO(FORMS["xlsx"].write(REPORT, found, heading)))
    values = book.get_sheet_by_index(0).to_python()
    assert 450_000 in next(row for row in values if row[1] == "合计")
    assert FORMS["pdf"].write(REPORT, found, heading).startswith(b"%PDF")

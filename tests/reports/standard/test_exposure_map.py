"""Where what is owed lies: by what a region names, by country, by registration; and the squares of all divisions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from huikuan.customers.models import Customer
from huikuan.reports.asking import QuestionRefused, Result, Shape
from huikuan.reports.catalogue import answer, asked, report_named
from huikuan.reports.provinces import PROVINCES
from tests.conftest import TODAY
from tests.web.people import member, signed_in

pytestmark = pytest.mark.django_db
REPORT = report_named("exposure-map")
WHERE = (
    # code, region, registration, country, amount
    ("C1", "浙江", "", "CN", "1000.00"),
    ("C2", "浙江省宁波市", "91440300MA5DC5E17X", "CN", "500.00"),
    ("C3", "华东", "91330200MA282H9L3A", "CN", "200.00"),
    ("C4", "华东", "", "CN", "70.00"),
    ("C5", "港澳", "", "HK", "60.00"),
    ("C6", "", "", "DE", "50.00"),
    ("C7", "海外", "91330200MA282H9L4B", "DE", "40.00"),
    ("C8", "台湾", "", "CN", "30.00"),
    ("C9", "总局", "91100000MA0000001C", "CN", "20.00"),
)


@pytest.fixture
def company(books: Any) -> Any:
    for code, region, uscc, country, amount in WHERE:
        books.customer(code, name=f"客户{code}", region=region)
        Customer.objects.filter(code=code).update(uscc=uscc, country=country)
        books.invoice(f"I{code}", "2026-03-01", amount, due="2026-04-01", customer=code)
    books.invoice("I0", "2026-06-20", "100.00", due="2027-01-01", customer="C1")
    return books


def ask(**words: str) -> Result:
    words.setdefault("as_of", "2026-06-30")
    return answer(REPORT, asked(REPORT, words, today=TODAY, zone=ZoneInfo("Asia/Shanghai")))


def test_each_customer_is_in_one_place_and_all_add_up(company: Any) -> None:
    found = ask()
    said = {row.key[0]: (str(row.values["name"]), int(row.values["receivable"])) for row in found.rows}
    assert said == {
        "33": ("浙江", 1800),
        "~华东": ("华东", 70),
        "81": ("香港", 60),
        "~": ("（未指定）", 50),
        "~海外": ("海外", 40),
        "71": ("台湾", 30),
        "~总局": ("总局", 20),
    }
    assert [int(row.values["receivable"]) for row in found.rows] == sorted(
        (amount for _name, amount in said.values()), reverse=True
    )
    assert found.total and found.total.values["receivable"] == 2070
    first = found.rows[0].values
    assert (first["overdue"], first["rate"]) == (1700, Decimal("0.9444"))
    aging = answer(report_named("aging"), asked(report_named("aging"), {"as_of": "2026-06-30"}, today=TODAY, zone=ZoneInfo("UTC")))  # fmt: skip
    assert aging.total and aging.total.values["net"] == 2070
    assert "不在图上" in str(found.remarks[1])


def test_every_division_has_a_square_of_its_own_and_leads_to_its_customers(company: Any) -> None:
    assert len(PROVINCES) == 34
    assert len({(each.column, each.line) for each in PROVINCES.values()}) == 34
    [chart] = ask(shade="overdue").charts
    assert chart.shape is Shape.SQUARES and len(chart.categories) == len(chart.places) == 34
    marks = dict(zip(PROVINCES, chart.series[0].marks, strict=True))
    assert (marks["33"].value, marks["11"].value, marks["11"].link) == (1700, None, None)
    link = marks["33"].link
    assert link and link.where["province"] == "33" and link.where["shade"] == "overdue"

    within = ask(province="33")
    assert [(row.values["code"], int(row.values["receivable"])) for row in within.rows] == [
        ("C1", 1100), ("C2", 500), ("C3", 200),
    ]  # fmt: skip
    assert within.total and within.total.values["receivable"] == 1800
    items = within.link(within.rows[0], "overdue")
    assert items and (items.to, items.where["customer"], items.where["cell"]) == ("items", "C1", "overdue")
    assert not within.charts
    elsewhere = ask(province="~", region="华东")
    assert [row.values["code"] for row in elsewhere.rows] == ["C4"]
    assert {row.values["code"] for row in ask(province="~").rows} == {"C4", "C6", "C7", "C9"}
    assert ask(province="12").rows == []
    with pytest.raises(QuestionRefused):
        ask(province="99")


def test_on_its_page_as_a_picture_with_its_data(company: Any) -> None:
    client = signed_in(member(company.organization, "finance_manager"))
    address = f"/o/{company.organization.code}/reports/exposure-map/"
    html = client.get(address, {"as_of": "2026-06-30"}).content.decode()
    assert "plot-squares" in html and "province=33" in html and "province=~" in html
    data = client.get(f"{address}chart/map.csv", {"as_of": "2026-06-30"}).content.decode("utf-8-sig")
    assert "浙江,1800" in data and data.count("\n") == 35
    inside = client.get(address, {"as_of": "2026-06-30", "province": "33"}).content.decode()
    assert "客户C3" in inside and "只看：浙江" in inside and "客户C4" not in inside
    elsewhere = client.get(
        address, {"as_of": "2026-06-30", "province": "~", "region": "华东"}
    ).content.decode()
    assert "客户C4" in elsewhere and "不在图上的" in elsewhere and "客户C7" not in elsewhere

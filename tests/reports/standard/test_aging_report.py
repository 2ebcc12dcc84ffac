"""账龄分析表 by several dimensions: sums of each level, and items behind every cell."""

from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from huikuan.customers.models import Salesperson
from huikuan.customers.operations import CustomerFacts, change_customers
from huikuan.reports.asking import Result, Row
from huikuan.reports.catalogue import answer, asked, report_named
from huikuan.reports.filters import ItemFilter
from huikuan.reports.open_items import open_items_total
from tests.reports.example import JUNE, record_july, record_until_june
from tests.trade import day

pytestmark = pytest.mark.django_db


def ask(name: str = "aging", **words: str) -> Result:
    report = report_named(name)
    words.setdefault("as_of", "2026-06-30")
    return answer(report, asked(report, words, today=date(2026, 11, 21), zone=ZoneInfo("Asia/Shanghai")))


def net_of(found: Result) -> dict[tuple[str, ...], str]:
    return {row.key: f"{row.values['net']:.2f}" for row in found.rows}


@pytest.fixture
def company(books: Any) -> Any:
    """C1 and its daughter C2 are sold to by S1 of team 东, C3 by nobody; C1 and C3 are in 华东."""
    seller = Salesperson.objects.create(
        organization_id=books.organization.pk, code="S1", name="小王", team="东"
    )
    head = books.customer("C1", name="甲公司", region="华东", salesperson=seller, segment="重点")
    books.customer("C2", name="乙公司", parent=head, salesperson=seller)
    books.customer("C3", name="丙公司", region="华东")
    books.invoice("I1", "2026-05-01", "100.00", due="2026-06-01", customer="C1", product="钢材")
    books.invoice("I2", "2026-05-01", "20.00", due="2026-07-01", customer="C2")
    books.invoice("I3", "2026-05-01", "3.00", due="2026-01-01", customer="C3", product="钢材")
    books.receipt("R1", "2026-06-01", "0.50", customer="C3")
    return books


def test_the_example_of_the_trade(books: Any) -> None:
    record_until_june(books)
    found = ask()
    assert found.total is not None
    assert {name: f"{found.total.values[name]:.2f}" for name in JUNE} == JUNE
    record_july(books)
    again, july = ask(), ask(as_of="2026-07-31")
    assert again.total is not None
    assert july.total is not None
    assert {name: f"{again.total.values[name]:.2f}" for name in JUNE} == JUNE
    assert [f"{july.total.values[name]:.0f}" for name in JUNE] == (
        ["9999", "10000", "21000", "3000", "0", "0", "7000", "50999", "-9500", "41499"]
    )
    years = ask(basis="document").total
    assert years is not None
    assert (years.values["<=1y"], years.values["1-2y"]) == (36000, 7000)


def test_three_levels_add_up(company: Any) -> None:
    found = ask(by="region,salesperson,customer")
    assert net_of(found) == {
        ("华东",): "102.50",
        ("华东", "S1"): "100.00",
        ("华东", "S1", "C1"): "100.00",
        ("华东", ""): "2.50",
        ("华东", "", "C3"): "2.50",
        ("",): "20.00",
        ("", "S1"): "20.00",
        ("", "S1", "C2"): "20.00",
    }
    assert [row.level for row in found.rows] == [0, 1, 2, 1, 2, 0, 1, 2]  # each branch from the largest
    assert found.total is not None
    assert found.total.values["net"] == Decimal("122.50")


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("group", {("C1",): "120.00", ("C3",): "2.50"}),
        ("team", {("东",): "120.00", ("",): "2.50"}),
        ("segment", {("重点",): "100.00", ("",): "22.50"}),
        ("product", {("钢材",): "103.00", ("",): "19.50"}),
        ("contract", {("",): "122.50"}),
        ("currency", {("CNY",): "122.50"}),
        ("none", {(): "122.50"}),
    ],
)
def test_every_dimension(company: Any, by: str, expected: dict[tuple[str, ...], str]) -> None:
    assert net_of(ask(by=by)) == expected


DIMENSIONS = (
    "customer",
    "group",
    "salesperson",
    "team",
    "region",
    "segment",
    "product",
    "contract",
    "currency",
)


@pytest.mark.parametrize("known", ["", "later"])
@pytest.mark.parametrize("by", [*DIMENSIONS, "team,product", "region,contract,currency"])
def test_the_items_behind_a_cell_are_its_sum(company: Any, by: str, known: str) -> None:
    if known:
        company.receipt("R2", "2026-07-05", "60.00", customer="C1")
        company.allocate("R2", "I1", "60.00", "2026-07-05")
    found = ask(by=by)
    cells = [(row, column.name) for row in found.rows for column in found.columns if not column.is_text]
    assert cells
    for row, name in cells:
        assert total_behind(found, row, name) == row.values[name], (row.key, name)


def total_behind(found: Result, row: Row, name: str) -> Decimal:
    link = found.link(row, name)
    assert link is not None
    where = ItemFilter.from_parameters(link.where)
    return open_items_total(as_of=found.question.as_of, where=where).base


def test_the_segment_of_then(company: Any) -> None:
    facts = CustomerFacts(code="C2", segment="普通")
    change_customers([(company.customers["C2"], facts)], actor=company.actor, effective_on=day("2026-07-01"))
    assert net_of(ask(by="segment")) == {("重点",): "100.00", ("",): "22.50"}
    assert net_of(ask(by="segment", as_of="2026-07-01"))[("普通",)] == "20.00"


def test_only_what_is_filtered(company: Any) -> None:
    found = ask(region="华东", product="钢材")
    assert net_of(found) == {("C1",): "100.00", ("C3",): "3.00"}
    assert net_of(ask(team="-")) == {("C3",): "2.50"}
    assert net_of(ask(contract="-", customer="C2")) == {("C2",): "20.00"}
    assert net_of(ask(contract="HT1")) == {}


def test_nothing_owed(books: Any) -> None:
    assert list(ask().rows) == []
    assert list(ask(by="none").rows) == []


def test_the_ranking_says_shares_and_how_far_they_reach(company: Any) -> None:
    found = ask("debtor-ranking")
    said = [
        (
            row.values["rank"],
            row.key[0],
            str(row.values["share"]),
            str(row.values["cumulative"]),
            row.values["days"],
        )
        for row in found.rows
    ]
    assert said == [
        (1, "C1", "0.8130", "0.8130", 29),
        (2, "C2", "0.1626", "0.9756", 0),
        (3, "C3", "0.0244", "1.0000", 180),
    ]
    assert [row.values["salesperson"] for row in found.rows] == ["小王", "小王", ""]
    regions = {row.key[0]: row.values["days"] for row in ask("debtor-ranking", by="region").rows}
    assert max(regions.values()) == 180  # the longest of its customers, not all of them added up
    first = ask("debtor-ranking", most="1")
    assert len(first.rows) == 1
    assert first.remarks
    assert first.total is not None
    assert first.total.values["receivable"] == Decimal("123.00")


@pytest.mark.parametrize("as_of", ["2026-06-30", "2026-09-15"])
def test_the_first_come_from_kept_totals_and_are_those_of_the_items(company: Any, as_of: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        first = ask("debtor-ranking", as_of=as_of, most="2")
    assert any("ledger_customer_total" in each["sql"] for each in queries)
    everybody = ask("debtor-ranking", as_of=as_of)
    assert list(first.rows) == list(everybody.rows[:2])
    assert first.total == everybody.total

"""The reports of a period on the example quarter: key figures, collections, cards, sales, and how overdue moved."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from huikuan.collection.commission import SHIPPED_TERMS, CommissionTerms
from huikuan.collection.operations.joint import save_commission
from huikuan.customers.models import Salesperson
from huikuan.ledger.models import OpenItem
from huikuan.ledger.operations import ItemFacts, change_items
from huikuan.reports.asking import Result, Row
from huikuan.reports.catalogue import answer, asked, report_named
from huikuan.reports.open_items import open_items_total
from tests.conftest import TODAY
from tests.reports.kpi.quarter import EVE, UNTIL, record_quarter

pytestmark = pytest.mark.django_db

QUARTER = {"from": "2026-01-01", "to": UNTIL.isoformat()}


def ask(name: str, **words: str) -> Result:
    report = report_named(name)
    return answer(report, asked(report, QUARTER | words, today=TODAY, zone=ZoneInfo("Asia/Shanghai")))


def thousands(row: Row | None, *names: str) -> list[int]:
    assert row is not None
    return [int(row.values[name] / 1000) for name in names]


@pytest.fixture
def company(books: Any) -> Any:
    seller = Salesperson.objects.create(organization_id=books.organization.pk, code="S1", name="小王")
    books.customer("C1", name="甲公司", salesperson=seller, region="华东")
    record_quarter(books)
    return books


def test_key_figures_by_month_and_by_salesperson(company: Any) -> None:
    found = ask("kpi", months="3")
    assert [row.key for row in found.rows] == [("2026-01",), ("2026-02",), ("2026-03",)]
    assert [row.values["sold"] for row in found.rows] == [300_000, 280_000, 310_000]
    [seller] = ask("kpi", by="salesperson").rows
    for row in (found.total, seller):
        assert row is not None
        assert {name: str(row.values[name]) for name in ("dso", "count_back_dso", "cei", "on_time_rate")} == {
            "dso": "45.51",
            "count_back_dso": "45.00",
            "cei": "0.8750",
            "on_time_rate": "0.7750",
        }
    assert seller.key == ("S1",)
    link = found.link(found.total, "closing_overdue") if found.total else None
    assert link is not None
    assert link.where == {"cell": "overdue"}


def test_collections_plan_against_actual(company: Any) -> None:
    [row] = ask("collections").rows
    names = (
        "opening_matured",
        "due",
        "planned",
        "on_due",
        "missing",
        "in_time",
        "collected",
        "closing_overdue",
    )
    assert thousands(row, *names) == [60, 800, 860, 700, 160, 620, 840, 120]
    assert str(row.values["due_collection_rate"]) == "0.8140"
    weeks = ask("expected-received")
    assert weeks.rows[0].values["until"] == date(2026, 1, 4)
    assert (weeks.rows[-1].values["since"], weeks.rows[-1].values["until"]) == (date(2026, 3, 30), UNTIL)
    assert sum(row.values["due"] for row in weeks.rows) == 800_000
    assert sum(row.values["collected"] for row in weeks.rows) == 840_000


def test_the_card_of_a_customer_and_the_balances_of_all(company: Any) -> None:
    company.invoice("USD", "2026-02-01", "10.00", customer="C2", currency="USD", rate=Decimal(7))
    found = ask("ledger-card")
    assert [(row.key, row.values["closing_base"]) for row in found.rows] == [
        (("C1",), 450_000),
        (("C2",), 70),
    ]
    assert found.total is not None
    assert found.total.values["opening_base"] == 400_000
    [card] = ask("ledger-card", customer="C1").parts
    assert [(row.values["number"], int(row.values["balance"] / 1000)) for row in card.rows] == [
        ("", 400), ("J", 700), ("R0", 360), ("R1", 340), ("F1", 460), ("F2", 500), ("F3", 620), ("R2", 340),
        ("M", 650), ("R3", 630), ("R4", 590), ("R5", 450),
    ]  # fmt: skip
    assert thousands(card.total, "debit", "credit", "balance") == [890, 840, 450]
    link = card.link(card.rows[1], "number")
    assert link is not None
    assert link.where == {"id": str(company.item("J").document_id)}
    assert ask("ledger-card", customer="NOBODY").parts == ()


def test_sales_and_the_commission_on_what_came_in(company: Any) -> None:
    [row] = ask("sales-collection").rows
    assert thousands(row, "opening", "sold", "collected", "closing", "closing_overdue") == [
        400,
        890,
        840,
        450,
        120,
    ]
    # 20 of 60 came 48 days late (0.8), 20 ten days and 40 five days late (0.9); all else in time; 2 %, no tax inside.
    assert row.values["basis"] == 840_000
    assert row.values["commission"] == Decimal("0.02") * (760_000 + 16_000 + 18_000 + 36_000)
    assert row.values["commission"] + row.values["lost"] == Decimal("0.02") * 840_000
    assert "basis" not in ask("sales-collection", by="region").rows[0].values


def test_sales_by_month(company: Any) -> None:
    found = ask("sales-collection", by="month")
    assert [(row.key[0], int(row.values["sold"]) // 1000) for row in found.rows] == [
        ("2026-01", 300),
        ("2026-02", 280),
        ("2026-03", 310),
    ]
    names = ("opening", "sold", "collected", "closing", "closing_overdue")
    assert found.total and thousands(found.total, *names) == [400, 890, 840, 450, 120]
    assert found.rows[0].values["closing"] == found.rows[1].values["opening"]
    link = found.link(found.rows[0], "closing")
    assert link is not None and link.where["as_of"] == "2026-01-31"
    assert {column.name for column in found.columns if column.totalled} == {
        "sold",
        "collected",
        "written_off",
    }
    largest = ask("sales-collection", by="month", sort="-sold")
    assert [row.key[0] for row in largest.rows] == ["2026-03", "2026-01", "2026-02"]


def test_how_overdue_moved(company: Any) -> None:
    company.write_off("F1", "2026-03-30", "10000.00")
    company.credit_note("CN", "2026-03-29", "5000.00")
    company.allocate("CN", "F1", "5000.00", "2026-03-29")
    found = ask("overdue-movement", by="customer")
    names = ("opening", "fresh", "cured", "written_off", "other", "closing")
    # J with 20 and F1 with 120 fell overdue; 20, 20 and 40 of what was overdue were paid.
    assert thousands(found.total, *names) == [60, 140, 80, 10, -5, 105]
    assert thousands(found.rows[0], *names) == [60, 140, 80, 10, -5, 105]
    link = found.link(found.rows[0], "closing")
    assert link is not None
    from huikuan.reports.filters import ItemFilter

    where = ItemFilter.from_parameters(link.where)
    assert open_items_total(as_of=UNTIL, where=where).base == 105_000
    before = ask("overdue-movement", **{"from": "2025-12-01", "to": EVE.isoformat()}).total
    assert thousands(before, *names) == [0, 60, 0, 0, 0, 60]


def test_what_stayed_overdue_and_grew_older_was_rolled(books: Any) -> None:
    for number, due, amount in (
        ("A", "2026-05-20", "100"),
        ("B", "2026-05-30", "40"),
        ("C", "2026-06-10", "7"),
    ):
        books.invoice(number, "2026-04-01", f"{amount}.00", due=due)
    books.receipt("R", "2026-06-15", "30.00")
    books.allocate("R", "A", "30.00", "2026-06-15")
    june = {"from": "2026-06-01", "to": "2026-06-30"}
    # On 31 May A was 11 days overdue and B one; a month later A is 41, B 31 and C, that fell due in between, 20.
    found = ask("overdue-movement", **june)
    assert found.total is not None
    assert found.total.values["rolled"] == 110
    # The picture has it behind the closing figure, as part of that: it moves and changes nothing.
    closing, rolled = found.charts[0].series[0].marks[-2:]
    assert (closing.value, closing.part, rolled.value, rolled.part) == (117, False, 110, True)
    # It leads to where it comes from: what was 1 to 30 days overdue is 31 to 60 days now.
    link = found.link(found.total, "rolled")
    assert link == rolled.link and link is not None
    words = dict(link.where)
    moved = {row.key[0]: row for row in ask(words.pop("name"), **words).rows}
    assert moved["1-30"].values["31-60"] == 110
    week = {"from": "2026-06-01", "to": "2026-06-10"}
    assert ask("overdue-movement", **week).total.values["rolled"] == 0  # type: ignore[union-attr]


def test_what_was_paid_so_many_days_after(company: Any) -> None:
    found = ask("payment-cohorts", **{"from": "2025-11-01"})
    rows = {row.key[0]: row.values for row in found.rows}
    assert list(rows) == ["2025-11", "2025-12", "2026-01", "2026-02", "2026-03"]
    # J of 20 January: 280 of 300 after 39 days, 20 more after 49; 90 days have not passed.
    assert rows["2026-01"]["within_30"] == 0
    assert rows["2026-01"]["within_60"] == 1
    assert rows["2026-01"]["within_90"] is None
    [curve] = ask("payment-curve").rows
    assert curve.values["whole"] == 800_000
    # O2 came a day early, J with 280 on its day, F1 with 40 five days late and J with 20 ten days late.
    assert [str(curve.values[name]) for name in ("early", "within_0", "within_7", "within_15")] == [
        "0.4250", "0.7750", "0.8250", "0.8500",
    ]  # fmt: skip


def test_a_card_adds_up_what_it_lists(books: Any) -> None:
    head = books.customer("HEAD")
    books.customer("CHILD", parent=head)
    books.invoice("I", "2026-02-01", "100.00", customer="CHILD", due="2026-03-01")
    books.receipt("R", "2026-02-02", "100.00", customer="HEAD")
    books.allocate("R", "I", "60.00", "2026-02-10")
    books.unallocate("R", "I", "2026-02-10")
    books.allocate("R", "I", "100.00", "2026-02-10")
    cards = ask("ledger-card", group="HEAD").parts
    assert len(cards) == 2
    for card in cards:
        assert card.total is not None
        for column in ("debit", "credit"):
            listed = sum(row.values.get(column) or 0 for row in card.rows)
            assert card.total.values[column] == listed == 100


def test_the_commission_as_it_was_known(company: Any, actor: Any) -> None:
    """Money, a due date and terms recorded since, each changes what is earned now and nothing of before."""
    kept = [ask("sales-collection")]
    company.receipt("LATE", "2026-03-20", "30000.00")
    company.allocate("LATE", "F2", "30000.00", "2026-03-20")
    kept.append(ask("sales-collection"))
    company.unallocate("LATE", "F2", "2026-03-21")
    kept.append(ask("sales-collection"))
    item = company.item("O1")
    change_items(
        [ItemFacts(item.pk, item.due_on, date(2026, 3, 1), item.salesperson_id)], actor=actor, reason="展期"
    )
    kept.append(ask("sales-collection"))
    save_commission(CommissionTerms(Decimal("0.05"), SHIPPED_TERMS.factors), actor=actor)
    kept.append(ask("sales-collection"))
    names = ("basis", "commission", "lost", "collected")
    said = [[found.rows[0].values[name] for name in names] for found in kept]
    assert [basis for basis, *_rest in said] == [840_000, 870_000, 840_000, 840_000, 840_000]
    assert said[3][1] == said[2][1] + 80  # what came 48 days late is in time now: 0.2 of 2 % of 20,000 more
    assert said[4][1] == said[3][1] * Decimal("2.5")
    for found, values in zip(kept, said, strict=True):
        assert found.known_at is not None
        [row] = ask("sales-collection", known_at=found.known_at.isoformat()).rows
        assert [row.values[name] for name in names] == values


def test_who_earns_on_what_others_took_over_is_in_the_rows(company: Any, actor: Any) -> None:
    other = Salesperson.objects.create(organization_id=company.organization.pk, code="S2", name="小李")
    facts = [
        ItemFacts(item.pk, item.due_on, item.effective_due_on, other.pk) for item in OpenItem.objects.all()
    ]
    change_items(facts, actor=actor, reason="交接")
    found = ask("sales-collection", **{"from": "2026-03-21"})
    assert found.total is not None
    for column in ("basis", "commission", "lost"):
        assert sum(row.values[column] for row in found.rows) == found.total.values[column] > 0

"""Where the debts of each bucket stand a month later, by hand and beside aging."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from huikuan.reports.asking import Result, Row
from huikuan.reports.bucket_moves import NEW, bucket_names
from huikuan.reports.catalogue import answer, asked, report_named
from huikuan.reports.filters import ItemFilter
from huikuan.reports.open_items import open_items_total
from tests.conftest import TODAY
from tests.trade import day

pytestmark = pytest.mark.django_db

JUNE = {"from": "2026-06-01", "to": "2026-06-30"}


def ask(name: str, **words: str) -> Result:
    report = report_named(name)
    return answer(report, asked(report, words, today=TODAY, zone=ZoneInfo("Asia/Shanghai")))


@pytest.fixture
def company(books: Any) -> Any:
    """On 31 May: W and V not due, A and B up to 30 days overdue, X for 31 to 60; N is issued in June."""
    for number, due, amount, customer in (
        ("W", "2026-07-20", "200", "C1"),
        ("V", "2026-06-05", "80", "C2"),
        ("A", "2026-05-20", "100", "C1"),
        ("B", "2026-05-31", "40", "C1"),
        ("X", "2026-04-15", "60", "C2"),
    ):
        books.invoice(number, "2026-03-15", f"{amount}.00", due=due, customer=customer)
    books.invoice("N", "2026-06-02", "50.00", due="2026-06-20")
    books.receipt("R", "2026-06-15", "90.00")
    books.allocate("R", "A", "30.00", "2026-06-15")
    books.allocate("R", "N", "20.00", "2026-06-16")
    books.credit_note("CN", "2026-06-10", "5.00")
    books.allocate("CN", "B", "5.00", "2026-06-10")
    books.write_off("X", "2026-06-25", "60.00")
    return books


def figures(row: Row | None, *names: str) -> list[int]:
    assert row is not None
    return [int(row.values[name]) for name in names]


def test_every_debt_leads_from_a_bucket_to_one(company: Any) -> None:
    found = ask("bucket-migration", **JUNE)
    rows = {row.key[0]: row for row in found.rows}
    names = ("opening", "paid", "written_off", "other", "not_due", "1-30", "31-60", "61-90")
    assert list(rows) == [*bucket_names(), NEW]
    # B fell due on a Sunday and is overdue from 2 June: it had not been on 31 May.
    assert figures(rows["not_due"], *names) == [320, 0, 0, -5, 200, 115, 0, 0]
    assert figures(rows["1-30"], *names) == [100, 30, 0, 0, 0, 0, 70, 0]
    assert figures(rows["31-60"], *names) == [60, 0, 60, 0, 0, 0, 0, 0]
    assert figures(rows[NEW], *names) == [50, 20, 0, 0, 0, 30, 0, 0]
    assert figures(found.total, *names) == [530, 50, 60, -5, 200, 145, 70, 0]
    for row in (*found.rows, found.total):
        assert row is not None
        left = row.values["opening"] - row.values["paid"] - row.values["written_off"] + row.values["other"]
        assert left == sum(row.values[name] for name in bucket_names())


def test_shares_are_of_what_a_bucket_began_with(company: Any) -> None:
    [part] = ask("bucket-migration", **JUNE).parts
    shares = {row.key[0]: row.values for row in part.rows}
    assert (shares["1-30"]["paid"], shares["1-30"]["31-60"]) == (Decimal("0.3"), Decimal("0.7"))
    assert shares["31-60"]["written_off"] == 1
    assert shares[">365"]["paid"] is None, "nothing was in it"


def test_the_end_is_the_aging_and_leads_to_its_items(company: Any) -> None:
    found = ask("bucket-migration", **JUNE)
    aging = ask("aging", as_of="2026-06-30").total
    assert found.total is not None and aging is not None
    for name in bucket_names():
        assert found.total.values[name] == aging.values[name]
    link = found.link(found.total, "1-30")
    assert link is not None
    assert open_items_total(as_of=day("2026-06-30"), where=ItemFilter.from_parameters(link.where)).base == 145


def test_a_filter_narrows_it_and_an_earlier_period_knows_nothing_later(company: Any) -> None:
    found = ask("bucket-migration", **JUNE, customer="C2")
    assert figures(found.total, "opening", "written_off", "1-30") == [140, 60, 80]
    may = ask("bucket-migration", **{"from": "2026-05-01", "to": "2026-05-31"})
    assert figures(may.total, "opening", "paid", "not_due", "1-30", "31-60") == [480, 0, 320, 100, 60]
    before = ask("bucket-migration", **{"from": "2025-05-01", "to": "2025-05-31"})
    assert (before.rows, before.total, before.parts) == ([], None, ())

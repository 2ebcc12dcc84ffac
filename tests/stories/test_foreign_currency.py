"""外币应收的一生: sold at 7.10, revalued at the month's end at 7.05, received at 7.08. In all a loss of 200."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db.models import F, Sum

from huikuan.ledger.models import JournalLine
from huikuan.ledger.operations import choose_reversing
from huikuan.reports.open_items import open_items_total
from tests.ledger.checking import assert_nothing_broken
from tests.trade import Books, day

pytestmark = pytest.mark.django_db


@pytest.fixture
def exporter(books: Books) -> Books:
    for on, rate in [("2026-06-10", "7.10"), ("2026-06-30", "7.05"), ("2026-07-15", "7.08")]:
        books.rate("USD", on, rate)
    return books


def exchange_loss() -> Decimal:
    """What the financial expense account holds, a loss positive."""
    lines = JournalLine.objects.filter(account__purpose="financial_expense")
    return lines.aggregate(total=Sum(F("debit") - F("credit")))["total"] or Decimal(0)


def receivable(on: str) -> Decimal:
    return open_items_total(as_of=day(on)).base


def test_the_difference_of_the_month_stands(exporter: Books) -> None:
    exporter.invoice("F1", "2026-06-10", "10000.00", currency="USD")
    assert exporter.entries("sale") == ["D1122 71000.00", "C6001 71000.00"]

    exporter.revalue("2026-06")
    assert exporter.entries("revaluation") == ["D6603 500.00", "C1122 500.00"]
    assert (receivable("2026-06-30"), exchange_loss()) == (Decimal("70500"), Decimal("500"))

    exporter.receipt("S1", "2026-07-15", "10000.00", currency="USD")
    exporter.allocate("S1", "F1", "10000.00", "2026-07-15")
    assert exporter.entries("receipt") == ["D1002 70800.00", "C1122 70800.00"]
    # The gain of 300 over the closing is a loss in red ink: together D1002 70,800 | C1122 70,500 C6603 300.
    assert exporter.entries("exchange_difference") == ["D6603 -300.00", "C1122 -300.00"]

    assert (receivable("2026-07-15"), exchange_loss()) == (Decimal(0), Decimal("200"))
    assert_nothing_broken(exporter.organization)


def test_the_same_where_differences_are_taken_back_on_the_next_day(exporter: Books) -> None:
    choose_reversing(reverses=True, actor=exporter.actor)
    exporter.invoice("F1", "2026-06-10", "10000.00", currency="USD")
    exporter.revalue("2026-06")
    assert exporter.entries("revaluation") == [
        "D6603 500.00", "C1122 500.00", "D6603 -500.00", "C1122 -500.00",
    ]  # fmt: skip
    assert (receivable("2026-06-30"), receivable("2026-07-01")) == (Decimal("70500"), Decimal("71000"))

    exporter.receipt("S1", "2026-07-15", "10000.00", currency="USD")
    exporter.allocate("S1", "F1", "10000.00", "2026-07-15")
    assert exporter.entries("exchange_difference") == ["D6603 200.00", "C1122 200.00"]
    assert (receivable("2026-07-15"), exchange_loss()) == (Decimal(0), Decimal("200"))
    assert_nothing_broken(exporter.organization)


@pytest.mark.parametrize("reverses", [False, True])
def test_whatever_is_done_in_between_the_loss_is_the_same(exporter: Books, reverses: Any) -> None:
    """Half of it allocated back before the closing, undone and done again: 71,000 went out, 70,800 came in."""
    choose_reversing(reverses=reverses, actor=exporter.actor)
    exporter.invoice("F1", "2026-06-10", "10000.00", currency="USD")
    exporter.receipt("S1", "2026-06-20", "4000.00", currency="USD", rate=Decimal("7.08"))
    exporter.revalue("2026-06")
    exporter.allocate("S1", "F1", "4000.00", "2026-06-20")
    exporter.unallocate("S1", "F1", "2026-07-02")
    exporter.allocate("S1", "F1", "4000.00", "2026-07-05")
    exporter.undo_revaluation("2026-06")
    exporter.revalue("2026-06")
    exporter.receipt("S2", "2026-07-15", "6000.00", currency="USD")
    exporter.allocate("S2", "F1", "6000.00", "2026-07-15")
    assert (receivable("2026-07-15"), exchange_loss()) == (Decimal(0), Decimal("200"))
    assert_nothing_broken(exporter.organization)

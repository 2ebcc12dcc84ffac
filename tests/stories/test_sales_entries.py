"""赊销、待转销项税、红字退货、逾期违约金: the entries an accountant expects, to the cent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from huikuan.sales.errors import SalesRefused
from huikuan.sales.operations import Late, draft_late_interest
from tests.ledger.checking import assert_nothing_broken
from tests.sales.selling import Selling, line
from tests.trade import day

pytestmark = pytest.mark.django_db


@pytest.fixture
def selling(books: Any) -> Selling:
    return Selling(books)


def test_a_sale_at_13_percent_and_the_return_of_a_tenth(selling: Selling) -> None:
    invoice = selling.invoice(line("10", "10000"))
    assert selling.books.entries("sale") == [
        "D1122 113000.00",
        "C6001 100000.00",
        "C22210105 13000.00",
    ]
    selling.post(selling.credit(invoice, (1, {"quantity": "1"})))
    assert selling.books.entries("sale_return") == [
        "D1122 -11300.00",
        "C6001 -10000.00",
        "C22210105 -1300.00",
    ]
    assert_nothing_broken(selling.books.organization)


def test_a_sale_whose_vat_is_not_yet_due(selling: Selling) -> None:
    selling.invoice(line("10", "10000"), event="sale_deferred_vat")
    assert selling.books.entries("sale_deferred_vat") == [
        "D1122 113000.00",
        "C6001 100000.00",
        "C222109 13000.00",
    ]


def test_a_sale_under_the_simple_method_and_its_return(selling: Selling) -> None:
    lines = (line("100", "10", tax_code="3"), line("1", "30", tax_code="exempt"))
    invoice = selling.invoice(*lines, event="sale_simple_vat")
    assert selling.books.entries("sale_simple_vat") == ["D1122 1060.00", "C6001 1030.00", "C222108 30.00"]
    selling.post(selling.credit(invoice, (1, {"quantity": "10"})))
    assert selling.books.entries("sale_return_simple_vat") == [
        "D1122 -103.00", "C6001 -100.00", "C222108 -3.00",
    ]  # fmt: skip
    with pytest.raises(SalesRefused, match="征收率"):
        selling.draft(*lines, line("1", "10", tax_code="9"), event="sale_simple_vat")
    assert_nothing_broken(selling.books.organization)


def test_interest_for_45_days(selling: Selling) -> None:
    books = selling.books
    books.invoice("YS1", "2026-05-01", "100000.00", due="2026-05-31")
    [draft] = draft_late_interest(
        [Late(books.item("YS1").pk, until=day("2026-07-15"))], on=day("2026-07-15"), actor=books.actor
    )
    [document] = selling.post(draft)
    assert document.amount == Decimal("2250.00")
    assert document.kind == "debit_note"
    assert books.entries("late_interest") == ["D1122 2250.00", "C6301 1991.15", "C22210105 258.85"]
    assert_nothing_broken(books.organization)

"""The entries of the trade, to the cent."""

from typing import Any

import pytest

pytestmark = pytest.mark.django_db


def test_e1_sale_on_credit(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "113000.00", tax="13000.00")
    assert books.entries("sale") == ["D1122 113000.00", "C6001 100000.00", "C22210105 13000.00"]


def test_e2_return_in_red_ink(books: Any) -> None:
    books.credit_note("N1", "2026-01-15", "11300.00", tax="1300.00")
    assert books.entries("sale_return") == ["D1122 -11300.00", "C6001 -10000.00", "C22210105 -1300.00"]


def test_e3_receipt(books: Any) -> None:
    books.receipt("R1", "2026-01-20", "60000.00")
    assert books.entries("receipt") == ["D1002 60000.00", "C1122 60000.00"]


def test_e4c_advance_applied_to_an_invoice(books: Any) -> None:
    books.advance("A1", "2026-01-02", "30000.00")
    books.invoice("I1", "2026-01-05", "113000.00", tax="13000.00")
    books.allocate("A1", "I1", "30000.00", "2026-01-05")
    assert books.entries("advance") == ["D1002 30000.00", "C2203 30000.00"]
    assert books.entries("apply_credit") == ["D2203 30000.00", "C1122 30000.00"]
    assert books.open("I1") == 83000


def test_e10_write_off(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "20000.00")
    books.write_off("I1", "2026-06-25")
    assert books.entries("write_off") == ["D1231 20000.00", "C1122 20000.00"]
    assert books.open("I1") == 0


def test_e15_refund(books: Any) -> None:
    books.receipt("R1", "2026-01-20", "1000.00")
    books.refund("R1", "2026-02-01")
    assert books.entries("refund") == ["D1122 1000.00", "C1002 1000.00"]
    assert books.open("R1") == 0


def test_allocation_within_receivables_makes_no_entry(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    books.receipt("R1", "2026-01-20", "100.00")
    books.allocate("R1", "I1", "100.00", "2026-01-20")
    assert books.entries("apply_credit") == []
    assert books.open("I1") == books.open("R1") == 0

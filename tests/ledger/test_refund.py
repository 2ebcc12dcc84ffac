"""退款: what is open of a credit is paid back."""

from __future__ import annotations

from typing import Any

import pytest

from huikuan.core.errors import HuikuanError
from huikuan.ledger.models import Document, Kind
from tests.ledger.checking import assert_nothing_broken

pytestmark = pytest.mark.django_db


def refused(code: str) -> Any:
    return pytest.raises(HuikuanError, check=lambda error: getattr(error, "code", "") == code)


def test_a_part_of_a_receipt(books: Any) -> None:
    books.receipt("R1", "2026-01-20", "1000.00")
    books.refund("R1", "2026-02-01", "400.00")
    assert books.open("R1") == 600
    assert books.entries("refund") == ["D1122 400.00", "C1002 400.00"]
    assert Document.objects.get(kind=Kind.REFUND).number == "TK202602000001"
    assert_nothing_broken(books.organization)


def test_an_advance_leaves_its_own_account(books: Any) -> None:
    books.advance("A1", "2026-01-20", "1000.00")
    books.refund("A1", "2026-02-01")
    assert books.open("A1") == 0
    assert books.entries("advance_refund") == ["D2203 1000.00", "C1002 1000.00"]
    assert books.entries("apply_credit") == []
    assert_nothing_broken(books.organization)


def test_a_credit_note_is_paid_out(books: Any) -> None:
    books.credit_note("N1", "2026-01-20", "113.00", tax="13.00")
    books.refund("N1", "2026-02-01")
    assert books.open("N1") == 0
    assert_nothing_broken(books.organization)


def test_only_what_is_open_is_paid_back(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "700.00")
    books.receipt("R1", "2026-01-20", "1000.00")
    books.allocate("R1", "I1", "700.00", "2026-01-20")
    with refused("beyond_balance"):
        books.refund("R1", "2026-02-01", "300.01")
    books.refund("R1", "2026-02-01", "300.00")
    with refused("beyond_balance"):
        books.refund("R1", "2026-02-01")
    assert_nothing_broken(books.organization)


def test_an_invoice_is_not_paid_back(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "700.00")
    with refused("beyond_balance"):
        books.refund("I1", "2026-02-01")


def test_before_the_receipt_it_is_refused(books: Any) -> None:
    books.receipt("R1", "2026-01-20", "1000.00")
    with refused("before_document"):
        books.refund("R1", "2026-01-19")
    assert books.open("R1") == 1000

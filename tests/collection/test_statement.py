"""The statement of account: closing is the next opening, and what is open makes it up."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from huikuan.collection.statement import Statement, statements_of
from huikuan.ledger.operations import void_documents

pytestmark = pytest.mark.django_db
D = Decimal
JAN, FEB, MAR, APR = (date(2026, month, 1) for month in (1, 2, 3, 4))
ENDS = {JAN: date(2026, 1, 31), FEB: date(2026, 2, 28), MAR: date(2026, 3, 31)}


def of(books: Any, start: date, end: date | None = None, code: str = "C1") -> list[Statement]:
    key = books.customer(code).pk
    return statements_of([key], starts_on=start, ends_on=end or ENDS[start]).get(key, [])


def test_three_months_follow_each_other(books: Any) -> None:
    books.invoice("A", "2026-01-05", "1000", due="2026-02-05")
    books.invoice("GONE", "2026-01-06", "999", due="2026-02-05")
    void_documents([books.item("GONE").document_id], actor=books.actor, reason="录错", today=books.today)
    books.invoice("B", "2026-02-10", "500", due="2026-03-31")
    books.credit_note("CN", "2026-02-11", "50")
    books.receipt("R", "2026-02-20", "800")
    books.allocate("R", "A", "700", "2026-02-20")
    books.write_off("A", "2026-03-10")
    books.rate("USD", "2026-01-01", "7")
    books.invoice("U", "2026-03-02", "100", currency="USD", due="2026-03-02")
    [january], [february], march = of(books, JAN), of(books, FEB), of(books, MAR)
    home, dollars = march
    assert (january.opening, january.closing) == (D(0), D(1000))
    assert [each.number for each in january.movements] == ["A"]
    assert (february.opening, february.closing) == (D(1000), D(650))
    sums = {"sales": D(500), "red": D(-50), "receipts": D(-800), "bills": D(0), "adjustments": D(0)}
    assert february.sums == sums
    assert (february.unallocated, february.overdue) == (D(150), D(300))
    # what we wrote off stays owed
    assert (home.currency, home.opening, home.closing, home.movements) == ("CNY", D(650), D(650), ())
    assert (dollars.currency, dollars.opening, dollars.closing) == ("USD", D(0), D(100))
    for each in (january, february, home, dollars):
        assert each.closing == sum((line.amount for line in each.open_lines), D(0)) - each.unallocated
    assert of(books, JAN, code="C2") == []


def test_a_payment_of_the_group_moves_the_balance_of_both(books: Any) -> None:
    head = books.customer("HEAD")
    books.customer("C1", parent=head)
    books.invoice("A", "2026-01-05", "1000")
    books.receipt("R", "2026-01-06", "1500", customer="HEAD")
    books.allocate("R", "A", "1000", "2026-02-03")
    [january], [february] = of(books, JAN), of(books, FEB)
    assert (january.closing, february.opening, february.closing) == (D(1000), D(1000), D(0))
    assert [(each.number, each.part, each.amount) for each in february.movements] == [
        ("R", "adjustments", D(-1000))
    ]
    [paid] = of(books, FEB, code="HEAD")
    assert (paid.opening, paid.closing, paid.unallocated) == (D(-1500), D(-500), D(500))

"""How late a customer pays: the rule, debt by debt."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from huikuan.reports.payment_behaviour import payment_behaviour
from tests.conftest import TODAY
from tests.trade import Books


def late(books: Books, **options: Any) -> list[tuple[str, int]]:
    found = payment_behaviour(books.customer("C1").pk, today=TODAY, **options)
    return [(debt.number, debt.days_late) for debt in found.debts]


def paid(books: Books, number: str, due: str, on: str, amount: str = "100", **values: Any) -> None:
    books.invoice(number, "2026-03-02", amount, due=due, **values)
    books.receipt(f"SK-{number}", on, amount, **values)
    books.allocate(f"SK-{number}", number, amount, on)


def test_the_day_paid_against_the_day_due(books: Books) -> None:
    paid(books, "Y1", "2026-04-01", "2026-04-01")
    paid(books, "Y2", "2026-04-02", "2026-04-12")
    paid(books, "Y3", "2026-05-20", "2026-05-15")
    assert late(books) == [("Y1", 0), ("Y2", 10), ("Y3", -5)]
    found = payment_behaviour(books.customer("C1").pk, today=TODAY)
    assert found.average_days_late == Decimal("1.7")
    assert found.late_count == 1


def test_a_rest_day_moves_the_due_date(books: Books) -> None:
    books.invoice("Y1", "2026-03-02", "100", due="2026-05-02", effective_due_on=date(2026, 5, 6))
    books.receipt("S1", "2026-05-07", "100")
    books.allocate("S1", "Y1", "100", "2026-05-07")
    assert late(books) == [("Y1", 1)]


def test_the_last_payment_settles_a_debt(books: Books) -> None:
    books.invoice("Y1", "2026-03-02", "100", due="2026-04-01")
    books.receipt("S1", "2026-04-01", "60")
    books.allocate("S1", "Y1", "60", "2026-04-01")
    assert late(books) == [], "what is open is not paid"
    books.receipt("S2", "2026-04-21", "40")
    books.allocate("S2", "Y1", "40", "2026-04-21")
    assert late(books) == [("Y1", 20)]


def test_undone_allocations_do_not_count(books: Books) -> None:
    paid(books, "Y1", "2026-04-01", "2026-04-03")
    books.unallocate("SK-Y1", "Y1", "2026-04-20")
    assert late(books) == []
    books.allocate("SK-Y1", "Y1", "100", "2026-04-21")
    assert late(books) == [("Y1", 20)]


def test_credit_notes_are_no_payments_and_do_not_move_the_day(books: Books) -> None:
    books.invoice("Y1", "2026-03-02", "100", due="2026-04-01")
    books.credit_note("H1", "2026-06-01", "30")
    books.receipt("S1", "2026-04-08", "70")
    books.allocate("S1", "Y1", "70", "2026-04-08")
    books.allocate("H1", "Y1", "30", "2026-06-01")
    books.invoice("Y2", "2026-03-02", "50", due="2026-04-01")
    books.credit_note("H2", "2026-06-01", "50")
    books.allocate("H2", "Y2", "50", "2026-06-01")
    assert late(books) == [("Y1", 7)]


def test_written_off_debts_were_not_paid(books: Books) -> None:
    books.invoice("Y1", "2026-03-02", "100", due="2026-04-01")
    books.receipt("S1", "2026-04-01", "10")
    books.allocate("S1", "Y1", "10", "2026-04-01")
    books.write_off("Y1", "2026-10-01")
    assert late(books) == []


def test_an_advance_pays_when_it_is_allocated(books: Books) -> None:
    books.advance("A1", "2026-02-01", "100")
    books.invoice("Y1", "2026-03-02", "100", due="2026-04-01")
    books.allocate("A1", "Y1", "100", "2026-03-02")
    assert late(books) == [("Y1", -30)]


@pytest.mark.parametrize("last", [1, 24])
def test_only_the_last_ones_and_of_this_customer(books: Books, last: int) -> None:
    start = date(2026, 4, 1)
    for number in range(26):
        on = start + timedelta(days=number)
        paid(books, f"Y{number:02}", "2026-04-01", on.isoformat())
    paid(books, "X1", "2026-04-01", "2026-11-01", customer="C2")
    assert late(books, last=last) == [(f"Y{number:02}", number) for number in range(26 - last, 26)]


def test_nothing_paid(books: Books) -> None:
    found = payment_behaviour(books.customer("C1").pk, today=TODAY)
    assert (found.debts, found.average_days_late, found.late_count) == ((), None, 0)

"""One customer's balance today."""

from decimal import Decimal
from typing import Any

import pytest

from huikuan.ledger.operations import Instalment
from huikuan.reports.aging import By, aging
from huikuan.reports.balances import customer_balance, customer_balances
from tests.reports.example import record_july, record_until_june
from tests.trade import day

pytestmark = pytest.mark.django_db

JULY_31 = day("2026-07-31")


def test_the_example_at_the_end_of_july(books: Any) -> None:
    record_until_june(books)
    record_july(books)
    balance = customer_balance(books.customer().pk, today=JULY_31)
    assert (balance.receivable, balance.overdue, balance.unallocated, balance.net) == (
        50999,
        41000,
        9500,
        41499,
    )
    assert balance.oldest_overdue_days == (JULY_31 - day("2025-06-29")).days
    total = aging(as_of=JULY_31, by=By.NONE).total
    assert total is not None
    assert balance.net == total.net


def test_currencies_stand_side_by_side(books: Any) -> None:
    books.invoice("I1", "2026-07-01", "100.00", due="2026-08-31")
    books.invoice("U1", "2026-07-01", "10.00", due="2026-07-21", currency="USD", rate=Decimal(7))
    books.receipt("R1", "2026-07-02", "4.00", currency="USD", rate=Decimal("7.5"))
    balance = customer_balance(books.customer().pk, today=JULY_31)
    cny, usd = balance.currencies
    assert (cny.currency, cny.receivable, cny.overdue, cny.unallocated, cny.net) == ("CNY", 100, 0, 0, 100)
    assert cny.oldest_overdue_days == 0
    assert (usd.currency, usd.receivable, usd.overdue, usd.unallocated, usd.net) == ("USD", 10, 10, 4, 6)
    assert (usd.receivable_base, usd.unallocated_base, usd.net_base, usd.oldest_overdue_days) == (
        70,
        30,
        40,
        10,
    )
    assert (balance.receivable, balance.overdue, balance.unallocated, balance.net) == (170, 70, 30, 140)


def test_what_waits_for_an_event_is_owed_but_not_overdue(books: Any) -> None:
    books.invoice("I1", "2026-07-01", "100.00", instalments=(Instalment(Decimal("100.00"), None),))
    balance = customer_balance(books.customer().pk, today=JULY_31)
    assert (balance.receivable, balance.untriggered, balance.overdue) == (100, 100, 0)


def test_documents_of_later_days_do_not_count(books: Any) -> None:
    books.invoice("I1", "2026-08-01", "100.00")
    assert customer_balance(books.customer().pk, today=JULY_31).currencies == ()


def test_many_customers_in_one_query(books: Any, django_assert_num_queries: Any) -> None:
    for position in range(3):
        books.invoice(f"I{position}", "2026-07-01", f"{position + 1}.00", customer=f"C{position}")
    quiet = books.customer("QUIET").pk
    ids = [books.customer(f"C{position}").pk for position in range(3)]
    with django_assert_num_queries(1):
        found = customer_balances([*ids, quiet], today=JULY_31)
    assert [found[key].net for key in ids] == [1, 2, 3]
    assert quiet not in found
    assert customer_balances([], today=JULY_31) == {}
    assert customer_balance(quiet, today=JULY_31).net == 0

"""Document numbers: per type and month, without duplicates."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from huikuan.ledger.models import Document, NumberCounter
from huikuan.ledger.operations import DocumentRefused, NewDocument, record_invoices
from huikuan.ledger.operations.numbers import take_numbers
from tests.ledger.checking import assert_nothing_broken, check
from tests.trade import day

pytestmark = pytest.mark.django_db

ONE = Decimal("1.00")


def test_each_type_and_month_counts_for_itself(books: Any) -> None:
    assert [books.invoice("", on, "1.00").number for on in ("2026-01-05", "2026-01-31", "2026-02-01")] == [
        "YS202601000001",
        "YS202601000002",
        "YS202602000001",
    ]
    assert books.receipt("", "2026-01-05", "1.00").number == "SK202601000001"
    assert books.advance("", "2026-01-05", "1.00").number == "YK202601000001"
    assert books.credit_note("", "2026-01-05", "1.00").number == "HC202601000001"
    assert_nothing_broken(books.organization)


def test_a_set_gets_numbers_in_its_order(books: Any) -> None:
    customer = books.customer().pk
    dates = ["2026-02-01", "2026-01-01", "2026-02-02", "2026-01-02"]
    documents = [NewDocument(customer_id=customer, document_on=day(on), amount=ONE) for on in dates]
    documents.insert(
        1, NewDocument(customer_id=customer, document_on=day("2026-02-01"), amount=ONE, number="A")
    )
    assert [recorded.number for recorded in record_invoices(documents, actor=books.actor)] == [
        "YS202602000001",
        "A",
        "YS202601000001",
        "YS202602000002",
        "YS202601000002",
    ]


def test_a_given_number_of_the_same_form_moves_the_counter_past_it(books: Any) -> None:
    """Else the counter would arrive there, and refuse every further invoice of the month."""
    books.invoice("YS202601000002", "2026-03-05", "1.00")
    assert [books.invoice("", "2026-01-05", "1.00").number for _ in range(2)] == [
        "YS202601000003",
        "YS202601000004",
    ]
    books.invoice("YS202601000001", "2026-01-05", "1.00")
    assert books.invoice("", "2026-01-06", "1.00").number == "YS202601000005"
    assert_nothing_broken(books.organization)


@pytest.mark.parametrize(
    "number", ["SK202601000009", "YS202613000009", "YS20260100009", "YS2026010000091234567"]
)
def test_other_numbers_leave_the_counter_alone(books: Any, number: str) -> None:
    books.invoice(number, "2026-01-05", "1.00")
    assert books.invoice("", "2026-01-05", "1.00").number == "YS202601000001"
    assert_nothing_broken(books.organization)


def test_a_number_is_given_once_per_kind(books: Any) -> None:
    books.invoice("A1", "2026-01-05", "1.00")
    books.receipt("A1", "2026-01-05", "1.00")
    with pytest.raises(DocumentRefused) as refused:
        books.invoice("A1", "2026-02-05", "1.00")
    assert refused.value.code == "number_exists"
    assert Document.objects.count() == 2


def test_a_refused_set_leaves_no_gap(books: Any) -> None:
    books.invoice("A1", "2026-01-05", "1.00")
    new = [
        NewDocument(customer_id=books.customer().pk, document_on=day("2026-01-05"), amount=ONE, number=number)
        for number in ("", "A1")
    ]
    with pytest.raises(DocumentRefused):
        record_invoices(new, actor=books.actor)
    assert books.invoice("", "2026-01-05", "1.00").number == "YS202601000001"


def test_more_than_a_million_in_a_month_get_a_digit_more(books: Any) -> None:
    assert list(take_numbers("YS", day("2026-01-01"), 1, beyond=999_999)) == ["YS2026011000000"]
    assert books.invoice("", "2026-01-05", "1.00").number == "YS2026011000001"
    assert_nothing_broken(books.organization)


def test_a_counter_set_back_is_named(books: Any) -> None:
    books.invoice("", "2026-01-05", "1.00")
    counter = NumberCounter.objects.get()
    NumberCounter.objects.filter(pk=counter.pk).update(last=0)
    [row] = check(books.organization)
    assert (row.validation, row.record_id, row.number) == (
        "counter_is_past_every_number",
        counter.pk,
        "YS202601",
    )

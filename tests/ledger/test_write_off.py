"""坏账核销: what is open of an invoice is given up."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from huikuan.core.errors import HuikuanError
from huikuan.ledger.models import Document, Kind
from huikuan.ledger.operations import Instalment, write_off
from huikuan.organizations.actors import Actor, NotPermitted
from tests.ledger.checking import assert_nothing_broken
from tests.trade import day

pytestmark = pytest.mark.django_db


def refused(code: str) -> Any:
    return pytest.raises(HuikuanError, check=lambda error: getattr(error, "code", "") == code)


def test_the_rest_of_an_invoice(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    books.receipt("R1", "2026-01-20", "60.00")
    books.allocate("R1", "I1", "60.00", "2026-01-20")
    books.write_off("I1", "2026-06-25")
    assert books.open("I1") == 0
    document = Document.objects.get(kind=Kind.WRITE_OFF)
    assert (document.amount, document.reference, document.memo) == (40, "I1", "客户注销")
    assert document.number == "HZ202606000001"
    assert books.entries("write_off") == ["D1231 40.00", "C1122 40.00"]
    assert_nothing_broken(books.organization)


def test_a_part_takes_the_earliest_due_first(books: Any) -> None:
    parts = [("50.00", "2026-03-01"), ("50.00", "2026-02-01")]
    instalments = tuple(Instalment(Decimal(amount), day(on)) for amount, on in parts)
    books.invoice("I1", "2026-01-05", "100.00", instalments=instalments)
    books.write_off("I1", "2026-06-25", "60.00")
    assert [books.item("I1", line).open_amount for line in (1, 2)] == [40, 0]
    assert_nothing_broken(books.organization)


def test_more_than_is_open_is_refused(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    with refused("beyond_balance"):
        books.write_off("I1", "2026-06-25", "100.01")
    books.write_off("I1", "2026-06-25")
    with refused("beyond_balance"):
        books.write_off("I1", "2026-06-25")
    assert books.open("I1") == 0


@pytest.mark.parametrize("amount", ["0.00", "-5.00"])
def test_nothing_or_less_is_refused(books: Any, amount: str) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    with refused("beyond_balance"):
        books.write_off("I1", "2026-06-25", amount)


def test_a_fraction_of_a_cent_is_refused(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    with refused("amount_precision"):
        books.write_off("I1", "2026-06-25", "0.001")


def test_a_receipt_is_not_written_off(books: Any) -> None:
    books.receipt("R1", "2026-01-05", "100.00")
    with refused("beyond_balance"):
        books.write_off("R1", "2026-06-25")


def test_without_a_reason_it_is_refused(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    with refused("reason_missing"):
        books.write_off("I1", "2026-06-25", reason=" ")


def test_before_the_invoice_or_in_the_future_it_is_refused(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    with refused("before_document"):
        books.write_off("I1", "2026-01-04")
    with refused("in_future"):
        books.write_off("I1", (books.today + timedelta(days=1)).isoformat())
    assert books.open("I1") == 100
    assert not Document.objects.filter(kind=Kind.WRITE_OFF).exists()


def test_it_needs_its_own_permission(books: Any) -> None:
    invoice = books.invoice("I1", "2026-01-05", "100.00")
    accountant = Actor(name="a", permissions=frozenset({"allocation.write", "invoice.record"}), scope="all")
    with pytest.raises(NotPermitted):
        write_off(
            document_id=invoice.pk,
            amount=None,
            effective_on=day("2026-06-25"),
            reason="x",
            actor=accountant,
            today=books.today,
        )

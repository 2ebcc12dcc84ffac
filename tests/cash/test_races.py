"""Two clerks at once: one wins, the other is told, nothing is half done."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from huikuan.cash.models import Bill, BillEvent
from huikuan.cash.operations import (
    Endorsement,
    NewOffset,
    NewUnidentified,
    claim_receipt,
    discount_bills,
    dishonour_bills,
    endorse_bills,
    offset_payables,
    receive_bills,
    receive_unidentified,
)
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import tenant
from huikuan.ledger.models import Document
from tests.cash.bills import divisible, new_bill, receive
from tests.conftest import TODAY, make_organization
from tests.ledger.checking import assert_nothing_broken
from tests.ledger.test_races import THREADS, at_once, books_of
from tests.trade import day

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def company(actor: Any) -> Iterator[Any]:
    yield make_organization(actor)


def winners(company: Any, work: Any) -> int:
    """How many of the threads succeed; the others are refused with a sentence."""
    won: list[int] = []

    def run(number: int) -> None:
        try:
            with tenant(company.id):
                work(number)
        except HuikuanError:
            return
        won.append(number)

    at_once(run)
    return len(won)


def test_a_bill_is_received_once(company: Any, actor: Any) -> None:
    with books_of(company, actor) as books:
        new = new_bill(books)
    assert winners(company, lambda number: receive_bills([new], actor=actor, today=TODAY)) == 1
    with tenant(company.id):
        assert (Bill.objects.count(), Document.objects.count()) == (1, 1)
        assert_nothing_broken(company)


def test_a_bill_goes_one_way(company: Any, actor: Any) -> None:
    """Some endorse it, some a part of it, some discount it, some note that it was not paid."""
    with books_of(company, actor) as books:
        books.invoice("I1", "2026-01-05", "100.00")
        bill = receive(books, "100.00", **divisible("100.00"))
    on = day("2026-03-02")

    def work(number: int) -> None:
        if number % 4 == 0:
            endorse_bills([Endorsement(bill.pk)], endorsee="甲", on=on, actor=actor, today=TODAY)
        elif number % 4 == 1:
            part = Endorsement(bill.pk, Decimal("30.00"))
            endorse_bills([part], endorsee="乙", on=on, actor=actor, today=TODAY)
        elif number % 4 == 2:
            discount_bills([bill.pk], bank="招行", rate=Decimal("0.02"), on=on, actor=actor, today=TODAY)
        else:
            dishonour_bills([bill.pk], on=on, reason="x", actor=actor, today=TODAY)

    won = winners(company, work)
    with tenant(company.id):
        # A part may be endorsed before the rest goes another way; the whole goes one way only.
        gone = Bill.objects.get(pk=bill.pk).state in ("endorsed", "discounted", "dishonoured")
        assert won == 1 or (won > 1 and gone)
        assert BillEvent.objects.filter(bill=bill).count() == won + 1
        assert_nothing_broken(company)


def test_money_is_claimed_by_one(company: Any, actor: Any) -> None:
    with books_of(company, actor) as books:
        [row] = receive_unidentified(
            [NewUnidentified(Decimal("500.00"), day("2026-01-20"))], actor=actor, today=TODAY
        )
        customers = [books.customer(f"C{number}").pk for number in range(THREADS)]

    def claim(number: int) -> None:
        claim_receipt(
            receipt_id=row.pk, customer_id=customers[number], on=day("2026-01-22"), actor=actor, today=TODAY
        )

    assert winners(company, claim) == 1
    with tenant(company.id):
        assert Document.objects.filter(event="claimed_receipt").count() == 1
        assert_nothing_broken(company)


def test_what_is_owed_is_set_off_once(company: Any, actor: Any) -> None:
    with books_of(company, actor) as books:
        books.invoice("I1", "2026-01-05", "100.00")
        new = NewOffset(books.customer().pk, Decimal("60.00"), "DZ-1", day("2026-03-01"))
    assert winners(company, lambda number: offset_payables([new], actor=actor, today=TODAY)) == 1
    with tenant(company.id):
        assert_nothing_broken(company)

"""冲销: documents are undone as if they had never been."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum

from huikuan.core.errors import HuikuanError
from huikuan.ledger.models import Allocation, Document, JournalLine, Kind, OpenItem
from huikuan.ledger.operations import Instalment, close_period, reverse_allocations, void_documents
from tests.ledger.checking import assert_nothing_broken
from tests.trade import day

pytestmark = pytest.mark.django_db


def refused(code: str) -> Any:
    return pytest.raises(HuikuanError, check=lambda error: getattr(error, "code", "") == code)


def _void(books: Any, *documents: Document, reason: str = "导入错误") -> int:
    return void_documents([d.pk for d in documents], actor=books.actor, reason=reason, today=books.today)


def _balances() -> dict[str, Decimal]:
    lines = JournalLine.objects.values_list("account__code").annotate(Sum("debit"), Sum("credit"))
    return {code: debit - credit for code, debit, credit in lines if debit != credit}


def _net_open_on(on: str) -> Decimal:
    """What the customers owe on a day, by the items and allocations that are effective then."""
    items = OpenItem.objects.filter(document_on__lte=on)
    return sum((item.side * item.amount for item in items), Decimal(0))


def test_an_invoice_leaves_no_balance_anywhere(books: Any) -> None:
    parts = tuple(Instalment(Decimal("56.50"), day(on)) for on in ("2026-02-01", "2026-03-01"))
    invoice = books.invoice("I1", "2026-01-05", "113.00", tax="13.00", instalments=parts)
    assert _void(books, invoice) == 1
    assert _balances() == {}
    assert not OpenItem.objects.filter(open_amount__gt=0).exists()
    for on in ("2026-01-05", "2026-12-31"):
        assert _net_open_on(on) == 0
    reversal = Document.objects.get(kind=Kind.REVERSAL)
    invoice.refresh_from_db()
    assert (invoice.voided_by_id, reversal.reference, reversal.document_on) == (
        reversal.pk,
        "I1",
        day("2026-01-05"),
    )
    assert_nothing_broken(books.organization)


@pytest.mark.parametrize("kind", ["credit_note", "receipt", "advance"])
def test_credits_leave_no_balance_either(books: Any, kind: str) -> None:
    document = getattr(books, kind)("X1", "2026-01-05", "113.00")
    _void(books, document)
    assert _balances() == {}
    assert not OpenItem.objects.filter(open_amount__gt=0).exists()
    assert_nothing_broken(books.organization)


def test_allocations_within_the_set_are_undone_from_their_own_dates(books: Any) -> None:
    invoice = books.invoice("I1", "2026-01-05", "113.00")
    advance = books.advance("A1", "2026-01-06", "50.00")
    books.allocate("A1", "I1", "50.00", "2026-02-01")
    assert _void(books, invoice, advance) == 2
    assert _balances() == {}
    reversal = Allocation.objects.exclude(reverses=None).get()
    assert reversal.effective_on == day("2026-02-01")
    assert_nothing_broken(books.organization)


def test_what_rests_on_it_must_be_undone_first(books: Any) -> None:
    invoice = books.invoice("I1", "2026-01-05", "113.00")
    books.receipt("R1", "2026-01-06", "50.00")
    books.allocate("R1", "I1", "50.00", "2026-02-01")
    with refused("rests_on_it"):
        _void(books, invoice)
    assert books.open("I1") == 63
    books.unallocate("R1", "I1", "2026-02-01")
    _void(books, invoice)
    assert books.open("R1") == 50
    assert_nothing_broken(books.organization)


def test_an_allocation_undone_only_later_does_not_stand_in_the_way(books: Any) -> None:
    """From February to March the money lay on the invoice: the reversal takes its place after that."""
    invoice = books.invoice("I1", "2026-01-05", "113.00")
    books.receipt("R1", "2026-01-06", "50.00")
    books.allocate("R1", "I1", "50.00", "2026-02-01")
    books.unallocate("R1", "I1", "2026-03-01")
    _void(books, invoice)
    assert _net_open_on("2026-01-05") == 0
    assert books.open("R1") == 50
    assert_nothing_broken(books.organization)


def test_the_number_may_be_used_again(books: Any) -> None:
    first = books.invoice("I1", "2026-01-05", "113.00")
    with refused("number_exists"):
        books.invoice("I1", "2026-01-05", "114.00")
    _void(books, first)
    books.invoice("I1", "2026-01-05", "114.00")
    assert books.open("I1") == 114
    assert_nothing_broken(books.organization)


def test_twice_is_refused(books: Any) -> None:
    invoice = books.invoice("I1", "2026-01-05", "113.00")
    _void(books, invoice)
    with refused("already_void"):
        _void(books, invoice)


def test_a_reversal_is_not_undone(books: Any) -> None:
    _void(books, books.invoice("I1", "2026-01-05", "113.00"))
    with refused("rests_on_it"):
        _void(books, Document.objects.get(kind=Kind.REVERSAL))


def test_without_a_reason_it_is_refused(books: Any) -> None:
    invoice = books.invoice("I1", "2026-01-05", "113.00")
    with refused("reason_missing"):
        _void(books, invoice, reason=" ")


def test_a_closed_period_is_refused(books: Any) -> None:
    invoice = books.invoice("I1", "2026-01-05", "113.00")
    close_period(month=day("2026-01-01"), actor=books.actor)
    with refused("period_closed"):
        _void(books, invoice)
    invoice.refresh_from_db()
    assert invoice.voided_by_id is None


def test_the_mark_is_set_once(books: Any) -> None:
    first, second = (books.invoice(number, "2026-01-05", "113.00") for number in ("I1", "I2"))
    _void(books, first, second)
    reversal = Document.objects.filter(kind=Kind.REVERSAL).exclude(reference="I1").get()
    refusal = pytest.raises(IntegrityError, match="a voided document does not change")
    with refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ledger_document SET voided_by_id = %s WHERE organization_id = %s AND id = %s",
            [reversal.pk, books.organization.pk, first.pk],
        )


def test_what_settles_a_voided_document_is_not_undone(books: Any) -> None:
    _void(books, books.invoice("I1", "2026-01-05", "113.00"))
    with refused("nothing_to_reverse"):
        reverse_allocations(
            [Allocation.objects.get().pk], effective_on=None, actor=books.actor, today=books.today
        )
    assert not OpenItem.objects.filter(open_amount__gt=0).exists()

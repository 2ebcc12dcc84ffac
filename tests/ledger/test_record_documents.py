"""Recording documents: what is refused, instalments, opening balances, and that a set costs a handful of queries."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from huikuan.audit.models import Act, Event
from huikuan.core.errors import HuikuanError
from huikuan.customers.models import Salesperson
from huikuan.ledger.models import Document, JournalEntry, Kind, OpenItem, Side
from huikuan.ledger.operations import (
    Instalment,
    NewAllocation,
    NewDocument,
    allocate,
    record_credit_notes,
    record_invoices,
    record_receipts,
    reverse_allocations,
    void_documents,
)
from huikuan.organizations.actors import Actor, NotPermitted
from tests.ledger.checking import assert_nothing_broken
from tests.trade import day

pytestmark = pytest.mark.django_db


def refused(code: str) -> Any:
    return pytest.raises(HuikuanError, check=lambda error: getattr(error, "code", "") == code)


def _new(books: Any, amount: str = "100.00", **values: Any) -> NewDocument:
    values.setdefault("document_on", day("2026-01-05"))
    values.setdefault("customer_id", books.customer().pk)
    return NewDocument(amount=Decimal(amount), **values)


def test_an_invoice_is_one_act_with_its_event(books: Any) -> None:
    before = Act.objects.count()
    invoice = books.invoice("I1", "2026-01-05", "113.00", due="2026-02-04", tax="13.00", memo="首批")
    assert Act.objects.count() == before + 1
    event = Event.objects.get(record_id=invoice.pk)
    assert (event.action, event.record_kind, event.number) == ("recorded", "invoice", "I1")
    assert event.content["amount"] == 113
    assert event.content["items"] == [[113, "2026-02-04", "2026-02-04"]]
    item = books.item("I1")
    assert (item.side, item.open_amount, item.open_base, item.due_on) == (
        Side.DEBIT,
        Decimal(113),
        Decimal(113),
        day("2026-02-04"),
    )
    assert_nothing_broken(books.organization)


def test_the_salesperson_is_the_customer_s_unless_said(books: Any) -> None:
    mine, other = (
        Salesperson.objects.create(organization_id=books.organization.pk, code=code, name=code)
        for code in "AB"
    )
    books.customer("C1", salesperson=mine)
    books.invoice("I1", "2026-01-05", "1.00")
    books.invoice("I2", "2026-01-05", "1.00", salesperson_id=other.pk)
    assert [books.item(number).salesperson_id for number in ("I1", "I2")] == [mine.pk, other.pk]
    assert_nothing_broken(books.organization)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"amount": "-1.00"}, "document_refused"),
        ({"amount": "1.001"}, "amount_precision"),
        ({"amount": "NaN"}, "document_refused"),
        ({"amount": "Infinity"}, "document_refused"),
        ({"net": Decimal("90.00"), "tax": Decimal("9.99")}, "document_refused"),
        ({"tax": Decimal("0.001")}, "amount_precision"),
        ({"currency": "XXX"}, "unknown_currency"),
        ({"customer_id": uuid4()}, "unknown_customer"),
        ({"instalments": (Instalment(Decimal("99.99"), None),)}, "document_refused"),
        (
            {"instalments": (Instalment(Decimal("50.005"), None), Instalment(Decimal("49.995"), None))},
            "amount_precision",
        ),
        (
            {"instalments": (Instalment(Decimal("101.00"), None), Instalment(Decimal("-1.00"), None))},
            "document_refused",
        ),
    ],
)
def test_what_cannot_be_booked_is_refused_with_the_whole_set(
    books: Any, values: dict[str, Any], code: str
) -> None:
    good, bad = _new(books), _new(books, **values)
    with refused(code):
        record_invoices([good, bad], actor=books.actor)
    assert not Document.objects.exists()
    assert not OpenItem.objects.exists()


def test_an_invoice_of_nothing_makes_no_entry(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "0.00")
    assert not JournalEntry.objects.exists()
    assert_nothing_broken(books.organization)


def test_instalments_have_their_own_dates_and_lines(books: Any) -> None:
    parts = (
        Instalment(Decimal("30.00"), day("2026-02-15"), day("2026-02-24")),
        Instalment(Decimal("60.00"), day("2026-03-15")),
        Instalment(Decimal("10.00"), None),
    )
    books.invoice("I1", "2026-01-05", "100.00", tax="11.50", instalments=parts)
    items = OpenItem.objects.order_by("line").values_list("line", "amount", "due_on", "effective_due_on")
    assert list(items) == [
        (1, Decimal(30), day("2026-02-15"), day("2026-02-24")),
        (2, Decimal(60), day("2026-03-15"), day("2026-03-15")),
        (3, Decimal(10), None, None),
    ]
    assert books.entries("sale") == [
        "D1122 30.00",
        "D1122 60.00",
        "D1122 10.00",
        "C6001 88.50",
        "C22210105 11.50",
    ]
    assert_nothing_broken(books.organization)


def test_opening_balances_leave_revenue_alone(books: Any) -> None:
    record_invoices([_new(books, "113.00", tax=Decimal("13.00"))], actor=books.actor, opening=True)
    record_credit_notes([_new(books, "10.00")], actor=books.actor, opening=True)
    record_receipts([_new(books, "20.00")], actor=books.actor, opening=True)
    assert books.entries("opening_debit") == ["D1122 113.00", "C4199 113.00"]
    assert books.entries("opening_credit") == ["D4199 10.00", "C1122 10.00", "D4199 20.00", "C1122 20.00"]
    assert_nothing_broken(books.organization)


@pytest.mark.parametrize("record", [record_invoices, record_credit_notes, record_receipts])
def test_it_needs_the_permission(books: Any, record: Any) -> None:
    reader = Actor(name="r", permissions=frozenset({"ledger.read"}), scope="all")
    with pytest.raises(NotPermitted):
        record([_new(books)], actor=reader)
    assert not Document.objects.exists()


def test_a_cashier_records_receipts_but_no_invoices(books: Any) -> None:
    cashier = Actor(name="c", permissions=frozenset({"receipt.record"}), scope="all")
    record_receipts([_new(books)], actor=cashier)
    with pytest.raises(NotPermitted):
        record_invoices([_new(books)], actor=cashier)
    assert [document.kind for document in Document.objects.all()] == [Kind.RECEIPT]


def _queries(books: Any, size: int) -> dict[str, int]:
    """How many queries each operation takes for a set of `size`."""
    counts: dict[str, int] = {}
    invoices = [_new(books) for _ in range(size)]
    with CaptureQueriesContext(connection) as queries:
        debits = record_invoices(invoices, actor=books.actor)
    counts["invoices"] = len(queries)
    with CaptureQueriesContext(connection) as queries:
        credits = record_receipts(invoices, actor=books.actor)
    counts["receipts"] = len(queries)
    pairs = [
        NewAllocation(debit.item_ids[0], credit.item_ids[0], Decimal("60.00"), day("2026-01-05"))
        for debit, credit in zip(debits, credits, strict=True)
    ]
    with CaptureQueriesContext(connection) as queries:
        allocate(pairs, actor=books.actor, today=books.today)
    counts["allocate"] = len(queries)
    from huikuan.ledger.models import Allocation

    ids = list(
        Allocation.objects.filter(debit_item__in=[pair.debit_item_id for pair in pairs]).values_list(
            "pk", flat=True
        )
    )
    with CaptureQueriesContext(connection) as queries:
        reverse_allocations(ids, effective_on=day("2026-02-01"), actor=books.actor, today=books.today)
    counts["reverse"] = len(queries)
    with CaptureQueriesContext(connection) as queries:
        void_documents([debit.id for debit in debits], actor=books.actor, reason="x", today=books.today)
    counts["void"] = len(queries)
    return counts


def test_a_thousand_cost_as_many_queries_as_a_few(books: Any) -> None:
    some, many = _queries(books, 250), _queries(books, 1000)
    assert many == some
    assert max(many.values()) < 40
    assert_nothing_broken(books.organization)

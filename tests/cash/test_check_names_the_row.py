"""A superuser's change of one row of bills or settlements is named by the check that watches over it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from huikuan.audit.operations import act
from huikuan.cash import checks
from huikuan.cash.operations import (
    NewFactoring,
    NewTransfer,
    NewUnidentified,
    NewVatDue,
    claim_receipt,
    factor_receivables,
    receive_unidentified,
    recognise_vat,
    split_bill,
    transfer_debts,
)
from huikuan.core.postgres.tenancy import tenant
from huikuan.ledger.operations import NewDocument
from huikuan.ledger.operations.documents import SALE_DEFERRED_VAT, post_documents
from tests.cash.bills import dishonour, divisible, receive
from tests.conftest import TODAY, make_organization
from tests.ledger.checking import assert_nothing_broken, check
from tests.ledger.test_races import books_of
from tests.superuser import superuser
from tests.trade import Books, day

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "admin"])

# Table, which of its rows, what is written there, the validation that must say so.
CHANGES = [
    ("cash_bill", "state = 'dishonoured'", "acceptor = 'X'", "bill_is_as_recorded"),
    ("cash_bill_event", "state = 'dishonoured'", "memo = 'X'", "bill_event_is_as_recorded"),
    ("cash_bill_event", "state = 'dishonoured'", "position = 7", "bill_events_follow_each_other"),
    ("cash_bill", "state = 'dishonoured'", "state = 'held'", "bill_is_what_its_last_event_says"),
    ("cash_bill", "state = 'dishonoured'", "document_id = uuidv7()", "bill_has_its_documents"),
    ("cash_bill", "parent_id IS NOT NULL AND range_from = 1", "face = face + 1", "parts_make_their_bill"),
    ("cash_bill", "parent_id IS NOT NULL AND range_from = 1", "face = face + 1", "bill_ties_to_its_account"),
    ("cash_bill_event", "state = 'dishonoured'", "entry_id = NULL, document_id = NULL", "bill_entry_has_its_bill"),
    ("ledger_document", "kind = 'transfer_out'", "base_amount = base_amount + 1", "transfer_has_two_sides"),
    ("cash_unidentified_receipt", "true", "amount = amount + 1", "claim_follows_its_receipt"),
    ("cash_vat_due", "true", "amount = amount + 1", "vat_falls_due_once"),
    ("cash_factoring", "true", "cost = cost + 1, proceeds = proceeds - 1", "factoring_adds_up"),
    ("cash_factoring", "true", "entry_id = uuidv7()", "loan_follows_its_factoring"),
]  # fmt: skip


@pytest.fixture
def company(actor: Any) -> Any:
    """A bill split and one dishonoured, a debt transferred, one factored, money claimed, VAT that fell due."""
    organization = make_organization(actor)
    with books_of(organization, actor) as books:
        _bills(books)
        _settlements(books)
    return organization


def _bills(books: Books) -> None:
    split = receive(books, "100.00", **divisible("100.00"))
    parts = [Decimal("40.00"), Decimal("60.00")]
    split_bill(bill_id=split.pk, amounts=parts, on=day("2026-02-01"), actor=books.actor, today=TODAY)
    dishonour(books, receive(books, number="130210000012320260115000000002"))


def _settlements(books: Books) -> None:
    settled = {"actor": books.actor, "today": TODAY}
    books.invoice("T1", "2026-05-01", "800")
    to = books.customer("C2").pk
    transfer_debts([NewTransfer(books.item("T1").pk, to, "ZR-1", day("2026-05-20"))], **settled)
    books.invoice("F1", "2026-05-01", "1000")
    items = (books.item("F1").pk,)
    factor_receivables(
        NewFactoring("BL", "保理商", True, day("2026-06-01"), items, Decimal("990")), **settled
    )
    [row] = receive_unidentified([NewUnidentified(Decimal("5.00"), day("2026-06-01"))], **settled)
    claim_receipt(receipt_id=row.pk, customer_id=to, on=day("2026-06-02"), **settled)
    new = NewDocument(
        customer_id=to,
        document_on=day("2026-05-05"),
        amount=Decimal("113.00"),
        tax=Decimal("13.00"),
        due_on=day("2026-06-04"),
    )
    with act("test", actor=books.actor) as opened:
        [invoice] = post_documents([new], posting=SALE_DEFERRED_VAT, opened=opened)
    recognise_vat([NewVatDue(invoice.id)], on=day("2026-06-05"), **settled)


@pytest.mark.parametrize(("table", "where", "values", "name"), CHANGES, ids=lambda value: str(value)[:40])
def test_the_row_is_named(company: Any, table: str, where: str, values: str, name: str) -> None:
    with tenant(company.id):
        assert_nothing_broken(company)
    with superuser() as connection:
        sql = f"UPDATE {table} SET {values} WHERE organization_id = '{company.id}'::uuid AND {where}"
        assert connection.execute(sql).rowcount == 1
    with tenant(company.id):
        assert name in {row.validation for row in check(company)}


def test_every_validation_of_bills_and_settlements_is_tried() -> None:
    tried = {name for *_change, name in CHANGES}
    assert {each.name for each in (*checks._BILLS, *checks._SETTLEMENTS)} == tried

"""A line whose money was registered before the statement came is linked to it, never posted once more."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from huikuan.cash.banking import StatementLine
from huikuan.cash.operations import (
    Choice,
    NewBankAccount,
    NewUnidentified,
    add_bank_account,
    apply_matches,
    link_recorded,
    receive_unidentified,
    undo_uses,
)
from huikuan.cash.queries import unclaimed_receipts
from huikuan.core.errors import HuikuanError
from huikuan.customers.models import CustomerName
from huikuan.ledger.models import Document, JournalEntry
from huikuan.ledger.operations import void_documents
from tests.cash.lines import line, option, used
from tests.ledger.checking import assert_nothing_broken
from tests.trade import Books, day

pytestmark = pytest.mark.django_db


@pytest.fixture
def main(books: Books) -> Books:
    """The account at the bank is the one that receipts are posted on."""
    owner = add_bank_account(new=NewBankAccount(code="ICBC", name="ICBC", currency="CNY"), actor=books.actor)
    assert owner.account.purpose == "bank"
    return books


def document(number: str) -> UUID:
    return Document.objects.get(number=number).pk


def link(books: Books, row: StatementLine, key: UUID) -> list[object]:
    return list(link_recorded(line_id=row.pk, record_id=key, actor=books.actor, today=books.today))


def test_a_receipt_registered_by_hand_is_not_posted_again(main: Books) -> None:
    main.receipt("R1", "2026-02-01", "100.00")
    entries = JournalEntry.objects.count()
    row = line(main, "2026-02-01", "100.00", "甲公司", account="6222")
    link(main, row, document("R1"))
    assert used(row.pk) == Decimal("100.00")
    assert JournalEntry.objects.count() == entries
    assert_nothing_broken(main.organization)


def test_as_a_choice_of_the_workbench_it_teaches_who_paid(main: Books) -> None:
    main.receipt("R1", "2026-02-01", "100.00")
    row = line(main, "2026-02-02", "100.00", "甲公司的财务", account="6222")
    chosen = replace(option(main, unapplied="100.00"), recorded=document("R1"))
    [use] = apply_matches([Choice(row.pk, chosen)], actor=main.actor, today=main.today)
    assert (use.document_id, use.amount) == (document("R1"), Decimal("100.00"))
    assert CustomerName.objects.filter(kind="payer", name="甲公司的财务").exists()
    undo_uses([use.pk], actor=main.actor, today=main.today, reason="认错")
    assert used(row.pk) == 0
    assert Document.objects.get(number="R1").voided_by_id is None
    assert not CustomerName.objects.filter(kind="payer").exists()
    assert_nothing_broken(main.organization)


def test_the_receipt_is_not_voided_under_its_line(main: Books) -> None:
    main.receipt("R1", "2026-02-01", "100.00")
    row = line(main, "2026-02-01", "100.00")
    link(main, row, document("R1"))
    with pytest.raises(HuikuanError):
        void_documents([document("R1")], actor=main.actor, today=main.today, reason="错")


def test_money_in_the_pool_is_linked_and_still_waits_to_be_claimed(main: Books) -> None:
    [row] = receive_unidentified(
        [NewUnidentified(Decimal("50.00"), day("2026-02-01"), payer="某人")],
        actor=main.actor,
        today=main.today,
    )
    moved = line(main, "2026-02-01", "50.00", "某人")
    link(main, moved, row.pk)
    assert unclaimed_receipts().filter(pk=row.pk).exists()
    assert_nothing_broken(main.organization)


@pytest.mark.parametrize(
    ("amount", "on", "code"),
    [("99.99", "2026-02-01", "amount_differs"), ("-100.00", "2026-02-01", "not_its_money")],
)
def test_other_money_is_refused(main: Books, amount: str, on: str, code: str) -> None:
    main.receipt("R1", "2026-02-01", "100.00")
    row = line(main, on, amount)
    with pytest.raises(HuikuanError) as caught:
        link(main, row, document("R1"))
    assert caught.value.code == code
    assert used(row.pk) == 0


def test_one_receipt_is_the_money_of_one_line(main: Books) -> None:
    main.receipt("R1", "2026-02-01", "100.00")
    first, second = line(main, "2026-02-01", "100.00"), line(main, "2026-02-01", "100.00")
    link(main, first, document("R1"))
    with pytest.raises(HuikuanError) as caught:
        link(main, second, document("R1"))
    assert caught.value.code == "linked_already"


def test_money_on_another_account_is_refused(books: Books) -> None:
    books.receipt("R1", "2026-02-01", "100.00")
    row = line(books, "2026-02-01", "100.00")
    with pytest.raises(HuikuanError) as caught:
        link(books, row, document("R1"))
    assert caught.value.code == "other_account"

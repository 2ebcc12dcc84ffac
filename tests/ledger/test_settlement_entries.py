"""Entries of documents with legs, items on other accounts, and entries without a document, to the cent."""

from decimal import Decimal
from typing import Any

import pytest

from huikuan.audit.operations import act
from huikuan.ledger.models import Allocation, OpenItem
from huikuan.ledger.operations import (
    EntryLine,
    EntryRefused,
    Instalment,
    Leg,
    NewAllocation,
    NewDocument,
    NewEntry,
    accounts_by_purpose,
    allocate,
    move_to_account,
    post_entries,
    reverse_allocations,
    void_documents,
)
from huikuan.ledger.operations.documents import (
    CONTRACT_ADVANCE,
    FACTORED,
    LATE_INTEREST,
    OFFSET,
    RECOVERY,
    SALE,
    SALE_DEFERRED_VAT,
    TRANSFER_IN,
    TRANSFER_OUT,
    Posting,
    RecordedDocument,
    post_documents,
)
from huikuan.ledger.operations.settlements import SettlementRefused
from tests.ledger.checking import assert_nothing_broken
from tests.trade import day

pytestmark = pytest.mark.django_db


def record(
    books: Any, posting: Posting, on: str, amount: str, *, customer: str = "C1", **values: Any
) -> RecordedDocument:
    new = NewDocument(
        customer_id=books.customer(customer).pk,
        document_on=day(on),
        amount=Decimal(amount),
        due_on=day(on),
        **values,
    )
    with act("test", actor=books.actor) as opened:
        [recorded] = post_documents([new], posting=posting, opened=opened)
    return recorded


def settle(books: Any, credit: Any, debit: Any, amount: str, on: str) -> None:
    allocate([NewAllocation(debit, credit, Decimal(amount), day(on))], actor=books.actor, today=books.today)


def undo_all(books: Any, debit: Any, on: str) -> None:
    ids = Allocation.objects.filter(debit_item=debit, reverses=None).values_list("pk", flat=True)
    reverse_allocations(list(ids), effective_on=day(on), actor=books.actor, today=books.today)


def post(books: Any, *entries: NewEntry) -> None:
    with act("test", actor=books.actor) as opened:
        post_entries(entries, opened=opened)


def entry(event: str, on: str, **amounts: str) -> NewEntry:
    """Lines by purpose: a positive amount debits the account, a negative one credits it."""
    accounts = accounts_by_purpose(amounts)
    lines = tuple(
        EntryLine(accounts[purpose], **{"debit" if Decimal(text) > 0 else "credit": abs(Decimal(text))})
        for purpose, text in amounts.items()
    )
    return NewEntry(event, day(on), lines)


def test_e1b_vat_not_yet_due(books: Any) -> None:
    record(books, SALE_DEFERRED_VAT, "2026-01-05", "113000.00", tax=Decimal("13000.00"))
    post(books, entry("vat_due", "2026-02-05", deferred_vat="13000.00", output_vat="-13000.00"))
    assert books.entries("sale_deferred_vat") == ["D1122 113000.00", "C6001 100000.00", "C222109 13000.00"]
    assert books.entries("vat_due") == ["D222109 13000.00", "C22210105 13000.00"]
    assert_nothing_broken(books.organization)


def test_e4_contract_advance_and_its_application(books: Any) -> None:
    parts = (
        Instalment(Decimal("26548.67"), None),
        Instalment(Decimal("3451.33"), None, account="deferred_vat"),
    )
    advance = record(books, CONTRACT_ADVANCE, "2026-01-02", "30000.00", instalments=parts)
    invoice = books.invoice("I1", "2026-01-05", "113000.00", tax="13000.00")
    for item_id, amount in zip(advance.item_ids, ("26548.67", "3451.33"), strict=True):
        settle(books, item_id, books.item("I1").pk, amount, "2026-01-05")
    assert books.entries("contract_advance") == ["D1002 30000.00", "C2205 26548.67", "C222109 3451.33"]
    assert sorted(books.entries("apply_credit")) == [
        "C1122 26548.67",
        "C1122 3451.33",
        "D2205 26548.67",
        "D222109 3451.33",
    ]
    assert books.open(invoice.number) == Decimal("83000.00")
    assert_nothing_broken(books.organization)


def test_e11_recovery_of_a_bad_debt(books: Any) -> None:
    recovery = record(books, RECOVERY, "2026-03-01", "5000.00")
    receipt = books.receipt("R1", "2026-03-02", "5000.00")
    settle(books, books.item("R1").pk, recovery.item_ids[0], "5000.00", "2026-03-02")
    assert books.entries("recovery") == ["D1122 5000.00", "C1231 5000.00"]
    assert books.entries("receipt") == ["D1002 5000.00", "C1122 5000.00"]
    assert books.open(receipt.number) == 0
    assert_nothing_broken(books.organization)


def test_e16_offset_against_payables(books: Any) -> None:
    record(books, OFFSET, "2026-03-01", "40000.00")
    assert books.entries("offset") == ["D2202 40000.00", "C1122 40000.00"]


def test_e17_factoring_without_recourse(books: Any) -> None:
    legs = (
        Leg("bank", Decimal("108000.00")),
        Leg("allowance", Decimal("1000.00")),
        Leg("investment_income", Decimal("4000.00")),
    )
    record(books, FACTORED, "2026-03-01", "113000.00", legs=legs)
    assert sorted(books.entries("factored")) == [
        "C1122 113000.00",
        "D1002 108000.00",
        "D1231 1000.00",
        "D6111 4000.00",
    ]
    assert_nothing_broken(books.organization)


def test_legs_that_do_not_balance_are_refused(books: Any) -> None:
    with pytest.raises(Exception, match="不符合账簿的约束"):
        record(books, FACTORED, "2026-03-01", "113000.00", legs=(Leg("bank", Decimal("1.00")),))


def test_e18_retention_and_its_release(books: Any) -> None:
    parts = (
        Instalment(Decimal("107350.00"), day("2026-02-04")),
        Instalment(Decimal("5650.00"), day("2026-03-31"), account="contract_assets"),
    )
    invoice = record(books, SALE, "2026-01-05", "113000.00", tax=Decimal("13000.00"), instalments=parts)
    assert books.entries("sale") == [
        "D1122 107350.00",
        "D1141 5650.00",
        "C6001 100000.00",
        "C22210105 13000.00",
    ]
    books.receipt("R1", "2026-03-01", "1000.00")
    settle(books, books.item("R1").pk, invoice.item_ids[1], "1000.00", "2026-03-01")
    assert_nothing_broken(books.organization)
    with act("release", actor=books.actor) as opened:
        moved = move_to_account(
            [invoice.item_ids[1]],
            purpose="receivable",
            event="retention_due",
            effective_on=day("2026-03-31"),
            memo="质保金到期",
            opened=opened,
        )
    assert moved == 1
    assert books.entries("retention_due") == ["D1122 4650.00", "C1141 4650.00"]
    assert_nothing_broken(books.organization)
    # Undone after the move: both items have back what they had, on the accounts that carry them now.
    undo_all(books, invoice.item_ids[1], "2026-04-01")
    assert OpenItem.objects.get(pk=invoice.item_ids[1]).open_amount == Decimal("5650.00")
    assert_nothing_broken(books.organization)
    with pytest.raises(SettlementRefused, match="已转入其他科目"):
        void_documents([invoice.id], actor=books.actor, reason="错开", today=books.today)


def test_e19_interest_for_late_payment(books: Any) -> None:
    record(books, LATE_INTEREST, "2026-03-01", "2250.00", tax=Decimal("258.85"))
    assert books.entries("late_interest") == ["D1122 2250.00", "C6301 1991.15", "C22210105 258.85"]


def test_e20_debt_transferred_to_another_customer(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "800.00", customer="A")
    with act("transfer", actor=books.actor):
        out = record(books, TRANSFER_OUT, "2026-02-01", "800.00", customer="A")
        record(books, TRANSFER_IN, "2026-02-01", "800.00", customer="B")
        settle(books, out.item_ids[0], books.item("I1").pk, "800.00", "2026-02-01")
    assert books.open("I1") == 0
    assert OpenItem.objects.get(document__customer__code="B").open_amount == Decimal("800.00")
    assert books.entries("debt_transfer_out") == ["D2299 800.00", "C1122 800.00"]
    assert books.entries("debt_transfer_in") == ["D1122 800.00", "C2299 800.00"]
    assert_nothing_broken(books.organization)


@pytest.mark.parametrize(
    ("amounts", "code"),
    [
        ({"bank": "10.00", "other_income": "-9.00"}, "unbalanced"),
        ({"bank": "10.001", "other_income": "-10.001"}, "amount_precision"),
        ({"receivable": "10.00", "other_income": "-10.00"}, "control_account"),
    ],
)
def test_entries_that_cannot_be_posted(books: Any, amounts: dict[str, str], code: str) -> None:
    with pytest.raises(EntryRefused) as refused:
        post(books, entry("manual", "2026-01-05", **amounts))
    assert refused.value.code == code

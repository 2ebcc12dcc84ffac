"""Offsets, transfers, differences, claims, factoring, advances: what is refused, and nothing half done."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from huikuan.audit.models import Act
from huikuan.cash.errors import SettlingRefused
from huikuan.cash.models import FactoredItem, UnidentifiedReceipt
from huikuan.cash.operations import (
    Difference,
    NewAdvance,
    NewFactoring,
    NewOffset,
    NewReceipt,
    NewTransfer,
    NewUnidentified,
    NewVatDue,
    apply_contract_advance,
    change_cash_policy,
    claim_receipt,
    factor_receivables,
    offset_payables,
    receive_contract_advances,
    receive_unidentified,
    receive_with_differences,
    recognise_vat,
    refund_contract_advance,
    settle_difference,
    settle_factored,
    transfer_debts,
)
from huikuan.cash.queries import Policy, cash_policy, deferred_vat, factored_items, unclaimed_receipts
from huikuan.core.errors import HuikuanError
from huikuan.ledger.models import Document, OpenItem
from huikuan.ledger.operations import AllocationRefused, NewDocument, void_documents
from huikuan.ledger.operations.documents import SALE_DEFERRED_VAT, post_documents
from huikuan.sales.operations import release_retentions
from tests.ledger.checking import assert_nothing_broken
from tests.trade import day

pytestmark = pytest.mark.django_db


def refused(work: Any) -> str:
    """The code with which it is refused; nothing was changed."""
    before = (Document.objects.count(), Act.objects.count())
    with pytest.raises(HuikuanError) as caught, transaction.atomic():
        work()
    assert (Document.objects.count(), Act.objects.count()) == before
    return caught.value.code


def offset(books: Any, amount: str, agreement: str = "DZ-1", on: str = "2026-03-01", **values: Any) -> Any:
    new = NewOffset(books.customer().pk, Decimal(amount), agreement, day(on), **values)
    return offset_payables([new], actor=books.actor, today=books.today)


def test_an_offset_settles_no_more_than_is_owed_and_rests_on_an_agreement(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    books.invoice("OTHER", "2026-01-05", "900.00", customer="C2")
    assert refused(lambda: offset(books, "100.01")) == "beyond_balance"
    assert refused(lambda: offset(books, "1.00", " ")) == "agreement_missing"
    assert refused(lambda: offset(books, "0")) == "not_positive"
    assert refused(lambda: offset(books, "1.00", on="2026-12-01")) == "in_future"
    assert refused(lambda: offset(books, "1.00", item_ids=(books.item("OTHER").pk,))) == "other_customer"
    offset(books, "100.00")
    assert books.open("I1") == 0


def test_netting_inside_a_group(books: Any) -> None:
    head = books.customer("HEAD")
    books.customer("CHILD", parent=head)
    books.customers["C1"] = head
    books.invoice("I1", "2026-01-05", "100.00", customer="CHILD")
    offset(books, "60.00", item_ids=(books.item("I1").pk,))
    assert books.open("I1") == 40
    assert_nothing_broken(books.organization)


def transfer(books: Any, item_id: UUID, to: str, amount: str | None = None, on: str = "2026-03-01") -> Any:
    new = NewTransfer(item_id, books.customer(to).pk, "三方-1", day(on), Decimal(amount) if amount else None)
    return transfer_debts([new], actor=books.actor, today=books.today)


def test_a_debt_passes_in_part_in_its_currency(books: Any) -> None:
    books.invoice("F1", "2026-01-05", "100.00", currency="USD", rate=Decimal("7.10"), customer="A")
    key = books.item("F1").pk
    books.customer("B")
    assert refused(lambda: transfer(books, key, "A")) == "same_customer"
    assert refused(lambda: transfer(books, key, "B", "100.01")) == "beyond_debit"
    assert refused(lambda: transfer(books, key, "B", "-1")) == "not_positive"
    transfer(books, key, "B", "40.00")
    item = OpenItem.objects.get(customer=books.customer("B"))
    assert (item.currency, item.open_amount, item.open_base) == ("USD", 40, 284)
    assert books.open("F1") == 60
    assert_nothing_broken(books.organization)


def receive(books: Any, amount: str, **parts: str) -> Any:
    difference = Difference(**{name: Decimal(text) for name, text in parts.items()})
    new = NewReceipt(books.customer().pk, Decimal(amount), day("2026-02-01"), difference=difference)
    return receive_with_differences([new], actor=books.actor, today=books.today)


def test_differences_stay_within_the_tolerance_of_the_organization(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "11300.00")
    assert refused(lambda: receive(books, "11289.99", short="10.01")) == "above_tolerance"
    assert refused(lambda: receive(books, "11199.99", fee="100.01")) == "above_tolerance"
    assert refused(lambda: receive(books, "11290.00", short="-10.00")) == "negative_difference"
    assert refused(lambda: receive(books, "11300.00", short="1.00", over="1.00")) == "short_and_over"
    assert refused(lambda: receive(books, "11300.00", short="0.01")) == "beyond_balance"
    policy = Policy(difference_tolerance=Decimal("20.00"))
    assert change_cash_policy(policy, actor=books.actor)
    assert not change_cash_policy(policy, actor=books.actor)
    assert cash_policy() == policy
    receive(books, "11280.00", short="20.00")
    assert books.open("I1") == 0
    assert_nothing_broken(books.organization)


@pytest.mark.parametrize(
    ("policy", "code"),
    [
        (Policy(derecognises=("friends",)), "unknown_class"),
        (Policy(difference_tolerance=Decimal("-1")), "tolerance_range"),
        (Policy(fee_tolerance=Decimal("10000.01")), "tolerance_range"),
    ],
)
def test_a_policy_that_cannot_be(books: Any, policy: Policy, code: str) -> None:
    assert refused(lambda: change_cash_policy(policy, actor=books.actor)) == code


def test_what_is_left_after_an_allocation_is_settled_as_a_difference(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    books.receipt("R1", "2026-01-10", "95.00")
    books.allocate("R1", "I1", "95.00", "2026-01-10")

    def settle(**parts: str) -> int:
        return settle_difference(
            customer_id=books.customer().pk,
            item_ids=(books.item("I1").pk,),
            difference=Difference(**{name: Decimal(text) for name, text in parts.items()}),
            on=day("2026-01-10"),
            actor=books.actor,
            today=books.today,
        )

    assert refused(settle) == "nothing_to_settle"
    assert refused(lambda: settle(over="5.00")) == "nothing_to_settle"
    assert refused(lambda: settle(short="5.01")) == "beyond_balance"
    assert settle(fee="3.00", short="2.00") == 2
    assert books.open("I1") == 0
    assert_nothing_broken(books.organization)


def unidentified(books: Any, reference: str = "B1") -> UnidentifiedReceipt:
    new = NewUnidentified(Decimal("500.00"), day("2026-01-20"), bank_reference=reference)
    [row] = receive_unidentified([new], actor=books.actor, today=books.today)
    return row


def claim(books: Any, row: UnidentifiedReceipt, on: str = "2026-01-22", **values: Any) -> Any:
    return claim_receipt(
        receipt_id=row.pk,
        customer_id=books.customer().pk,
        on=day(on),
        actor=books.actor,
        today=books.today,
        **values,
    )


def test_money_is_claimed_once_and_comes_in_once(books: Any) -> None:
    books.customer()
    row = unidentified(books)
    assert row.number == "DR202601000001"
    assert refused(lambda: unidentified(books)) == "bank_reference_exists"
    assert refused(lambda: claim(books, row, "2026-01-19")) == "before_receipt"
    document = claim(books, row)
    assert refused(lambda: claim(books, row)) == "already_claimed"
    assert not unclaimed_receipts().exists()
    assert OpenItem.objects.get(document_id=document.id).open_amount == 500
    # A claim that was wrong is voided, and the money waits again.
    void_documents([document.id], actor=books.actor, reason="认错", today=books.today)
    assert unclaimed_receipts().get() == row
    claim(books, row, settles=False)
    assert_nothing_broken(books.organization)


def factor(books: Any, *numbers: str, proceeds: str, recourse: bool, **values: Any) -> Any:
    new = NewFactoring(
        contract=values.pop("contract", "BL-1"),
        factor="某保理公司",
        with_recourse=recourse,
        on=day("2026-02-01"),
        item_ids=tuple(books.item(number).pk for number in numbers),
        proceeds=Decimal(proceeds),
        **values,
    )
    return factor_receivables(new, actor=books.actor, today=books.today)


def test_a_factoring_of_two_customers_to_the_cent(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "100.00", customer="A")
    books.invoice("I2", "2026-01-05", "200.01", customer="B")
    head = factor(books, "I1", "I2", proceeds="290.00", recourse=False, allowance=Decimal("3.00"))
    assert head.cost == Decimal("7.01")
    assert (books.open("I1"), books.open("I2")) == (0, 0)
    assert sum(line.cost for line in factored_items()) == head.cost
    assert_nothing_broken(books.organization)


def test_a_loan_against_an_item_ends_in_parts(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "300.00")
    factor(books, "I1", proceeds="290.00", recourse=True)
    [line] = factored_items(running=True)

    def end(amount: str, *, by_customer: bool) -> Any:
        return settle_factored(
            factored_item_id=line.pk,
            by_customer=by_customer,
            amount=Decimal(amount),
            on=day("2026-05-05"),
            actor=books.actor,
            today=books.today,
        )

    assert refused(lambda: end("300.01", by_customer=True)) == "beyond_balance"
    assert end("100.00", by_customer=True).cost == Decimal("3.33")
    assert refused(lambda: factor(books, "I1", proceeds="1.00", recourse=True)) == "already_factored"
    assert end("200.00", by_customer=False).cost == Decimal("6.67")
    assert books.open("I1") == 200  # bought back: the customer owes it to us
    assert not factored_items(running=True).exists()
    assert books.entries("factoring_repaid") == ["D2001 200.00", "C1002 200.00"]
    assert_nothing_broken(books.organization)


def test_factorings_that_cannot_be(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "300.00")
    books.invoice("F1", "2026-01-05", "100.00", currency="USD", rate=Decimal("7.10"))
    assert refused(lambda: factor(books, "I1", proceeds="300.01", recourse=True)) == "beyond_balance"
    assert refused(lambda: factor(books, proceeds="1.00", recourse=True)) == "nothing_to_settle"
    assert refused(lambda: factor(books, "F1", proceeds="1.00", recourse=True)) == "unknown_item"
    assert (
        refused(lambda: factor(books, "I1", proceeds="1.00", recourse=True, contract=" "))
        == "contract_missing"
    )
    both = {"recourse": True, "allowance": Decimal(1)}
    assert refused(lambda: factor(books, "I1", proceeds="1.00", **both)) == "allowance"
    head = factor(books, "I1", proceeds="300.00", recourse=False)
    document = FactoredItem.objects.get(factoring=head).document_id
    with pytest.raises(AllocationRefused) as caught, transaction.atomic():
        from huikuan.ledger.models import Allocation
        from huikuan.ledger.operations import reverse_allocations

        reverse_allocations(
            list(Allocation.objects.values_list("pk", flat=True)),
            effective_on=None,
            actor=books.actor,
            today=books.today,
        )
        void_documents([document], actor=books.actor, reason="x", today=books.today)
    assert caught.value.code == "factoring_rests_on_its_document"


def test_an_advance_pays_no_more_than_it_has(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "50.00")
    new = NewAdvance(books.customer().pk, Decimal("113.00"), "HT-1", day("2026-01-02"))
    [made] = receive_contract_advances([new], actor=books.actor, today=books.today)

    def apply(amount: str | None, *numbers: str) -> Decimal:
        return apply_contract_advance(
            document_id=made.id,
            item_ids=[books.item(number).pk for number in numbers],
            amount=Decimal(amount) if amount else None,
            on=day("2026-01-05"),
            actor=books.actor,
            today=books.today,
        )

    def pay_back(amount: str | None) -> Any:
        return refund_contract_advance(
            document_id=made.id,
            amount=Decimal(amount) if amount else None,
            on=day("2026-03-05"),
            reason="取消",
            actor=books.actor,
            today=books.today,
        )

    assert refused(lambda: apply("50.01", "I1")) == "beyond_balance"
    assert refused(lambda: apply("113.01", "I1")) == "beyond_balance"
    assert apply(None, "I1") == 50
    assert refused(lambda: pay_back("63.01")) == "beyond_balance"
    pay_back("0.01")
    pay_back(None)
    assert refused(lambda: pay_back(None)) == "beyond_balance"
    assert not OpenItem.objects.filter(document_id=made.id, open_amount__gt=0).exists()
    assert_nothing_broken(books.organization)


def test_vat_falls_due_in_parts_and_never_beyond_the_invoice(books: Any) -> None:
    from huikuan.audit.operations import act

    new = NewDocument(
        customer_id=books.customer().pk,
        number="V1",
        document_on=day("2026-01-05"),
        amount=Decimal("113.00"),
        tax=Decimal("13.00"),
        due_on=day("2026-02-04"),
    )
    with act("test", actor=books.actor) as opened:
        [invoice] = post_documents([new], posting=SALE_DEFERRED_VAT, opened=opened)

    def fall(amount: str | None, on: str = "2026-02-05", key: UUID = invoice.id) -> Any:
        news = [NewVatDue(key, Decimal(amount) if amount else None)]
        return recognise_vat(news, on=day(on), actor=books.actor, today=books.today)

    other = books.invoice("I1", "2026-01-05", "113.00", tax="13.00")
    assert refused(lambda: fall(None, key=other.pk)) == "unknown_document"
    assert refused(lambda: fall("13.01")) == "beyond_balance"
    assert refused(lambda: fall(None, "2026-01-04")) == "before_document"
    fall("5.00")
    assert [(row.number, left) for row, left in deferred_vat()] == [("V1", 8)]
    fall(None)
    assert deferred_vat() == []
    assert refused(lambda: fall(None)) == "beyond_balance"
    with pytest.raises(AllocationRefused, match="红字"), transaction.atomic():
        void_documents([invoice.id], actor=books.actor, reason="x", today=books.today)
    assert_nothing_broken(books.organization)


def test_a_retention_is_not_released_before_its_time(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    work = lambda: release_retentions(  # noqa: E731
        [books.item("I1").pk], on=day("2026-03-01"), actor=books.actor, today=books.today
    )
    assert refused(work) == "not_due"


def test_refusals_are_named(books: Any) -> None:
    assert refused(lambda: claim_receipt(
        receipt_id=books.customer().pk, customer_id=books.customer().pk, on=day("2026-01-01"),
        actor=books.actor, today=books.today,
    )) == "unknown_receipt"  # fmt: skip
    assert issubclass(SettlingRefused, HuikuanError)

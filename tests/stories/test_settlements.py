"""What settles receivables besides plain money: every entry to the cent, as an accountant would write it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from huikuan.audit.operations import act
from huikuan.cash.models import Bill
from huikuan.cash.operations import (
    Difference,
    Endorsement,
    NewAdvance,
    NewBill,
    NewFactoring,
    NewOffset,
    NewReceipt,
    NewTransfer,
    NewUnidentified,
    NewVatDue,
    apply_contract_advance,
    change_cash_policy,
    claim_receipt,
    collect_bills,
    discount_bills,
    dishonour_bills,
    endorse_bills,
    factor_receivables,
    offset_payables,
    receive_bills,
    receive_contract_advances,
    receive_opening_bills,
    receive_unidentified,
    receive_with_differences,
    recognise_vat,
    refund_contract_advance,
    settle_factored,
    settle_matured_bills,
    transfer_debts,
)
from huikuan.cash.operations.differences import cash_discount
from huikuan.cash.queries import Policy, booked_bills, held_bills
from huikuan.ledger.models import Document, OpenItem
from huikuan.ledger.operations import Instalment, NewDocument
from huikuan.ledger.operations.documents import SALE, SALE_DEFERRED_VAT, post_documents
from huikuan.reports.aging import aging
from huikuan.sales.operations import release_retentions
from tests.ledger.checking import assert_nothing_broken
from tests.trade import day

pytestmark = pytest.mark.django_db

NUMBER = "130210000012320260115000000001"
ICBC, ENTERPRISE = "中国工商银行股份有限公司", "远航重工有限公司"
RECEIVED, MATURES = "2026-01-15", "2026-07-15"  # a Wednesday


def receive(books: Any, acceptor: str = ICBC, face: str = "50000.00", **values: Any) -> Bill:
    values.setdefault("matures_on", day(MATURES))
    new = NewBill(
        customer_id=books.customer().pk,
        number=values.pop("number", NUMBER),
        acceptor=acceptor,
        face=Decimal(face),
        issued_on=day("2026-01-10"),
        received_on=day(RECEIVED),
        **values,
    )
    [bill] = receive_bills([new], actor=books.actor, today=books.today)
    return bill


def invoiced(books: Any, amount: str = "50000.00") -> Document:
    document: Document = books.invoice("I1", "2026-01-05", amount, due="2026-02-04")
    return document


def endorse(books: Any, bill: Bill, on: str = "2026-03-02") -> None:
    endorse_bills(
        [Endorsement(bill.pk)], endorsee="供应商甲", on=day(on), actor=books.actor, today=books.today
    )


def discount(books: Any, bill: Bill, on: str = "2026-04-16") -> None:
    discount_bills(
        [bill.pk],
        bank="招商银行",
        rate=Decimal("0.024"),
        on=day(on),
        actor=books.actor,
        today=books.today,
    )


def dishonour(books: Any, bill: Bill, on: str = MATURES) -> None:
    dishonour_bills([bill.pk], on=day(on), reason="余额不足", actor=books.actor, today=books.today)


def matured(books: Any, bill: Bill) -> None:
    settle_matured_bills([bill.pk], on=day(MATURES), actor=books.actor, today=books.today)


def item_id(number: str) -> UUID:
    return OpenItem.objects.get(document__number=number).pk


def test_e1b_vat_falls_due_later(books: Any) -> None:
    new = NewDocument(
        customer_id=books.customer().pk,
        document_on=day("2026-01-05"),
        amount=Decimal("113000.00"),
        tax=Decimal("13000.00"),
        due_on=day("2026-02-04"),
    )
    with act("test", actor=books.actor) as opened:
        [invoice] = post_documents([new], posting=SALE_DEFERRED_VAT, opened=opened)
    recognise_vat([NewVatDue(invoice.id)], on=day("2026-02-05"), actor=books.actor, today=books.today)
    assert books.entries("sale_deferred_vat") == ["D1122 113000.00", "C6001 100000.00", "C222109 13000.00"]
    assert books.entries("vat_due") == ["D222109 13000.00", "C22210105 13000.00"]
    assert_nothing_broken(books.organization)


def test_e3b_unidentified_and_claimed(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "500.00")
    [receipt] = receive_unidentified(
        [NewUnidentified(Decimal("500.00"), day("2026-01-20"), payer="某公司", bank_reference="B1")],
        actor=books.actor,
        today=books.today,
    )
    claim_receipt(
        receipt_id=receipt.pk,
        customer_id=books.customer().pk,
        on=day("2026-01-22"),
        actor=books.actor,
        today=books.today,
    )
    assert books.entries("unidentified_receipt") == ["D1002 500.00", "C2241 500.00"]
    assert books.entries("claimed_receipt") == ["D2241 500.00", "C1122 500.00"]
    assert books.open("I1") == 0
    assert_nothing_broken(books.organization)


def advance(books: Any) -> UUID:
    [made] = receive_contract_advances(
        [NewAdvance(books.customer().pk, Decimal("30000.00"), "HT-1", day("2026-01-02"))],
        actor=books.actor,
        today=books.today,
    )
    return made.id


def test_e4_contract_advance_and_e4b_its_application(books: Any) -> None:
    document_id = advance(books)
    books.invoice("I1", "2026-01-05", "113000.00", tax="13000.00")
    applied = apply_contract_advance(
        document_id=document_id,
        item_ids=[books.item("I1").pk],
        on=day("2026-01-05"),
        actor=books.actor,
        today=books.today,
    )
    assert applied == Decimal("30000.00")
    assert books.entries("contract_advance") == ["D1002 30000.00", "C2205 26548.67", "C222109 3451.33"]
    assert sorted(books.entries("apply_credit")) == [
        "C1122 26548.67",
        "C1122 3451.33",
        "D2205 26548.67",
        "D222109 3451.33",
    ]
    assert books.open("I1") == Decimal("83000.00")
    assert_nothing_broken(books.organization)


def test_e4_applied_in_parts_and_the_rest_paid_back(books: Any) -> None:
    document_id = advance(books)
    books.invoice("I1", "2026-01-05", "113000.00", tax="13000.00")
    apply_contract_advance(
        document_id=document_id,
        item_ids=[books.item("I1").pk],
        amount=Decimal("10000.01"),
        on=day("2026-01-05"),
        actor=books.actor,
        today=books.today,
    )
    refund_contract_advance(
        document_id=document_id,
        amount=None,
        on=day("2026-02-05"),
        reason="合同取消",
        actor=books.actor,
        today=books.today,
    )
    assert books.entries("contract_advance_refund")[-1] == "C1002 19999.99"
    assert not OpenItem.objects.filter(document_id=document_id, open_amount__gt=0).exists()
    assert books.open("I1") == Decimal("102999.99")
    assert_nothing_broken(books.organization)


def test_e5_a_bill_settles_invoices_and_is_collected(books: Any) -> None:
    invoiced(books)
    bill = receive(books)
    assert books.entries("bill_receipt") == ["D1121 50000.00", "C1122 50000.00"]
    assert books.open("I1") == 0
    collect_bills([bill.pk], on=day(MATURES), actor=books.actor, today=books.today)
    assert books.entries("bill_collected") == ["D1002 50000.00", "C1121 50000.00"]
    assert [held_bills(day(on)).face for on in (RECEIVED, "2026-07-14", MATURES)] == [50000, 50000, 0]
    assert_nothing_broken(books.organization)


def test_e5_bank_bills_among_the_financing_of_receivables(books: Any) -> None:
    change_cash_policy(Policy(financing=True), actor=books.actor)
    invoiced(books)
    receive(books)
    assert books.entries("bill_receipt_financing") == ["D1124 50000.00", "C1122 50000.00"]
    assert_nothing_broken(books.organization)


def test_e6_endorsed_and_derecognised(books: Any) -> None:
    bill = receive(books)
    endorse(books, bill)
    assert books.entries("bill_endorsed") == ["D2202 50000.00", "C1121 50000.00"]
    assert booked_bills(day("2026-03-02")).face == 0
    matured(books, bill)
    assert books.entries("bill_matured") == []
    assert_nothing_broken(books.organization)


def test_e6b_endorsed_but_not_derecognised(books: Any) -> None:
    bill = receive(books, ENTERPRISE)
    endorse(books, bill)
    assert books.entries("bill_endorsed") == ["D2202 50000.00", "C224102 50000.00"]
    assert booked_bills(day("2026-07-14")).face == 50000
    assert held_bills(day("2026-07-14")).face == 0
    matured(books, bill)
    assert books.entries("bill_matured") == ["D224102 50000.00", "C1121 50000.00"]
    assert booked_bills(day(MATURES)).face == 0
    assert_nothing_broken(books.organization)


def test_e7_discounted_for_90_days_at_2_40_percent(books: Any) -> None:
    bill = receive(books)
    discount(books, bill)
    assert books.entries("bill_discounted") == ["D1002 49700.00", "D6603 300.00", "C1121 50000.00"]
    assert_nothing_broken(books.organization)


def test_e7b_discounted_but_not_derecognised(books: Any) -> None:
    bill = receive(books, ENTERPRISE)
    discount(books, bill)
    assert books.entries("bill_discounted") == ["D1002 49700.00", "D200102 300.00", "C2001 50000.00"]
    matured(books, bill)
    assert books.entries("bill_matured") == ["D2001 50000.00", "C1121 50000.00"]
    assert books.entries("loan_interest") == ["D6603 300.00", "C200102 300.00"]
    assert_nothing_broken(books.organization)


def test_e8_dishonoured_while_held_and_the_invoice_has_its_own_age(books: Any) -> None:
    invoiced(books)
    bill = receive(books)
    dishonour(books, bill)
    assert books.entries("bill_dishonoured") == ["D1122 50000.00", "C1121 50000.00"]
    assert books.open("I1") == Decimal("50000.00")
    assert OpenItem.objects.filter(open_amount__gt=0).count() == 1
    before, after = (aging(as_of=day(on)).as_json()["total"] for on in ("2026-07-14", MATURES))
    assert before["gross"] == "0.00"
    assert after["91-180"] == after["gross"] == "50000.00"  # 161 days after 4 February
    assert_nothing_broken(books.organization)


def test_e8b_discounted_and_recoursed(books: Any) -> None:
    invoiced(books)
    bill = receive(books)
    discount(books, bill)
    dishonour(books, bill)
    assert books.entries("bill_dishonoured") == ["D1122 50000.00", "C1002 50000.00"]
    assert books.open("I1") == Decimal("50000.00")
    assert_nothing_broken(books.organization)


def test_e8c_discounted_without_derecognition_and_recoursed(books: Any) -> None:
    invoiced(books)
    bill = receive(books, ENTERPRISE)
    discount(books, bill)
    dishonour(books, bill)
    assert books.entries("bill_recourse") == ["D2001 50000.00", "C1002 50000.00"]
    assert books.entries("bill_dishonoured") == ["D1122 50000.00", "C1121 50000.00"]
    assert books.entries("loan_interest") == ["D6603 300.00", "C200102 300.00"]
    assert books.open("I1") == Decimal("50000.00")
    assert_nothing_broken(books.organization)


def received(books: Any, amount: str, **parts: str) -> None:
    difference = Difference(**{name: Decimal(text) for name, text in parts.items()})
    receive_with_differences(
        [NewReceipt(books.customer().pk, Decimal(amount), day("2026-02-01"), difference=difference)],
        actor=books.actor,
        today=books.today,
    )


def test_e13_cash_discount_of_2_percent_of_the_net_amount(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "113000.00", tax="13000.00")
    two_percent = cash_discount(Decimal("100000.00"), Decimal("0.02"), "CNY")
    received(books, "111000.00", discount=str(two_percent))
    assert books.entries("receipt") == ["D1002 111000.00", "C1122 111000.00"]
    assert books.entries("cash_discount") == ["D6001 2000.00", "C1122 2000.00"]
    assert books.open("I1") == 0
    assert_nothing_broken(books.organization)


def test_e13_as_financial_expense(books: Any) -> None:
    change_cash_policy(Policy(discount_is_expense=True), actor=books.actor)
    books.invoice("I1", "2026-01-05", "113000.00", tax="13000.00")
    received(books, "111000.00", discount="2000.00")
    assert books.entries("cash_discount_expense") == ["D6603 2000.00", "C1122 2000.00"]


def test_e14_short_by_10_and_a_fee_of_20(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "11300.00")
    received(books, "11270.00", fee="20.00", short="10.00")
    assert books.entries("receipt") == ["D1002 11270.00", "C1122 11270.00"]
    assert books.entries("bank_fee") == ["D6603 20.00", "C1122 20.00"]
    assert books.entries("short_payment") == ["D6711 10.00", "C1122 10.00"]
    assert books.open("I1") == 0
    assert_nothing_broken(books.organization)


def test_e14_the_other_way_round_too_much_is_our_gain(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "11300.00")
    received(books, "11305.00", over="5.00")
    assert books.entries("over_payment") == ["D1122 5.00", "C6301 5.00"]
    assert OpenItem.objects.filter(open_amount__gt=0).count() == 0
    assert_nothing_broken(books.organization)


def test_e15_refund(books: Any) -> None:
    books.receipt("R1", "2026-01-05", "1000.00")
    books.refund("R1", "2026-01-20")
    assert books.entries("refund") == ["D1122 1000.00", "C1002 1000.00"]


def test_e16_set_off_against_payables(books: Any) -> None:
    invoiced(books)
    offset_payables(
        [NewOffset(books.customer().pk, Decimal("40000.00"), "DZ-2026-1", day("2026-03-01"))],
        actor=books.actor,
        today=books.today,
    )
    assert books.entries("offset") == ["D2202 40000.00", "C1122 40000.00"]
    assert books.open("I1") == Decimal("10000.00")
    assert_nothing_broken(books.organization)


def factored(books: Any, *, with_recourse: bool, allowance: str = "0") -> UUID:
    books.invoice("I1", "2026-01-05", "113000.00", tax="13000.00", due="2026-05-05")
    new = NewFactoring(
        contract="BL-1",
        factor="某保理公司",
        with_recourse=with_recourse,
        on=day("2026-02-01"),
        item_ids=(books.item("I1").pk,),
        proceeds=Decimal("108000.00"),
        allowance=Decimal(allowance),
    )
    head = factor_receivables(new, actor=books.actor, today=books.today)
    key: UUID = head.pk
    return key


def test_e17_factored_without_recourse(books: Any) -> None:
    factored(books, with_recourse=False, allowance="1000.00")
    assert sorted(books.entries("factored")) == [
        "C1122 113000.00",
        "D1002 108000.00",
        "D1231 1000.00",
        "D6111 4000.00",
    ]
    assert books.open("I1") == 0
    assert_nothing_broken(books.organization)


def test_e17b_factored_with_recourse_and_paid_by_the_customer(books: Any) -> None:
    from huikuan.cash.models import FactoredItem

    key = factored(books, with_recourse=True)
    assert books.entries("factored_loan") == ["D1002 108000.00", "D200102 5000.00", "C2001 113000.00"]
    assert books.open("I1") == Decimal("113000.00")
    settle_factored(
        factored_item_id=FactoredItem.objects.get(factoring_id=key).pk,
        by_customer=True,
        on=day("2026-05-06"),
        actor=books.actor,
        today=books.today,
    )
    assert sorted(books.entries("factored")) == ["C1122 113000.00", "D2001 113000.00"]
    assert books.entries("loan_interest") == ["D6603 5000.00", "C200102 5000.00"]
    assert books.open("I1") == 0
    assert_nothing_broken(books.organization)


def test_e18_retention_of_5_percent_and_its_release(books: Any) -> None:
    parts = (
        Instalment(Decimal("107350.00"), day("2026-02-04")),
        Instalment(Decimal("5650.00"), day("2026-03-31"), account="contract_assets"),
    )
    new = NewDocument(
        customer_id=books.customer().pk,
        document_on=day("2026-01-05"),
        amount=Decimal("113000.00"),
        tax=Decimal("13000.00"),
        instalments=parts,
    )
    with act("test", actor=books.actor) as opened:
        post_documents([new], posting=SALE, opened=opened)
    assert books.entries("sale") == [
        "D1122 107350.00",
        "D1141 5650.00",
        "C6001 100000.00",
        "C22210105 13000.00",
    ]

    def release(on: str) -> int:
        return release_retentions(None, on=day(on), actor=books.actor, today=books.today)

    assert [release("2026-03-30"), release("2026-03-31"), release("2026-04-01")] == [0, 1, 0]
    assert books.entries("retention_due") == ["D1122 5650.00", "C1141 5650.00"]
    assert_nothing_broken(books.organization)


def test_e20_a_debt_passes_to_another_customer_as_due_as_it_was(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "800.00", due="2026-02-04", customer="A")
    new = NewTransfer(books.item("I1").pk, books.customer("B").pk, "三方-1", day("2026-03-01"))
    [(given, taken)] = transfer_debts([new], actor=books.actor, today=books.today)
    assert books.entries("debt_transfer_out") == ["D2299 800.00", "C1122 800.00"]
    assert books.entries("debt_transfer_in") == ["D1122 800.00", "C2299 800.00"]
    item = OpenItem.objects.get(pk=taken.item_ids[0])
    assert (item.customer.code, item.open_amount, item.due_on) == ("B", 800, date(2026, 2, 4))
    assert books.open("I1") == 0 and OpenItem.objects.get(pk=given.item_ids[0]).open_amount == 0
    assert_nothing_broken(books.organization)


def test_a_bill_held_when_the_books_began_stands_against_the_openings(books: Any) -> None:
    invoiced(books)
    new = NewBill(
        customer_id=books.customer().pk,
        number=NUMBER,
        acceptor=ICBC,
        face=Decimal("50000.00"),
        issued_on=day("2026-01-10"),
        matures_on=day(MATURES),
        received_on=day(RECEIVED),
    )
    [bill] = receive_opening_bills([new], actor=books.actor, today=books.today)
    assert books.entries("opening_debit") == ["D1122 50000.00", "C4199 50000.00"]
    assert books.entries("bill_receipt") == ["D1121 50000.00", "C1122 50000.00"]
    assert books.open("I1") == Decimal("50000.00")  # what the customer owes besides stays owed
    owed = Document.objects.get(event="opening_debit")
    assert books.open(owed.number) == 0
    dishonour(books, bill)
    assert books.open(owed.number) == Decimal("50000.00")
    assert_nothing_broken(books.organization)

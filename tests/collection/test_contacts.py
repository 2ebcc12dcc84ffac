"""Contacts: what was claimed is frozen, corrections supersede, and limitation follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from huikuan.approvals.duties import INTERRUPTION, DutyRefused
from huikuan.approvals.models import Setting as ApprovalSetting
from huikuan.audit.checks import broken_rows
from huikuan.collection.checks import COLLECTION_VALIDATIONS
from huikuan.collection.errors import CollectionRefused
from huikuan.collection.limitation import expiring, limitation_of_customer, limitations
from huikuan.collection.models import Claim, Contact
from huikuan.collection.operations import (
    NewContact,
    correct_contact,
    record_contact,
    rule_on_limitation,
)
from huikuan.collection.operations.contacts import recorded
from huikuan.collection.queries import contacts_seen
from huikuan.collection.rules import Channel, NextStep, Proof, Result, digest
from huikuan.disputes.operations import NewDispute, open_dispute
from huikuan.organizations.queries import actor_of
from tests.web.people import member, seller

pytestmark = pytest.mark.django_db
D = Decimal


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}T10:00:00+08:00")


def called(books: Any, on: str = "2026-11-20", **values: Any) -> NewContact:
    given: dict[str, Any] = {"channel": Channel.PHONE, "result": Result.REACHED, "made_at": at(on)}
    return NewContact(customer_id=books.customer().pk, **{**given, **values})


def log(books: Any, *arguments: Any, **values: Any) -> Contact:
    return record_contact(called(books, *arguments, **values), actor=books.actor, today=books.today)


def claims(contact: Contact) -> dict[str, Decimal]:
    return dict(Claim.objects.filter(contact=contact).values_list("number", "open_amount"))


def test_all_that_is_overdue_is_claimed_as_it_stood(books: Any) -> None:
    books.invoice("A", "2026-05-01", "1000", due="2026-06-30")
    books.invoice("B", "2026-05-01", "500", due="2026-12-31")
    books.invoice("C", "2026-05-01", "200", due="2026-07-31")
    books.invoice("X", "2026-05-01", "900", due="2026-06-30", customer="C2")
    books.receipt("R", "2026-11-10", "400")
    books.allocate("R", "A", "400", "2026-11-10")
    open_dispute(
        NewDispute(item_id=books.item("C").pk, amount=D("50"), reason="price"),
        actor=books.actor,
        today=date(2026, 11, 15),
    )
    now = log(books)
    assert claims(now) == {"A": D(600), "C": D(150)}
    assert now.claimed == D(750)
    before = log(books, "2026-11-09")
    assert claims(before) == {"A": D(1000), "C": D(200)}
    chosen = log(books, item_ids=[books.item("B").pk])
    assert claims(chosen) == {"B": D(500)}
    later = [Claim.objects.filter(contact=each).order_by("number") for each in (now, before)]
    books.receipt("R2", "2026-11-20", "600")
    books.allocate("R2", "A", "600", "2026-11-20")
    assert [claims(each) for each in (now, before)] == [
        {row.number: row.open_amount for row in rows} for rows in later
    ]
    again = Contact.objects.get(pk=now.pk)
    assert again.digest == digest(recorded(again, list(Claim.objects.filter(contact=again))))
    assert (now.made_on, now.member_name, now.interrupts_on) == (date(2026, 11, 20), books.actor.name, None)


def test_the_day_is_that_of_the_organization(books: Any) -> None:
    made = log(books, made_at=datetime(2026, 11, 19, 22, 30, tzinfo=UTC))
    assert made.made_on == date(2026, 11, 20)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"text": "万" * 4001}, "text_too_long"),
        ({"text": "x" * 1_000_000}, "text_too_long"),
        ({"made_at": at("2026-11-22")}, "day_to_come"),
        ({"made_at": at("0206-11-20")}, "day_too_early"),
        ({"next_step": NextStep.CALL}, "next_day_missing"),
        ({"next_step": NextStep.CALL, "next_on": date(2026, 11, 19)}, "next_day_missing"),
        ({"proof_on": date(2026, 11, 20)}, "proof_day_out_of_range"),
        ({"proof": Proof.DELIVERED, "proof_on": date(2026, 11, 22)}, "proof_day_out_of_range"),
        ({"person_name": "某" * 101}, "text_too_long"),
    ],
)
def test_bad_input_has_its_name_and_leaves_nothing(books: Any, values: dict[str, Any], code: str) -> None:
    with pytest.raises(CollectionRefused) as refused:
        log(books, **values)
    assert refused.value.code == code
    assert not Contact.objects.exists()


def test_items_and_people_of_others_are_refused(books: Any) -> None:
    books.invoice("X", "2026-05-01", "900", due="2026-06-30", customer="C2")
    with pytest.raises(CollectionRefused, match="不属于这个客户"):
        log(books, item_ids=[books.item("X").pk])
    user, _salesperson = seller(books.organization)
    salesperson = actor_of(user)
    assert salesperson is not None
    with pytest.raises(CollectionRefused) as refused:
        record_contact(called(books), actor=salesperson, today=books.today)
    assert refused.value.code == "unknown_customer"


def test_a_correction_takes_its_place_once(books: Any) -> None:
    books.invoice("A", "2026-05-01", "1000", due="2026-06-30")
    old = log(books, text="客户说已付")
    new = correct_contact(old.pk, called(books, text="客户说下周付"), actor=books.actor, today=books.today)
    assert [each.pk for each in contacts_seen(books.actor)] == [new.pk]
    assert Contact.objects.get(pk=old.pk).text == "客户说已付"
    with pytest.raises(CollectionRefused):
        correct_contact(old.pk, called(books), actor=books.actor, today=books.today)


def test_rows_cannot_be_changed_or_added_to_afterwards(books: Any) -> None:
    books.invoice("A", "2026-05-01", "1000", due="2026-06-30")
    made = log(books)
    row = Claim.objects.get(contact=made)
    for change in (
        lambda: Contact.objects.filter(pk=made.pk).update(text="另一句"),
        lambda: Contact.objects.filter(pk=made.pk).delete(),
        lambda: Claim.objects.filter(contact=made).update(open_amount=1),
        lambda: Claim.objects.create(
            organization_id=books.organization.pk,
            contact=made,
            item=books.item("A"),
            number="假",
            currency="CNY",
            open_amount=row.open_amount,
            open_base=row.open_base,
        ),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def expiry(books: Any, number: str, line: int = 1) -> tuple[date, date | None]:
    item = books.item(number, line)
    found = limitations(item_ids=[item.pk])[item.pk]
    return found.expires_on, found.interrupted_on


def test_limitation_of_items(books: Any) -> None:
    books = replace(books, today=date(2027, 6, 1))
    books.invoice("A", "2026-03-01", "1000", due="2026-03-31")
    books.invoice("B", "2026-03-01", "1000", due="2026-03-31")
    assert expiry(books, "A") == (date(2029, 3, 31), None)
    letter = log(
        books,
        "2027-05-08",
        channel=Channel.LETTER,
        result=Result.SENT,
        proof=Proof.DELIVERED,
        proof_on=date(2027, 5, 10),
        item_ids=[books.item("A").pk],
    )
    assert expiry(books, "A") == (date(2030, 5, 10), date(2027, 5, 10))
    assert expiry(books, "B") == (date(2029, 3, 31), None)
    call = log(books, "2027-05-20")
    assert expiry(books, "B") == (date(2029, 3, 31), None)
    rule_on_limitation(
        call.pk, interrupts=True, basis="通话后对方微信确认", actor=books.actor, today=books.today
    )
    assert expiry(books, "B") == (date(2030, 5, 20), date(2027, 5, 20))
    rule_on_limitation(
        call.pk, interrupts=False, basis="号码不是对方的", actor=books.actor, today=books.today
    )
    assert expiry(books, "B") == (date(2029, 3, 31), None)
    correct_contact(letter.pk, called(books, "2027-05-08"), actor=books.actor, today=books.today)
    assert expiry(books, "A") == (date(2029, 3, 31), None)


def test_a_demand_after_the_end_is_void_in_sql_too(books: Any) -> None:
    books = replace(books, today=date(2030, 6, 1))
    books.invoice("A", "2024-02-01", "1000", due="2024-02-29")
    demand = {"channel": Channel.EMAIL, "result": Result.SENT, "proof": Proof.AGREED_ADDRESS}
    assert expiry(books, "A") == (date(2027, 2, 28), None)
    log(books, "2027-03-01", **demand)
    log(books, "2028-03-01", **demand)
    assert expiry(books, "A") == (date(2027, 2, 28), None)
    log(books, "2029-03-01", channel=Channel.EMAIL, result=Result.ACKNOWLEDGED, proof=Proof.REPLY)
    assert expiry(books, "A") == (date(2032, 3, 1), date(2029, 3, 1))
    log(books, "2030-03-01", **demand)
    assert expiry(books, "A") == (date(2033, 3, 1), date(2030, 3, 1))


def test_instalments_run_from_the_last_and_the_near_ones_are_listed(books: Any) -> None:
    from huikuan.ledger.operations import Instalment, NewDocument, record_invoices

    parts = [Instalment(D(400), date(2026, 3, 31)), Instalment(D(600), date(2026, 9, 30))]
    new = NewDocument(
        customer_id=books.customer().pk,
        number="P",
        document_on=date(2026, 3, 1),
        amount=D(1000),
        instalments=parts,
    )
    record_invoices([new], actor=books.actor)
    books.invoice("A", "2023-12-01", "1000", due="2023-12-31")
    books.invoice("S", "2023-12-01", "100", due="2023-12-31")
    books.receipt("R", "2026-11-10", "100")
    books.allocate("R", "S", "100", "2026-11-10")
    assert expiry(books, "P", 1)[0] == expiry(books, "P", 2)[0] == date(2029, 9, 30)
    assert [each.number for each in limitation_of_customer(books.customer().pk)] == ["A", "P", "P"]
    assert [each.number for each in expiring(until=date(2026, 12, 31))] == ["A"]
    assert expiring(until=date(2026, 12, 30)) == []
    assert expiring(until=date(2026, 12, 31), salespeople=[]) == []


def test_who_logged_it_does_not_rule_on_it(books: Any) -> None:
    organization = books.organization
    finance = actor_of(member(organization, "finance_manager"))
    assert finance is not None
    books.customer()
    made = record_contact(called(books), actor=finance, today=books.today)
    ApprovalSetting.objects.update_or_create(
        organization_id=organization.pk, defaults={"duties": [INTERRUPTION]}
    )
    with pytest.raises(DutyRefused):
        rule_on_limitation(made.pk, interrupts=True, basis="x", actor=finance, today=books.today)
    other = actor_of(member(organization, "finance_manager"))
    assert other is not None
    rule_on_limitation(made.pk, interrupts=True, basis="录音已存", actor=other, today=books.today)
    with pytest.raises(CollectionRefused):
        rule_on_limitation(made.pk, interrupts=True, basis=" ", actor=other, today=books.today)


def test_bills_of_one_contract_run_from_the_last(books: Any) -> None:
    from huikuan.sales.contracts import PlanLine
    from huikuan.sales.models import Invoice
    from tests.sales import agreeing

    signed = agreeing.sign(books)
    lines = list(PlanLine.objects.filter(contract=signed).order_by("position")[:2])
    for place, (line, due) in enumerate(zip(lines, ("2026-03-31", "2026-09-30"), strict=True)):
        document = books.invoice(f"P{place}", "2026-03-01", "100", due=due)
        _billed(books, line, document)
    books.invoice("OTHER", "2026-03-01", "100", due="2026-03-31")
    assert Invoice.objects.count() == 2
    assert expiry(books, "P0")[0] == expiry(books, "P1")[0] == date(2029, 9, 30)
    assert expiry(books, "OTHER")[0] == date(2029, 3, 31)


def _billed(books: Any, line: Any, document: Any) -> None:
    """The document stands for an invoice that billed a line of the plan."""
    from huikuan.audit.operations import act
    from huikuan.sales.contracts import PlanBilling
    from huikuan.sales.models import Invoice

    with act("bill_due", actor=books.actor) as opened:
        invoice = Invoice.objects.create(
            organization_id=books.organization.pk,
            kind="invoice",
            state="posted",
            number=document.number,
            event="invoice",
            customer_id=document.customer_id,
            document=document,
            invoice_on=document.document_on,
            currency="CNY",
            amount=100,
            net=100,
            tax=0,
            act_id=opened.id,
        )
        PlanBilling.objects.create(
            organization_id=books.organization.pk,
            line=line,
            invoice=invoice,
            position=1,
            amount=100,
            act_id=opened.id,
        )


def test_the_link_of_a_recording_is_kept_and_covered(books: Any) -> None:
    link = "https://pbx.example/calls/7?k=“1”"
    made = log(books, recording=f" {link} ")
    assert made.recording == link and made.interrupts_on is None  # a link alone proves nothing
    assert made.digest != log(books).digest
    for wrong in (
        "javascript:alert(1)",
        "pbx.example/7",
        "https://",
        "https://a b",
        "https://a/" + "x" * 500,
    ):
        with pytest.raises(CollectionRefused) as refused:
            log(books, recording=wrong)
        assert refused.value.code == "recording_unusable"
    found = broken_rows(COLLECTION_VALIDATIONS, organization=books.organization, now=at("2026-11-21"))
    assert not any(found.values())

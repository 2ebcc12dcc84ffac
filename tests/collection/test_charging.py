"""Charging for paying late: proposed by a step for days that were not charged before, agreed to, a debit note."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from huikuan.audit.checks import broken_rows
from huikuan.collection.charging import Owed, interest_on
from huikuan.collection.checks import COLLECTION_VALIDATIONS
from huikuan.collection.errors import CollectionRefused
from huikuan.collection.models import Charge, ChargeLine, CollectionAction
from huikuan.collection.operations import agree_to_actions, refuse_charge
from huikuan.collection.requests import CHARGE, ask_charge
from huikuan.collection.stepping import Effect
from huikuan.core.postgres.fields import new_id
from huikuan.notices.models import Notice
from huikuan.notices.wording import CHARGES_PROPOSED
from huikuan.organizations.actors import NotPermitted
from huikuan.sales.errors import SalesRefused
from huikuan.sales.late_days import uncharged_days
from huikuan.sales.models import Invoice
from huikuan.sales.operations import (
    Late,
    NewInvoice,
    NewLine,
    change_draft,
    draft_invoices,
    draft_late_interest,
    post_invoices,
    reverse_invoices,
    state_late_days,
    void_drafts,
)
from huikuan.sales.queries import notes_without_days
from tests.approvals.company import Company
from tests.collection.test_carrying_out import NIGHT, cancelled, mail, run
from tests.collection.test_runs import MONDAY, call, in_force, person

D = Decimal
LATER = NIGHT + timedelta(days=10)


def step(days: int = 1, **values: Any) -> Any:
    return replace(call(days), effects=(Effect.CHARGE_INTEREST,), fee=D(50), **values)


@pytest.mark.parametrize(
    ("currency", "after", "principal", "expected"),
    [
        ("CNY", date(2026, 4, 16), D(1000), ("22.50", "157.50")),  # 1,000.00 × 0.05 % × 45 days
        ("JPY", date(2026, 4, 16), D(1000), ("23", "161.00")),
        ("CNY", date(2026, 5, 21), D(1000), ("5.00", "35.00")),
        ("CNY", date(2026, 5, 30), D(1), None),  # rounds to nothing
    ],
)
def test_interest_is_of_the_free_days(currency: str, after: date, principal: D, expected: Any) -> None:
    owed = Owed(new_id(), "A", currency, principal, principal * 7, after, date(2026, 5, 31))
    found = interest_on(owed, daily_rate=D("0.0005"), base_currency="CNY")
    assert (expected is None) == (found is None)
    if found is not None:
        assert (str(found.amount), str(found.base)) == expected


@pytest.mark.django_db
def test_a_step_proposes_and_finance_charges_each_day_once(books: Any) -> None:
    in_force(books, step(1, repeat_days=10, repeats=3))
    books.invoice("A", "2026-03-01", "100000", due="2026-05-31")
    run(books)
    [charge] = Charge.objects.all()
    assert (charge.fee, charge.amount) == (D(50), D(100))  # 100,000.00 × 0.05 % × 1 day, and the fee
    assert not ask_charge(charge, reason="", tax_code="13", actor=books.actor, today=books.today).pending
    assert books.entries("late_interest") == ["D1122 50.00", "C6301 44.25", "C22210105 5.75"]
    assert books.entries("fee_charged") == ["D1122 50.00", "C6001 44.25", "C22210105 5.75"]
    with pytest.raises(CollectionRefused) as refused:
        ask_charge(charge, reason="", tax_code="13", actor=books.actor, today=books.today)
    assert refused.value.code == "unknown_charge"
    run(books, LATER)
    second = Charge.objects.exclude(pk=charge.pk).get()
    assert (second.amount, ChargeLine.objects.get(charge=second).days) == (D(550), 10)
    refuse_charge(second.pk, reason="客户关系", actor=books.actor, today=books.today)
    reverse_invoices(
        [ChargeLine.objects.get(charge=charge).invoice_id],
        actor=books.actor,
        reason="误收",
        today=books.today,
    )
    run(books, LATER + timedelta(days=11))
    third = Charge.objects.get(state="proposed")
    assert ChargeLine.objects.get(charge=third).days == 22  # what was refused or undone is free again
    assert broken(books) == set()
    assert CollectionAction.objects.count() == 3


def broken(books: Any) -> set[str]:
    found = broken_rows(COLLECTION_VALIDATIONS, organization=books.organization, now=LATER)
    return {name for name, rows in found.items() if rows}


@pytest.mark.django_db
def test_days_before_those_of_a_waiting_proposal_are_proposed_again(books: Any) -> None:
    in_force(books, step(1, repeat_days=10, repeats=3))
    books.invoice("A", "2026-03-01", "100000", due="2026-05-31")
    run(books)
    first = Charge.objects.get()
    run(books, LATER)
    refuse_charge(first.pk, reason="客户关系", actor=books.actor, today=books.today)
    run(books, LATER + timedelta(days=11))
    third = Charge.objects.get(on=LATER.date() + timedelta(days=11))
    assert [line.days for line in ChargeLine.objects.filter(charge=third).order_by("after_on")] == [1, 11]
    assert third.amount == D(650)  # (1 + 11) × 50.00, and the fee
    for charge in Charge.objects.filter(state="proposed"):
        ask_charge(charge, reason="", tax_code="13", actor=books.actor, today=books.today)
    assert sum(invoice.amount for invoice in Invoice.objects.filter(event="late_interest")) == D(1100)
    assert broken(books) == set()


@pytest.mark.django_db
def test_interest_entered_by_hand_is_not_charged_again(books: Any) -> None:
    in_force(books, step(1, repeat_days=10, repeats=3))
    books.invoice("A", "2026-03-01", "100000", due="2026-05-31")
    item = books.item("A").pk
    run(books)
    [proposed] = Charge.objects.all()
    by_hand = Late(item, until=date(2026, 6, 6))
    [draft] = draft_late_interest([by_hand], on=books.today, actor=books.actor)
    with pytest.raises(SalesRefused) as refused:
        draft_late_interest([by_hand], on=books.today, actor=books.actor)
    assert refused.value.code == "already_charged"
    with pytest.raises(SalesRefused) as refused:  # a day that was proposed and is on the draft by now
        ask_charge(proposed, reason="", tax_code="13", actor=books.actor, today=books.today)
    assert refused.value.code == "already_charged" and Charge.objects.get().state == "proposed"
    assert broken(books) == {"late_day_is_charged_once"}
    refuse_charge(proposed.pk, reason="已手工计收", actor=books.actor, today=books.today)
    run(books, LATER)
    assert ChargeLine.objects.get(charge__state="proposed").days == 5  # 7 to 11 June
    void_drafts([draft], actor=books.actor, reason="误开")
    run(books, LATER + timedelta(days=11))
    later = Charge.objects.get(on=LATER.date() + timedelta(days=11))
    assert [line.days for line in ChargeLine.objects.filter(charge=later).order_by("after_on")] == [6, 11]
    assert broken(books) == set()


@pytest.mark.django_db
def test_a_line_taken_off_a_draft_charges_no_days(books: Any) -> None:
    for number in ("A", "B"):
        books.invoice(number, "2026-03-01", "100000", due="2026-05-31")
    late = [Late(books.item(number).pk, until=MONDAY) for number in ("A", "B")]
    [draft] = draft_late_interest(late, on=books.today, actor=books.actor)
    kept = NewLine(quantity=D(1), unit_price=D(40), description="A 逾期违约金，协商减免", tax_code="13")
    changed = NewInvoice(
        customer_id=books.customer("C1").pk, kind="debit_note", event="late_interest", invoice_on=books.today,
        prices_include_tax=True, lines=[kept],
    )  # fmt: skip
    change_draft(draft, changed, revision=1, actor=books.actor)
    free = uncharged_days([each.item_id for each in late], until=MONDAY)
    assert free == {books.item("B").pk: [(date(2026, 5, 31), MONDAY)]}


def typed_note(books: Any, customer: str = "C1", **values: Any) -> Invoice:
    """A debit note for paying late as somebody types it, posted."""
    words = NewLine(quantity=D(1), unit_price=D(300), description="五月逾期违约金", tax_code="13")
    new = NewInvoice(
        customer_id=books.customer(customer).pk, kind="debit_note", event="late_interest",
        invoice_on=date(2026, 6, 6), prices_include_tax=True, lines=[words], **values,
    )  # fmt: skip
    [key] = draft_invoices([new], actor=books.actor)
    post_invoices([key], actor=books.actor, today=books.today)
    return Invoice.objects.get(pk=key)


@pytest.mark.django_db
def test_days_stated_of_a_note_typed_by_hand_are_not_charged_again(books: Any) -> None:
    in_force(books, step(1, repeat_days=10, repeats=3))
    for number, customer in (("A", "C1"), ("B", "C1"), ("OTHER", "C2")):
        books.invoice(number, "2026-03-01", "100000", due="2026-05-31", customer=customer)
    item, other = books.item("A").pk, books.item("OTHER").pk
    note = typed_note(books)
    assert [each.pk for each in notes_without_days(note.customer_id)] == [note.pk]
    wrong = {
        "unknown_item": ([item, other], date(2026, 6, 6)),
        "days_after_note": ([item], date(2026, 6, 7)),
        "not_late": ([item], date(2026, 5, 31)),
    }
    for code, (keys, until) in wrong.items():
        with pytest.raises(SalesRefused) as refused:
            state_late_days(note.pk, keys, until=until, actor=books.actor)
        assert refused.value.code == code
    state_late_days(note.pk, [item], until=date(2026, 6, 6), actor=books.actor)
    assert not notes_without_days(note.customer_id)
    second = typed_note(books)
    with pytest.raises(SalesRefused) as refused:
        state_late_days(second.pk, [item], first=date(2026, 6, 6), until=date(2026, 6, 6), actor=books.actor)
    assert refused.value.code == "already_charged"
    run(books, LATER)
    days = {line.number: (line.after_on, line.days) for line in ChargeLine.objects.all()}
    assert days["A"] == (date(2026, 6, 6), 5) and days["B"] == (date(2026, 5, 31), 11)
    # B was in the second note: the check finds the days, and finance refuses the proposal.
    state_late_days(second.pk, [books.item("B").pk], until=date(2026, 6, 6), actor=books.actor)
    assert broken(books) == {"late_day_is_charged_once"}
    charged = ChargeLine.objects.get(number="B").charge_id
    refuse_charge(charged, reason="已在调增单里", actor=books.actor, today=MONDAY)
    assert broken(books) == set()
    reverse_invoices([note.pk], reason="误开", actor=books.actor, today=books.today)
    assert uncharged_days([item], until=date(2026, 6, 6))[item] == [(date(2026, 5, 31), date(2026, 6, 6))]


@pytest.mark.django_db
@pytest.mark.raw_sql
def test_the_check_names_charges_that_do_not_add_up(books: Any) -> None:
    in_force(books, step(1))
    books.invoice("A", "2026-03-01", "100000", due="2026-05-31")
    run(books)
    [charge], [row] = Charge.objects.all(), ChargeLine.objects.all()
    assert broken(books) == set()
    Charge.objects.update(state="charged", decided_on=MONDAY)
    assert broken(books) == {"charged_has_its_documents"}
    Charge.objects.update(state="proposed")
    row.pk, row.after_on = new_id(), row.after_on - timedelta(days=1)
    ChargeLine.objects.bulk_create([row])
    assert broken(books) == {"charge_is_the_sum_of_its_parts", "late_day_is_charged_once"}
    assert charge.amount == D(100)


@pytest.mark.django_db
def test_steps_agreed_to_together_charge_no_day_twice(books: Any) -> None:
    in_force(books, step(1, needs_approval=True), step(11, needs_approval=True))
    books.invoice("A", "2026-03-01", "100000", due="2026-05-31")
    for now in (NIGHT, LATER):
        run(books, now)
    waiting = [each.pk for each in CollectionAction.objects.all()]
    assert agree_to_actions(waiting, actor=books.actor, now=LATER) == (2, 0)
    assert sorted(Charge.objects.values_list("fee", "amount")) == [(D(50), D(50)), (D(50), D(600))]
    assert [line.days for line in ChargeLine.objects.all()] == [11]


@pytest.mark.django_db
def test_a_proposal_goes_with_the_step_that_fell_away(books: Any) -> None:
    in_force(books, replace(mail(), fee=D(50)))
    person(books, "C1")
    books.invoice("A", "2026-03-01", "1000", due="2026-05-31")
    books.invoice("B", "2026-03-01", "400", due="2026-05-31")
    run(books)
    cancelled(CollectionAction.objects.get())
    run(books, NIGHT + timedelta(days=1))
    assert list(Charge.objects.order_by("on").values_list("state", "fee")) == [
        ("withdrawn", D(50)), ("proposed", D(50)),
    ]  # fmt: skip


@pytest.mark.django_db
def test_charging_waits_for_whom_the_organization_wants(books: Any) -> None:
    company = Company(books)
    boss, clerk, seller = (
        company.hire(name, role)
        for name, role in (("钱总", "finance_manager"), ("张会计", "ar_accountant"), ("王一", "salesperson"))
    )
    company.policy(CHARGE, ("0", "finance_manager"))
    in_force(books, step())
    books.invoice("A", "2026-03-01", "100000", due="2026-05-31")
    run(books)
    charge = Charge.objects.get()
    assert Notice.objects.filter(kind=CHARGES_PROPOSED, recipient_id=boss.membership_id).exists()
    asked = ask_charge(charge, reason="合同第八条", tax_code="13", actor=clerk, today=books.today)
    assert asked.request is not None and Charge.objects.get().state == "proposed"
    company.approve(asked.request, "钱总")
    assert Charge.objects.get().state == "charged"
    with pytest.raises(NotPermitted):
        refuse_charge(charge.pk, reason="x", actor=seller, today=MONDAY)

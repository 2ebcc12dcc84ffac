"""What was done with lines is undone, and the books are those of before, on every day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F, Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huikuan.cash.banking import LineUse
from huikuan.cash.operations import (
    Choice,
    apply_matches,
    book_directly,
    claim_receipt,
    leave_out,
    pool_lines,
    undo_uses,
)
from huikuan.cash.queries import unclaimed_receipts, waiting_lines
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.models import CustomerName
from huikuan.ledger.models import JournalLine, OpenItem
from huikuan.ledger.operations import close_period, void_documents
from huikuan.organizations.actors import local_operator
from tests.cash.lines import line, option, used
from tests.conftest import TODAY, make_organization
from tests.ledger.checking import assert_nothing_broken, check
from tests.trade import Books, day

pytestmark = pytest.mark.django_db


def ledger(books: Books) -> Any:
    """What is open of each item that was not made by a line, and every account's balance on each day."""
    items = dict(
        OpenItem.objects.filter(document__voided_by=None, open_amount__gt=0).values_list(
            "document__number", "open_amount"
        )
    )
    moved = JournalLine.objects.values("account__code", "entry__effective_on").annotate(
        net=Sum(F("debit") - F("credit"))
    )
    days = {(row["account__code"], row["entry__effective_on"]): row["net"] for row in moved if row["net"]}
    return items, days


def undo(books: Books, uses: list[LineUse]) -> None:
    undo_uses([uses[0].pk], actor=books.actor, today=books.today, reason="认错")


def test_a_match_with_everything_is_undone_from_one_of_its_lines(books: Books) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    books.credit_note("R1", "2026-01-10", "30.00")
    books.advance("A1", "2026-01-12", "20.00")
    before = ledger(books)
    first = line(books, "2026-02-01", "30.00", "甲", account="1")
    second = line(books, "2026-02-03", "29.00")
    settles = option(
        books,
        ("I1", "100.00"),
        credits=[("R1", "30.00"), ("A1", "20.00")],
        companions=[second.pk],
        fee="1.00",
        unapplied="10.00",
    )
    uses = apply_matches([Choice(first.pk, settles)], actor=books.actor, today=books.today)
    assert ledger(books) != before
    undo(books, uses[1:])
    assert ledger(books) == before
    assert (used(first.pk), used(second.pk)) == (0, 0)
    assert not CustomerName.objects.filter(kind="payer").exists()
    assert_nothing_broken(books.organization)
    with pytest.raises(HuikuanError) as caught:
        undo(books, uses)
    assert caught.value.code == "nothing_to_undo"
    apply_matches([Choice(first.pk, settles)], actor=books.actor, today=books.today)
    assert books.open("I1") == 0
    assert_nothing_broken(books.organization)


def test_what_another_line_says_too_is_not_forgotten(books: Books) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    rows = [line(books, "2026-02-01", "50.00", "甲", account="1") for _ in range(2)]
    uses = [
        apply_matches(
            [Choice(row.pk, option(books, ("I1", "50.00")), short_reason="instalment")],
            actor=books.actor,
            today=books.today,
        )
        for row in rows
    ]
    undo(books, uses[0])
    assert CustomerName.objects.filter(kind="payer").count() == 1


def test_what_was_left_of_the_money_and_settled_later_is_undone_with_it(books: Books) -> None:
    books.invoice("I1", "2026-01-05", "60.00")
    books.invoice("I2", "2026-02-05", "40.00")
    before = ledger(books)
    row = line(books, "2026-02-01", "100.00")
    uses = apply_matches(
        [Choice(row.pk, option(books, ("I1", "60.00"), unapplied="40.00"))],
        actor=books.actor,
        today=books.today,
    )
    receipt = OpenItem.objects.get(side=-1).document.number
    books.allocate(receipt, "I2", "40.00", "2026-02-06")
    undo(books, uses)
    assert ledger(books) == before
    assert_nothing_broken(books.organization)


def test_money_that_was_paid_back_is_not_undone(books: Books) -> None:
    books.customer()
    row = line(books, "2026-02-01", "100.00")
    uses = apply_matches(
        [Choice(row.pk, option(books, unapplied="100.00"))], actor=books.actor, today=books.today
    )
    books.refund(OpenItem.objects.get(side=-1).document.number, "2026-03-01", "10.00")
    with pytest.raises(HuikuanError) as caught:
        undo(books, uses)
    assert caught.value.code == "paid_back"


def test_the_receipt_of_a_line_is_not_voided_under_it(books: Books) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    row = line(books, "2026-02-01", "99.00")
    [use] = apply_matches(
        [Choice(row.pk, option(books, ("I1", "100.00"), fee="1.00"))], actor=books.actor, today=books.today
    )
    number = use.document.number if use.document else ""
    books.unallocate(number, "I1", "2026-02-01")
    for key in (use.document_id, *use.settled_with["documents"]):
        with pytest.raises(HuikuanError) as caught, transaction.atomic():
            void_documents([key], actor=books.actor, reason="x", today=books.today)
        assert caught.value.code in ("line_rests_on_its_document", "rests_on_it")
    undo(books, [use])
    assert books.open("I1") == 100
    assert_nothing_broken(books.organization)


def test_what_was_booked_left_out_or_pooled_is_undone(books: Books) -> None:
    before = ledger(books)
    fee = line(books, "2026-02-01", "-12.00", kind="fee")
    interest = line(books, "2026-02-01", "3.00", kind="interest")
    wages = line(books, "2026-02-01", "-500.00")
    unknown = line(books, "2026-02-01", "70.00", "某人")
    common: dict[str, Any] = {"actor": books.actor, "today": books.today}
    uses = [
        *book_directly([fee.pk, interest.pk], **common),
        *leave_out([wages.pk], memo="工资", **common),
        *pool_lines([unknown.pk], **common),
    ]
    assert not waiting_lines().exists()
    assert unclaimed_receipts().get().payer == "某人"
    assert_nothing_broken(books.organization)
    undo_uses([use.pk for use in uses], actor=books.actor, today=books.today)
    assert ledger(books) == before
    assert (waiting_lines().count(), unclaimed_receipts().count()) == (4, 0)
    assert_nothing_broken(books.organization)
    # It may wait there again, under a number of its own.
    pool_lines([unknown.pk], **common)
    assert unclaimed_receipts().count() == 1


def test_a_claim_falls_with_the_money_it_claimed(books: Books) -> None:
    books.invoice("I1", "2026-01-05", "70.00")
    before = ledger(books)
    row = line(books, "2026-02-01", "70.00")
    uses = pool_lines([row.pk], actor=books.actor, today=books.today)
    [waiting] = unclaimed_receipts()
    claim_receipt(
        receipt_id=waiting.pk,
        customer_id=books.customer().pk,
        on=day("2026-02-02"),
        actor=books.actor,
        today=books.today,
    )
    assert books.open("I1") == 0
    undo(books, uses)
    assert ledger(books) == before
    assert_nothing_broken(books.organization)
    with pytest.raises(HuikuanError) as caught:
        claim_receipt(
            receipt_id=waiting.pk,
            customer_id=books.customer().pk,
            on=day("2026-02-02"),
            actor=books.actor,
            today=books.today,
        )
    assert caught.value.code == "returned"


def test_money_registered_by_hand_does_not_come_in_again(books: Books) -> None:
    from huikuan.cash.operations import NewUnidentified, receive_unidentified

    receive_unidentified(
        [NewUnidentified(Decimal("70.00"), day("2026-02-01"), bank_reference="REF1")],
        actor=books.actor,
        today=books.today,
    )
    row = line(books, "2026-02-01", "70.00", reference="REF1")
    with pytest.raises(HuikuanError) as caught:
        pool_lines([row.pk], actor=books.actor, today=books.today)
    assert caught.value.code == "bank_reference_exists"


def test_a_closed_month_stays_as_it_is(books: Books) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    row = line(books, "2026-01-20", "100.00")
    uses = apply_matches(
        [Choice(row.pk, option(books, ("I1", "100.00")))], actor=books.actor, today=books.today
    )
    close_period(month=day("2026-01-01"), actor=books.actor)
    with pytest.raises(HuikuanError) as caught, transaction.atomic():
        undo(books, uses)
    assert caught.value.code == "period_closed"


cents = st.integers(1, 30_000).map(lambda n: Decimal(n) / 100)


@pytest.mark.raw_sql
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_matched_then_undone_is_as_before_and_nothing_exceeds_line_or_item(db: None, data: Any) -> None:
    actor = local_operator()
    organization = make_organization(actor)
    with tenant(organization.id):
        books = Books(organization=organization, actor=actor, today=TODAY)
        names = [f"I{number}" for number in range(data.draw(st.integers(1, 4)))]
        opens = {name: data.draw(cents) for name in names}
        for name in names:
            on = date(2026, 1, 1) + timedelta(days=data.draw(st.integers(0, 60)))
            books.invoice(name, on.isoformat(), str(opens[name]))
        before = ledger(books)
        rows = [line(books, "2026-02-10", str(data.draw(cents))) for _ in range(data.draw(st.integers(1, 4)))]
        uses: list[LineUse] = []
        for row in rows:
            left, items = row.amount, []
            for name in data.draw(st.permutations(names)):
                part = min(left, data.draw(cents), opens[name] * data.draw(st.integers(1, 2)))
                if part > 0:
                    items.append((name, str(part)))
                    left -= part
            choice = Choice(row.pk, option(books, *items, unapplied=str(left)), short_reason="error")
            try:
                with transaction.atomic():
                    uses += apply_matches([choice], actor=actor, today=TODAY)
            except HuikuanError as error:
                assert error.code == "beyond_debit"
        for name in names:
            assert 0 <= books.open(name) <= opens[name]
        assert all(0 <= used(row.pk) <= row.amount for row in rows)
        assert check(organization) == []
        if uses:
            undo_uses([use.pk for use in uses], actor=actor, today=TODAY)
        assert ledger(books) == before
        assert all(used(row.pk) == 0 for row in rows)
        assert check(organization) == []

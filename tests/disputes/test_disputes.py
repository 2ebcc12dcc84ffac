"""A dispute is opened on what is owed, never on more; it ends once, or with the item it is about."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from huikuan.audit.models import Event
from huikuan.audit.operations import act
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.fields import new_id
from huikuan.disputes.errors import DisputeRefused
from huikuan.disputes.models import Dispute, DisputeState
from huikuan.disputes.operations import NewDispute, open_dispute, remind_of_disputes, resolve_dispute
from huikuan.disputes.queries import disputed_amounts, disputed_on
from huikuan.notices.models import Notice
from huikuan.notices.wording import DISPUTE_LATE
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Membership
from tests.ledger.checking import assert_nothing_broken
from tests.trade import Books, day
from tests.web.people import member

pytestmark = pytest.mark.django_db


def dispute(books: Books, number: str, amount: str | None = None, **values: Any) -> Dispute:
    """Open one on the item of a document."""
    values.setdefault("reason", "quality.damage")
    new = NewDispute(books.item(number).pk, amount=Decimal(amount) if amount else None, **values)
    return open_dispute(new, actor=books.actor, today=books.today)


def refused(books: Books, number: str, amount: str | None = None, **values: Any) -> str:
    before = Dispute.objects.count()
    with pytest.raises(HuikuanError) as caught, transaction.atomic():
        dispute(books, number, amount, **values)
    assert Dispute.objects.count() == before
    return caught.value.code


def state(row: Dispute) -> str:
    return Dispute.objects.values_list("state", flat=True).get(pk=row.pk)


def test_what_is_said_when_it_opens(books: Books) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    row = dispute(books, "I1", "30.00", text="三箱破损")
    assert row.number.startswith("ZY202611")
    assert (row.customer.code, row.amount, row.currency, row.state) == ("C1", Decimal("30.00"), "CNY", "open")
    assert (row.owner_role, row.opened_on, row.due_on) == ("customer_service", books.today, day("2026-12-06"))
    assert disputed_amounts() == {books.item("I1").pk: Decimal("30.00")}
    event = Event.objects.get(record_kind="dispute")
    assert (event.action, event.content["reason"], event.content["text"]) == (
        "dispute_opened",
        "quality.damage",
        "三箱破损",
    )
    assert books.open("I1") == 100
    assert_nothing_broken(books.organization)


def test_without_an_amount_it_is_about_what_is_open_and_undisputed(books: Books) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    books.receipt("R1", "2026-02-01", "20.00")
    books.allocate("R1", "I1", "20.00", "2026-02-01")
    dispute(books, "I1", "30.00")
    assert dispute(books, "I1", reason="price").amount == 50


def test_an_item_is_never_disputed_beyond_what_is_open(books: Books) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    books.receipt("R1", "2026-02-01", "20.00")
    books.allocate("R1", "I1", "20.00", "2026-02-01")
    assert refused(books, "I1", "80.01") == "beyond_item"
    dispute(books, "I1", "80.00")
    assert refused(books, "I1", "0.01") == "nothing_undisputed"


@pytest.mark.parametrize(
    ("amount", "values", "code"),
    [
        ("0.00", {}, "amount_wrong"),
        ("-1.00", {}, "amount_wrong"),
        ("1.005", {}, "amount_wrong"),
        ("NaN", {}, "amount_wrong"),
        ("1.00", {"reason": "weather"}, "unknown_reason"),
        ("1.00", {"due_on": day("2026-11-20")}, "deadline_passed"),
        ("1.00", {"text": "长" * 1001}, "text_too_long"),
    ],
)
def test_what_cannot_be_disputed(books: Books, amount: str, values: dict[str, Any], code: str) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    assert refused(books, "I1", amount, **values) == code


def test_money_in_the_customers_favour_is_not_disputed(books: Books) -> None:
    books.receipt("R1", "2026-02-01", "20.00")
    assert refused(books, "R1", "1.00") == "unknown_item"


def test_it_ends_once_with_an_outcome(books: Books) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    row = dispute(books, "I1", "30.00")
    with pytest.raises(DisputeRefused, match="处理结果"):
        resolve_dispute(
            row.pk, state=DisputeState.REPLACED, outcome=" ", actor=books.actor, today=books.today
        )
    ended = resolve_dispute(
        row.pk, state=DisputeState.REPLACED, outcome="补发三箱", actor=books.actor, today=books.today
    )
    assert (ended.state, ended.outcome, ended.ended_on, ended.ended_by_itself) == (
        "replaced",
        "补发三箱",
        books.today,
        False,
    )
    assert disputed_amounts() == {}
    with pytest.raises(DisputeRefused) as caught:
        resolve_dispute(row.pk, state=DisputeState.SETTLED, outcome="x", actor=books.actor, today=books.today)
    assert caught.value.code == "dispute_ended"
    assert_nothing_broken(books.organization)


def test_what_was_in_dispute_on_a_day(books: Books) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    row = open_dispute(NewDispute(books.item("I1").pk, "price"), actor=books.actor, today=day("2026-03-01"))
    resolve_dispute(
        row.pk, state=DisputeState.REJECTED, outcome="合同价", actor=books.actor, today=day("2026-03-05")
    )
    days = [on for on in ("2026-02-28", "2026-03-01", "2026-03-04", "2026-03-05") if disputed_on(day(on))]
    assert days == ["2026-03-01", "2026-03-04"]


def test_it_ends_with_the_item_and_is_open_again_when_that_is_undone(books: Books) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    first, second = dispute(books, "I1", "30.00"), dispute(books, "I1", "10.00")
    books.receipt("R1", "2026-02-01", "100.00")
    books.allocate("R1", "I1", "99.99", "2026-02-01")
    assert [state(first), state(second)] == ["open", "open"]
    assert sum(disputed_amounts().values()) == Decimal("0.01")
    books.allocate("R1", "I1", "0.01", "2026-02-01")
    assert [state(first), state(second)] == ["settled", "settled"]
    assert Dispute.objects.get(pk=first.pk).ended_by_itself
    assert_nothing_broken(books.organization)
    books.unallocate("R1", "I1", "2026-11-20")
    assert [state(first), state(second)] == ["open", "open"]
    assert_nothing_broken(books.organization)


def test_settled_by_a_credit_note_it_was_credited(books: Books) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    row = dispute(books, "I1")
    books.credit_note("H1", "2026-02-01", "100.00")
    books.allocate("H1", "I1", "100.00", "2026-02-01")
    assert state(row) == "credited"


def test_ended_by_hand_it_stays_ended_whatever_becomes_of_the_item(books: Books) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    row = dispute(books, "I1", "30.00")
    resolve_dispute(row.pk, state=DisputeState.REJECTED, outcome="无据", actor=books.actor, today=books.today)
    books.receipt("R1", "2026-02-01", "100.00")
    books.allocate("R1", "I1", "100.00", "2026-02-01")
    books.unallocate("R1", "I1", "2026-11-20")
    assert state(row) == "rejected"


def test_the_web_role_can_neither_change_what_was_said_nor_end_it_again(books: Books) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    row = dispute(books, "I1", "30.00")
    for change in ("amount = 1", "item_id = uuidv7()", "reason = 'x'", "ended_by_itself = true"):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            _write(f"UPDATE disputes_dispute SET {change}", books, row)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        _write("DELETE FROM disputes_dispute", books, row)
    resolve_dispute(row.pk, state=DisputeState.REJECTED, outcome="无据", actor=books.actor, today=books.today)
    with pytest.raises(DatabaseError, match="stays as it ended"), transaction.atomic():
        _write("UPDATE disputes_dispute SET state = 'settled'", books, row)


def test_the_database_holds_the_sum_below_the_item(books: Books) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    row = dispute(books, "I1", "70.00")
    with (
        pytest.raises(DatabaseError, match="at most its amount"),
        act("open_dispute", actor=books.actor) as opened,
    ):
        row.pk, row.act_id, row.number, row.amount = new_id(), opened.id, "X", Decimal("30.01")
        row.save(force_insert=True)


def _write(statement: str, books: Books, row: Dispute) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"{statement} WHERE organization_id = %s AND id = %s", [books.organization.pk, row.pk])


def test_without_the_permissions_nothing_opens_or_ends(books: Books) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    row = dispute(books, "I1", "30.00")
    nobody = Actor(name="某人", permissions=frozenset({"ledger.read"}), scope="all")
    new = NewDispute(books.item("I1").pk, "price")
    for forbidden in (
        lambda: open_dispute(new, actor=nobody, today=books.today),
        lambda: resolve_dispute(
            row.pk, state=DisputeState.SETTLED, outcome="x", actor=nobody, today=books.today
        ),
    ):
        with pytest.raises(HuikuanError):
            forbidden()
    assert Dispute.objects.count() == 1
    assert not Notice.objects.exists()


def test_who_answers_is_reminded_once_of_what_is_late(books: Books) -> None:
    clerk = Membership.objects.get(user=member(books.organization, "ar_accountant"))
    service = Membership.objects.get(user=member(books.organization, "customer_service"))
    books.invoice("I1", "2026-01-05", "100.00")
    late = dispute(books, "I1", "30.00", reason="paper.receipt")
    dispute(books, "I1", "10.00", reason="quality")
    ended = dispute(books, "I1", "5.00", reason="paper.receipt")
    resolve_dispute(
        ended.pk, state=DisputeState.REJECTED, outcome="有签收单", actor=books.actor, today=books.today
    )
    told = Notice.objects.filter(kind=DISPUTE_LATE)
    assert remind_of_disputes(actor=books.actor, day=late.due_on) == 0  # its last day
    assert remind_of_disputes(actor=books.actor, day=late.due_on + timedelta(days=3)) == 1
    assert remind_of_disputes(actor=books.actor, day=late.due_on + timedelta(days=4)) == 0
    [notice] = told
    assert notice.recipient_id == clerk.pk and late.number in notice.parameters["record"]
    assert remind_of_disputes(actor=books.actor, day=late.due_on + timedelta(days=60)) == 1
    assert set(told.values_list("recipient_id", flat=True)) == {clerk.pk, service.pk}

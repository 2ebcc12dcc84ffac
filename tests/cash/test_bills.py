"""Bills: what may be done with them, what is refused, and what then is still as it was."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from huikuan.audit.models import Act
from huikuan.cash.errors import BillRefused
from huikuan.cash.models import Bill, BillEvent, BillState
from huikuan.cash.operations import (
    Endorsement,
    collect_bills,
    discount_bills,
    endorse_bills,
    receive_bills,
    settle_matured_bills,
    split_bill,
    withdraw_bills,
)
from huikuan.cash.queries import (
    bills_as_of,
    held_bills,
    maturity_calendar,
    recourse_exposure,
)
from huikuan.cash.rules import acceptor_class, bill_kind, discount_interest
from huikuan.core.errors import HuikuanError
from huikuan.ledger.models import Document, JournalEntry, OpenItem
from huikuan.ledger.operations import AllocationRefused, void_documents
from huikuan.organizations.actors import NotPermitted
from tests.cash.bills import ICBC, MATURES, NUMBER, dishonour, divisible, new_bill, receive
from tests.ledger.checking import assert_nothing_broken
from tests.trade import day

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("name", "found", "kind"),
    [
        (ICBC, "major_bank", "bank"),
        ("中国银行股份有限公司上海分行", "major_bank", "bank"),
        ("招商银行", "major_bank", "bank"),
        ("上海浦东发展银行股份有限公司", "major_bank", "bank"),
        ("宁波银行股份有限公司", "other_bank", "bank"),
        ("远航重工财务有限公司", "finance_company", "commercial"),
        ("远航重工有限公司", "enterprise", "commercial"),
    ],
)
def test_the_class_of_an_acceptor_follows_from_its_name(name: str, found: str, kind: str) -> None:
    assert (acceptor_class(name), bill_kind(name)) == (found, kind)


def test_discount_interest_is_by_days_of_360() -> None:
    face, rate = Decimal("50000.00"), Decimal("0.024")
    assert discount_interest(face, rate, day("2026-04-16"), day("2026-07-15"), "CNY") == Decimal("300.00")
    assert discount_interest(face, rate, day(MATURES), day(MATURES), "CNY") == 0


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"number": "123"}, "number_form"),
        ({"face": Decimal("0")}, "face"),
        ({"face": Decimal("1.001")}, "face"),
        ({"face": Decimal("NaN")}, "face"),
        ({"acceptor": " "}, "acceptor_missing"),
        ({"drawer": "字" * 201}, "text_too_long"),
        ({"kind": "cheque"}, "unknown_kind"),
        ({"acceptor_class": "friend"}, "unknown_kind"),
        ({"matures_on": day("2026-01-14")}, "dates_in_order"),
        ({"received_on": day("2026-01-09")}, "dates_in_order"),
        ({"range_from": 1, "range_to": 100}, "range_amount"),
        ({"received_on": day("2026-12-01"), "matures_on": day("2027-01-01")}, "in_future"),
    ],
)
def test_a_bill_that_cannot_be_received(books: Any, values: dict[str, Any], code: str) -> None:
    good = new_bill(books, number="2" * 30)
    acts = Act.objects.count()
    with pytest.raises(BillRefused) as refused:
        receive_bills([good, new_bill(books, **values)], actor=books.actor, today=books.today)
    assert refused.value.code == code
    assert (Bill.objects.count(), Document.objects.count(), Act.objects.count()) == (0, 0, acts)


def test_a_number_twice_is_refused_and_overlapping_ranges_too(books: Any) -> None:
    receive(books, "100.00", **divisible("100.00"))
    for values in (
        {},
        {"range_from": 10_000, "range_to": 10_099, "face": Decimal("1.00")},
    ):
        with pytest.raises(BillRefused, match="已经登记过"):
            receive(books, **{"face": "50000.00", **values} if "face" not in values else values)
    with pytest.raises(BillRefused, match="已经登记过"):
        receive_bills(
            [new_bill(books, number="2" * 30), new_bill(books, number="2" * 30)],
            actor=books.actor,
            today=books.today,
        )
    receive(books, "1.00", range_from=10_001, range_to=10_100)
    assert Bill.objects.count() == 2


def test_earliest_due_first_and_what_is_left_stays_the_customers(books: Any) -> None:
    books.invoice("LATE", "2026-01-05", "300.00", due="2026-03-05")
    books.invoice("EARLY", "2026-01-06", "200.00", due="2026-02-05")
    books.invoice("OTHER", "2026-01-05", "900.00", customer="C2")
    bill = receive(books, "400.00")
    assert [books.open(number) for number in ("EARLY", "LATE", "OTHER")] == [0, 100, 900]
    chosen = receive(books, "150.00", number="2" * 30, item_ids=(books.item("LATE").pk,))
    assert books.open("LATE") == 0
    assert OpenItem.objects.get(document=chosen.document_id).open_amount == 50
    assert OpenItem.objects.get(document=bill.document_id).open_amount == 0
    assert_nothing_broken(books.organization)


def test_what_was_held_on_any_day(books: Any) -> None:
    bill = receive(books)
    known = Act.objects.latest("recorded_at").recorded_at
    collect_bills([bill.pk], on=day(MATURES), actor=books.actor, today=books.today)
    held = {on: held_bills(day(on)).face for on in ("2026-01-14", "2026-01-15", "2026-07-14", MATURES)}
    assert list(held.values()) == [0, 50000, 50000, 0]
    assert held_bills(day(MATURES), known_at=known).face == 50000
    [row] = bills_as_of(day("2026-09-01"))
    assert (row.state_then, row.booked_then, row.since) == ("collected", False, day(MATURES))


def test_the_exposure_lasts_until_maturity(books: Any) -> None:
    bill = receive(books)
    endorse_bills(
        [Endorsement(bill.pk)], endorsee="甲", on=day("2026-03-02"), actor=books.actor, today=books.today
    )
    seen = [recourse_exposure(day(on)).face for on in ("2026-03-01", "2026-03-02", MATURES, "2026-07-16")]
    assert seen == [0, 50000, 50000, 0]
    mine = [books.customer("C1").pk]
    assert recourse_exposure(day(MATURES), customer_ids=mine).face == 50000
    assert recourse_exposure(day(MATURES), customer_ids=[books.customer("C2").pk]).face == 0
    assert [row.pk for row in maturity_calendar(day("2026-03-02"))] == [bill.pk]
    settle_matured_bills([bill.pk], on=day(MATURES), actor=books.actor, today=books.today)
    assert not maturity_calendar(day(MATURES)).exists()


def test_a_part_is_split_off_and_endorsed(books: Any) -> None:
    bill = receive(books, "100.00", **divisible("100.00"))
    [part] = endorse_bills(
        [Endorsement(bill.pk, Decimal("30.00"))],
        endorsee="甲",
        on=day("2026-03-02"),
        actor=books.actor,
        today=books.today,
    )
    rest = Bill.objects.get(state=BillState.HELD)
    assert (part.range_from, part.range_to, rest.range_from, rest.range_to) == (1, 3000, 3001, 10000)
    assert [rest.face, part.face] == [70, 30]
    assert Bill.objects.get(pk=bill.pk).state == BillState.SPLIT
    assert [held_bills(day(on)).face for on in ("2026-03-01", "2026-03-02")] == [100, 70]
    again = split_bill(
        bill_id=rest.pk,
        amounts=[Decimal("0.01"), Decimal("69.99")],
        on=day("2026-03-03"),
        actor=books.actor,
        today=books.today,
    )
    assert {row.root_id for row in again} == {bill.pk}
    assert_nothing_broken(books.organization)


def endorse(books: Any, bill: Bill, amount: str | None = None, on: str = "2026-03-02") -> None:
    endorse_bills(
        [Endorsement(bill.pk, Decimal(amount) if amount else None)],
        endorsee="甲",
        on=day(on),
        actor=books.actor,
        today=books.today,
    )


def discount(books: Any, bill: Bill, rate: str = "0.024", on: str = "2026-03-02") -> None:
    discount_bills(
        [bill.pk], bank="招行", rate=Decimal(rate), on=day(on), actor=books.actor, today=books.today
    )


def collect(books: Any, bill: Bill, on: str) -> None:
    collect_bills([bill.pk], on=day(on), actor=books.actor, today=books.today)


def split(books: Any, bill: Bill, *amounts: str) -> None:
    split_bill(
        bill_id=bill.pk,
        amounts=[Decimal(text) for text in amounts],
        on=day("2026-03-02"),
        actor=books.actor,
        today=books.today,
    )


@pytest.mark.parametrize(
    ("work", "code"),
    [
        (lambda b, x: endorse(b, x, "100.01"), "beyond_face"),
        (lambda b, x: endorse(b, x, "-1"), "beyond_face"),
        (lambda b, x: endorse(b, x, on="2026-07-16"), "after_maturity"),
        (lambda b, x: endorse(b, x, on="2026-01-14"), "before_last_event"),
        (lambda b, x: endorse(b, x, on="2026-11-22"), "in_future"),
        (lambda b, x: discount(b, x, "2.4"), "rate_range"),
        (lambda b, x: discount(b, x, on="2026-08-01"), "after_maturity"),
        (lambda b, x: collect(b, x, "2026-07-14"), "before_maturity"),
        (lambda b, x: split(b, x, "50.00", "49.99"), "does_not_add_up"),
        (lambda b, x: split(b, x, "100.01", "-0.01"), "does_not_add_up"),
        (lambda b, x: split(b, x, "100.00"), "one_part"),
        (
            lambda b, x: settle_matured_bills([x.pk], on=day(MATURES), actor=b.actor, today=b.today),
            "wrong_state",
        ),
        (lambda b, x: withdraw_bills([x.pk], reason=" ", actor=b.actor, today=b.today), "reason_missing"),
    ],
)
def test_what_may_not_be_done_leaves_everything_as_it_was(books: Any, work: Any, code: str) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    bill = receive(books, "100.00", **divisible("100.00"))
    before = (BillEvent.objects.count(), JournalEntry.objects.count(), Act.objects.count())
    with pytest.raises(BillRefused) as refused, transaction.atomic():
        work(books, bill)
    assert refused.value.code == code
    assert (BillEvent.objects.count(), JournalEntry.objects.count(), Act.objects.count()) == before


def test_what_is_over_is_over(books: Any) -> None:
    bill = receive(books)
    collect(books, bill, MATURES)
    for work in (
        lambda: endorse(books, bill, on=MATURES),
        lambda: discount(books, bill, on=MATURES),
        lambda: collect(books, bill, "2026-07-16"),
        lambda: dishonour(books, bill, on="2026-07-16"),
        lambda: withdraw_bills([bill.pk], reason="x", actor=books.actor, today=books.today),
    ):
        with pytest.raises(BillRefused):
            work()


def test_a_bill_that_has_no_range_cannot_be_split(books: Any) -> None:
    with pytest.raises(BillRefused, match="没有子票区间"):
        endorse(books, receive(books, "100.00"), "30.00")


def test_part_of_a_bill_is_dishonoured(books: Any) -> None:
    """Of 100.00 that settled two invoices, 30.00 are not paid: the later due invoice is open again by 30.00."""
    books.invoice("I1", "2026-01-05", "60.00", due="2026-02-05")
    books.invoice("I2", "2026-01-05", "40.00", due="2026-03-05")
    bill = receive(books, "100.00", **divisible("100.00"))
    split(books, bill, "30.00", "70.00")
    first, second = Bill.objects.filter(parent=bill.pk).order_by("range_from")
    dishonour(books, first)
    assert (books.open("I1"), books.open("I2")) == (0, 30)
    assert_nothing_broken(books.organization)
    dishonour(books, second, on="2026-07-16")
    assert (books.open("I1"), books.open("I2")) == (60, 40)
    assert OpenItem.objects.get(document=bill.document_id).open_amount == 0
    assert_nothing_broken(books.organization)


def test_what_the_bill_had_not_settled_is_used_first(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "60.00")
    bill = receive(books, "100.00", **divisible("100.00"))
    split(books, bill, "50.00", "50.00")
    first = Bill.objects.filter(parent=bill.pk).order_by("range_from")[0]
    dishonour(books, first)
    assert books.open("I1") == 10
    assert_nothing_broken(books.organization)


def test_endorsed_and_come_back(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "50000.00")
    kept = receive(books, acceptor="远航重工有限公司")
    endorse(books, kept)
    dishonour(books, kept)
    assert books.entries("bill_recourse") == ["D224102 50000.00", "C1002 50000.00"]
    assert books.entries("bill_dishonoured") == ["D1122 50000.00", "C1121 50000.00"]
    assert books.open("I1") == 50000
    assert_nothing_broken(books.organization)


def test_a_bill_entered_by_mistake_is_as_if_it_had_never_been(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "50000.00")
    bill = receive(books)
    with pytest.raises(AllocationRefused, match="请在票据页撤销收票"):
        from huikuan.ledger.models import Allocation
        from huikuan.ledger.operations import reverse_allocations

        with transaction.atomic():
            reverse_allocations(
                [Allocation.objects.get().pk], effective_on=None, actor=books.actor, today=books.today
            )
            void_documents([bill.document_id], actor=books.actor, reason="x", today=books.today)
    cashier = replace(books.actor, permissions=frozenset({"bill.write"}))
    withdraw_bills([bill.pk], reason="录错", actor=cashier, today=books.today)
    assert books.open("I1") == 50000
    assert held_bills(day("2026-02-01")).face == 0
    again = receive(books)
    assert Bill.objects.get(pk=again.pk).number == NUMBER
    assert_nothing_broken(books.organization)


def test_whoever_may_not_is_refused(books: Any) -> None:
    nobody = replace(books.actor, permissions=frozenset({"ledger.read"}))
    with pytest.raises(NotPermitted):
        receive_bills([new_bill(books)], actor=nobody, today=books.today)


def test_the_database_itself_refuses_events_out_of_order(books: Any) -> None:
    bill = receive(books)
    event = BillEvent.objects.get()
    with pytest.raises(IntegrityError, match=r"open.act"), transaction.atomic():
        event.pk = None
        BillEvent.objects.create(
            organization_id=event.organization_id,
            act_id=event.act_id,
            bill_id=bill.pk,
            position=3,
            state="collected",
            effective_on=day(MATURES),
            booked=False,
        )
    with (
        pytest.raises(Exception, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE cash_bill SET face = 1 WHERE organization_id = %s", [books.organization.pk])


def test_queries_do_not_grow_with_the_set(books: Any, django_assert_num_queries: Any) -> None:
    from django.test.utils import CaptureQueriesContext

    def receiving(count: int, first: int) -> int:
        news = [new_bill(books, "1.00", number=f"{first + place:030d}") for place in range(count)]
        with CaptureQueriesContext(connection) as seen:
            receive_bills(news, actor=books.actor, today=books.today)
        return len(seen)

    receiving(1, 1)
    assert receiving(2, 10) == receiving(20, 100)


def test_every_refusal_is_a_sentence() -> None:
    assert issubclass(BillRefused, HuikuanError)

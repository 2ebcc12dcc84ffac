"""Promises: over which items, judged by what was really paid, once, whoever asks how often."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from huikuan.collection.errors import CollectionRefused
from huikuan.collection.models import PaymentPromise, PromisedItem
from huikuan.collection.operations import (
    NewPromise,
    judge_promises,
    record_promise,
    record_promises,
    withdraw_promise,
)
from huikuan.collection.queries import kept_by_collector, kept_by_customer
from huikuan.collection.rules import PromiseState
from huikuan.notices.models import Notice
from huikuan.organizations.queries import actor_of
from tests.web.people import member, seller

pytestmark = pytest.mark.django_db
D = Decimal
START = date(2026, 6, 1)


def promise(books: Any, on: date, amount: str | None = None, made: date = START, **values: Any) -> Any:
    new = NewPromise(
        customer_id=books.customer(values.pop("customer", "C1")).pk,
        made_on=made,
        promised_on=on,
        amount=D(amount) if amount else None,
        **values,
    )
    return record_promise(new, actor=books.actor, today=books.today)


def state(made: PaymentPromise) -> str:
    return str(PaymentPromise.objects.values_list("state", flat=True).get(pk=made.pk))


def judge(books: Any, day: date) -> Any:
    return judge_promises(actor=books.actor, day=day)


def owing(books: Any) -> None:
    books.invoice("A", "2026-04-01", "1000", due="2026-05-01")
    books.invoice("B", "2026-04-01", "500", due="2026-05-15")
    books.invoice("N", "2026-04-01", "300", due="2026-12-31")


def pay(books: Any, number: str, debit: str, amount: str, on: str) -> None:
    books.receipt(number, on, amount)
    books.allocate(number, debit, amount, on)


def test_all_that_is_overdue_is_promised_and_an_item_once(books: Any) -> None:
    owing(books)
    made = promise(books, START + timedelta(days=9))
    assert (made.amount, made.currency, made.grace_days) == (D(1500), "CNY", 3)
    assert PromisedItem.objects.filter(promise=made).count() == 2
    with pytest.raises(CollectionRefused) as refused:
        promise(books, START + timedelta(days=9), item_ids=[books.item("A").pk])
    assert refused.value.code == "item_is_promised"
    with pytest.raises(CollectionRefused) as refused:
        promise(books, START + timedelta(days=9))
    assert refused.value.code == "nothing_to_promise"
    with pytest.raises(IntegrityError), transaction.atomic():
        held = PromisedItem.objects.filter(promise=made).first()
        assert held is not None
        PromisedItem.objects.create(
            organization_id=books.organization.pk,
            promise=PaymentPromise.objects.get(pk=made.pk),
            item_id=held.item_id,
            open_amount=1,
            paid_before=0,
        )
    withdraw_promise(made.pk, reason="客户改期", actor=books.actor, today=START)
    again = promise(books, START + timedelta(days=20), "800", item_ids=[books.item("A").pk])
    assert state(again) == PromiseState.OPEN


@pytest.mark.parametrize(
    ("days", "amount", "code"),
    [
        (-1, None, "promised_day_out_of_range"),
        (400, None, "promised_day_out_of_range"),
        (3, "0", "promised_amount_out_of_range"),
        (3, "1500.01", "promised_amount_out_of_range"),
        (3, "-5", "promised_amount_out_of_range"),
    ],
)
def test_bad_input_has_its_name(books: Any, days: int, amount: str | None, code: str) -> None:
    owing(books)
    with pytest.raises(CollectionRefused) as refused:
        promise(books, START + timedelta(days=days), amount)
    assert refused.value.code == code


def test_two_currencies_are_two_promises(books: Any) -> None:
    owing(books)
    books.rate("USD", "2026-04-01", "7.1")
    books.invoice("U", "2026-04-01", "100", due="2026-05-01", currency="USD", rate=D("7.1"))
    both = [books.item("A").pk, books.item("U").pk]
    with pytest.raises(CollectionRefused) as refused:
        promise(books, START, item_ids=both)
    assert refused.value.code == "several_currencies"
    assert promise(books, START).amount == D(1500)
    assert promise(books, START).currency == "USD"


def test_kept_partly_and_broken_by_the_grace_day(books: Any) -> None:
    owing(books)
    made = promise(books, date(2026, 6, 10), "1000", item_ids=[books.item("A").pk])
    judge(books, date(2026, 6, 13))
    assert state(made) == PromiseState.OPEN
    pay(books, "R1", "A", "400", "2026-06-13")
    assert judge(books, date(2026, 6, 14)).count(PromiseState.PARTLY) == 1
    assert judge(books, date(2026, 6, 14)).changed == ()
    assert judge(books, date(2026, 6, 12)).looked_at == 0
    assert PaymentPromise.objects.get(pk=made.pk).paid == D(400)
    pay(books, "R3", "A", "600", "2026-06-12")  # money of then, allocated later
    assert judge(books, date(2026, 6, 20)).count(PromiseState.KEPT) == 1


def test_credited_is_not_paid_and_written_off_neither(books: Any) -> None:
    owing(books)
    credited = promise(books, date(2026, 6, 10), item_ids=[books.item("A").pk])
    lost = promise(books, date(2026, 6, 10), item_ids=[books.item("B").pk])
    books.credit_note("CN", "2026-06-05", "1000")
    books.allocate("CN", "A", "1000", "2026-06-05")
    books.write_off("B", "2026-06-05")
    judge(books, date(2026, 6, 20))
    assert (state(credited), state(lost)) == (PromiseState.WITHDRAWN, PromiseState.BROKEN)


def test_what_was_kept_gives_its_items_free(books: Any) -> None:
    owing(books)
    made = promise(books, date(2026, 6, 20), "400", item_ids=[books.item("A").pk])
    pay(books, "R1", "A", "400", "2026-06-02")
    judge(books, date(2026, 6, 2))
    assert state(made) == PromiseState.KEPT
    rest = promise(books, date(2026, 7, 1), made=date(2026, 6, 3), item_ids=[books.item("A").pk])
    assert rest.amount == D(600)


def test_who_got_it_and_the_salesperson_are_told_once(books: Any) -> None:
    user, salesperson = seller(books.organization)
    collector = actor_of(member(books.organization, "collector"))
    assert collector is not None
    for place in range(5):
        books.customer(f"K{place}", salesperson=salesperson if place == 0 else None)
        books.invoice(f"I{place}", "2026-04-01", "100", due="2026-05-01", customer=f"K{place}")
    record_promises(
        [
            NewPromise(
                customer_id=books.customer(f"K{place}").pk, made_on=START, promised_on=date(2026, 6, 5)
            )
            for place in range(5)
        ],
        actor=collector,
        today=books.today,
    )
    for day in (8, 9, 10):
        judge(books, date(2026, 6, day))
    told = actor_of(user)
    assert told is not None
    [sales] = Notice.objects.filter(recipient_id=told.membership_id)
    [many] = Notice.objects.filter(recipient_id=collector.membership_id)
    assert (sales.kind, many.kind, many.parameters["count"]) == ("promise_broken", "promises_broken", 5)


def test_kept_rate_by_customer_and_collector(books: Any) -> None:
    """Seven of ten were kept: 70 % by count and by amount."""
    for place in range(10):
        books.invoice(f"I{place}", "2026-04-01", "100", due="2026-05-01")
        promise(books, date(2026, 6, 5), item_ids=[books.item(f"I{place}").pk])
        if place < 7:
            pay(books, f"R{place}", f"I{place}", "100", "2026-06-04")
    judge(books, date(2026, 7, 1))
    for found in (kept_by_customer, kept_by_collector):
        [rate] = found(PaymentPromise.objects.all(), currency="CNY")
        assert (rate.by_count, rate.by_amount) == (D("0.7"), D("0.7"))


class Naive:
    """The same story judged in Python, one promise at a time."""

    def __init__(self) -> None:
        self.paid: list[tuple[str, D, date]] = []
        self.credited: list[tuple[str, D, date]] = []
        self.promises: list[tuple[Any, list[str], D, D, date]] = []

    def settled(self, rows: list[tuple[str, D, date]], items: list[str], until: date) -> D:
        return sum((amount for item, amount, on in rows if item in items and on <= until), D(0))

    def say(self, made: Any, items: list[str]) -> None:
        before = self.settled(self.paid, items, made.made_on)
        last = made.promised_on + timedelta(days=made.grace_days)
        self.promises.append((made, items, made.amount, before, last))

    def judged(self, owed: dict[str, D], day: date) -> list[tuple[str, D]]:
        found = []
        for _made, items, amount, before, last in self.promises:
            until = min(day, last)
            paid = self.settled(self.paid, items, until) - before
            left = sum((owed[item] for item in items), D(0))
            left -= self.settled(self.paid, items, until) + self.settled(self.credited, items, until)
            if paid >= amount or (left <= 0 and paid > 0):
                said = "kept"
            elif left <= 0:
                said = "withdrawn"
            elif day <= last:
                said = "open"
            else:
                said = "partly" if paid > 0 else "broken"
            found.append((said, max(paid, D(0))))
        return found


@pytest.mark.parametrize("seed", [1, 2])
def test_judging_random_stories_is_what_a_naive_judge_says(books: Any, seed: int) -> None:
    random = Random(seed)
    books = replace(books, today=date(2026, 8, 31))
    naive, owed = Naive(), {}
    for place in range(12):
        for part in "AB":
            owed[f"I{place}{part}"] = D(100)
            books.invoice(f"I{place}{part}", "2026-04-01", "100", due="2026-05-01", customer=f"K{place}")
    seen = set()
    for step in range(14):
        day = START + timedelta(days=2 * step)
        for place in range(12):
            _happen(books, naive, random, place, f"{step}", day, owed)
        if step % 3 == 2:
            judge(books, day)
            expected = naive.judged(owed, day)
            rows = {row.pk: (row.state, row.paid) for row in PaymentPromise.objects.all()}
            assert [rows[made.pk] for made, *_rest in naive.promises] == expected
            seen |= {said for said, _paid in expected}
    assert {"kept", "partly", "broken", "open"} <= seen


def _happen(
    books: Any, naive: Naive, random: Random, place: int, step: str, day: date, owed: dict[str, D]
) -> None:
    """One thing may happen with a customer on a day: a promise, a payment of that day or before, a credit, an undoing."""
    items = [f"I{place}{part}" for part in "AB"]
    chosen, what = random.choice(items), random.random()
    open_now = books.open(chosen)
    if what < 0.25:
        about = random.choice([[chosen], items])
        held = PromisedItem.objects.filter(item__document__number__in=about, live=True)
        total = sum((books.open(item) for item in about), D(0))
        if held.exists() or not all(books.open(item) for item in about):
            return
        made = promise(
            books,
            day + timedelta(days=random.randint(0, 9)),
            str(random.choice([total, (total / 2).quantize(D("0.01"))])),
            made=day,
            customer=f"K{place}",
            item_ids=[books.item(item).pk for item in about],
        )
        naive.say(made, about)
    elif what < 0.6 and open_now:
        amount = random.choice([open_now, (open_now / 3).quantize(D("0.01"))])
        effective = day - timedelta(days=random.choice([0, 0, 1, 5]))
        number = f"R{place}-{step}"
        books.receipt(number, effective.isoformat(), str(amount), customer=f"K{place}")
        books.allocate(number, chosen, str(amount), effective.isoformat())
        naive.paid.append((chosen, amount, effective))
        if random.random() < 0.3:
            books.unallocate(number, chosen, day.isoformat())
            naive.paid.append((chosen, -amount, day))
    elif what < 0.7 and open_now:
        number = f"C{place}-{step}"
        books.credit_note(number, day.isoformat(), str(open_now), customer=f"K{place}")
        books.allocate(number, chosen, str(open_now), day.isoformat())
        naive.credited.append((chosen, open_now, day))

"""Many at once, in real transactions: nothing is settled twice, numbered twice, or left half done."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.models import Sum

from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import tenant
from huikuan.ledger.models import Allocation, Document, Kind, OpenItem
from huikuan.ledger.operations import (
    NewAllocation,
    NewDocument,
    allocate,
    record_invoices,
    refund,
    reverse_allocations,
    void_documents,
    write_off,
)
from tests.conftest import TODAY, make_organization
from tests.ledger.checking import assert_nothing_broken
from tests.trade import Books, day

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 8


@pytest.fixture
def company(actor: Any) -> Iterator[Any]:
    yield make_organization(actor)


@contextmanager
def books_of(company: Any, actor: Any) -> Iterator[Books]:
    """Its books, in a transaction that is committed before the threads start."""
    with tenant(company.id):
        yield Books(organization=company, actor=actor, today=TODAY)


def at_once(work: Callable[[int], None], *, threads: int = THREADS) -> None:
    """Run `work(number)` in threads that start together; whatever one of them did not expect is raised here."""
    barrier = threading.Barrier(threads)
    failures: list[BaseException] = []

    def run(number: int) -> None:
        try:
            barrier.wait(20)
            work(number)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    running = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join(120)
    assert not [thread for thread in running if thread.is_alive()]
    if failures:
        raise failures[0]


def test_nothing_is_allocated_twice(company: Any, actor: Any) -> None:
    """Eight threads settle the same five invoices with the same five receipts, in sets of any order."""
    with books_of(company, actor) as books:
        for number in range(5):
            books.invoice(f"I{number}", "2026-01-05", "100.00")
            books.receipt(f"R{number}", "2026-01-05", "90.00")
        debits = [books.item(f"I{number}").pk for number in range(5)]
        credits = [books.item(f"R{number}").pk for number in range(5)]
    done = [Decimal(0)] * THREADS

    def work(number: int) -> None:
        chance = random.Random(number)
        for _ in range(25):
            pairs = [
                NewAllocation(
                    chance.choice(debits),
                    chance.choice(credits),
                    Decimal(chance.randint(1, 900)) / 100,
                    day("2026-01-05"),
                )
                for _ in range(chance.randint(1, 4))
            ]
            try:
                with tenant(company.id):
                    allocate(pairs, actor=actor, today=TODAY)
            except HuikuanError as error:
                assert error.code in {"beyond_debit", "beyond_credit"}
            else:
                done[number] += sum(pair.amount for pair in pairs)

    at_once(work)
    with tenant(company.id):
        assert Allocation.objects.aggregate(Sum("amount"))["amount__sum"] == sum(done)
        left = OpenItem.objects.values_list("side").annotate(Sum("open_amount"))
        assert dict(left) == {1: 500 - sum(done), -1: 450 - sum(done)}
        assert sum(done) > 300
        assert_nothing_broken(company)


def test_the_last_cent_goes_to_one(company: Any, actor: Any) -> None:
    with books_of(company, actor) as books:
        books.invoice("I", "2026-01-05", "100.00")
        for number in range(THREADS):
            books.receipt(f"R{number}", "2026-01-05", "100.00")
        debit = books.item("I").pk
        credits = [books.item(f"R{number}").pk for number in range(THREADS)]
    winners: list[int] = []

    def work(number: int) -> None:
        try:
            with tenant(company.id):
                new = NewAllocation(debit, credits[number], Decimal("100.00"), day("2026-01-05"))
                allocate([new], actor=actor, today=TODAY)
        except HuikuanError as error:
            assert error.code == "beyond_debit"
        else:
            winners.append(number)

    at_once(work)
    assert len(winners) == 1
    with tenant(company.id):
        assert_nothing_broken(company)


def test_numbers_are_given_once(company: Any, actor: Any) -> None:
    """All threads start the same counters, in documents of two months and any order."""
    with books_of(company, actor) as books:
        customer = books.customer().pk

    def work(number: int) -> None:
        for turn in range(5):
            months = ("2026-01-05", "2026-02-05") if (number + turn) % 2 else ("2026-02-05", "2026-01-05")
            new = [NewDocument(customer_id=customer, document_on=day(on), amount=Decimal(1)) for on in months]
            with tenant(company.id):
                record_invoices(new, actor=actor)

    at_once(work)
    with tenant(company.id):
        numbers = sorted(Document.objects.values_list("number", flat=True))
        assert numbers == [
            f"YS2026{month}{n:06d}" for month in ("01", "02") for n in range(1, 5 * THREADS + 1)
        ]
        assert_nothing_broken(company)


def test_an_allocation_is_undone_once(company: Any, actor: Any) -> None:
    with books_of(company, actor) as books:
        books.invoice("I", "2026-01-05", "100.00")
        books.receipt("R", "2026-01-05", "100.00")
        books.allocate("R", "I", "60.00", "2026-01-05")
        key = Allocation.objects.get().pk
    undone: list[int] = []

    def work(number: int) -> None:
        try:
            with tenant(company.id):
                reverse_allocations([key], effective_on=None, actor=actor, today=TODAY)
        except HuikuanError as error:
            assert error.code == "nothing_to_reverse"
        else:
            undone.append(number)

    at_once(work)
    assert len(undone) == 1
    with tenant(company.id):
        assert OpenItem.objects.get(side=1).open_amount == 100
        assert_nothing_broken(company)


def test_every_act_on_the_same_items_at_once(company: Any, actor: Any) -> None:
    """Allocate, undo, write off, refund and void in one crowd: each act whole or refused by name."""
    with books_of(company, actor) as books:
        for number in range(4):
            books.invoice(f"I{number}", "2026-01-05", "100.00")
            books.receipt(f"R{number}", "2026-01-05", "100.00")
        debits, credits = ([books.item(f"{letter}{number}").pk for number in range(4)] for letter in "IR")
        documents = dict(Document.objects.values_list("number", "pk"))
    refusals: list[str] = []

    def act_once(chance: random.Random) -> None:
        number = chance.randrange(4)
        with tenant(company.id):
            match chance.choice(
                ["allocate", "allocate", "allocate", "reverse", "write_off", "refund", "void"]
            ):
                case "allocate":
                    pairs = [
                        NewAllocation(debit, credit, Decimal(chance.randint(1, 20)), day("2026-01-05"))
                        for debit, credit in zip(
                            chance.sample(debits, 2), chance.sample(credits, 2), strict=True
                        )
                    ]
                    allocate(pairs, actor=actor, today=TODAY)
                case "reverse":
                    keys = list(Allocation.objects.filter(reverses=None).values_list("pk", flat=True))
                    if keys:
                        reverse_allocations(
                            chance.sample(keys, 1), effective_on=None, actor=actor, today=TODAY
                        )
                case ("write_off" | "refund") as kind:
                    end, letter = (write_off, "I") if kind == "write_off" else (refund, "R")
                    end(
                        document_id=documents[f"{letter}{number}"],
                        amount=Decimal(5),
                        effective_on=day("2026-01-05"),
                        reason="x",
                        actor=actor,
                        today=TODAY,
                    )
                case _:
                    both = [documents[f"{letter}{number}"] for letter in "RI"]
                    void_documents(both, actor=actor, reason="x", today=TODAY)

    def work(number: int) -> None:
        chance = random.Random(number)
        for _ in range(12):
            try:
                act_once(chance)
            except HuikuanError as error:
                refusals.append(error.code)

    at_once(work)
    assert "allocation_refused" not in refusals
    with tenant(company.id):
        assert_nothing_broken(company)
        assert Document.objects.filter(kind=Kind.INVOICE).count() == 4


def test_first_postings_into_the_same_periods_in_opposite_order(company: Any, actor: Any) -> None:
    """Neither waits for the other's new period while holding its own."""
    with books_of(company, actor) as books:
        customer = books.customer().pk

    def work(number: int) -> None:
        days = [f"{year}-{month:02d}-05" for year in (2020, 2021) for month in range(1, 13)]
        chance = random.Random(number)
        chance.shuffle(days)
        new = [
            NewDocument(customer_id=customer, document_on=day(on), amount=Decimal(1), number=f"{number}/{on}")
            for on in days
        ]
        try:
            with tenant(company.id):
                record_invoices(new, actor=actor)
        except OperationalError as error:
            raise AssertionError("deadlock") from error

    at_once(work)
    with tenant(company.id):
        assert Document.objects.count() == 24 * THREADS
        assert_nothing_broken(company)

"""Many matchers on one statement, some of them killed: every line is posted once, and nothing is half done."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from huikuan.cash.banking import LineUse
from huikuan.cash.operations import Choice, apply_matches, post_all_sure, undo_uses
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.models import Customer
from huikuan.ledger.models import Allocation, Document, OpenItem
from huikuan.ledger.operations import NewAllocation, allocate
from tests.cash.lines import line, option, propose
from tests.conftest import TODAY, make_organization
from tests.ledger.checking import assert_nothing_broken
from tests.ledger.test_races import THREADS, at_once, books_of
from tests.trade import day

pytestmark = pytest.mark.django_db(transaction=True)

MATCHER = """
import os, sys
from datetime import date
from uuid import UUID
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
import django
django.setup()
from django.db import connections
for alias in connections:
    connections[alias].settings_dict["NAME"] = os.environ["HUIKUAN_DATABASE"]
from huikuan.cash.operations import automatic
from huikuan.organizations.actors import local_operator
automatic.CHUNK = 7
automatic.post_sure_matches.__kwdefaults__["limit"] = 7
print("ready", flush=True)
automatic.post_all_sure(UUID(sys.argv[1]), actor=local_operator(), today=date.fromisoformat(sys.argv[2]))
"""


@pytest.fixture
def company(actor: Any) -> Iterator[Any]:
    yield make_organization(actor)


def statement(company: Any, actor: Any, count: int) -> None:
    """A day's lines: each pays an invoice of its own, every tenth is of nobody known."""
    with books_of(company, actor) as books:
        for number in range(count):
            row = line(books, "2026-02-01", f"{number + 1}.00", f"付款人{number}")
            if number % 10 == 9:
                propose(row, tier="none")
            else:
                books.invoice(f"I{number}", "2026-01-05", f"{number + 1}.00", customer=f"C{number % 5}")
                propose(row, option(books, (f"I{number}", f"{number + 1}.00"), customer=f"C{number % 5}"))


def posted(company: Any) -> list[Any]:
    with tenant(company.id):
        assert_nothing_broken(company)
        return list(LineUse.objects.values_list("line_id", "kind"))


def test_eight_matchers_post_each_line_once(company: Any, actor: Any) -> None:
    statement(company, actor, 40)
    at_once(lambda number: post_all_sure(company.id, actor=actor, today=TODAY) and None)
    uses = posted(company)
    assert len(uses) == len({key for key, _kind in uses}) == 40
    with tenant(company.id):
        assert not OpenItem.objects.filter(open_amount__gt=0).exists()
        assert Document.objects.filter(kind="receipt").count() == 36


def test_two_cashiers_on_one_line(company: Any, actor: Any) -> None:
    with books_of(company, actor) as books:
        books.invoice("I1", "2026-01-05", "100.00")
        row = line(books, "2026-02-01", "100.00")
        settles = option(books, ("I1", "100.00"))
    won: list[int] = []

    def work(number: int) -> None:
        try:
            with tenant(company.id):
                apply_matches([Choice(row.pk, settles)], actor=actor, today=TODAY)
        except HuikuanError as error:
            assert error.code == "line_is_used"
        else:
            won.append(number)

    at_once(work)
    assert len(won) == 1
    assert len(posted(company)) == 1


def test_matching_undoing_and_allocating_at_once(company: Any, actor: Any) -> None:
    """Somebody settles the same invoices by hand while matchers post and undo: each is refused or done whole."""
    statement(company, actor, 20)
    with books_of(company, actor) as books:
        books.customers["C1"] = Customer.objects.get(code="C1")
        books.receipt("R1", "2026-01-05", "500.00", customer="C1")
        credit = books.item("R1").pk
        debits = list(
            OpenItem.objects.filter(side=1, customer=books.customer("C1")).values_list("pk", "amount")
        )

    def work(number: int) -> None:
        chance = random.Random(number)
        for _ in range(4):
            try:
                if number % 3 == 0:
                    post_all_sure(company.id, actor=actor, today=TODAY)
                elif number % 3 == 1:
                    with tenant(company.id):
                        keys = list(LineUse.objects.filter(undoes=None).values_list("pk", flat=True))
                        if keys:
                            undo_uses([chance.choice(keys)], actor=actor, today=TODAY)
                else:
                    key, amount = chance.choice(debits)
                    with tenant(company.id):
                        allocate(
                            [NewAllocation(key, credit, amount, day("2026-02-01"))], actor=actor, today=TODAY
                        )
            except HuikuanError as error:
                assert error.code in {"nothing_to_undo", "beyond_debit", "beyond_credit"}, error.code

    at_once(work)
    posted(company)
    post_all_sure(company.id, actor=actor, today=TODAY)
    posted(company)


def test_matchers_killed_at_random_leave_whole_acts_and_a_rerun_completes_them(
    company: Any, actor: Any
) -> None:
    statement(company, actor, 60)
    chance = random.Random(5)
    for _round in range(2):
        running = [
            subprocess.Popen(
                [sys.executable, "-c", MATCHER, str(company.id), TODAY.isoformat()],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            for _ in range(2)
        ]
        for process in running:
            assert process.stdout and process.stdout.readline() == b"ready\n"
        time.sleep(chance.uniform(0.05, 0.6))
        for process in running:
            os.kill(process.pid, signal.SIGKILL)
        for process in running:
            process.wait(30)
        uses = posted(company)
        assert len(uses) == len(set(uses))
    at_once(lambda number: post_all_sure(company.id, actor=actor, today=TODAY) and None, threads=THREADS)
    uses = posted(company)
    assert len(uses) == len({key for key, _kind in uses}) == 60
    with tenant(company.id):
        assert Allocation.objects.count() == 54
        assert not OpenItem.objects.filter(open_amount__gt=0).exists()

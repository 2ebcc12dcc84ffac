"""Many at once, in real transactions: no limit is exceeded, of a customer or of a group, and nothing is half done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from decimal import Decimal
from typing import Any

import pytest

from huikuan.core.postgres.tenancy import tenant
from huikuan.credit.models import Account, Reservation
from huikuan.credit.operations import Asked, reserve_credit
from huikuan.customers.models import Customer
from tests.conftest import TODAY, make_organization
from tests.credit.giving import Giving
from tests.ledger.checking import assert_nothing_broken
from tests.ledger.test_races import at_once, books_of

pytestmark = pytest.mark.django_db(transaction=True)
CLIENTS = 16
ORDERS = 1000


@pytest.fixture
def company(actor: Any) -> Any:
    return make_organization(actor)


def _rush(company: Any, actor: Any, customers: list[Any], *, amount: str) -> int:
    """A thousand orders from sixteen clients, spread over the customers; returns how many were reserved."""
    passed = [0] * CLIENTS

    def work(number: int) -> None:
        for position in range(number, ORDERS, CLIENTS):
            asked = Asked(
                customer_id=customers[position % len(customers)],
                amount=Decimal(amount),
                reference=f"SO-{position}",
            )
            with tenant(company.id):
                passed[number] += reserve_credit([asked], actor=actor, today=TODAY)[0].reserved

    at_once(work, threads=CLIENTS)
    return sum(passed)


def test_a_thousand_orders_against_limits_that_fit_a_hundred(company: Any, actor: Any) -> None:
    with books_of(company, actor) as books:
        credit = Giving(books)
        for number in range(4):
            credit.limit("2500", customer=f"C{number}")
        customers = [books.customer(f"C{number}").pk for number in range(4)]
    assert _rush(company, actor, customers, amount="100") == 100
    with tenant(company.id):
        rows = list(Reservation.objects.filter(state="held").values_list("customer_id", "remaining"))
        for key in customers:
            assert sum(amount for customer, amount in rows if customer == key) == 2500
        assert_nothing_broken(company)


def test_a_group_holds_its_members_together(company: Any, actor: Any) -> None:
    with books_of(company, actor) as books:
        credit = Giving(books)
        head = books.customer("G")
        credit.limit("10000", customer="G", whole_group=True)
        for number in range(4):
            books.customer(f"M{number}", parent=head)
            credit.limit("4000", customer=f"M{number}")
        customers = [head.pk, *(books.customer(f"M{number}").pk for number in range(4))]
        credit.limit("4000", customer="G")
    assert _rush(company, actor, customers, amount="100") == 100
    with tenant(company.id):
        assert sum(Reservation.objects.values_list("remaining", flat=True)) == 10000
        assert_nothing_broken(company)


def test_the_same_order_from_everybody_is_reserved_once(company: Any, actor: Any) -> None:
    with books_of(company, actor) as books:
        Giving(books).limit("100")
        key = books.customer().pk
    answers: list[Any] = []

    def work(_number: int) -> None:
        asked = Asked(customer_id=key, amount=Decimal(80), reference="SO-1")
        with tenant(company.id):
            answers.append(reserve_credit([asked], actor=actor, today=TODAY)[0])

    at_once(work, threads=CLIENTS)
    assert len(answers) == CLIENTS
    assert all(answer == answers[0] and answer.reserved for answer in answers)
    with tenant(company.id):
        assert Reservation.objects.count() == 1
        assert Account.objects.count() == 1


KILLED = """
    import sys
    from datetime import date
    from decimal import Decimal
    from uuid import UUID
    import django
    django.setup()
    from django.db import connections
    from huikuan.core.postgres.tenancy import tenant
    from huikuan.credit.operations import Asked, reserve_credit
    from huikuan.organizations.actors import local_operator
    organization, customer = UUID(sys.argv[1]), UUID(sys.argv[2])
    for alias in ("default", "admin"):
        connections[alias].settings_dict["NAME"] = sys.argv[3]
    with tenant(organization):
        asked = [Asked(customer_id=customer, amount=Decimal(1), reference=f"K-{n}") for n in range(50)]
        reserve_credit(asked, actor=local_operator(), today=date(2026, 11, 21))
        print("reserved", flush=True)
        sys.stdin.read()
"""


def test_killed_in_the_middle_nothing_is_reserved_and_nobody_waits(company: Any, actor: Any) -> None:
    with books_of(company, actor) as books:
        Giving(books).limit("100")
        key = books.customer().pk
    child = subprocess.Popen(
        [
            sys.executable,
            "-c",
            textwrap.dedent(KILLED),
            str(company.id),
            str(key),
            os.environ["HUIKUAN_DATABASE"],
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "huikuan.config.settings"},
        text=True,
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == "reserved"
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait(30)
    with tenant(company.id):
        asked = Asked(customer_id=key, amount=Decimal(100), reference="SO-1")
        assert reserve_credit([asked], actor=actor, today=TODAY)[0].reserved
        assert [row.reference for row in Reservation.objects.all()] == ["SO-1"]
        assert_nothing_broken(company)


def test_orders_of_members_in_any_order_do_not_wait_for_each_other(company: Any, actor: Any) -> None:
    """Sets that name the same customers in opposite orders: no deadlock."""
    with books_of(company, actor) as books:
        credit = Giving(books)
        head = books.customer("G")
        for number in range(6):
            books.customer(f"M{number}", parent=head if number % 2 else None)
            credit.limit("1000000", customer=f"M{number}")
        keys = [head.pk, *(Customer.objects.filter(code__startswith="M").values_list("pk", flat=True))]
        credit.limit("1000000", customer="G", whole_group=True)

    def work(number: int) -> None:
        for turn in range(10):
            asked = [
                Asked(customer_id=key, amount=Decimal(1), reference=f"{number}-{turn}-{place}")
                for place, key in enumerate(keys if number % 2 else reversed(keys))
            ]
            with tenant(company.id):
                reserve_credit(asked, actor=actor, today=TODAY)

    at_once(work, threads=8)
    with tenant(company.id):
        assert Reservation.objects.filter(state="held").count() == 8 * 10 * len(keys)

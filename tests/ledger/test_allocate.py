"""核销: credits settle debits."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from huikuan.audit.operations import act
from huikuan.ledger.models import Allocation
from huikuan.ledger.operations import AllocationRefused, NewAllocation, allocate, close_period
from huikuan.organizations.actors import Actor, NotPermitted
from tests.ledger.checking import assert_nothing_broken
from tests.trade import day

pytestmark = pytest.mark.django_db


def refused(code: str) -> Any:
    return pytest.raises(AllocationRefused, check=lambda error: error.code == code)


@pytest.fixture
def settled(books: Any) -> Any:
    """An invoice of 100.00 and a receipt of 60.00, dated 5 and 20 January."""
    books.invoice("I1", "2026-01-05", "100.00")
    books.receipt("R1", "2026-01-20", "60.00")
    return books


def test_a_part_leaves_the_rest_open_on_both_sides(settled: Any) -> None:
    settled.allocate("R1", "I1", "25.50", "2026-01-20")
    assert settled.open("I1") == Decimal("74.50")
    assert settled.open("R1") == Decimal("34.50")
    settled.allocate("R1", "I1", "34.50", "2026-01-21")
    assert settled.open("I1") == 40
    assert settled.open("R1") == 0
    assert_nothing_broken(settled.organization)


def test_more_than_the_debit_is_refused(settled: Any) -> None:
    settled.receipt("R2", "2026-01-20", "500.00")
    with refused("beyond_debit"):
        settled.allocate("R2", "I1", "100.01", "2026-01-20")
    assert not Allocation.objects.exists()


def test_more_than_the_credit_is_refused(settled: Any) -> None:
    with refused("beyond_credit"):
        settled.allocate("R1", "I1", "60.01", "2026-01-20")


def test_a_set_is_summed_before_it_is_allowed(settled: Any) -> None:
    pair = NewAllocation(settled.item("I1").pk, settled.item("R1").pk, Decimal("30.01"), day("2026-01-20"))
    with refused("beyond_credit"):
        allocate([pair, pair], actor=settled.actor, today=settled.today)
    assert settled.open("R1") == 60


def test_one_bad_row_refuses_the_whole_set(settled: Any) -> None:
    debit, credit = settled.item("I1").pk, settled.item("R1").pk
    good = NewAllocation(debit, credit, Decimal("10.00"), day("2026-01-20"))
    bad = NewAllocation(debit, uuid4(), Decimal("10.00"), day("2026-01-20"))
    with refused("unknown_item"):
        allocate([good, bad], actor=settled.actor, today=settled.today)
    assert settled.open("I1") == 100


def test_two_debits_are_refused(settled: Any) -> None:
    settled.invoice("I2", "2026-01-05", "100.00")
    with refused("wrong_side"):
        settled.allocate("I2", "I1", "10.00", "2026-01-20")


def test_two_credits_are_refused(settled: Any) -> None:
    settled.receipt("R2", "2026-01-05", "100.00")
    with refused("wrong_side"):
        settled.allocate("R2", "R1", "10.00", "2026-01-20")


def test_another_customer_is_refused(settled: Any) -> None:
    settled.receipt("R2", "2026-01-20", "60.00", customer="C2")
    with refused("other_customer"):
        settled.allocate("R2", "I1", "10.00", "2026-01-20")


@pytest.mark.parametrize(("payer", "debtor"), [("parent", "child"), ("child", "parent"), ("child", "sister")])
def test_a_group_settles_for_each_other(books: Any, payer: str, debtor: str) -> None:
    head = books.customer("parent")
    for code in ("child", "sister"):
        books.customer(code, parent=head)
    books.invoice("I1", "2026-01-05", "100.00", customer=debtor)
    books.receipt("R1", "2026-01-20", "60.00", customer=payer)
    books.allocate("R1", "I1", "60.00", "2026-01-20")
    assert books.open("I1") == 40
    assert_nothing_broken(books.organization)


def test_another_currency_is_refused(settled: Any) -> None:
    settled.receipt("R2", "2026-01-20", "60.00", currency="USD", rate=Decimal("7.1"))
    with refused("other_currency"):
        settled.allocate("R2", "I1", "10.00", "2026-01-20")


def test_tomorrow_is_refused(settled: Any) -> None:
    tomorrow = settled.today + timedelta(days=1)
    with refused("in_future"):
        settled.allocate("R1", "I1", "10.00", tomorrow.isoformat())
    settled.allocate("R1", "I1", "10.00", settled.today.isoformat())


@pytest.mark.parametrize("on", ["2026-01-04", "2026-01-19"])
def test_before_either_document_is_refused(settled: Any, on: str) -> None:
    with refused("before_document"):
        settled.allocate("R1", "I1", "10.00", on)


@pytest.mark.parametrize("amount", ["0", "0.00", "-1.00"])
def test_nothing_or_less_is_refused(settled: Any, amount: str) -> None:
    with refused("not_positive"):
        settled.allocate("R1", "I1", amount, "2026-01-20")


@pytest.mark.parametrize(("currency", "amount"), [("CNY", "0.001"), ("JPY", "0.5"), ("KWD", "0.0001")])
def test_less_than_the_smallest_coin_is_refused(books: Any, currency: str, amount: str) -> None:
    rate = None if currency == "CNY" else Decimal("2")
    books.invoice("I1", "2026-01-05", "100", currency=currency, rate=rate)
    books.receipt("R1", "2026-01-20", "100", currency=currency, rate=rate)
    with refused("amount_precision"):
        books.allocate("R1", "I1", amount, "2026-01-20")
    books.allocate("R1", "I1", "1", "2026-01-20")


def test_a_closed_period_is_refused(settled: Any) -> None:
    close_period(month=day("2026-01-01"), actor=settled.actor)
    with refused("period_closed"):
        settled.allocate("R1", "I1", "10.00", "2026-01-20")
    settled.allocate("R1", "I1", "10.00", "2026-02-01")


def test_the_balance_may_not_fall_below_zero_on_an_earlier_day(settled: Any) -> None:
    """Undone in March, the January allocation still held February: nothing more fits there."""
    settled.allocate("R1", "I1", "60.00", "2026-01-20")
    settled.unallocate("R1", "I1", "2026-03-01")
    with refused("beyond_balance"):
        settled.allocate("R1", "I1", "0.01", "2026-02-01")
    settled.allocate("R1", "I1", "60.00", "2026-03-01")
    assert_nothing_broken(settled.organization)


def test_it_needs_the_permission(settled: Any) -> None:
    reader = Actor(name="r", permissions=frozenset({"ledger.read"}), scope="all")
    with pytest.raises(NotPermitted):
        allocate([], actor=reader, today=settled.today)


def test_nothing_to_allocate_writes_nothing(settled: Any) -> None:
    assert allocate([], actor=settled.actor, today=settled.today) == 0


@pytest.mark.raw_sql
@pytest.mark.parametrize(
    ("debit", "credit", "amount", "on", "constraint"),
    [
        ("I1", "R1", "60.01", "2026-01-20", "open_amount_never_negative"),
        ("R1", "I1", "1.00", "2026-01-20", "allocation_joins_debit_and_credit"),
        ("I1", "R1", "1.00", "2026-01-19", "allocation_joins_debit_and_credit"),
        ("I1", "R1", "-1.00", "2026-01-20", "only_a_reversal_is_negative"),
    ],
)
def test_the_database_itself_refuses(
    settled: Any, debit: str, credit: str, amount: str, on: str, constraint: str
) -> None:
    with (
        pytest.raises(IntegrityError) as refusal,
        transaction.atomic(),
        act("x", actor=settled.actor) as opened,
    ):
        Allocation.objects.create(
            organization_id=settled.organization.pk,
            act_id=opened.id,
            debit_item=settled.item(debit),
            credit_item=settled.item(credit),
            amount=Decimal(amount),
            debit_base=Decimal(amount),
            credit_base=Decimal(amount),
            effective_on=day(on),
        )
    assert refusal.value.__cause__.diag.constraint_name == constraint  # type: ignore[union-attr]


@pytest.mark.raw_sql
def test_the_database_lowers_the_open_amount_itself(settled: Any) -> None:
    with act("x", actor=settled.actor) as opened, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_allocation (organization_id, id, act_id, debit_item_id, credit_item_id, amount,"
            " debit_base, credit_base, effective_on) VALUES (%s, uuidv7(), %s, %s, %s, 10, 10, 10, '2026-01-20')",
            [settled.organization.pk, opened.id, settled.item("I1").pk, settled.item("R1").pk],
        )
    assert settled.open("I1") == 90
    assert settled.open("R1") == 50

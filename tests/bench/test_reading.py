"""The company that is measured, and that what is timed against each other gives the same answer."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from huikuan.bench.company import PAST, TODAY, Company, build_company, customer_key
from huikuan.bench.reading import (
    measure_aging_as_of,
    measure_aging_now,
    measure_customer_balance,
    read_aging,
    read_balance,
    read_plain_aging,
    read_plain_balance,
    read_plain_past_aging,
)
from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.models import Customer
from huikuan.ledger.models import Allocation, Document, OpenItem

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "admin"])


def build(**sizes: Any) -> Company:
    return build_company(
        code=f"b{uuid4().hex[:12]}", **{"items": 400, "customers": 30, "allocated": True, **sizes}
    )


@pytest.fixture
def company() -> Iterator[Company]:
    yield build()


def test_the_company_has_the_size_asked_for(company: Company) -> None:
    assert (company.items, company.allocations, company.customers) == (400, 1200, 30)
    with tenant(company.organization.pk):
        assert OpenItem.objects.filter(open_amount__gt=0).count() == 400
        assert Document.objects.count() == 400
        assert Allocation.objects.count() == 1200
        assert Customer.objects.count() == 30
        assert {item.customer_id for item in OpenItem.objects.all()} == {customer_key(n) for n in range(30)}


def test_without_allocations_everything_is_open(company: Company) -> None:
    untouched = build(items=401, allocated=False)
    assert (untouched.items, untouched.allocations) == (400, 0)
    with tenant(untouched.organization.pk):
        assert not Allocation.objects.exists()
        assert all(item.open_amount == item.amount for item in OpenItem.objects.all())


@pytest.mark.raw_sql
def test_every_item_is_open_by_what_its_allocations_left_on_every_day(company: Company) -> None:
    with tenant(company.organization.pk), connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*) FROM ledger_open_item i
            LEFT JOIN LATERAL (
                SELECT sum(a.amount) AS amount, min(a.effective_on) AS first_on, max(a.effective_on) AS last_on
                FROM ledger_allocation a WHERE i.id IN (a.debit_item_id, a.credit_item_id)
            ) settled ON true
            WHERE i.open_amount <> i.amount - settled.amount OR settled.first_on < i.document_on
               OR settled.last_on > %s OR i.open_amount <= 0 OR i.open_base <> i.open_amount
            """,
            [TODAY],
        )
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT count(*) FILTER (WHERE effective_on > %s) FROM ledger_allocation", [PAST])
        assert 0 < cursor.fetchone()[0] < 600


def test_the_same_sizes_make_the_same_company(company: Company) -> None:
    again = build()
    assert sorted(read_plain_past_aging(company, PAST)) == sorted(read_plain_past_aging(again, PAST))


@pytest.mark.parametrize("past", [False, True])
def test_the_report_agrees_with_the_plain_query(company: Company, past: bool) -> None:
    report = read_aging(company, PAST if past else TODAY)
    plain = read_plain_past_aging(company, PAST) if past else read_plain_aging(company, TODAY)
    with tenant(company.organization.pk):
        codes = dict(Customer.objects.values_list("pk", "code"))
    expected = {
        codes[key]: [amount or Decimal(0) for amount in amounts] for key, *amounts in plain if any(amounts)
    }
    assert {row.key: [*row.amounts, row.unallocated] for row in report.rows} == expected
    assert report.total is not None
    assert [*report.total.amounts, report.total.unallocated] == [
        sum(column) for column in zip(*expected.values(), strict=True)
    ]


def test_a_balance_agrees_with_the_plain_query(company: Company) -> None:
    for position in (0, 7, 29):
        [(currency, receivable, overdue, unallocated)] = read_plain_balance(company, customer_key(position))
        balance = read_balance(company, customer_key(position))
        assert [each.currency for each in balance.currencies] == [currency]
        assert (balance.receivable, balance.overdue, balance.unallocated) == (
            receivable,
            overdue or 0,
            unallocated,
        )


def test_readings_are_measured(company: Company) -> None:
    now, past = measure_aging_now(company), measure_aging_as_of(company)
    assert [(result.name, result.size) for result in (now, past)] == [
        ("aging_now", 400),
        ("aging_as_of", 400),
    ]
    balance = measure_customer_balance(company)
    assert (balance.name, balance.size) == ("customer_balance", 30)
    assert balance.detail["p50_ms"] <= balance.detail["p95_ms"]
    for result in (now, past, balance):
        assert result.seconds > 0 and result.limit_seconds > 0

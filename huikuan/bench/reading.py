"""aging_now, aging_as_of and customer_balance: what people read most, beside the plain queries of SQL.

Both sides run as the web role under row-level security, in one transaction each, and fetch all of their rows.
The plain aging queries, too, are told to read tables in the order of their pages (`reading_whole_tables`):
the limit is the fastest that a plain query gets, not what the planner would have made of it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from huikuan.bench.company import PAST, TODAY, Company, customer_key
from huikuan.bench.measures import Result, medians_of, percentile, seconds_of
from huikuan.core.postgres.tenancy import tenant
from huikuan.reports.aging import Aging, aging
from huikuan.reports.balances import CustomerBalance, customer_balance
from huikuan.reports.state import reading_whole_tables

RUNS = 5
ASKED_CUSTOMERS = 200

Rows = list[tuple[Any, ...]]


def measure_aging_now(company: Company) -> Result:
    """Aging by customer of what is open today, beside a GROUP BY with the same buckets over the same rows.

    `plain_sum_s` in the detail is the barest form of it: one sum by customer, no buckets.
    """
    ours, limit, plain_sum = medians_of(
        lambda: read_aging(company, TODAY),
        lambda: read_plain_aging(company, TODAY),
        lambda: _read(company, PLAIN_SUM, TODAY),
        runs=RUNS,
    )
    return Result("aging_now", company.items, ours, limit, detail={"plain_sum_s": plain_sum})


def measure_aging_as_of(company: Company) -> Result:
    """Aging by customer half a year back, beside the query that subtracts what was settled until then."""
    ours, limit = medians_of(
        lambda: read_aging(company, PAST), lambda: read_plain_past_aging(company, PAST), runs=RUNS
    )
    return Result(
        "aging_as_of", company.items, ours, limit, detail={"allocations": float(company.allocations)}
    )


def measure_customer_balance(company: Company) -> Result:
    """The balances of 200 customers, one by one, beside one GROUP BY each; percentiles in milliseconds."""
    chosen = random.Random(11).sample(range(company.customers), min(ASKED_CUSTOMERS, company.customers))
    keys = [customer_key(position) for position in chosen]
    for warm in (read_balance, read_plain_balance):
        for key in keys:
            warm(company, key)
    ours, limit = [], []
    for key in keys:
        ours.append(seconds_of(_asking(read_balance, company, key)))
        limit.append(seconds_of(_asking(read_plain_balance, company, key)))
    return Result(
        "customer_balance",
        len(keys),
        sum(ours),
        sum(limit),
        detail={
            "p50_ms": 1000 * percentile(ours, 50),
            "p95_ms": 1000 * percentile(ours, 95),
            "limit_p50_ms": 1000 * percentile(limit, 50),
            "limit_p95_ms": 1000 * percentile(limit, 95),
        },
    )


def _asking(
    read: Callable[[Company, UUID], object], company: Company, customer: UUID
) -> Callable[[], object]:
    return lambda: read(company, customer)


def read_aging(company: Company, as_of: date) -> Aging:
    """The report as people get it."""
    with tenant(company.organization.pk, snapshot=True):
        return aging(as_of=as_of)


def read_balance(company: Company, customer: UUID) -> CustomerBalance:
    """What a customer owes today."""
    with tenant(company.organization.pk):
        return customer_balance(customer, today=TODAY)


def read_plain_aging(company: Company, as_of: date) -> Rows:
    """Customer, what is owed in each bucket of the report, and the credits held, of what is open now."""
    return _read(company, PLAIN_AGING, as_of)


def read_plain_past_aging(company: Company, as_of: date) -> Rows:
    """The same as of a day in the past: amounts less what was allocated until then."""
    return _read(company, PLAIN_PAST_AGING, as_of)


def read_plain_balance(company: Company, customer: UUID) -> Rows:
    """Currency, what a customer owes, what of it is overdue, and the credits held."""
    with tenant(company.organization.pk), connection.cursor() as cursor:
        cursor.execute(
            PLAIN_BALANCE,
            {"organization": company.organization.pk, "customer": customer, "today": TODAY},
        )
        return list(cursor.fetchall())


def _read(company: Company, sql: str, as_of: date) -> Rows:
    with (
        tenant(company.organization.pk, snapshot=True),
        reading_whole_tables(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, {"organization": company.organization.pk, "as_of": as_of})
        return list(cursor.fetchall())


BUCKETS = """
    sum(open) FILTER (WHERE side = 1 AND due >= %(as_of)s),
    sum(open) FILTER (WHERE side = 1 AND due BETWEEN %(as_of)s::date - 30 AND %(as_of)s::date - 1),
    sum(open) FILTER (WHERE side = 1 AND due BETWEEN %(as_of)s::date - 60 AND %(as_of)s::date - 31),
    sum(open) FILTER (WHERE side = 1 AND due BETWEEN %(as_of)s::date - 90 AND %(as_of)s::date - 61),
    sum(open) FILTER (WHERE side = 1 AND due BETWEEN %(as_of)s::date - 180 AND %(as_of)s::date - 91),
    sum(open) FILTER (WHERE side = 1 AND due BETWEEN %(as_of)s::date - 365 AND %(as_of)s::date - 181),
    sum(open) FILTER (WHERE side = 1 AND due < %(as_of)s::date - 365),
    -sum(open) FILTER (WHERE side = -1)
"""

PLAIN_AGING = f"""
    SELECT customer_id, {BUCKETS}
    FROM (
        SELECT customer_id, side, effective_due_on AS due, open_base AS open
        FROM ledger_open_item WHERE organization_id = %(organization)s AND open_amount > 0
    ) item
    GROUP BY customer_id
"""

PLAIN_SUM = """
    SELECT customer_id, sum(open_base)
    FROM ledger_open_item WHERE organization_id = %(organization)s AND open_amount > 0
    GROUP BY customer_id
"""

PLAIN_PAST_AGING = f"""
    WITH settled AS (
        SELECT item_id, sum(base) AS base
        FROM (
            SELECT debit_item_id AS item_id, debit_base AS base
            FROM ledger_allocation WHERE organization_id = %(organization)s AND effective_on <= %(as_of)s
            UNION ALL
            SELECT credit_item_id, credit_base
            FROM ledger_allocation WHERE organization_id = %(organization)s AND effective_on <= %(as_of)s
        ) part
        GROUP BY item_id
    )
    SELECT customer_id, {BUCKETS}
    FROM (
        SELECT i.customer_id, i.side, i.effective_due_on AS due, i.base_amount - coalesce(settled.base, 0) AS open
        FROM ledger_open_item i
        LEFT JOIN settled ON settled.item_id = i.id
        WHERE i.organization_id = %(organization)s AND i.document_on <= %(as_of)s
    ) item
    GROUP BY customer_id
"""

PLAIN_BALANCE = """
    SELECT currency, sum(open_amount) FILTER (WHERE side = 1),
        sum(open_amount) FILTER (WHERE side = 1 AND effective_due_on < %(today)s),
        sum(open_amount) FILTER (WHERE side = -1)
    FROM ledger_open_item
    WHERE organization_id = %(organization)s AND customer_id = %(customer)s AND open_amount > 0
    GROUP BY currency
"""

"""credit: checking and reserving beside a plain lock, sum and insert; alone, and by eight clients at once."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from django.db import connection

from huikuan.audit.operations import act
from huikuan.bench.company import TODAY, Company, customer_key
from huikuan.bench.measures import Result, percentile, seconds_of
from huikuan.core.postgres.tenancy import tenant
from huikuan.credit.operations import (
    Asked,
    NewLimit,
    ScopedRule,
    reserve_credit,
    save_gate_rules,
    set_limit,
)
from huikuan.credit.rules import Action
from huikuan.credit.shipped_rules import SHIPPED_RULES
from huikuan.organizations.actors import local_operator

ALONE = 200
CLIENTS = 8
PER_CLIENT = 50
AMOUNT = Decimal(100)

# What any check has to do at least: hold the customer, sum what is owed and what is reserved.
LOCK = """
    SELECT id FROM credit_account
    WHERE organization_id = %(organization)s AND customer_id = %(customer)s FOR NO KEY UPDATE
"""
SUM = """
    SELECT coalesce((SELECT sum(side * open_base) FROM ledger_open_item
                     WHERE organization_id = %(organization)s AND customer_id = %(customer)s AND open_amount > 0), 0)
         + coalesce((SELECT sum(remaining) FROM credit_reservation
                     WHERE organization_id = %(organization)s AND customer_id = %(customer)s AND state = 'held'), 0)
"""


def measure_credit(company: Company) -> Result:
    """Seconds of one check with its reservation (median), beside the lock and the sums alone.

    In the detail: percentiles in milliseconds, and reservations per second by eight clients on different customers.
    """
    wanted = min(company.customers, ALONE + CLIENTS * PER_CLIENT)
    keys = [customer_key(each) for each in random.Random(6).sample(range(company.customers), wanted)]
    _give_limits(company, keys)
    alone = keys[:ALONE]
    _reserve(company, keys[-1], "warm")
    ours = sorted(
        seconds_of(lambda key=key, place=place: _reserve(company, key, f"A-{place}"))  # type: ignore[misc]
        for place, key in enumerate(alone)
    )
    limit = sorted(seconds_of(lambda key=key: _sum(company, key)) for key in alone)  # type: ignore[misc]
    rate = _by_clients(company, keys[ALONE:] or keys)
    return Result(
        "credit",
        1,
        percentile(ours, 50),
        percentile(limit, 50),
        detail={
            "p50_ms": percentile(ours, 50) * 1000,
            "p95_ms": percentile(ours, 95) * 1000,
            "clients": float(CLIENTS),
            "reserved_per_s": rate,
            "open_items": float(company.items),
            "customers": float(company.customers),
        },
    )


def _give_limits(company: Company, keys: list[UUID]) -> None:
    actor = local_operator()
    # What is overdue is looked at too, but holds nothing back: everything that is asked for is reserved.
    rules = [ScopedRule(replace(rule, action=Action.WARN)) for rule in SHIPPED_RULES]
    with tenant(company.organization.pk), act("set_credit_limit", actor=actor):
        save_gate_rules(rules, actor=actor)
        for key in keys:
            new = NewLimit(
                customer_id=key,
                amount=Decimal(10) ** 12,
                starts_on=TODAY - timedelta(days=1),
                reason="bench",
            )
            set_limit(new, actor=actor, today=TODAY)


def _reserve(company: Company, key: UUID, reference: str) -> None:
    asked = Asked(customer_id=key, amount=AMOUNT, reference=reference)
    with tenant(company.organization.pk):
        reserve_credit([asked], actor=local_operator(), today=TODAY)


def _sum(company: Company, key: UUID) -> None:
    values = {"organization": company.organization.pk, "customer": key}
    with tenant(company.organization.pk), connection.cursor() as cursor:
        cursor.execute(LOCK, values)
        cursor.fetchall()
        cursor.execute(SUM, values)
        cursor.fetchone()


def _by_clients(company: Company, keys: list[UUID]) -> float:
    """Reservations per second, each client on customers of its own."""
    start = threading.Barrier(CLIENTS + 1)
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            start.wait(60)
            for place in range(PER_CLIENT):
                _reserve(company, keys[(number + place * CLIENTS) % len(keys)], f"C-{number}-{place}")
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    start.wait(60)
    began = time.perf_counter()
    for thread in threads:
        thread.join(300)
    if failures:
        raise failures[0]
    return CLIENTS * PER_CLIENT / (time.perf_counter() - began)

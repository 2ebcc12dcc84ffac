"""When each open debt is expected to be paid by its promise or its customer's habit, and how much of it.

The rule of the trade, beside the payment model's forecast and without one: a debt is expected on the day it was promised
for, else as many days after its due date as the customer's money came late over a year, weighted by amounts; what falls on a
rest day comes on the next working day, and nothing before today. Of the amount the provision rate of its bucket is
expected to be lost. What is in dispute is not expected at all, and said apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from huikuan.collection.policy_queries import work_calendar
from huikuan.core.calendar import WorkCalendar
from huikuan.ledger.rules import Basis, aging_buckets
from huikuan.reports.aging import AGED_COLUMNS
from huikuan.reports.answers_known import disputes_known_sql, promises_known_sql
from huikuan.reports.asking import Question
from huikuan.reports.filters import ItemFilter, condition
from huikuan.reports.guards import most_rows, too_many_rows
from huikuan.reports.kpi.facts import LATE, PAID, keyed_tables
from huikuan.reports.kpi.rules import share
from huikuan.reports.moments import Moment
from huikuan.reports.state import moves_sql, reading_whole_tables, with_sql
from huikuan.risk.in_force import NoMatrix, assessments_on, matrix_on
from huikuan.risk.queries import base_unit
from huikuan.risk.rules import expected_loss

ZERO = Decimal(0)
HABIT = timedelta(days=365)
"""Over how long a customer's habit is looked at."""


@dataclass(frozen=True, slots=True)
class ExpectedDebt:
    """A debt with the day and the amount it is expected to be paid with, in base currency.

    `days_late`: the customer's habit in whole days, None where nothing was paid in the year. `expected_on`: None where
    neither a promise nor a due date says anything. `rate`: what share is expected to be lost.
    """

    code: str
    name: str
    document_id: UUID
    number: str
    due_on: date | None
    promised_on: date | None
    days_late: int | None
    expected_on: date | None
    amount: Decimal
    disputed: Decimal
    rate: Decimal
    loss: Decimal

    @property
    def expected(self) -> Decimal:
        """(amount − disputed) × (1 − rate)."""
        return self.amount - self.disputed - self.loss


@dataclass(frozen=True)
class LossRates:
    """The rates in force: of a bucket by due date, and of customers judged by themselves; none at all without a matrix."""

    by_bucket: Mapping[str, Decimal]
    by_customer: Mapping[UUID, Decimal]
    effective_on: date | None


def expected_day(
    due_on: date | None, days_late: int, promised_on: date | None, *, today: date, calendar: WorkCalendar
) -> date | None:
    """The promised day, else the due date and the days late, rolled to a working day; never before today.

    Due on Monday 2026-07-20 and ten days late: Thursday 2026-07-30.
    """
    if promised_on is not None:
        return max(promised_on, today)
    if due_on is None:
        return None
    return max(calendar.next_workday(due_on + timedelta(days=days_late)), today)


def rates_in_force(day: date, known_at: datetime | None = None) -> LossRates:
    """The provision rates of a day, as known at a time (None: now)."""
    try:
        matrix = matrix_on(day, known_at)
    except NoMatrix:
        return LossRates({}, {}, None)
    return LossRates(
        {bucket: Decimal(rate) for bucket, rate in matrix.rates.items()},
        {row.customer_id: row.rate for row in assessments_on(day, known_at)},
        matrix.effective_on,
    )


def expected_debts(at: Moment, question: Question, rates: LossRates) -> list[ExpectedDebt]:
    """The debts of a question, the first expected first. Raises ReportTooLarge."""
    habits, calendar, unit = (
        _habits(at, question),
        work_calendar(None if at.all_known else at.known_at),
        base_unit(),
    )
    buckets = aging_buckets(at.as_of, Basis.DUE)
    found = []
    for customer, code, name, document, number, due_on, promised_on, amount, disputed in _owed(at, question):
        bucket = next(
            each.name
            for each in buckets
            if due_on is None
            or (
                (not each.from_on or due_on >= each.from_on)
                and (not each.until_on or due_on <= each.until_on)
            )
        )
        rate = rates.by_customer.get(customer, rates.by_bucket.get(bucket, ZERO))
        late = habits.get(code)
        day = expected_day(due_on, late or 0, promised_on, today=at.as_of, calendar=calendar)
        loss = expected_loss(amount - disputed, rate, unit)
        found.append(
            ExpectedDebt(
                code, name, document, number, due_on, promised_on, late, day, amount, disputed, rate, loss
            )
        )
    found.sort(key=lambda each: (each.expected_on or date.max, each.code, each.number))
    return found


def _habits(at: Moment, question: Question) -> dict[str, int]:
    """By the customer's code: how many days late its money of the year came, weighted by amounts, half away from zero."""
    chosen = ItemFilter(customer=question.item_filter.customer, group=question.item_filter.group)
    only = condition(at, chosen, question.salesperson_ids)
    ends = [at.as_of - HABIT, at.as_of]
    tables = keyed_tables(at, ("customer",), only, {PAID, LATE}, base=True)
    sql = f"""
        {", ".join(tables)}
        SELECT k.k0, sum(k.amount) FILTER (WHERE k.what = '{LATE}'), sum(k.amount) FILTER (WHERE k.what = '{PAID}')
        FROM keyed k WHERE k.at = 1 GROUP BY k.k0"""
    with connection.cursor() as cursor, reading_whole_tables():
        cursor.execute(sql, {**at.parameters, **only.parameters, "ends": ends, "first_end": ends[0]})
        days = {code: share(late or ZERO, paid or ZERO) for code, late, paid in cursor.fetchall()}
    return {
        code: int(each.quantize(Decimal(1), ROUND_HALF_UP)) for code, each in days.items() if each is not None
    }


def _owed(at: Moment, question: Question) -> list[tuple[Any, ...]]:
    only = condition(at, question.item_filter, question.salesperson_ids)
    columns = tuple(dict.fromkeys(("id", "document_id", *AGED_COLUMNS, *only.columns)))
    sql = f"""
        {with_sql(at, few_customers=only.few_customers)},
        owed AS (
            SELECT m.id, m.document_id, m.customer_id, m.effective_due_on,
                   sum(m.open_amount) AS amount, sum(m.open_base) AS base
            FROM ({moves_sql(at, columns, few_customers=only.few_customers)}) m
            WHERE m.side > 0 AND {only.sql}
            GROUP BY m.id, m.document_id, m.customer_id, m.effective_due_on
            HAVING sum(m.open_amount) > 0
        ),
        disputed AS (
            SELECT x.item_id, sum(x.amount) AS amount FROM {disputes_known_sql(at)} x
            WHERE x.organization_id = %(organization)s AND x.state = 'open' GROUP BY x.item_id
        ),
        promised AS (
            SELECT q.item_id, min(p.promised_on) AS promised_on
            FROM collection_promised_item q
            JOIN {promises_known_sql(at)} p ON p.organization_id = %(organization)s AND p.id = q.promise_id
            WHERE q.organization_id = %(organization)s AND p.state = 'open' GROUP BY q.item_id
        )
        SELECT o.customer_id, p.code, p.name, o.document_id, d.number, o.effective_due_on, promised.promised_on, o.base,
               round(o.base * least(coalesce(x.amount, 0), o.amount) / o.amount, 2)
        FROM owed o
        JOIN party p ON p.id = o.customer_id
        JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = o.document_id
        LEFT JOIN disputed x ON x.item_id = o.id
        LEFT JOIN promised ON promised.item_id = o.id
        LIMIT %(most)s
    """
    most = most_rows()
    with connection.cursor() as cursor, nullcontext() if only.few_customers else reading_whole_tables():
        cursor.execute(sql, {**at.parameters, **only.parameters, "most": most + 1})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    if len(rows) > most:
        raise too_many_rows()
    return rows

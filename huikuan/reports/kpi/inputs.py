"""The inputs of the key figures: by period, by dimension, as known at any time, in few statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from huikuan.core.dates import add_months
from huikuan.reports.day_sheet import day_sheet
from huikuan.reports.filters import EVERYTHING, Condition, ItemFilter, condition
from huikuan.reports.kpi import facts
from huikuan.reports.kpi.facts import facts_sql, promises_sql
from huikuan.reports.kpi.flows import flows_between, flows_hold
from huikuan.reports.kpi.rules import MonthOfSales
from huikuan.reports.moments import Moment, moment
from huikuan.reports.state import reading_whole_tables

ZERO = Decimal(0)
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Inputs:
    """What happened in a period and stood at its ends; see `facts` for what each amount counts. Credits are positive."""

    opening: Decimal = ZERO
    opening_overdue: Decimal = ZERO
    opening_matured: Decimal = ZERO
    opening_credit: Decimal = ZERO
    closing: Decimal = ZERO
    closing_overdue: Decimal = ZERO
    closing_matured: Decimal = ZERO
    closing_credit: Decimal = ZERO
    sold: Decimal = ZERO
    collected: Decimal = ZERO
    written_off: Decimal = ZERO
    due: Decimal = ZERO
    in_time: Decimal = ZERO
    on_due: Decimal = ZERO
    paid: Decimal = ZERO
    late: Decimal = ZERO
    floored: Decimal = ZERO
    promises: Decimal = ZERO
    promises_kept: Decimal = ZERO
    promised: Decimal = ZERO
    promised_kept: Decimal = ZERO

    @property
    def closing_not_due(self) -> Decimal:
        """What was owed at the end and not overdue: debts without a due date are in it."""
        return self.closing - self.closing_overdue

    @property
    def closing_net(self) -> Decimal:
        """What was owed at the end after the credits we held."""
        return self.closing - self.closing_credit

    def __add__(self, other: Inputs) -> Inputs:
        return Inputs(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))


@dataclass(frozen=True, slots=True)
class Period:
    """The inputs of a period, from its first to its last day."""

    since: date
    until: date
    inputs: Inputs

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1


@dataclass(frozen=True, slots=True)
class Line:
    """The periods of one key (codes of the dimensions asked for), earliest first."""

    key: tuple[str, ...]
    name: str
    periods: tuple[Period, ...]


@dataclass(frozen=True)
class Asked:
    """The lines of a question, and their sum."""

    currency: str
    known_at: datetime | None
    lines: tuple[Line, ...]
    total: Line


def months_until(until: date, number: int) -> tuple[date, ...]:
    """The ends of so many periods of a month, the last one ending on `until`, and the eve of the first of them."""
    first = until.replace(day=1)
    return (*(add_months(first, -back) - ONE_DAY for back in range(number - 1, -1, -1)), until)


def inputs_of(
    ends: Sequence[date],
    *,
    by: Sequence[str] = (),
    known_at: datetime | None = None,
    where: ItemFilter = EVERYTHING,
    salesperson_ids: frozenset[UUID] | None = None,
) -> Asked:
    """The inputs of the periods that end on `ends` but the first, which is the eve of the first period.

    In base currency; by currency each line in its own, and a total that says nothing.
    """
    at = moment(ends[-1], known_at)
    only = condition(at, where, salesperson_ids)
    rows = _kept(at, ends) if _is_kept(at, by, only) else _counted(facts_sql(at, by, only), at, only, ends)
    lines = _lines(rows, ends, len(by))
    return Asked(at.currency, at.known_at, lines, _total(lines, ends))


def sales_by_month(
    until: date,
    number: int,
    *,
    by: Sequence[str] = (),
    known_at: datetime | None = None,
    where: ItemFilter = EVERYTHING,
    salesperson_ids: frozenset[UUID] | None = None,
) -> dict[tuple[str, ...], tuple[MonthOfSales, ...]]:
    """Credit sales of each key in the months up to a day, the latest (up to the day itself) first."""
    ends = months_until(until, number)
    at = moment(until, known_at)
    only = condition(at, where, salesperson_ids)
    if _is_kept(at, by, only):
        rows: Sequence[tuple[Any, ...]] = flows_between(at.organization_id, ends)
    else:
        rows = _counted(facts_sql(at, by, only, sales_only=True), at, only, ends)
    lines = _lines(rows, ends, len(by))
    return {
        line.key: tuple(MonthOfSales(each.inputs.sold, each.days) for each in reversed(line.periods))
        for line in lines
    }


def _is_kept(at: Moment, by: Sequence[str], only: Condition) -> bool:
    """Whether this is asked of everything as known now, and the flows of that are kept."""
    whole = not by and only.sql == "true" and not only.few_customers
    return whole and at.all_known and flows_hold(at.organization_id)


def _counted(sql: str, at: Moment, only: Condition, ends: Sequence[date]) -> list[tuple[Any, ...]]:
    """From the ledger's own rows."""
    parameters = {**at.parameters, **only.parameters, "ends": list(ends), "first_end": ends[0]}
    with connection.cursor() as cursor, reading_whole_tables():
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def _kept(at: Moment, ends: Sequence[date]) -> list[tuple[Any, ...]]:
    """From what is kept by day: the flows here, how things stood by the ledger. Promises are few, and are counted."""
    rows: list[tuple[Any, ...]] = list(flows_between(at.organization_id, ends))
    sheet = day_sheet()
    before = (ZERO, ZERO, ZERO)
    for place, on in enumerate(ends):
        now = sheet.standing(on)
        stood = zip((facts.RECEIVABLE, facts.OVERDUE, facts.CREDIT), now, before, strict=True)
        rows += [(place, what, new - old) for what, new, old in stood]
        before = now
    return rows + _counted(promises_sql(at, (), EVERYTHING_COUNTS, base=True), at, EVERYTHING_COUNTS, ends)


EVERYTHING_COUNTS = Condition("true", {})


def _lines(rows: Sequence[tuple[Any, ...]], ends: Sequence[date], depth: int) -> tuple[Line, ...]:
    found: dict[tuple[str, ...], dict[tuple[int, str], Decimal]] = {}
    names: dict[tuple[str, ...], str] = {}
    for *keys, place, what, amount in rows:
        key = tuple(keys[0 : 2 * depth : 2])
        names[key] = keys[2 * depth - 1] if depth else ""
        found.setdefault(key, {})[place, what] = amount
    return tuple(Line(key, names[key] or "", _periods(values, ends)) for key, values in found.items())


def _periods(values: Mapping[tuple[int, str], Decimal], ends: Sequence[date]) -> tuple[Period, ...]:
    stood = {what: values.get((0, what), ZERO) for what in facts.STANDINGS}
    periods = []
    for place in range(1, len(ends)):
        stands = {what: stood[what] + values.get((place, what), ZERO) for what in facts.STANDINGS}
        flows = {
            what: values.get((place, what), ZERO)
            for what in (
                facts.SOLD, facts.COLLECTED, facts.WRITTEN_OFF, facts.DUE, facts.IN_TIME,
                facts.ON_DUE, facts.PAID, facts.LATE, facts.FLOORED, facts.PROMISES, facts.PROMISES_KEPT,
                facts.PROMISED, facts.PROMISED_KEPT,
            )
        }  # fmt: skip
        inputs = Inputs(
            opening=stood[facts.RECEIVABLE],
            opening_overdue=stood[facts.OVERDUE],
            opening_matured=stood[facts.MATURED],
            opening_credit=stood[facts.CREDIT],
            closing=stands[facts.RECEIVABLE],
            closing_overdue=stands[facts.OVERDUE],
            closing_matured=stands[facts.MATURED],
            closing_credit=stands[facts.CREDIT],
            **flows,
        )
        periods.append(Period(ends[place - 1] + ONE_DAY, ends[place], inputs))
        stood = stands
    return tuple(periods)


def _total(lines: Sequence[Line], ends: Sequence[date]) -> Line:
    periods = _periods({}, ends)
    for line in lines:
        periods = tuple(
            replace(whole, inputs=whole.inputs + part.inputs)
            for whole, part in zip(periods, line.periods, strict=True)
        )
    return Line((), "", periods)

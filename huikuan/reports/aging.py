"""账龄: what customers owe by how long it is overdue, as of any day, as known at any time."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from huikuan.core.money import amount_text
from huikuan.ledger.rules import Basis, Bucket, aging_buckets
from huikuan.reports.dimensions import DIMENSIONS, Dimension
from huikuan.reports.filters import (
    EVERYTHING,
    GROSS,
    NET,
    UNALLOCATED,
    UNTRIGGERED,
    Condition,
    ItemFilter,
    bucket_sums,
    condition,
)
from huikuan.reports.moments import Moment, moment
from huikuan.reports.state import moves_sql, reading_whole_tables, with_sql

ZERO = Decimal(0)


class By(StrEnum):
    """What makes a row of the report. A customer's group is its parent, or itself."""

    CUSTOMER = "customer"
    GROUP = "group"
    SALESPERSON = "salesperson"
    REGION = "region"
    CURRENCY = "currency"
    NONE = "none"


class AgingRow(NamedTuple):
    """What one customer (group, …) owes, in `currency`. `key` is its code; empty where there is none.

    `amounts` follow the buckets of the report. `unallocated` (credits not yet applied) is zero or negative;
    `untriggered` waits for an event before it is due and is in no other figure.
    """

    key: str
    name: str
    currency: str
    amounts: tuple[Decimal, ...]
    unallocated: Decimal
    untriggered: Decimal

    @property
    def gross(self) -> Decimal:
        """What is owed with a due date."""
        return sum(self.amounts, ZERO)

    @property
    def net(self) -> Decimal:
        """What is owed after the credits we hold."""
        return self.gross + self.unallocated


@dataclass(frozen=True)
class Aging:
    """An aging as of a day. `total` is None where the rows are in different currencies."""

    as_of: date
    known_at: datetime | None
    currency: str
    by: By
    basis: Basis
    bounds: tuple[int, ...]
    buckets: tuple[Bucket, ...]
    rows: tuple[AgingRow, ...]
    total: AgingRow | None

    @property
    def has_untriggered(self) -> bool:
        """Whether any row holds debts without a due date."""
        return any(row.untriggered for row in self.rows)

    def behind(self, row: AgingRow | None, cell: str) -> ItemFilter:
        """The open items that a cell is made of: a bucket's name, gross, unallocated, net or untriggered.

        `row` None: the total's. Read them at the same moment and with the same salespeople.
        """
        key = {} if row is None or self.by is By.NONE else {self.by.value: row.key}
        return ItemFilter(**key, cell=cell, basis=self.basis, bounds=self.bounds)  # type: ignore[arg-type]

    def as_json(self) -> dict[str, Any]:
        """The report for programs: amounts as text with the currency's decimals.

        `untriggered` is there when any row has some; `currency` and `total` are null by currency.
        """
        return {
            "as_of": self.as_of.isoformat(),
            "known_at": self.known_at.isoformat() if self.known_at else None,
            "currency": None if self.by is By.CURRENCY else self.currency,
            "basis": self.basis.value,
            "buckets": [bucket.name for bucket in self.buckets],
            "rows": [{"key": row.key, "name": row.name, **self._figures(row)} for row in self.rows],
            "total": self._figures(self.total) if self.total else None,
        }

    def _figures(self, row: AgingRow) -> dict[str, str]:
        figures = dict(zip((bucket.name for bucket in self.buckets), row.amounts, strict=True))
        figures |= {GROSS: row.gross, UNALLOCATED: row.unallocated, NET: row.net}
        if self.has_untriggered:
            figures[UNTRIGGERED] = row.untriggered
        return {name: amount_text(amount, row.currency) for name, amount in figures.items()}


def aging(
    *,
    as_of: date,
    known_at: datetime | None = None,
    by: By = By.CUSTOMER,
    basis: Basis = Basis.DUE,
    bounds: Sequence[int] = (),
    where: ItemFilter = EVERYTHING,
    salesperson_ids: frozenset[UUID] | None = None,
) -> Aging:
    """The aging of the current organization, rows sorted by key, those with nothing left out.

    In base currency; by currency each row in its own. `known_at` (aware): as it was known then, else at the
    last tick. `bounds`: own buckets, see `rules.aging_buckets`. `where`: only these items; its basis and bounds
    belong to its own cell. `salesperson_ids`: only customers of these salespeople.

    Renewed balances and dishonoured bills age on from the original debt. By document date, too, a debt waits
    for its due date to be known before it ages.
    """
    at = moment(as_of, known_at)
    buckets = aging_buckets(as_of, basis, bounds)
    found = _read(at, by, buckets, basis, where, salesperson_ids)
    rows = tuple(_row(values, at.currency, by) for values in found if not values[0])
    totals = next((values for values in found if values[0]), None)
    return Aging(
        as_of=as_of,
        known_at=at.known_at,
        currency=at.currency,
        by=by,
        basis=basis,
        bounds=tuple(bounds),
        buckets=buckets,
        rows=rows,
        total=None if totals is None else _row(totals, at.currency, by),
    )


def _row(values: Sequence[Any], base_currency: str, by: By) -> AgingRow:
    _is_total, key, name, *amounts, unallocated, untriggered = values
    return AgingRow(
        key or "",
        name or "",
        key if by is By.CURRENCY else base_currency,
        tuple([amount or ZERO for amount in amounts]),
        unallocated or ZERO,
        untriggered or ZERO,
    )


KEYS = {by: DIMENSIONS[by.value] for by in By if by is not By.NONE} | {
    By.NONE: Dimension(By.NONE.value, "", "", (), "''", "''")
}


def _read(
    at: Moment,
    by: By,
    buckets: Sequence[Bucket],
    basis: Basis,
    where: ItemFilter,
    salesperson_ids: frozenset[UUID] | None,
) -> list[tuple[Any, ...]]:
    """(is it the total, key, name, sum of each bucket, of credits, of debts without a due date)."""
    only = condition(at, where, salesperson_ids)
    sql = _sql(at, by, bucket_sums(buckets, basis, "open_amount" if by is By.CURRENCY else "open_base"), only)
    parameters = {**at.parameters, **only.parameters}
    with connection.cursor() as cursor, nullcontext() if only.few_customers else reading_whole_tables():
        cursor.execute(sql, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _sql(at: Moment, by: By, sums: Sequence[str], only: Condition) -> str:
    key = KEYS[by]
    names = [f"s{position}" for position in range(len(sums))]
    columns = dict.fromkeys(column for column in (*AGED_COLUMNS, *only.columns, key.column) if column)
    grouped = ", ".join(f"{total} AS {name}" for total, name in zip(sums, names, strict=True))
    return f"""
        {with_sql(at, few_customers=only.few_customers)},
        grouped AS (
            SELECT {f"m.{key.column}, " if key.column else ""}{grouped}
            FROM ({moves_sql(at, tuple(columns), few_customers=only.few_customers)}) m
            WHERE {only.sql}
            {f"GROUP BY m.{key.column}" if key.column else ""}
        ),
        keyed AS (
            SELECT ({key.key})::text COLLATE "C" AS key, {key.title} AS name, {", ".join(f"g.{name}" for name in names)}
            FROM grouped g {" ".join(key.joins)}
        )
        {_sums_by_customer(names) if by is By.CUSTOMER else _sums_by_key(names, by)}
        ORDER BY 1, 2
    """


def _sums_by_customer(names: Sequence[str]) -> str:
    """A customer's code is its own, so the sums stand; only the total is left to make."""
    return f"""
        SELECT false, k.key, k.name, {", ".join(f"k.{name}" for name in names)} FROM keyed k WHERE {_any_of(names)}
        UNION ALL
        SELECT true, NULL, NULL, {", ".join(f"sum(k.{name})" for name in names)} FROM keyed k
    """


def _sums_by_key(names: Sequence[str], by: By) -> str:
    keys = "k.key, k.name" if by is By.CURRENCY else "GROUPING SETS ((k.key, k.name), ())"
    return f"""
        SELECT * FROM (
            SELECT grouping(k.key) = 1 AS is_total, k.key, k.name, {", ".join(f"sum(k.{name}) AS {name}" for name in names)}
            FROM keyed k
            GROUP BY {keys}
        ) k
        WHERE k.is_total OR {_any_of(names)}
    """


def _any_of(names: Sequence[str]) -> str:
    """SQL for rows that have anything; the sums of nothing are null."""
    return "(" + " OR ".join(f"k.{name} <> 0" for name in names) + ")"


# What the buckets and the filters look at. Few columns make the rows of the union narrow.
AGED_COLUMNS = ("customer_id", "salesperson_id", "currency", "side", "document_on", "effective_due_on")

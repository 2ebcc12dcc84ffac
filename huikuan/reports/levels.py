"""Sums of open items by up to three dimensions, one row per key of each level and one for all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from typing import Any, NamedTuple

from django.db import connection

from huikuan.reports.aging import AGED_COLUMNS
from huikuan.reports.asking import Question
from huikuan.reports.dimensions import columns_of, keyed_sql, levels_sql, outer_first
from huikuan.reports.filters import condition
from huikuan.reports.guards import most_rows, too_many_rows
from huikuan.reports.moments import Moment
from huikuan.reports.state import moves_sql, reading_whole_tables, with_sql


class Level(NamedTuple):
    """Sums of one key: `level` −1 is the total. `name` is that of the innermost dimension."""

    level: int
    key: tuple[str, ...]
    name: str
    sums: tuple[Any, ...]


def sums_by_level(
    at: Moment,
    question: Question,
    sums: Sequence[str],
    *,
    peaks: Sequence[str] = (),
    columns: Sequence[str] = (),
    per_item: bool = False,
) -> list[Level]:
    """The open items of a question added up: `sums` are SQL aggregates over the moves (alias m), null for nothing.

    `peaks`: further aggregates behind the sums, of which a row has the largest of what is below it. `columns`: what the
    sums look at beside what aging looks at. `per_item`: each item comes once, with what was open
    of it and only if something was, for aggregates that are no sums. Rows by key, outer before inner, the total first;
    rows of which every sum is nothing are left out. Raises ReportTooLarge, before a row is read.
    """
    only = condition(at, question.item_filter, question.salesperson_ids)
    figures = (*sums, *peaks)
    names = [f"s{position}" for position in range(len(figures))]
    keys = columns_of(question.by)
    wanted = tuple(dict.fromkeys((*AGED_COLUMNS, *columns, *only.columns, *keys)))
    grouped = ", ".join(
        [
            *(f"m.{key}" for key in keys),
            *(f"{sql} AS {name}" for sql, name in zip(figures, names, strict=True)),
        ]
    )
    sql = f"""
        {with_sql(at, few_customers=only.few_customers)},
        grouped AS (
            SELECT {grouped}
            FROM ({_facts_sql(at, wanted, per_item=per_item, few_customers=only.few_customers)}) m
            WHERE {only.sql}
            {f"GROUP BY {', '.join(f'm.{key}' for key in keys)}" if keys else ""}
        ),
        keyed AS ({keyed_sql(question.by, names)}),
        levels AS MATERIALIZED ({levels_sql(question.by, names[: len(sums)], peaks=names[len(sums) :])})
        SELECT * FROM levels WHERE (SELECT count(*) FROM levels) <= %(most_rows)s ORDER BY {outer_first(question.by)}
    """
    alone = at.all_settled and "customer" in question.by
    with (
        connection.cursor() as cursor,
        nullcontext() if only.few_customers else reading_whole_tables(alone=alone),
    ):
        cursor.execute(sql, {**at.parameters, **only.parameters, "most_rows": most_rows()})
        rows = cursor.fetchall()
    if not rows:  # the total is always one
        raise too_many_rows()
    return list(_told(rows, len(question.by)))


def _facts_sql(at: Moment, columns: tuple[str, ...], *, per_item: bool, few_customers: bool) -> str:
    if not per_item or at.all_settled:
        return moves_sql(at, columns, few_customers=few_customers)
    chosen = ", ".join(f"o.{column}" for column in columns)
    return f"""
        SELECT {chosen}, sum(o.open_amount) AS open_amount, sum(o.open_base) AS open_base
        FROM ({moves_sql(at, ("id", *columns), few_customers=few_customers)}) o
        GROUP BY o.id, {chosen} HAVING sum(o.open_amount) <> 0 OR sum(o.open_base) <> 0"""


def _told(rows: Iterable[tuple[Any, ...]], depth: int) -> Iterator[Level]:
    """Rows are level, k0, n0, k1, n1, …, sums; there may be hundreds of thousands."""
    first = 1 + 2 * depth
    for row in rows:
        level, sums = row[0], row[first:]
        if level < 0:
            yield Level(level, (), "", sums)
        elif any(sums):
            last = 2 * level + 2
            yield Level(level, row[1:last:2], row[last] or "", sums)

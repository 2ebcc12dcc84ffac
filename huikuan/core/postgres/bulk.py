"""Bulk writes: rows go to a temporary table by COPY, and from there into tables by set-based SQL.

On a cluster row-level security refuses COPY and INSERT … SELECT from local tables; only this module would
change there (VALUES lists), not its callers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection

WORTH_ANALYSING = 200  # below this a wrong guess of the planner costs less than the statistics

# Triggers plan their statements once in a connection, for as many added rows as there were. What is right for
# thousands reads whole tables for the one row of the next act, so such plans are given up before a small set.
LARGE = 1_000
_large_before: WeakKeyDictionary[Any, set[str]] = (
    WeakKeyDictionary()
)  # connection → tables that held a large set


def stage(
    name: str, columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[Any]], *, analyse: bool = True
) -> None:
    """Fill the temporary table `name` with `rows`, emptied first; it empties itself at the end of the transaction.

    `columns` are (name, SQL type) pairs in the order of the values of each row. A column whose type text
    holds DEFAULT is filled by the database and is absent from the rows. `analyse`: give the planner
    statistics of a large set; where any plan will do, they only cost.
    """
    with connection.cursor() as cursor:
        definition = ", ".join(f"{column} {kind}" for column, kind in columns)
        # One message to the server, and no new file for a table that is empty already, as it mostly is.
        cursor.execute(
            f"CREATE TEMP TABLE IF NOT EXISTS {name} ({definition}) ON COMMIT DELETE ROWS;"
            f" DO $$ BEGIN IF EXISTS (SELECT FROM {name}) THEN TRUNCATE {name}; END IF; END $$"
        )
        names = ", ".join(column for column, kind in columns if " DEFAULT " not in kind)
        count = 0
        with cursor.copy(f"COPY {name} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
                count += 1
        if analyse and count >= WORTH_ANALYSING:
            cursor.execute(f"ANALYZE {name}")
        _fit_plans(cursor, name, count)


def _fit_plans(cursor: Any, name: str, count: int) -> None:
    large = _large_before.setdefault(connection.connection, set())
    if count >= LARGE:
        large.add(name)
    elif name in large:
        large.remove(name)
        cursor.execute("DISCARD PLANS")


def analyse_grown_tables() -> None:
    """In a transaction that fills the tables: give the planner statistics of those that have grown fourfold."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regprocedure('public.analyse_grown_tables()') IS NOT NULL")
        if cursor.fetchone()[0]:  # not in a schema of an earlier version
            cursor.execute("SELECT public.analyse_grown_tables()")

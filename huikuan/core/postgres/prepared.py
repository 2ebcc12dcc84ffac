"""Statements that the server has prepared: for what is asked the same way many times a second.

A statement is parsed and planned once per connection instead of each time. Values go apart from the text, so that the
text has to be the same every time; where PostgreSQL cannot tell what a value is, the text says it (`%(names)s::text[]`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from functools import cache, partial
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections

Rows = list[tuple[Any, ...]]


def ask(statement: str, parameters: Mapping[str, Any]) -> Rows:
    """Run a statement on the current connection, in its transaction; its rows, none where it returns none."""
    return ask_all((statement, parameters))[0]


def ask_all(*asked: tuple[str, Mapping[str, Any]]) -> list[Rows]:
    """Run statements one after the other and send them together; the rows of each, in their order.

    Each sees what those before it did and what was committed while they waited, as if they had been sent one by one.
    Where one fails, those after it are not run.
    """
    current = connections[DEFAULT_DB_ALIAS]
    current.ensure_connection()
    session = current.connection
    if session.prepare_threshold is None:
        session.prepare_threshold = 0
    cursors = []
    with current.wrap_database_errors:
        with session.pipeline() if len(asked) > 1 else nullcontext():
            for statement, parameters in asked:
                cursor = psycopg.RawCursor(session)
                cursors.append(cursor)

                def run(
                    sql: str,
                    values: Mapping[str, Any],
                    _many: bool,
                    _context: Mapping[str, Any],
                    cursor: psycopg.RawCursor[Any] = cursor,
                ) -> None:
                    text, names = _numbered(sql)
                    cursor.execute(text, [values[name] for name in names], prepare=True)

                for wrapper in reversed(current.execute_wrappers):  # who watches statements sees these, too
                    run = partial(wrapper, run)
                run(statement, parameters, False, {"connection": current, "cursor": cursor})
        return [_rows(cursor) for cursor in cursors]


def _rows(cursor: psycopg.RawCursor[Any]) -> Rows:
    result = cursor.pgresult
    rows = cursor.fetchall() if result is not None and result.nfields else []
    cursor.close()
    return rows


@cache
def _numbered(statement: str) -> tuple[bytes, Sequence[str]]:
    """The statement as the server reads it, with the names of its values in the order of their numbers."""
    names: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        return f"${names.setdefault(found[1], len(names) + 1)}"

    return re.sub(r"%%|%\((\w+)\)s", number, statement).encode(), tuple(names)


@cache
def for_one(statement: str, *names: str) -> str:
    """The statement with `= ANY(%(name)s::type[])` as the first of the values alone: for lists of one value.

    A plan for any list looks dearer to PostgreSQL than one for the list at hand, which it therefore makes anew each
    time; the plan for one value it keeps.
    """
    for name in names:
        statement = re.sub(rf"= ANY\((%\({name}\)s::\w+\[\])\)", r"= (\1)[1]", statement)
    return statement

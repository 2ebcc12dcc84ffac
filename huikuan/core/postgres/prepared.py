"""Statements that the server has prepared: for what is asked the same way many times a second.

A statement is parsed and planned once per connection instead of each time. Values go apart from the text, so that the
text has to be the same every time; where PostgreSQL cannot tell what a value is, the text says it (`%(names)s::text[]`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, partial
from typing import Any

import psycopg
from django.db import connection


def ask(statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Run a statement on the current connection, in its transaction; its rows, none where it returns none."""
    connection.ensure_connection()
    session = connection.connection
    if session.prepare_threshold is None:
        session.prepare_threshold = 0
    with connection.wrap_database_errors, psycopg.Cursor(session) as cursor:

        def run(sql: str, values: Mapping[str, Any], _many: bool, _context: Mapping[str, Any]) -> None:
            cursor.execute(sql, values, prepare=True)

        for wrapper in reversed(connection.execute_wrappers):  # who watches statements sees these, too
            run = partial(wrapper, run)
        run(statement, parameters, False, {"connection": connection, "cursor": cursor})
        return cursor.fetchall() if cursor.description else []


@cache
def for_one(statement: str, *names: str) -> str:
    """The statement with `= ANY(%(name)s::type[])` as the first of the values alone: for lists of one value.

    A plan for any list looks dearer to PostgreSQL than one for the list at hand, which it therefore makes anew each
    time; the plan for one value it keeps.
    """
    for name in names:
        statement = re.sub(rf"= ANY\((%\({name}\)s::\w+\[\])\)", r"= (\1)[1]", statement)
    return statement

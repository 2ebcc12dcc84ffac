"""Statements that the server has prepared: values apart from the text, in the transaction that runs."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db import DataError, IntegrityError, connection, transaction

from huikuan.core.postgres.prepared import ask, ask_all, for_one

ROWS = "SELECT n FROM generate_series(1, 5) n WHERE n = ANY(%(wanted)s::int[]) ORDER BY n"


@pytest.mark.django_db
def test_the_same_statement_is_planned_once_and_answers_each_time() -> None:
    marked = f"{ROWS} -- {uuid4()}"
    assert [ask(marked, {"wanted": [2, 4]}) for _turn in range(8)] == [[(2,), (4,)]] * 8
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT generic_plans + custom_plans FROM pg_prepared_statements WHERE statement LIKE %s",
            [f"%{marked[-30:]}"],
        )
        assert cursor.fetchall() == [(8,)]


@pytest.mark.django_db
def test_what_one_value_asks_is_what_a_list_of_it_asks() -> None:
    one = for_one(ROWS, "wanted")
    assert "ANY" not in one
    assert ask(one, {"wanted": [3]}) == ask(ROWS, {"wanted": [3]}) == [(3,)]


@pytest.mark.django_db
def test_it_is_part_of_the_transaction_and_fails_as_any_other_statement() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ask("INSERT INTO organizations_organization (id) VALUES (%(id)s::uuid)", {"id": uuid4()})
    assert ask("SELECT 1", {}) == [(1,)]


@pytest.mark.django_db
def test_who_watches_statements_sees_it() -> None:
    seen: list[str] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        assert ask("SELECT 2", {}) == [(2,)]
    assert seen == ["SELECT 2"]


@pytest.mark.django_db
def test_statements_sent_together_see_each_other_and_stop_at_the_first_that_fails() -> None:
    made, found, nothing = ask_all(
        ("CREATE TEMP TABLE sent (n int)", {}),
        ("INSERT INTO sent VALUES (%(n)s::int) RETURNING n * 100 %% 7", {"n": 3}),
        ("SELECT n FROM sent WHERE n > %(n)s::int", {"n": 5}),
    )
    assert (made, found, nothing) == ([], [(6,)], [])
    with pytest.raises(DataError), transaction.atomic():
        ask_all(
            ("INSERT INTO sent VALUES (8)", {}),
            ("SELECT 1 / %(n)s::int", {"n": 0}),
            ("INSERT INTO sent VALUES (9)", {}),
        )
    assert ask("SELECT n FROM sent", {}) == [(3,)]

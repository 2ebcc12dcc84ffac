"""The lines of a statement as rows: staged by one COPY, added by one INSERT."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection
from uuid_utils.compat import uuid7

from huikuan.cash.formats.statements import ParsedLine
from huikuan.cash.models import Statement
from huikuan.core.postgres.bulk import stage

# What a line is staged with; the statement says the rest.
_STAGED = (
    ("id", "uuid"),
    ("position", "integer"),
    ("booked_on", "date"),
    ("value_on", "date"),
    ("amount", "numeric"),
    ("balance", "numeric"),
    ("kind", "text"),
    ("counterparty", "text"),
    ("counterparty_bank", "text"),
    ("counterparty_account_encrypted", "text"),
    ("counterparty_account_index", "bytea"),
    ("reference", "text"),
    ("text", "text"),
    ("fingerprint", "bytea"),
)


def line_row(
    line: ParsedLine, place: int, mark: bytes, sealed: dict[str, str], indexes: dict[str, bytes]
) -> tuple[object, ...]:
    """A line as it is staged; `sealed` and `indexes` keep the other account's number by the number in clear."""
    number = line.counterparty_account
    return (
        uuid7(),
        place + 1,
        line.booked_on,
        line.value_on,
        line.amount,
        line.balance,
        line.kind,
        line.counterparty,
        line.counterparty_bank,
        sealed.get(number, ""),
        indexes.get(number),
        line.reference,
        line.text,
        mark,
    )


def add_lines(statement: Statement, rows: Iterable[tuple[object, ...]]) -> None:
    """All lines of a statement by one COPY and one INSERT."""
    stage("staged_statement_line", _STAGED, rows)
    names = ", ".join(name for name, _kind in _STAGED)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO cash_statement_line (organization_id, act_id, bank_account_id, statement_id, {names})"
            f" SELECT %s, %s, %s, %s, {names} FROM staged_statement_line ORDER BY position",
            [statement.organization_id, statement.act_id, statement.bank_account_id, statement.pk],
        )

"""Running a detector's statement, and what its rows have in common."""

from __future__ import annotations

import json
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.reports.state import joining_whole_tables
from huikuan.warnings.rules import Row, Setting

TENTH = Decimal("0.1")


def read(statement: str, setting: Setting, day: date, **more: Any) -> list[tuple[Any, ...]]:
    """The rows of a statement, which may name `organization`, `day` and the thresholds of the kind."""
    values = {"organization": current_organization_id(), "day": day, **setting.values, **more}
    with joining_whole_tables(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def evidence(kind: str, packed: str | None) -> list[Row]:
    """Rows packed by SQL as a list of [id, number, day, amount], as JSON."""
    return [
        Row(
            kind,
            UUID(each[0]),
            each[1],
            date.fromisoformat(each[2]) if each[2] else None,
            None if each[3] is None else Decimal(each[3]),
        )
        for each in (json.loads(packed, parse_float=Decimal) if packed else ())
    ]


def whole(number: Decimal) -> str:
    """A number without decimals."""
    return f"{number.quantize(Decimal(1), rounding=ROUND_HALF_UP):f}"


def tenths(number: Decimal) -> str:
    """A number to one decimal, without a needless zero."""
    text = f"{number.quantize(TENTH, rounding=ROUND_HALF_UP):f}"
    return text.removesuffix(".0")


def money(amount: Decimal) -> str:
    """An amount as figures keep it."""
    return f"{amount:.2f}"

"""Finding customers while somebody types."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from huikuan.core.names import folded


@dataclass(frozen=True)
class FoundCustomer:
    """A customer that answers to the words; `other_name`: the former or other name by which it does."""

    id: UUID
    code: str
    name: str
    other_name: str | None


def customers_found(
    words: str, *, salespeople: Collection[UUID] | None, most: int = 8
) -> list[FoundCustomer]:
    """Customers of the organization by name, former name, code, tax number, full pinyin or initials, best first.

    `salespeople`: whose customers the reader may see; None: all. The database function asks the index that
    row-level security would forbid, and filters by the organization itself (customers/migrations/search.sql).
    """
    sought = folded(words)
    if not sought:
        return []
    only = None if salespeople is None else list(salespeople)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, code, name, other_name FROM customers_found(%s, %s::uuid[], %s)", [sought, only, most]
        )
        rows = [FoundCustomer(*row) for row in cursor.fetchall()]
    return list({row.id: row for row in reversed(rows)}.values())[::-1][:most]

"""Recognising rows that are already in the books: by their number, else by a fingerprint and its occurrence."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from huikuan.core.postgres.bulk import stage
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.core.said import said as _
from huikuan.integrations.models import ImportedRow
from huikuan.integrations.operations.run import Rows


def recognise_numbers(rows: Rows, *, kinds: tuple[str, ...], on_field: str) -> None:
    """Settle the rows whose number is already taken.

    By this run or earlier in the file: the row is an exact duplicate (set aside) or its number is taken
    (rejected). By an earlier import: the same row, unchanged, or its number is taken.
    """
    numbers, days, amounts = rows.columns["number"], rows.columns[on_field], rows.columns["amount"]
    wanted = {numbers[index] for index in rows.live if numbers[index]}
    if not wanted:
        return
    held: dict[str, tuple[Any, Decimal, bool]] = {
        number: (on, amount, origin == rows.run.batch_id)
        for number, on, amount, origin in _documents_called(wanted, kinds)
    }
    for index in list(rows.live):
        number = numbers[index]
        if not number:
            continue
        holder = held.get(number)
        content = (days[index], abs(amounts[index]))
        if holder is None:
            held[number] = (*content, True)
        elif holder[:2] != content:
            rows.reject(index, "number", "number_taken", _("单号 %s 已用于另一张单据") % number)
        elif holder[2]:
            if not rows.suspect(index, "number", "duplicate", _("与前面的一行完全相同（单号 %s）") % number):
                rows.run.memory.setdefault("renumbered", {})[index] = number
        elif rows.run.options.continue_occurrences:
            rows.run.memory.setdefault("renumbered", {})[index] = number
        else:
            rows.unchanged(index)


def _documents_called(
    numbers: Iterable[str], kinds: tuple[str, ...]
) -> list[tuple[str, date, Decimal, UUID | None]]:
    """(number, date, amount, origin of their act) of the documents that hold these numbers.

    The numbers go as one value: thousands of them as parameters take longer to write down than to look up.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT d.number, d.document_on, d.amount, a.origin_id
            FROM jsonb_array_elements_text(%(numbers)s::jsonb) wanted (number)
            JOIN ledger_document d ON d.organization_id = %(organization)s AND d.number = wanted.number
                AND d.kind = ANY(%(kinds)s) AND d.voided_by_id IS NULL
            JOIN audit_act a ON a.organization_id = %(organization)s AND a.id = d.act_id
            """,
            {
                "organization": current_organization_id(),
                "numbers": json.dumps(list(numbers), ensure_ascii=False),
                "kinds": [str(kind) for kind in kinds],
            },
        )
        return list(cursor.fetchall())


def take_renumbered(rows: Rows) -> dict[int, str]:
    """Rows of this chunk that get a new number, with the number the file gave them."""
    taken: dict[int, str] = rows.run.memory.pop("renumbered", {})
    return taken


def recognise_fingerprints(
    rows: Rows, *, fields: tuple[str, ...], customers: dict[int, Any]
) -> dict[int, bytes]:
    """Fingerprints of the live rows without a number, after settling those that are known.

    A further occurrence in the same file is an exact duplicate and is set aside, unless accepted.
    """
    numbers = rows.columns.get("number")
    seen: dict[bytes, int] = rows.run.memory.setdefault("occurrences", {})
    prints: dict[int, bytes] = {}
    for index in list(rows.live):
        if numbers is not None and numbers[index]:
            continue
        base = _digest(
            (
                str(customers[index].pk) if index in customers else "",
                *(rows.columns[name][index] for name in fields),
            )
        )
        occurrence = seen.get(base, 0) + 1
        seen[base] = occurrence
        prints[index] = base + occurrence.to_bytes(4, "big")
    if rows.run.options.continue_occurrences:
        return _next_occurrences(rows, prints)
    known = _known(rows, prints.values())
    for index, fingerprint in list(prints.items()):
        if fingerprint in known:
            rows.unchanged(index)
            del prints[index]
        elif fingerprint[-4:] != b"\0\0\0\1" and rows.suspect(
            index, "", "duplicate", _("与前面的一行完全相同")
        ):
            del prints[index]
    return prints


def _digest(values: tuple[Any, ...]) -> bytes:
    return hashlib.blake2b(
        "\x1f".join("" if value is None else str(value) for value in values).encode(), digest_size=16
    ).digest()


def _known(rows: Rows, prints: Iterable[bytes]) -> set[bytes]:
    known = ImportedRow.objects.filter(kind=rows.run.layout.kind, fingerprint__in=list(prints))
    return {bytes(value) for value in known.values_list("fingerprint", flat=True)}


def _next_occurrences(rows: Rows, prints: dict[int, bytes]) -> dict[int, bytes]:
    """Number accepted duplicates on from the occurrences that are already in the books."""
    taken: dict[bytes, int] = {}
    condition = Q(pk__isnull=True)
    for base in {value[:16] for value in prints.values()}:
        condition |= Q(fingerprint__gte=base + b"\0\0\0\0", fingerprint__lte=base + b"\xff\xff\xff\xff")
    for value in ImportedRow.objects.filter(condition, kind=rows.run.layout.kind).values_list(
        "fingerprint", flat=True
    ):
        base = bytes(value)[:16]
        taken[base] = max(taken.get(base, 0), int.from_bytes(bytes(value)[16:], "big"))
    numbered = {}
    for index, value in prints.items():
        taken[value[:16]] = taken.get(value[:16], 0) + 1
        numbered[index] = value[:16] + taken[value[:16]].to_bytes(4, "big")
    return numbered


def remember_fingerprints(rows: Rows, prints: dict[int, bytes], documents: dict[int, UUID]) -> None:
    """Keep the fingerprints of the rows that were imported."""
    kept = [(value, documents.get(index)) for index, value in prints.items() if index in rows.live]
    if not kept:
        return
    stage("incoming_fingerprint", (("fingerprint", "bytea"), ("document_id", "uuid")), kept)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO integrations_imported_row (organization_id, id, batch_id, kind, fingerprint, document_id)
            SELECT %s, uuidv7(), %s, %s, fingerprint, document_id FROM incoming_fingerprint
            """,
            [current_organization_id(), rows.run.batch_id, rows.run.layout.kind],
        )

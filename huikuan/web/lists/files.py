"""A list as CSV and as a workbook, written a batch of rows at a time; nothing in them is run as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils import timezone

from huikuan.core.money import amount_text
from huikuan.core.spreadsheets import unformulated
from huikuan.web.lists.declaration import Column
from huikuan.web.lists.sheets import Amount, Head, Share, write_sheet
from huikuan.web.pages import Work

MOST_ROWS = {"xlsx": 1_048_000, "csv": 10_000_000}
"""A sheet of a workbook has 1,048,576 rows."""


@dataclass(frozen=True)
class FileColumn:
    """A column of a file: `value` of a row is text, an Amount, a Share, a whole number, a day, a moment or nothing."""

    label: str
    kind: str
    value: Callable[[Any], object]


def file_columns(columns: Sequence[Column[Any]], work: Work, currency: str) -> list[FileColumn]:
    """The visible columns and what goes with them."""
    found: list[FileColumn] = []
    for column in columns:
        found.append(FileColumn(str(column.label), column.kind, _value_of(column, work, currency)))
        found += [FileColumn(str(extra.label), extra.kind, extra.value) for extra in column.extras]
    return found


def _value_of(column: Column[Any], work: Work, currency: str) -> Callable[[Any], object]:
    def value(row: Any) -> object:
        if column.text is not None:
            found: object = column.text(work, row)
            code = currency
        else:
            cell = column.cell(work, row)
            found = cell.get("value") if isinstance(cell, Mapping) else cell
            code = (isinstance(cell, Mapping) and cell.get("currency")) or currency
        if isinstance(found, Decimal) and column.kind == "money":
            return Amount(found, code)
        return found

    return value


def csv_parts(columns: Sequence[FileColumn], batches: Iterable[Sequence[Any]]) -> Iterator[tuple[bytes, int]]:
    """Comma-separated text in UTF-8 with the mark that spreadsheets look for: (bytes, rows so far).

    Text that a spreadsheet would take for a formula begins with an apostrophe.
    """
    done = 0
    yield b"\xef\xbb\xbf" + _lines([[column.label for column in columns]]), done
    for rows in batches:
        done += len(rows)
        yield _lines([_plain(column.value(row)) for column in columns] for row in rows), done


def _lines(rows: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode("utf-8", "replace")


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Amount):
        return amount_text(value.value, value.currency)
    if isinstance(value, Share):
        return str(value.value)
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    return unformulated(value) if isinstance(value, str) else str(value)


def write_workbook(
    path: Path,
    title: str,
    columns: Sequence[FileColumn],
    batches: Iterable[Sequence[Any]],
    *,
    made_at: datetime,
) -> Iterator[int]:
    """Write a workbook with a frozen head to `path`; yields how many rows are written, after each batch.

    Text stays text, amounts are numbers, days are days. However many rows there are, a batch of them is in memory.
    """
    heads = [Head(column.label, WIDTHS.get(column.kind, 8)) for column in columns]
    values = [column.value for column in columns]
    rows = ([[value(row) for value in values] for row in batch] for batch in batches)
    return write_sheet(path, _sheet_name(title), heads, rows, made_at=made_at)


WIDTHS = {"name": 20, "money": 18, "date": 12, "moment": 20, "badge": 10}


def _sheet_name(title: str) -> str:
    return "".join(letter for letter in title if letter not in "[]:*?/\\'")[:31] or "1"

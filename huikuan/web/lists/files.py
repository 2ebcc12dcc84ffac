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

import xlsxwriter
from django.utils import timezone

from huikuan.core.money import amount_text, currency_exponent
from huikuan.core.spreadsheets import is_exact, unformulated
from huikuan.web.lists.declaration import Column
from huikuan.web.pages import Work

MOST_ROWS = {"xlsx": 1_048_000, "csv": 10_000_000}
"""A sheet of a workbook has 1,048,576 rows."""


@dataclass(frozen=True)
class Amount:
    """A figure with its currency."""

    value: Decimal
    currency: str


@dataclass(frozen=True)
class FileColumn:
    """A column of a file: `value` of a row is text, an Amount, a whole number, a day, a moment or nothing."""

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
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    return unformulated(value) if isinstance(value, str) else str(value)


def write_workbook(
    path: Path, title: str, columns: Sequence[FileColumn], batches: Iterable[Sequence[Any]]
) -> Iterator[int]:
    """Write a workbook with frozen heads to `path`; yields how many rows are written, after each batch.

    Rows go to disk as they come (constant memory). Text stays text, amounts are numbers, days are days.
    """
    options = {"constant_memory": True, "strings_to_urls": False, "strings_to_formulas": False}
    with xlsxwriter.Workbook(str(path), {**options, "tmpdir": str(path.parent)}) as book:
        sheet = book.add_worksheet(_sheet_name(title))
        styles = _Styles(book)
        bold = book.add_format({"bold": True, "bottom": 1})
        for place, column in enumerate(columns):
            sheet.set_column(place, place, WIDTHS.get(column.kind, 14))
        for place, column in enumerate(columns):
            sheet.write_string(0, place, column.label, bold)
        sheet.freeze_panes(1, 1)
        done = 0
        for rows in batches:
            for row in rows:
                done += 1
                for place, column in enumerate(columns):
                    _write(sheet, done, place, column.value(row), styles)
            yield done
        if done:
            sheet.autofilter(0, 0, done, len(columns) - 1)


WIDTHS = {"name": 34, "money": 18, "date": 12, "moment": 20, "count": 10, "badge": 14}


def _sheet_name(title: str) -> str:
    return "".join(letter for letter in title if letter not in "[]:*?/\\'")[:31] or "1"


class _Styles:
    """Number formats, made once each."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._made: dict[str, Any] = {}

    def of(self, pattern: str) -> Any:
        if pattern not in self._made:
            self._made[pattern] = self._book.add_format({"num_format": pattern})
        return self._made[pattern]

    def amount(self, currency: str) -> Any:
        places = currency_exponent(currency) if currency else 2
        return self.of(f"#,##0{'.' + '0' * places if places else ''}")


def _write(sheet: Any, row: int, place: int, value: object, styles: _Styles) -> None:
    if value is None or value == "":
        return
    if isinstance(value, Amount):
        if is_exact(value.value):
            sheet.write_number(row, place, float(value.value), styles.amount(value.currency))
        else:
            sheet.write_string(row, place, amount_text(value.value, value.currency))
    elif isinstance(value, datetime):
        local = timezone.localtime(value).replace(tzinfo=None)
        sheet.write_datetime(row, place, local, styles.of("yyyy-mm-dd hh:mm:ss"))
    elif isinstance(value, date):
        if value.year < 1900:
            sheet.write_string(row, place, value.isoformat())
        else:
            sheet.write_datetime(row, place, value, styles.of("yyyy-mm-dd"))
    elif isinstance(value, int | Decimal) and is_exact(value):
        sheet.write_number(row, place, float(value))
    else:
        sheet.write_string(row, place, str(value)[:32767])

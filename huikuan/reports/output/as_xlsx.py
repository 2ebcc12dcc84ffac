"""A report as a workbook: a sheet per table with frozen heads, outline and print set-up, and what columns mean.

Sums and ratios are live formulas that carry their values. Text stays text: nothing of the books is run.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from huikuan.core.money import currency_exponent
from huikuan.core.spreadsheets import is_exact
from huikuan.core.widths import lines_of, text_width
from huikuan.core.workbooks import (
    BOLD,
    HEAD_LOOKS,
    LINE_HEIGHT,
    describe,
    head_height,
    head_width,
    set_for_paper,
)
from huikuan.reports.asking import Column, Kind, Report, Result, Row
from huikuan.reports.output.formulas import Place, formula_of, places_of
from huikuan.reports.output.heading import Heading, heading_lines, title_line
from huikuan.reports.output.values import HUNDREDTH, currency_of, leading, plain

WIDTHS = {
    Kind.MONEY: 13,
    Kind.COUNT: 9,
    Kind.PERCENT: 10,
    Kind.RATE: 11,
    Kind.DAYS: 10,
    Kind.RATIO: 10,
    Kind.QUANTITY: 10,
    Kind.DATE: 12,
    Kind.MONTH: 10,
}
NAME_WIDTHS = (20, 44)
"""How narrow and how wide the column of names gets; longer names go on in a line below."""
WIDEST_AMOUNT = 28
TEXT_WIDTHS = (8, 32)
"""How narrow and how wide columns of other texts get; longer ones go on in a line below, too."""
DAYS = ("yyyy-mm-dd", "yyyy-mm")
WORDS = (Kind.TEXT, Kind.DATE, Kind.MONTH)
"""What stands at the left of its column."""
MEANING_WIDTHS = (26, 90)
MEASURED = 2_000
"""So many rows say how wide names are."""
_NOT_IN_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


def as_xlsx(report: Report, result: Result, heading: Heading) -> bytes:
    """The workbook."""
    out = io.BytesIO()
    options = {"constant_memory": True, "strings_to_urls": False, "strings_to_formulas": False}
    with xlsxwriter.Workbook(out, options) as book:
        title = title_line(report, heading)
        describe(book, title, made_at=heading.taken_at, author=heading.taken_by)
        lines = [title, *heading_lines(report, result, heading)]
        formats = Formats(book)
        used: set[str] = set()
        for table in result.tables:
            name = _sheet_name(str(table.title or report.title), used)
            _Sheet(book.add_worksheet(name), table, formats).write(
                lines if not table.title else [*lines, str(table.title)]
            )
        _write_meanings(book, report, result, formats, used, lines[:2])
    return out.getvalue()


def _sheet_name(title: str, used: set[str]) -> str:
    """A name that a sheet may have, not used yet."""
    stem = title.translate(_NOT_IN_NAMES).strip()[:28] or _("报表")
    name, number = stem, 1
    while name.casefold() in used:
        number += 1
        name = f"{stem} {number}"
    used.add(name.casefold())
    return name


class Formats:
    """Cell formats of a workbook, each made once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, Any], ...], Any] = {}
        self._of_cells: dict[tuple[Any, ...], Any] = {}

    def of(self, **style: Any) -> Any:
        """The format of a style."""
        key = tuple(sorted(style.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(style)
        return self._made[key]

    def value(
        self,
        column: Column,
        currency: str,
        value: Any = None,
        *,
        indent: int = 0,
        strong: bool = False,
        total: bool = False,
    ) -> Any:
        """The format of a cell of the table."""
        if column.kind is Kind.DAYS and isinstance(value, Decimal) and value.same_quantum(HUNDREDTH):
            number = "#,##0.00"  # an average, even where it is whole
        elif column.kind is Kind.QUANTITY:
            whole = not isinstance(value, Decimal) or value == value.to_integral_value()
            number = "#,##0" if whole else "#,##0.0#####"
        else:
            number = "0.0000%" if column.measured else number_format(column.kind, currency)
        cell = (number, indent, strong, total, column.is_text)
        if cell not in self._of_cells:
            self._of_cells[cell] = self._value(*cell)
        return self._of_cells[cell]

    def _value(self, number: str, indent: int, strong: bool, total: bool, wraps: bool) -> Any:
        style: dict[str, Any] = {"valign": "vcenter"}
        if wraps:
            style["text_wrap"] = True
        if number:
            style["num_format"] = number
        if number in DAYS:
            style["align"] = "left"
        if indent:
            style["indent"] = indent
        if strong or total:
            style["bold"] = True
        if total:
            style["top"] = 1
        return self.of(**style)


def number_format(kind: Kind, currency: str) -> str:
    """How a spreadsheet shows values of a kind."""
    if kind is Kind.MONEY:
        places = currency_exponent(currency) if currency else 2
        return f"#,##0{'.' + '0' * places if places else ''}"
    return {
        Kind.COUNT: "#,##0",
        Kind.PERCENT: "0.00%",
        Kind.RATE: "0.00##%",
        Kind.RATIO: "#,##0.00#",
        Kind.DATE: DAYS[0],
        Kind.MONTH: DAYS[1],
    }.get(kind, "")


@dataclass
class _Sheet:
    sheet: Any
    table: Result
    formats: Formats
    widths: list[int] = field(default_factory=list)

    def write(self, lines: Sequence[str]) -> None:
        """Heading, heads, rows and total, from the first row down: a sheet in constant memory goes one way."""
        sheet, table = self.sheet, self.table
        self._set_widths()
        sheet.write_string(0, 0, lines[0], self.formats.of(bold=True, font_size=13))
        for place, line in enumerate(lines[1:], start=1):
            sheet.write_string(place, 0, line, self.formats.of(font_color="#5f6b7a"))
        top = len(lines) + 1
        named = leading(table.columns)
        set_for_paper(sheet, self.widths, head=top, named=named, title=lines[0], moment=lines[1])
        sheet.set_row(top, head_height([str(column.label) for column in table.columns], self.widths))
        for place, column in enumerate(table.columns):
            side = {"align": "left", "indent": self._inset(place, column)}
            style = self.formats.of(**HEAD_LOOKS, **(side if column.kind in WORDS else {"align": "right"}))
            sheet.write_string(top, place, str(column.label), style)
        sheet.freeze_panes(top + 1, named)
        nested = any(row.level for row in table.rows)
        if nested:
            sheet.outline_settings(True, False, True, False)
        places = places_of(table, first=top + 1, exact=_exact_columns(table))
        for where, row in zip(places, table.rows, strict=False):
            self._write_row(where, row, nested=nested, total=False)
        if table.total:
            self._write_row(places[-1], table.total, nested=nested, total=True)

    def _write_row(self, place: Place, row: Row, *, nested: bool, total: bool) -> None:
        level = 0 if total else row.level
        lines = self._lines(row, level)
        if level or lines > 1:
            height = LINE_HEIGHT * lines if lines > 1 else None
            self.sheet.set_row(place.row, height, None, {"level": level})
        currency = currency_of(self.table, row)
        strong = nested and not level
        for at, column in enumerate(self.table.columns):
            value = row.values.get(column.name)
            indent = (level if column.name == "name" else 0) + self._inset(at, column)
            style = self.formats.value(column, currency, value, indent=indent, strong=strong, total=total)
            self._write_cell(place, at, column, value, currency, style)

    def _lines(self, row: Row, level: int) -> int:
        """How many lines the longest text takes; spreadsheets do not find out by themselves."""
        most = 1
        for column, width in zip(self.table.columns, self.widths, strict=True):
            if column.is_text and (text := row.values.get(column.name)):
                room = width - 2 * (level + 1) if column.name == "name" else width - 2
                most = max(most, lines_of(str(text), room))
        return most

    def _inset(self, at: int, column: Column) -> int:
        """Text behind a column of figures keeps a distance from them."""
        return int(column.kind in WORDS and at > 0)

    def _write_cell(
        self, place: Place, at: int, column: Column, value: Any, currency: str, style: Any
    ) -> None:
        if value is None:
            self.sheet.write_blank(place.row, at, None, style)
        elif isinstance(value, date) and column.kind in (Kind.DATE, Kind.MONTH) and value.year >= 1900:
            self.sheet.write_datetime(place.row, at, value, style)
        elif isinstance(value, Decimal | int) and not column.is_text:
            if not is_exact(value):
                self.sheet.write_string(place.row, at, plain(column, value, currency), style)
            elif formula := formula_of(place, column):
                self.sheet.write_formula(place.row, at, formula, style, float(value))
            else:
                self.sheet.write_number(place.row, at, float(value), style)
        else:
            self.sheet.write_string(place.row, at, str(plain(column, value, currency)), style)

    def _set_widths(self) -> None:
        self.widths = [_width(column, self.table) for column in self.table.columns]
        for place, width in enumerate(self.widths):
            self.sheet.set_column(place, place, width)


def _width(column: Column, table: Result) -> int:
    """As wide as its longest value, within reason, in letters of which a Chinese one takes two."""
    return max(head_width(str(column.label)), _values_width(column, table))


def _values_width(column: Column, table: Result) -> int:
    values = [row.values.get(column.name) for row in (*table.rows, *((table.total,) if table.total else ()))]
    if column.name == "name":
        narrow, wide = NAME_WIDTHS
        return min(wide, max([narrow, *(text_width(str(value)) + 6 for value in values[:MEASURED])]))
    if column.kind is Kind.MONEY:
        largest = max((abs(value) for value in values if isinstance(value, Decimal)), default=Decimal(0))
        return min(WIDEST_AMOUNT, max(WIDTHS[Kind.MONEY], len(f"-{largest:,.2f}") + 2))
    if column.kind is Kind.TEXT:
        narrow, wide = TEXT_WIDTHS
        texts = (value for value in values[:MEASURED] if value is not None)
        return min(wide, max([narrow, *(text_width(str(text)) + 3 for text in texts)]))
    return WIDTHS[column.kind]


def _exact_columns(table: Result) -> frozenset[str]:
    """Columns of which every figure is a number in the sheet, and so may be summed there."""
    rows = [*table.rows, *((table.total,) if table.total else ())]
    return frozenset(
        column.name
        for column in table.columns
        if not column.is_text
        and all(is_exact(value) for row in rows if isinstance(value := row.values.get(column.name), Decimal))
    )


def _write_meanings(
    book: Any, report: Report, result: Result, formats: Formats, used: set[str], lines: Sequence[str]
) -> None:
    """A sheet that says what the report and its columns mean; `lines`: title and moment."""
    title, moment = lines
    sheet = book.add_worksheet(_sheet_name(_("口径说明"), used))
    wrapped = formats.of(text_wrap=True, valign="top")
    sheet.set_column(0, 0, MEANING_WIDTHS[0])
    sheet.set_column(1, 1, MEANING_WIDTHS[1])
    set_for_paper(sheet, MEANING_WIDTHS, head=0, title=title, moment=moment)
    sheet.set_row(0, LINE_HEIGHT * lines_of(str(report.definition), MEANING_WIDTHS[1] - 2))
    sheet.write_string(0, 0, str(report.title), formats.of(bold=True, text_wrap=True, valign="top"))
    sheet.write_string(0, 1, str(report.definition), wrapped)
    meant = {
        str(column.label): str(column.definition)
        for table in result.tables
        for column in table.columns
        if column.definition
    }
    for row, (label, definition) in enumerate(meant.items(), start=2):
        both = zip((label, definition), MEANING_WIDTHS, strict=True)
        sheet.set_row(row, LINE_HEIGHT * max(lines_of(text, int(width / BOLD)) for text, width in both))
        sheet.write_string(row, 0, label, formats.of(bold=True, text_wrap=True, valign="top"))
        sheet.write_string(row, 1, definition, wrapped)

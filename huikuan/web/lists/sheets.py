"""A workbook of one long table, a row at a time: XlsxWriter makes everything but its rows, which go straight to the file.

A million rows through the cells of a library are a million times as many objects. Here a row is a line of text in the sheet
of the package (Office Open XML, ECMA-376 part 1, 18.3.1), with its text inline.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any
from xml.sax.saxutils import escape

import xlsxwriter
from django.utils import timezone
from xlsxwriter.utility import xl_col_to_name

from huikuan.core.money import amount_text, currency_exponent
from huikuan.core.spreadsheets import is_exact
from huikuan.core.widths import text_width
from huikuan.core.workbooks import HEAD_LOOKS, describe, head_height, head_width, set_for_paper

SHEET, BOOK = "xl/worksheets/sheet1.xml", "xl/workbook.xml"
DAY, MOMENT, SHARE, GENERAL = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", "0.00%_)", "General_)"
MONEY = tuple("#,##0" + ("." + "0" * places if places else "") + "_)" for places in range(5))
"""Figures keep a distance from the text behind them, a bracket wide; so do their heads."""
PATTERNS = (DAY, MOMENT, SHARE, GENERAL, *MONEY)
FIRST_DAY = date(1899, 12, 30).toordinal()
"""What spreadsheets count days from; before 1 March 1900 they are a day off."""
LONGEST_TEXT = 32_767
UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
KNOWN_TEXTS = 20_000
WIDEST, GAP = 60, 2
"""How wide texts make a column, and how much wider than they, in letters."""
FAST = 2
"""Of nine levels of compression: a file a quarter larger, in a third of the time."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A figure with its currency."""

    value: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole: 0.5 is half of it."""

    value: Decimal


FIGURES = (Amount, Share, int, Decimal)


@dataclass(frozen=True)
class Head:
    """A column: what is over it, and how wide it is at least, in letters."""

    label: str
    width: int


def write_sheet(
    path: Path,
    name: str,
    heads: Sequence[Head],
    batches: Iterable[Sequence[Sequence[object]]],
    *,
    made_at: datetime,
) -> Iterator[int]:
    """Write a workbook with a frozen, filtered head to `path`; yields how many rows are written, after each batch.

    Made at the same moment (aware), the same rows give the same file, byte for byte.
    A value is text, an Amount, a Share, a number, a day, a moment (aware), or nothing. Nothing in it is run as a
    formula. The texts of the first batch say how wide columns are.
    """
    batches = iter(batches)
    first = list(islice(batches, 1))
    shell, styles = _shell(name, heads, first[0] if first else (), made_at)
    with (
        zipfile.ZipFile(shell) as made,
        zipfile.ZipFile(path, "w") as package,
    ):
        begin, end = _around_rows(made.read(SHEET).decode())
        cells = Cells(styles, len(heads))
        done = 0
        with package.open(_part(SHEET), "w", force_zip64=True) as sheet:
            sheet.write(begin.encode())
            for rows in chain(first, batches):
                _write(sheet, cells, rows, done)
                done += len(rows)
                yield done
            sheet.write(_filtered(end, cells.last, done).encode())
        for part in made.infolist():
            if part.filename == BOOK:
                package.writestr(_part(BOOK), _filtered(made.read(BOOK).decode(), cells.last, done))
            elif part.filename != SHEET:
                package.writestr(_part(part.filename), made.read(part.filename))


def _part(name: str) -> zipfile.ZipInfo:
    """A part of the package, of no day: packages of the same parts are the same file."""
    part = zipfile.ZipInfo(name)
    part.compress_type = zipfile.ZIP_DEFLATED
    part._compresslevel = FAST  # type: ignore[attr-defined]  # public from Python 3.13 on
    return part


def _write(sheet: IO[bytes], cells: Cells, rows: Sequence[Sequence[object]], done: int) -> None:
    lines = [cells.row(done + place + 2, row) for place, row in enumerate(rows)]
    sheet.write("".join(lines).encode())


def _widths(heads: Sequence[Head], rows: Sequence[Sequence[object]]) -> list[int]:
    """As wide as heads and texts, within reason."""
    found = []
    for place, head in enumerate(heads):
        values = (row[place] for row in rows)
        texts = {str(value) for value in values if value and not isinstance(value, (*FIGURES, date))}
        longest = max((text_width(text[:WIDEST]) for text in texts), default=0)
        found.append(max(head.width, head_width(head.label), min(WIDEST, longest + GAP)))
    return found


def _shell(
    name: str, heads: Sequence[Head], rows: Sequence[Sequence[object]], made_at: datetime
) -> tuple[io.BytesIO, Mapping[str, str]]:
    """A workbook with the head of such `rows`, and a row that shows each number format once, which its style is read from."""
    out = io.BytesIO()
    widths = _widths(heads, rows)
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_urls": False}) as book:
        describe(book, name, made_at=made_at)
        sheet = book.add_worksheet(name)
        set_for_paper(sheet, widths, head=0, title=name)
        sheet.set_row(0, head_height([head.label for head in heads], widths))
        left = book.add_format({**HEAD_LOOKS, "align": "left"})
        right = book.add_format({**HEAD_LOOKS, "align": "right", "num_format": "@_)"})
        for place, (head, width) in enumerate(zip(heads, widths, strict=True)):
            sheet.set_column(place, place, width)
            figures = any(isinstance(row[place], FIGURES) for row in rows)
            sheet.write_string(0, place, head.label, right if figures else left)
        for place, pattern in enumerate(PATTERNS):
            side = {"align": "left"} if pattern in (DAY, MOMENT) else {}
            sheet.write_number(1, place, 0, book.add_format({"num_format": pattern, **side}))
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, 1, len(heads) - 1)
    with zipfile.ZipFile(out) as made:
        numbers = re.findall(r'<c r="[A-Z]+2" s="(\d+)">', made.read(SHEET).decode())
    return out, dict(zip(PATTERNS, numbers, strict=True))


def _around_rows(xml: str) -> tuple[str, str]:
    """What comes before and after the rows; how far they reach is not known yet."""
    begin, _row, end = re.split(r'(<row r="2".*?</row>)', xml, flags=re.S)
    return re.sub(r"<dimension [^>]*/>", "", begin), end


def _filtered(xml: str, last: str, done: int) -> str:
    """With the filter over all rows, or none where there are none."""
    if not done:
        xml = re.sub(r"<autoFilter [^>]*/>", "", xml)
        return re.sub(r"<definedNames>.*?</definedNames>", "", xml)
    return xml.replace(f"A1:{last}2", f"A1:{last}{done + 1}").replace(
        f"$A$1:${last}$2", f"$A$1:${last}${done + 1}"
    )


class Cells:
    """Values as cells of a sheet; texts and days that come again are not made again."""

    def __init__(self, styles: Mapping[str, str], columns: int) -> None:
        self._letters = [xl_col_to_name(place) for place in range(columns)]
        self.last = self._letters[-1]
        self._styles = styles
        self._texts: dict[str, str] = {}
        self._days: dict[date, str] = {}
        self._amounts: dict[str, str] = {}
        self._kinds: dict[type, Callable[[Any], str]] = {
            str: self._text,
            Amount: self._amount,
            Share: lambda share: f' s="{self._styles[SHARE]}"><v>{share.value}</v>',
            date: self._day,
            datetime: self._moment,
            int: self._number,
            Decimal: self._number,
            bool: lambda value: self._text(str(value)),
        }

    def row(self, number: int, values: Sequence[object]) -> str:
        """A row; cells without a value are left out."""
        made = [f'<row r="{number}">']
        for letters, value in zip(self._letters, values, strict=True):
            if value is None or value == "":
                continue
            kind = self._kinds.get(type(value))
            made.append(f'<c r="{letters}{number}"{kind(value) if kind else self._text(str(value))}</c>')
        made.append("</row>")
        return "".join(made)

    def _text(self, text: str) -> str:
        found = self._texts.get(text)
        if found is None:
            plain = escape(UNPRINTABLE.sub("", text[:LONGEST_TEXT]))
            kept = ' xml:space="preserve"' if plain != plain.strip() or "\n" in plain else ""
            found = f' t="inlineStr"><is><t{kept}>{plain}</t></is>'
            if len(self._texts) < KNOWN_TEXTS:
                self._texts[text] = found
        return found

    def _number(self, value: int | Decimal) -> str:
        return f' s="{self._styles[GENERAL]}"><v>{value}</v>' if is_exact(value) else self._text(str(value))

    def _amount(self, amount: Amount) -> str:
        if not is_exact(amount.value):
            return self._text(amount_text(amount.value, amount.currency))
        style = self._amounts.get(amount.currency)
        if style is None:
            places = currency_exponent(amount.currency) if amount.currency else 2
            style = self._styles[MONEY[places]]
            self._amounts[amount.currency] = style
        return f' s="{style}"><v>{amount.value}</v>'

    def _day(self, day: date) -> str:
        found = self._days.get(day)
        if found is None:
            found = self._days[day] = (
                f' s="{self._styles[DAY]}"><v>{day.toordinal() - FIRST_DAY}</v>'
                if day.year >= 1900
                else self._text(day.isoformat())
            )
        return found

    def _moment(self, moment: datetime) -> str:
        local = timezone.localtime(moment)
        days = local.toordinal() - FIRST_DAY
        part = (local.hour * 3600 + local.minute * 60 + local.second) / 86_400
        return f' s="{self._styles[MOMENT]}"><v>{days + part:.10f}</v>'

"""Statements as tables: CSV and Excel of banks and wallets, by their headers or by columns a person named."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext as _

from huikuan.cash.formats.errors import StatementUnreadable, shortened
from huikuan.cash.formats.table_words import BANKS, FIELDS, TEXTS
from huikuan.core.sentences import enumerated
from huikuan.tables import TableError, limits
from huikuan.tables.cells import fold
from huikuan.tables.encoding import detect_encoding
from huikuan.tables.headers import column_letters, compact, header_text
from huikuan.tables.sheets import Workbook
from huikuan.tables.source import open_source
from huikuan.tables.text import TextTable, sniff_delimiter

MOST_ROWS: Final = 500_000
_HEADER_WITHIN: Final = 80
_FIELD_OF: Final = {word: (name, rank) for name, words in FIELDS.items() for rank, word in enumerate(words)}
_BRACKETS: Final = re.compile(r"[(\[（【][^()\[\]（）【】]*[)\]）】]")
_DASHES: Final = re.compile(r"[-—_=*\s]*")


@dataclass(frozen=True)
class Row:
    """A row of the file with the line it starts on; cells are texts or what a spreadsheet typed."""

    line: int
    cells: tuple[Any, ...]

    def texts(self) -> list[str]:
        return [cell_text(cell) for cell in self.cells]


@dataclass(frozen=True)
class BankTable:
    """A recognised table: rows above and below its header, and which column says what.

    `columns`: field to column. `sides`: columns that may tell in from out. `texts`: columns kept as text.
    """

    name: str
    preamble: tuple[Row, ...]
    header: Row
    rows: tuple[Row, ...]
    columns: dict[str, int]
    sides: tuple[int, ...]
    texts: tuple[int, ...]
    date1904: bool = False

    def cell(self, row: Row, field: str) -> Any:
        """What a row has in the column of a field: empty where the table has none."""
        place = self.columns.get(field)
        return row.cells[place] if place is not None and place < len(row.cells) else ""

    def text(self, row: Row, field: str) -> str:
        return cell_text(self.cell(row, field))

    def title(self, field: str) -> str:
        place = self.columns[field]
        return header_text(self.header.cells[place]) if place < len(self.header.cells) else ""


def cell_text(cell: Any) -> str:
    """A cell as text: full-width forms folded, one space between words, nothing where it holds only dashes."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = " ".join(fold(str(cell).lstrip("`'\ufeff")).split())
    return "" if _DASHES.fullmatch(text) and len(text) > 1 else text


def read_table(path: Path, mapping: Mapping[str, str] | None = None) -> BankTable:
    """The table of a file; raises StatementUnreadable where it has none, or its text is damaged."""
    try:
        source = open_source(path)
        candidates = list(_candidates(path, source.format))
    except TableError as error:
        raise StatementUnreadable(str(error), row=error.details.get("line", 0)) from error
    for rows in candidates:
        table = _recognised(rows, mapping or {}, date1904=source.date1904)
        if table is not None:
            return table
    raise StatementUnreadable(
        _("认不出对账单的表头：需要日期，以及金额或收入、支出两列；可以指定各列（--map 字段=列名）。")
    )


def _candidates(path: Path, format: str) -> Iterator[list[Row]]:
    if format != "text":
        book = Workbook(path, format)
        for name in book.names:
            yield _rows(book.table(name).blocks(after=0, size=limits.BLOCK_ROWS))
        return
    encoding = detect_encoding(path)
    delimiter = sniff_delimiter(path, encoding, lambda row: len(_columns(row)))
    rows = _rows(TextTable(path, encoding, delimiter).blocks(after=0, size=limits.BLOCK_ROWS))
    if encoding.damaged:
        line = next((row.line for row in rows if any("\ufffd" in str(cell) for cell in row.cells)), 0)
        raise StatementUnreadable(
            _("有无法识别的字符，文件可能被截断，或编码不是 %s。") % encoding.name, row=line
        )
    yield rows


def _rows(blocks: Any) -> list[Row]:
    found: list[Row] = []
    for block in blocks:
        found += (Row(line, tuple(cells)) for line, cells in zip(block.lines, block.rows, strict=True))
        if len(found) > MOST_ROWS:
            raise StatementUnreadable(_("文件超过 %d 行，请按月份拆开。") % MOST_ROWS)
    return found


def _forms(header: Any) -> tuple[str, ...]:
    """A header with what stands in brackets, and without."""
    text = header_text(header)
    return (compact(text), compact(_BRACKETS.sub("", text)))


def _columns(cells: Sequence[Any]) -> dict[str, int]:
    """Field to column; of several columns for one field the word that stands first in its list."""
    best: dict[str, tuple[int, int]] = {}
    for place, cell in enumerate(cells[: limits.MAX_COLUMNS]):
        if not isinstance(cell, str) or len(cell) > 100:
            continue
        known = next((_FIELD_OF[form] for form in _forms(cell) if form in _FIELD_OF), None)
        if known is not None and (known[0] not in best or known[1] < best[known[0]][0]):
            best[known[0]] = (known[1], place)
    return {name: place for name, (_rank, place) in best.items()}


def _recognised(rows: list[Row], mapping: Mapping[str, str], *, date1904: bool) -> BankTable | None:
    for index, row in enumerate(rows[:_HEADER_WITHIN]):
        columns = _columns(row.cells)
        if mapping:
            given = _mapped(row, mapping)
            if given is None:
                continue
            columns = {name: place for name, place in columns.items() if place not in given.values()} | given
        moves = "amount" in columns or {"in", "out"} <= columns.keys() or "in" in columns
        if "day" not in columns or not moves:
            continue
        if len({cell_text(cell) for cell in row.cells if cell_text(cell)}) < 2:
            continue
        names = [_forms(cell) for cell in row.cells]
        return BankTable(
            name=_bank(names, rows[:index]),
            preamble=tuple(rows[:index]),
            header=row,
            rows=tuple(rows[index + 1 :]),
            columns=columns,
            sides=tuple(
                place for place, forms in enumerate(names) if any(form in FIELDS["side"] for form in forms)
            ),
            texts=tuple(
                place
                for place, forms in enumerate(names)
                if place == columns.get("text") or any(form in TEXTS for form in forms)
            ),
            date1904=date1904,
        )
    return None


def _mapped(row: Row, mapping: Mapping[str, str]) -> dict[str, int] | None:
    """The columns a person named, by header, letters or number; None where this row is not the header."""
    unknown = sorted(set(mapping) - set(FIELDS))
    if unknown:
        raise StatementUnreadable(
            _("没有名为 %(field)s 的字段；可用：%(fields)s。")
            % {"field": shortened(unknown[0]), "fields": enumerated(FIELDS)}
        )
    titles = [compact(header_text(cell)) for cell in row.cells]
    letters = {column_letters(place): place for place in range(len(row.cells))}
    found = {}
    for name, wanted in mapping.items():
        if compact(wanted) in titles:
            found[name] = titles.index(compact(wanted))
        elif wanted.upper() in letters:
            found[name] = letters[wanted.upper()]
        else:
            return None
    return found


def _bank(names: Sequence[tuple[str, ...]], preamble: Sequence[Row]) -> str:
    """Whose export it is: by headers only one uses, else by its name above the table, else "table"."""
    headers = {form for forms in names for form in forms}
    for code, _titles, signatures in BANKS:
        if any(signature <= headers for signature in signatures):
            return code
    above = " ".join(text for row in preamble for text in row.texts())
    return next(
        (code for code, titles, _signatures in BANKS if any(title in above for title in titles)), "table"
    )

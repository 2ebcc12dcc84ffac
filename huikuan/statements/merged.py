"""Spreadsheets with merged cells, written out as every row means them; rows keep their lines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException

from huikuan.tables import TableError, limits
from huikuan.tables.sheets import SheetTable, Workbook
from huikuan.tables.source import open_source

HEAD_ROWS = 30
"""Down to which row a head of two rows is looked for."""
MOST_CELLS = 2_000_000


@dataclass(frozen=True, slots=True)
class Spread:
    """What was done to a workbook. `filled`: cells that got what a merged cell above them says."""

    filled: int = 0
    heads: int = 0


def spread(source: Path, target: Path) -> Spread | None:
    """Write `source` to `target` with its merged cells taken apart; None where nothing is merged or it is too large.

    A text or day merged over rows stands in each of them; an amount only in the first, so that nothing counts twice.
    A head of two rows becomes one. A workbook that cannot be read or written whole is left to `tables` as it is.
    Raises TableError for a file that is no table, or not safe to open.
    """
    judged = open_source(source)
    if judged.format == "text":
        return None
    try:
        sheets = _sheets(Workbook(judged.path, judged.format))
        return _written(sheets, target) if any(each.merged for each in sheets) else None
    except (TableError, XlsxWriterException):  # names of sheets, too, that only other programs write
        return None


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A worksheet. `merged`: the first and last row and column of its merged cells."""

    table: SheetTable
    hidden: bool
    merged: list[Any]


def _sheets(book: Workbook) -> list[_Sheet]:
    """The worksheets; none where they are too large, or merged cells lie over each other."""
    found, size = [], 0
    for name in book.all_names:
        table = book.table(name)
        height, width = table.rows.total_height, table.rows.total_width
        merged = list(table.rows.merged_cell_ranges or ())
        size += height * width
        if size > MOST_CELLS or _overlapping(merged, height, width):
            return []
        found.append(_Sheet(table, name not in book.names, merged))
    return found


def _overlapping(merged: list[Any], height: int, width: int) -> bool:
    """Whether merged cells cover more than there is, as only a file made to keep us busy has them."""

    def covered(rows: int) -> int:
        return sum(
            (min(bottom, rows - 1) - top + 1) * (min(right, width - 1) - left + 1)
            for (top, left), (bottom, right) in merged
            if top < rows and left < width
        )

    return any(covered(rows) > rows * width for rows in (height, min(height, HEAD_ROWS)))


def _written(sheets: list[_Sheet], target: Path) -> Spread:
    filled = heads = 0
    # Rows are written in order, so none needs to be kept until the end.
    book = xlsxwriter.Workbook(
        str(target), {"constant_memory": True, "strings_to_urls": False, "default_date_format": "yyyy-mm-dd"}
    )
    for each in sheets:
        rows = _placed(each.table)
        filled += _fill(rows, each.merged)
        heads += _join_heads(rows, each.merged)
        sheet = book.add_worksheet(each.table.sheet)
        if each.hidden:
            sheet.hide()
        else:
            sheet.activate()  # the active sheet would be shown
        _write(sheet, rows)
    book.close()
    return Spread(filled, heads)


def _placed(table: SheetTable) -> list[list[Any]]:
    """All rows from the first of the sheet on, as wide as the widest."""
    rows: list[list[Any]] = []
    for block in table.blocks(after=0, size=limits.BLOCK_ROWS):
        for line, row in zip(block.lines, block.rows, strict=True):
            rows += [[] for _blank in range(line - len(rows) - 1)]
            rows.append(list(row))
    width = max((len(row) for row in rows), default=0)
    return [row + [""] * (width - len(row)) for row in rows]


def _fill(rows: list[list[Any]], merged: list[Any]) -> int:
    """Texts and days of cells that are merged over rows go into each of these rows."""
    filled = 0
    for (top, left), (bottom, _right) in merged:
        if bottom == top or bottom >= len(rows) or left >= len(rows[top]):
            continue
        value = rows[top][left]
        if (isinstance(value, (int, float)) and not isinstance(value, bool)) or value == "":
            continue
        for row in rows[top + 1 : bottom + 1]:
            row[left] = value
            filled += 1
    return filled


def _join_heads(rows: list[list[Any]], merged: list[Any]) -> int:
    """A row of groups above the names of columns goes into them, where the names are not there by themselves."""
    joined = 0
    for (top, left), (bottom, right) in merged:
        wide = right - left + 1
        if bottom != top or top + 1 >= min(len(rows), HEAD_ROWS) or wide < 2:
            continue
        below = rows[top + 1][left : right + 1]
        named = [each for each in below if isinstance(each, str) and each.strip()]
        others = [
            each for place, each in enumerate(rows[top]) if not left <= place <= right and str(each).strip()
        ]
        if len(named) < 2 or not others:
            continue
        rows[top][left] = ""
        joined += 1
        for place, each in enumerate(rows[top]):
            if str(each).strip() and not str(rows[top + 1][place]).strip():
                rows[top + 1][place] = each
    heads = {top for (top, _left), (bottom, _right) in merged if bottom == top and top + 1 < HEAD_ROWS}
    for top in sorted(heads):
        if joined and top + 1 < len(rows) and _is_above(rows[top], rows[top + 1]):
            rows[top] = [""] * len(rows[top])
    return joined


def _is_above(upper: list[Any], lower: list[Any]) -> bool:
    """Whether every name of the upper row stands in the lower one, too."""
    names = [(place, each) for place, each in enumerate(upper) if str(each).strip()]
    return bool(names) and all(lower[place] == each for place, each in names)


def _write(sheet: Any, rows: list[list[Any]]) -> None:
    for line, row in enumerate(rows):
        for place, each in enumerate(row):
            if each == "" or each is None:
                continue
            if isinstance(each, (datetime, date, time, timedelta)):
                sheet.write_datetime(line, place, each)
            elif isinstance(each, bool):
                sheet.write_boolean(line, place, each)
            elif isinstance(each, (int, float)):
                sheet.write_number(line, place, each)
            else:
                sheet.write_string(line, place, str(each))

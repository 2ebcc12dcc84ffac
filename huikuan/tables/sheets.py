"""Spreadsheets by way of calamine: a sheet is held in memory, its rows are handed out in blocks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import python_calamine as calamine

from huikuan.core.sentences import enumerated
from huikuan.tables import limits, zips
from huikuan.tables.errors import TableError, _
from huikuan.tables.text import Block, without_blank_rows


@dataclass(frozen=True)
class SheetTable:
    """One worksheet; the line of a row is its number in the sheet."""

    rows: "calamine.CalamineSheet"
    sheet: str
    format: str

    def head(self) -> list[tuple[int, list[Any]]]:
        """The first rows that are not blank."""
        first = next(self.blocks(after=0, size=limits.HEAD_ROWS), Block([], []))
        return list(zip(first.lines, first.rows, strict=True))

    def blocks(self, *, after: int, size: int) -> Iterator[Block]:
        """Rows below row `after`, `size` at a time."""
        if self.rows.start is None:
            return
        left = [""] * self.rows.start[1]
        iterator = iter(self.rows.iter_rows())
        _taken(iterator, after, 0)
        while rows := _taken(iterator, size, after):
            lines = range(after + 1, after + 1 + len(rows))
            after += len(rows)
            if left:
                rows = [left + row for row in rows]
            block = without_blank_rows(lines, rows)
            if block.rows:
                yield block


def _taken(iterator: Iterator[list[Any]], count: int, after: int) -> list[list[Any]]:
    rows: list[list[Any]] = _guarded(
        lambda: list(islice(iterator, count)), lambda: unreadable_cell(after + 1, after + count)
    )
    return rows


def unreadable_cell(first: int, last: int) -> TableError:
    return TableError(
        _("第 %(first)d 行到第 %(last)d 行之间有无法读取的单元格（例如异常的日期）。")
        % {"first": first, "last": last},
        code="file_malformed",
        line=first,
    )


class Workbook:
    """The visible worksheets of an .xlsx or .xls that `source.open_source` has judged; `all_names`: hidden ones, too."""

    def __init__(self, path: Path, format: str) -> None:
        self._format = format
        self._book = _guarded(lambda: calamine.load_workbook(str(path)))
        kinds = calamine.SheetTypeEnum
        metadata = self._book.sheets_metadata
        if any(sheet.typ in (kinds.MacroSheet, kinds.Vba) for sheet in metadata):
            raise zips.macros()
        sheets = [sheet for sheet in metadata if sheet.typ == kinds.WorkSheet]
        visible = [sheet for sheet in sheets if sheet.visible == calamine.SheetVisibleEnum.Visible]
        self.names = [sheet.name for sheet in visible or sheets]
        self.all_names = [sheet.name for sheet in sheets]

    def table(self, name: str) -> SheetTable:
        """A worksheet by its name or 1-based number; raises TableError listing the names there are."""
        if name not in self.all_names and name.isdigit() and 0 < int(name) <= len(self.names):
            name = self.names[int(name) - 1]
        if name not in self.all_names:
            raise TableError(
                _("没有名为“%(sheet)s”的工作表；文件中有：%(names)s。")
                % {"sheet": name[:40], "names": enumerated(self.names)},
                code="sheet_unknown",
                candidates=self.names,
            )
        sheet = _guarded(lambda: self._book.get_sheet_by_name(name))
        if sheet.total_width > limits.MAX_COLUMNS:
            raise zips.too_many_columns(sheet.total_width)
        return SheetTable(sheet, name, self._format)


def _guarded(act: Callable[[], Any], otherwise: Callable[[], TableError] = zips.truncated) -> Any:
    """Runs `act`; whatever the library raises, a panic of its native code too, becomes the error `otherwise`."""
    try:
        return act()
    except calamine.PasswordError as error:
        raise zips.encrypted() from error
    except BaseException as error:
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise otherwise() from error
        raise

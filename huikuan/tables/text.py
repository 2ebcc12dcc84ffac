"""Text tables: delimiter, and rows in blocks with the number of the line each starts on."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

from huikuan.tables import limits
from huikuan.tables.encoding import Encoding
from huikuan.tables.errors import TableError, _
from huikuan.tables.zips import too_many_columns

DELIMITERS = (",", "\t", ";", "|", "，", "；", "^", "~", "\x1f", "\x01")
_NAMES = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
_END = "\x1a\x1a\x1a"


@dataclass(slots=True)
class Block:
    """Consecutive rows that are not blank, and the line each starts on."""

    lines: Sequence[int]
    rows: list[list[Any]]


@dataclass(frozen=True)
class TextTable:
    """A delimited text file, opened anew for every pass."""

    path: Path
    encoding: Encoding
    delimiter: str

    format = "text"
    sheet: str | None = None

    def head(self) -> list[tuple[int, list[Any]]]:
        """The first rows that are not blank."""
        first = next(self.blocks(after=0, size=limits.HEAD_ROWS), Block([], []))
        return list(zip(first.lines, first.rows, strict=True))

    def blocks(self, *, after: int, size: int) -> Iterator[Block]:
        """Rows that start below line `after`, `size` at a time; memory holds one block.

        Raises TableError when a quote is never closed, a cell is endless or a row absurdly wide.
        """
        with self.path.open("r", encoding=self.encoding.name, errors="replace", newline="") as file:
            reader = csv.reader(chain(file, (_END,)), delimiter=self.delimiter, skipinitialspace=True)
            self._skip(reader, after)
            ended = False
            while not ended:
                first = reader.line_num + 1
                rows = self._take(reader, size)
                ended = len(rows) < size or (bool(rows) and rows[-1] == [_END])
                lines = row_starts(rows, first, reader.line_num)
                if ended:
                    lines = _without_end(rows, lines)
                width = max(map(len, rows), default=0)
                if width > limits.MAX_COLUMNS:
                    raise too_many_columns(width, lines[[len(row) for row in rows].index(width)])
                if rows:
                    yield without_blank_rows(lines, rows)

    def _skip(self, reader: Any, after: int) -> None:
        while reader.line_num < after:
            self._take(reader, 1)

    @staticmethod
    def _take(reader: Any, size: int) -> list[list[Any]]:
        try:
            return list(islice(reader, size))
        except csv.Error as error:
            if "field limit" not in str(error):
                raise TableError(
                    _("第 %(line)d 行附近无法按表格读取。") % {"line": reader.line_num},
                    code="file_malformed",
                    line=reader.line_num,
                ) from error
            raise TableError(
                _("第 %(line)d 行附近有一个单元格过长（可能是引号没有配对）。") % {"line": reader.line_num},
                code="cell_too_long",
                line=reader.line_num,
            ) from error


def row_starts(rows: list[list[Any]], first: int, last: int) -> Sequence[int]:
    """The line each row starts on, the block reaching from line `first` to line `last`."""
    if last - first + 1 == len(rows):
        return range(first, last + 1)
    starts, line = [], first
    for row in rows:
        starts.append(line)
        cells = "|".join(row)
        line += 1 + cells.count("\n") + cells.count("\r") - cells.count("\r\n")
    return starts


def _without_end(rows: list[list[Any]], lines: Sequence[int]) -> Sequence[int]:
    """Takes off the mark put behind the last line; were it not a row by itself, a quote is still open."""
    if rows[-1] != [_END]:
        raise TableError(
            _("第 %(line)d 行的引号没有配对，后面的内容都被当成一个单元格。") % {"line": lines[-1]},
            code="quote_unclosed",
            line=lines[-1],
        )
    rows.pop()
    return lines[:-1]


def without_blank_rows(lines: Sequence[int], rows: list[list[Any]]) -> Block:
    if all(map(any, rows)):
        return Block(lines, rows)
    kept = [(line, row) for line, row in zip(lines, rows, strict=True) if any(row)]
    return Block([line for line, _row in kept], [row for _line, row in kept])


def declared_delimiter(text: str) -> str:
    """One delimiter from what a person types: `;`, `tab`, `\\t`, `semicolon`."""
    delimiter = _NAMES.get(text.strip().lower() or text[:1], text)
    if len(delimiter) != 1 or delimiter.isalnum() or delimiter in "\"\r\n. -'":
        raise TableError(
            _("分隔符必须是一个符号，例如 , ; | 或 tab，而不是“%(delimiter)s”。") % {"delimiter": text[:20]},
            code="delimiter_invalid",
        )
    return delimiter


def sniff_delimiter(path: Path, encoding: Encoding, recognised: Callable[[list[str]], int]) -> str:
    """The delimiter under which the beginning of the file looks most like a table with a known header.

    `recognised` counts the known headers in a row. A delimiter wins by known headers, then by how many
    rows have the same width, then by width.
    """
    with path.open("r", encoding=encoding.name, errors="replace", newline="") as file:
        sample = file.read(limits.HEAD_BYTES)
    best, winner = (0, 0.0, 0), "\t" if path.suffix.lower() in (".tsv", ".tab") else ","
    for delimiter in DELIMITERS:
        rows = _sample_rows(sample, delimiter)
        widths = Counter(len(row) for row in rows)
        width, count = max(
            widths.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]), default=(0, 0)
        )
        if width < 2:
            continue
        known = max((recognised(row) for row in rows[:50]), default=0)
        score = (known, round(count / len(rows), 1), width)
        if score > best:
            best, winner = score, delimiter
    return winner


def _sample_rows(sample: str, delimiter: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter, skipinitialspace=True)
    rows: list[list[str]] = []
    try:
        rows.extend(islice(reader, limits.HEAD_ROWS))
    except csv.Error:
        return []
    if len(rows) > 1 and len(rows) < limits.HEAD_ROWS and len(sample) == limits.HEAD_BYTES:
        rows.pop()
    return [row for row in rows if any(row)]

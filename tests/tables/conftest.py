"""Small files made on the spot, and what the reader makes of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from huikuan.tables import Layout, Problem, inspect, read


@dataclass
class Loaded:
    """A file read to its end: the layout, all values by field, the lines and the problems."""

    layout: Layout
    columns: dict[str, list[Any]]
    lines: list[int]
    problems: list[Problem]
    rejected: int

    @property
    def codes(self) -> list[tuple[int, str]]:
        return [(problem.row, problem.code) for problem in self.problems]

    @property
    def notices(self) -> list[str]:
        return [notice.code for notice in self.layout.notices]


def load(path: Path, kind: str, chunk_rows: int = 5_000, **options: Any) -> Loaded:
    layout = inspect(path, kind=kind, **options)
    columns: dict[str, list[Any]] = {}
    lines: list[int] = []
    problems: list[Problem] = []
    rejected = 0
    for chunk in read(path, layout, chunk_rows=chunk_rows):
        assert chunk.read <= chunk_rows
        assert all(len(values) == len(chunk.line) for values in chunk.columns.values())
        for name, values in chunk.columns.items():
            columns.setdefault(name, []).extend(values)
        lines.extend(chunk.line)
        problems.extend(chunk.problems)
        rejected += chunk.rejected
    return Loaded(layout, columns, lines, problems, rejected)


@pytest.fixture
def text_file(tmp_path: Path) -> Callable[..., Path]:
    """Write text (or bytes) to a file and return its path."""

    def write(content: str | bytes, *, encoding: str = "utf-8", name: str = "table.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


@pytest.fixture
def load_text(text_file: Callable[..., Path]) -> Callable[..., Loaded]:
    """Read text as a file of a kind."""

    def loaded(
        content: str | bytes, kind: str = "invoices", *, encoding: str = "utf-8", **options: Any
    ) -> Loaded:
        return load(text_file(content, encoding=encoding), kind, **options)

    return loaded


@pytest.fixture
def sheet_file(tmp_path: Path) -> Callable[..., Path]:
    """Write rows to the first sheet of an .xlsx; dates become date cells."""

    def write(rows: Iterable[Iterable[Any]], *, name: str = "table.xlsx", first_row: int = 0) -> Path:
        path = tmp_path / name
        with xlsxwriter.Workbook(
            str(path), {"default_date_format": "yyyy-mm-dd", "strings_to_formulas": False}
        ) as book:
            sheet = book.add_worksheet("明细")
            for number, row in enumerate(rows, first_row):
                sheet.write_row(number, 0, list(row))
        return path

    return write


@pytest.fixture(name="load")
def load_fixture() -> Callable[..., Loaded]:
    """Read a file from its path."""
    return load

"""Rows turned into columns."""

from collections.abc import Sequence
from datetime import date, time
from itertools import zip_longest
from typing import Any


def turned(rows: list[list[Any]], width: int, *, typed: bool) -> list[Sequence[Any]]:
    """The columns of `rows`, at least `width` of them; short rows are filled with empty cells.

    `typed`: the cells come from a sheet. True equals 1, so booleans become text lest a memo mix them up.
    """
    widths = set(map(len, rows))
    columns: list[Sequence[Any]] = list(
        zip(*rows, strict=True) if len(widths) == 1 else zip_longest(*rows, fillvalue="")
    )
    columns.extend(("",) * len(rows) for _missing in range(width - len(columns)))
    return [_without_booleans(column) for column in columns] if typed else columns


def _without_booleans(column: Sequence[Any]) -> Sequence[Any]:
    if bool not in set(map(type, column)):
        return column
    return [str(cell).upper() if type(cell) is bool else cell for cell in column]


def cell_text(cell: Any) -> str:
    """A cell as text for people, as it stood in the file."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float):
        return repr(cell).removesuffix(".0")
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    return str(cell)

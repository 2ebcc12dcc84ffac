"""Where the rows of a table stand in a sheet, and the formulas between them.

A row that others are below is their SUBTOTAL, which leaves nested ones out; the total is that of all rows. Ratios are
made of the row's own cells, of the total's, or of a running sum, as `asking.Column.formula` says.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from xlsxwriter.utility import xl_col_to_name

from huikuan.reports.asking import Column, Result

_TOKEN = re.compile(r"\{(?:(total|sum):)?([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Sheet:
    """The letters of the columns, the first row and the total's (from 0), and the columns that are all numbers."""

    letters: dict[str, str]
    first: int
    total: int | None
    exact: frozenset[str]


@dataclass(frozen=True, slots=True)
class Place:
    """A row of the sheet, and the last of the rows below it in the outline (itself: none)."""

    sheet: Sheet
    row: int
    last_below: int
    is_total: bool = False


def places_of(table: Result, *, first: int, exact: Collection[str]) -> list[Place]:
    """The places of the rows, and of the total behind them."""
    rows = table.rows
    count = len(rows)
    sheet = Sheet(
        letters={column.name: xl_col_to_name(at) for at, column in enumerate(table.columns)},
        first=first,
        total=first + count if table.total else None,
        exact=frozenset(exact),
    )
    last = list(range(count))
    open_rows: list[int] = []
    for at, row in enumerate(rows):
        while open_rows and rows[open_rows[-1]].level >= row.level:
            open_rows.pop()
        for above in open_rows:
            last[above] = at
        open_rows.append(at)
    places = [Place(sheet, first + at, first + below) for at, below in enumerate(last)]
    if sheet.total is not None:
        places.append(Place(sheet, sheet.total, sheet.total - 1, is_total=True))
    return places


def formula_of(place: Place, column: Column) -> str:
    """The formula of a cell; empty where it holds a plain value."""
    sheet = place.sheet
    if column.formula and not (place.is_total and ("{sum:" in column.formula or "{total:" in column.formula)):
        return _filled(place, column.formula)
    if not column.totalled or column.name not in sheet.exact:
        return ""
    letter = sheet.letters[column.name]
    if place.is_total and place.row > sheet.first:
        return f"=SUBTOTAL(9,{letter}{sheet.first + 1}:{letter}{place.row})"
    if not place.is_total and place.last_below > place.row:
        return f"=SUBTOTAL(9,{letter}{place.row + 2}:{letter}{place.last_below + 1})"
    return ""


def _filled(place: Place, formula: str) -> str:
    """The formula with cells in place of names; empty where one of them is no number or not there."""
    sheet = place.sheet
    for kind, name in _TOKEN.findall(formula):
        if name not in sheet.letters or name not in sheet.exact or (kind == "total" and sheet.total is None):
            return ""

    def cell(found: re.Match[str]) -> str:
        kind, letter = found[1], sheet.letters[found[2]]
        if kind == "total":
            return f"${letter}${(sheet.total or 0) + 1}"
        if kind == "sum":
            return f"SUM(${letter}${sheet.first + 1}:{letter}{place.row + 1})"
        return f"{letter}{place.row + 1}"

    return _TOKEN.sub(cell, formula)

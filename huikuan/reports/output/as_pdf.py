"""A report as a PDF: A4 across, heads repeated, pages numbered, levels indented."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import ceil
from pathlib import Path
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from huikuan.core.typesetting import pdf
from huikuan.core.widths import text_width, word_width
from huikuan.reports.asking import Report, Result, Row
from huikuan.reports.output.heading import Heading, heading_lines, title_line
from huikuan.reports.output.values import currency_of, leading, shown

TEMPLATE = Path(__file__).with_name("report.typ")
LARGEST, SMALLEST = 9.0, 6.0
"""Sizes of the text in points."""
PAGE_WIDTH, NAME_ROOM = 273, 40
"""What a landscape page has between its margins, and what of it names get at least, in mm."""
LETTER, AROUND = 0.56 * 0.3528, 2.4
"""A figure of the typeface is 0.56 of its size wide, a point is 0.3528 mm, and a cell has so many mm around its text."""
HEAD_LINES, SHORT_HEAD, LONGEST_WORD = 3, 10, 14
"""Into how many lines heads go; of how many letters they stay in one, and their words whole."""
TEXT_WIDTH = 40
"""So many letters wide other texts than names get at most; longer ones go on in a line below."""
MEASURED = 2_000
"""So many rows say how wide figures are."""
MOST_ROWS = 20_000
"""Beyond so many rows nobody turns the pages, and setting them takes minutes."""


def as_pdf(report: Report, result: Result, heading: Heading) -> bytes:
    """The PDF. Of very long tables the first rows, and a line that says so."""
    lines = heading_lines(report, result, heading)
    cut = [table for table in result.tables if len(table.rows) > MOST_ROWS]
    if cut:
        words = _("行数太多：本文件只有前 %(shown)d 行，全部 %(all)d 行请取 Excel 或 CSV。")
        lines.append(words % {"shown": MOST_ROWS, "all": max(len(table.rows) for table in cut)})
    tables = [part for table in result.tables for part in _parts(_table(table), leading(table.columns))]
    data = {
        "title": title_line(report, heading),
        "moment": lines[0],
        "size": min([LARGEST, *map(_size, tables)]),
        "report": str(report.title),
        "author": heading.taken_by,
        "organization": heading.organization,
        "language": (get_language() or "zh")[:2],
        "lines": lines,
        "definition": str(report.definition),
        "empty": _("没有符合条件的数据"),
        "tables": tables,
    }
    return pdf(TEMPLATE, data, made_at=heading.taken_at)


def _parts(table: dict[str, Any], named: int) -> list[dict[str, Any]]:
    """The table, or where its figures would be too small to read, parts of it one below the other, each with the names."""
    columns = table["columns"]
    for place, column in enumerate(columns):
        column["letters"] = 0 if column["wide"] else _letters(table, place)
    first, others = columns[:named], columns[named:]
    room = (PAGE_WIDTH - _millimetres(first, SMALLEST)) / max(_millimetres(others, SMALLEST), 1)
    number = min(ceil(1 / max(room, 0.1)), max(len(others), 1))
    if number == 1:
        return [table]
    ends = [named + round(len(others) * part / number) for part in range(number + 1)]
    return [
        {
            **table,
            "title": " ".join(filter(None, (table["title"], f"{part} / {number}"))),
            "columns": [*first, *columns[since:until]],
            "rows": [
                {**row, "cells": [*row["cells"][:named], *row["cells"][since:until]]} for row in table["rows"]
            ],
        }
        for part, (since, until) in enumerate(pairwise(ends), start=1)
    ]


def _letters(table: Mapping[str, Any], place: int) -> int:
    """How many letters wide a column is: as its longest value, and wide enough for its head in a few lines."""
    column = table["columns"][place]
    label = str(column["label"])
    values = max((text_width(row["cells"][place]) for row in table["rows"][:MEASURED]), default=0)
    whole = text_width(label)
    head = max(min(whole, SHORT_HEAD), min(word_width(label), LONGEST_WORD), ceil(whole / HEAD_LINES)) + 1
    return max(min(values, TEXT_WIDTH) if column["text"] else values, head)


def _millimetres(columns: Sequence[Mapping[str, Any]], size: float) -> float:
    """How wide columns are at a size, in mm."""
    letters = float(sum(column["letters"] for column in columns))
    names = NAME_ROOM * sum(1 for column in columns if column["wide"])
    return letters * LETTER * size + names + AROUND * len(columns)


def _size(table: Mapping[str, Any]) -> float:
    """The size in points at which the longest figures leave room for names."""
    letters = int(sum(column["letters"] for column in table["columns"]))
    room = PAGE_WIDTH - _millimetres(table["columns"], 0)
    return max(SMALLEST, room / (LETTER * max(letters, 1)))


def _table(table: Result) -> dict[str, Any]:
    rows = [_row(table, row, f"l{row.level}") for row in table.rows[:MOST_ROWS]]
    if table.total:
        rows.append(_row(table, table.total, "total"))
    return {
        "title": str(table.title),
        "columns": [
            {"label": str(column.label), "text": column.is_text, "wide": column.name == "name"}
            for column in table.columns
        ],
        "nested": any(row.level for row in table.rows),
        "rows": rows,
    }


def _row(table: Result, row: Row, style: str) -> dict[str, Any]:
    currency = currency_of(table, row)
    cells = [shown(column, row.values.get(column.name), currency) for column in table.columns]
    return {"style": style, "level": 0 if style == "total" else row.level, "cells": cells}

"""A report as a PDF: A4 across, heads repeated, pages numbered, levels indented."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from huikuan.core.typesetting import pdf
from huikuan.reports.asking import Report, Result, Row
from huikuan.reports.output.heading import Heading, heading_lines, title_line
from huikuan.reports.output.values import currency_of, shown, text_width

TEMPLATE = Path(__file__).with_name("report.typ")
LARGEST, SMALLEST = 9.0, 4.5
"""Sizes of the text in points."""
PAGE_WIDTH, NAME_ROOM = 273, 40
"""What a landscape page has between its margins, and what of it names get at least, in mm."""
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
    tables = [_table(table) for table in result.tables]
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


def _size(table: Mapping[str, Any]) -> float:
    """The size in points at which the longest figures leave room for names.

    A figure of the typeface is 0.56 of its size wide, a point is 0.3528 mm, and a cell has 2.4 mm around its text.
    """
    letters = 0
    for place, column in enumerate(table["columns"]):
        if not column["wide"]:
            cells = (row["cells"][place] for row in table["rows"][:MEASURED])
            letters += max(map(text_width, (column["label"], *cells)), default=0)
    room = PAGE_WIDTH - NAME_ROOM - 2.4 * len(table["columns"])
    return max(SMALLEST, room / (0.56 * 0.3528 * max(letters, 1)))


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

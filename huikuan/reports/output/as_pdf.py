"""A report as a PDF: A4 across, heads repeated, pages numbered, levels indented."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from huikuan.core.typesetting import pdf
from huikuan.reports.asking import Report, Result, Row
from huikuan.reports.output.heading import Heading, heading_lines, title_line
from huikuan.reports.output.values import currency_of, shown

TEMPLATE = Path(__file__).with_name("report.typ")
MOST_ROWS = 20_000
"""Beyond so many rows nobody turns the pages, and setting them takes minutes."""


def as_pdf(report: Report, result: Result, heading: Heading) -> bytes:
    """The PDF. Of very long tables the first rows, and a line that says so."""
    lines = heading_lines(report, result, heading)
    cut = [table for table in result.tables if len(table.rows) > MOST_ROWS]
    if cut:
        words = _("行数太多：本文件只有前 %(shown)d 行，全部 %(all)d 行请取 Excel 或 CSV。")
        lines.append(words % {"shown": MOST_ROWS, "all": max(len(table.rows) for table in cut)})
    data = {
        "title": title_line(report, heading),
        "report": str(report.title),
        "author": heading.taken_by,
        "organization": heading.organization,
        "language": (get_language() or "zh")[:2],
        "lines": lines,
        "definition": str(report.definition),
        "empty": _("没有符合条件的数据"),
        "tables": [_table(table) for table in result.tables],
    }
    return pdf(TEMPLATE, data, made_at=heading.taken_at)


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

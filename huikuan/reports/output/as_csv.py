"""A report as comma-separated values, UTF-8 with the mark that spreadsheets look for.

Text that a spreadsheet would take for a formula begins with an apostrophe.
"""

from __future__ import annotations

import csv
import io
from typing import Any

from django.utils.translation import gettext as _

from huikuan.core.spreadsheets import unformulated
from huikuan.reports.asking import Chart, Report, Result, Row
from huikuan.reports.output.heading import Heading, heading_lines, title_line
from huikuan.reports.output.values import currency_of, plain


def as_csv(report: Report, result: Result, heading: Heading) -> bytes:
    """Title, remarks, and each table with its heads; tables are parted by an empty line."""
    out = io.StringIO()
    writer = csv.writer(out)
    for line in (title_line(report, heading), *heading_lines(report, result, heading)):
        writer.writerow([unformulated(line)])
    for table in result.tables:
        writer.writerow([])
        if table.title:
            writer.writerow([unformulated(str(table.title))])
        _write_table(writer, table)
    return out.getvalue().encode("utf-8-sig")


def _write_table(writer: Any, table: Result) -> None:
    nested = any(row.level for row in table.rows)
    level = [_("层级")] if nested else []
    writer.writerow([*level, *(unformulated(str(column.label)) for column in table.columns)])
    for row in (*table.rows, *((table.total,) if table.total else ())):
        lead = [row.level + 1 if row is not table.total else ""] if nested else []
        writer.writerow([*lead, *_cells(table, row)])


def _cells(table: Result, row: Row) -> list[Any]:
    currency = currency_of(table, row)
    cells: list[Any] = []
    for column in table.columns:
        value = plain(column, row.values.get(column.name), currency)
        cells.append("" if value is None else unformulated(value) if column.is_text else value)
    return cells


def chart_as_csv(chart: Chart) -> bytes:
    """The figures of a chart: a line per category."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        [unformulated(str(chart.title)), *(unformulated(str(series.name)) for series in chart.series)]
    )
    for place, category in enumerate(chart.categories):
        values = (series.marks[place].value for series in chart.series)
        writer.writerow([unformulated(str(category)), *("" if value is None else value for value in values)])
    return out.getvalue().encode("utf-8-sig")

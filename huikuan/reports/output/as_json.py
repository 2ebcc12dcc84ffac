"""A report as JSON: the same answer to the same question at the same knowledge, byte for byte."""

from __future__ import annotations

import json
from typing import Any

from huikuan.reports.asking import Chart, Report, Result, Row
from huikuan.reports.output.heading import Heading
from huikuan.reports.output.values import currency_of, plain
from huikuan.reports.questions import parameters_of


def data_of(report: Report, result: Result) -> dict[str, Any]:
    """The report for programs. Nothing in it depends on who asks when, but for the customers in reach."""
    question = result.question
    return {
        "report": report.name,
        "as_of": question.as_of.isoformat(),
        "from": question.since.isoformat() if question.since else None,
        "to": question.until.isoformat() if question.until else None,
        "known_at": result.known_at.isoformat() if result.known_at else None,
        "by": list(question.by),
        "where": dict(question.where),
        "options": {
            name: value
            for name, value in parameters_of(report, question).items()
            if name in {option.name for option in report.options}
        },
        **table_data(result),
        "remarks": [str(remark) for remark in result.remarks],
        "charts": [chart_data(chart) for chart in result.charts],
        "parts": [{"title": str(part.title), **table_data(part)} for part in result.parts],
    }


def table_data(result: Result) -> dict[str, Any]:
    """One table: its columns, rows and total."""
    return {
        "currency": result.currency,
        "columns": [
            {"name": column.name, "label": str(column.label), "kind": column.kind.value}
            for column in result.columns
        ],
        "rows": [{"level": row.level, "key": list(row.key), **_values(result, row)} for row in result.rows],
        "total": _values(result, result.total) if result.total else None,
    }


def _values(result: Result, row: Row) -> dict[str, Any]:
    currency = currency_of(result, row)
    values = {column.name: plain(column, row.values.get(column.name), currency) for column in result.columns}
    return {**values, "currency": currency} if row.currency else values


def chart_data(chart: Chart) -> dict[str, Any]:
    """A chart's figures."""
    return {
        "name": chart.name,
        "title": str(chart.title),
        "shape": chart.shape.value,
        "currency": chart.currency,
        "categories": [str(category) for category in chart.categories],
        "series": [
            {
                "name": str(series.name),
                "values": [None if mark.value is None else str(mark.value) for mark in series.marks],
            }
            for series in chart.series
        ],
    }


def as_json(report: Report, result: Result, _heading: Heading) -> bytes:
    """The report as a JSON document, UTF-8."""
    return json.dumps(data_of(report, result), ensure_ascii=False).encode()

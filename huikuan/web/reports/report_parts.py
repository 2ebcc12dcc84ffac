"""The parts of a report's page: columns, rows whose figures lead on, charts."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from huikuan.reports.asking import Chart, Column, Kind, Link, Mark, Result, Row, Shape
from huikuan.reports.filters import FilterRefused, ItemFilter
from huikuan.reports.output.values import currency_of, shown
from huikuan.web.ledger.addresses import customer_url, document_url, documents_url, due_url, items_url
from huikuan.web.ledger.item_filters import parameters_of
from huikuan.web.pages import Work
from huikuan.web.reports.addresses import report_url
from huikuan.web.reports.moments import known_text
from huikuan.web.templatetags.money import MINUS

CELLS = {Kind.MONEY: "money", Kind.TEXT: "text", Kind.DATE: "text", Kind.MONTH: "text"}
WHOLE = ("code", "month", "currency")
SENTENCES = ("reason", "meaning")


def moment_words(result: Result, today: Any) -> dict[str, str]:
    """The moment of a question as the words that other pages take."""
    words = {}
    question = result.question
    if question.as_of != today:
        words["as_of"] = question.as_of.isoformat()
    if question.known_at:
        words["known_at"] = known_text(question.known_at)
    return words


def url_of(work: Work, result: Result, link: Link | None) -> str:
    """Where a link leads, read at the moment of the report, items as of the link's own day where it names one.

    Nothing where the reader may not go.
    """
    if link is None:
        return ""
    at = moment_words(result, work.today)
    if link.to in ("items", "due"):
        if "as_of" in link.where:
            at["as_of"] = link.where["as_of"]
        try:
            where = parameters_of(ItemFilter.from_parameters(link.where))
        except FilterRefused:
            return ""
        return items_url(work, **where, **at) if link.to == "items" else due_url(work, **where, **at)
    if link.to == "documents":
        return documents_url(work, **link.where)
    if link.to == "document":
        return document_url(work, _uuid(link.where.get("id")))
    if link.to == "customer":
        return customer_url(work, _uuid(link.where.get("id")))
    if link.to == "report":
        words = dict(link.where)
        return report_url(work, words.pop("name"), {**at, **words})
    return ""


def _uuid(text: str | None) -> Any:
    return UUID(text) if text else None


def columns_of(result: Result) -> list[dict[str, Any]]:
    """The heads, as components/table.html takes them; on a phone a code gives way to the name beside it."""
    named = any(column.name == "name" for column in result.columns)
    return [
        {
            "label": str(column.label),
            "kind": "name" if column.name == "name" else CELLS.get(column.kind, "num"),
            "sort": column.name,
            "hint": str(column.definition),
            "lead": column.name == "name",
            "minor": named and column.name == "code",
            "wide": column.name in SENTENCES,
            "whole": column.name in WHOLE or column.kind in (Kind.DATE, Kind.MONTH),
        }
        for column in result.columns
    ]


def one_currency(result: Result) -> str:
    """The currency of all amounts of a table; empty where rows have their own or there are none."""
    amounts = any(column.kind is Kind.MONEY for column in result.columns)
    return result.currency if amounts and not any(row.currency for row in result.rows) else ""


def rows_of(work: Work, result: Result, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The rows, their figures leading to what they are made of."""
    return [{"cells": cells_of(work, result, row), "level": row.level} for row in rows]


def cells_of(work: Work, result: Result, row: Row) -> list[dict[str, Any]]:
    """The cells of one row."""
    currency = currency_of(result, row)
    return [_cell(work, result, row, column, currency) for column in result.columns]


def _cell(work: Work, result: Result, row: Row, column: Column, currency: str) -> dict[str, Any]:
    value = row.values.get(column.name)
    url = url_of(work, result, result.link(row, column.name)) if value else ""
    if column.kind is Kind.MONEY:
        return {"value": value or None, "currency": currency, "url": url}
    text = shown(column, value, currency) or ("" if column.is_text else "—")
    if text.startswith("-") and not column.is_text:
        text = text.replace("-", MINUS, 1)
    cell: dict[str, Any] = {"value": text, "url": url}
    if column.name == "name":
        cell["level"] = row.level
    return cell


KINDS = {
    Shape.BAR: "bar",
    Shape.ROWS: "bar-rows",
    Shape.STACKED: "bar",
    Shape.LINE: "line",
    Shape.PARETO: "bar",
    Shape.WATERFALL: "waterfall",
    Shape.HEAT: "heat",
    Shape.SQUARES: "squares",
}


def chart_of(work: Work, result: Result, chart: Chart) -> dict[str, Any]:
    """A chart as components/chart.html takes it."""
    data: dict[str, Any] = {
        "kind": KINDS[chart.shape],
        "categories": [str(category) for category in chart.categories],
        "series": [
            {
                "name": str(series.name),
                **({"tone": series.tone} if series.tone else {}),
                **({"kind": "line"} if series.line else {}),
                **({"unit": "%"} if (series.kind or chart.kind) is Kind.PERCENT else {}),
                "points": [
                    _point(work, result, mark, percent=(series.kind or chart.kind) is Kind.PERCENT)
                    for mark in series.marks
                ],
            }
            for series in chart.series
        ],
    }
    if chart.places:
        data["places"] = [[column, line, str(short)] for column, line, short in chart.places]
    if chart.shape is Shape.STACKED:
        data["stacked"] = True
    if chart.kind is Kind.PERCENT:
        data["unit"] = "%"
    if chart.currency:
        data["currency"] = chart.currency
    return data


def has_marks(chart: Chart) -> bool:
    """Whether there is anything to draw."""
    return any(mark.value for series in chart.series for mark in series.marks)


def _point(work: Work, result: Result, mark: Mark, *, percent: bool) -> dict[str, Any]:
    value = mark.value
    if value is not None and percent:
        value = (Decimal(value) * 100).quantize(Decimal("0.01"))
    point: dict[str, Any] = {"value": value}
    if url := url_of(work, result, mark.link):
        point["url"] = url
    if mark.tone:
        point["tone"] = mark.tone
    if mark.part:
        point["part"] = True
    return point

"""A pivot as a picture: its first measure, or all of them where they are alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from huikuan.reports.asking import Chart, Kind, Mark, Result, Row, Series, Shape
from huikuan.reports.dimensions import TIMES
from huikuan.reports.pivots.asked import Asked
from huikuan.reports.pivots.cells import Cells
from huikuan.reports.pivots.measures import Measure

MOST_CATEGORIES = 24
MOST_SERIES = 8


def charts_of(asked: Asked, result: Result, cells: Cells) -> tuple[Chart, ...]:
    """The picture that is asked for, of the rows of the outermost level; none where there is nothing to draw.

    With a dimension across, lines and heat have its keys across and the rows as series; bars have the rows across.
    """
    rows = [row for row in result.rows if row.level == 0]
    if not asked.chart or not rows or asked.own_currency or not asked.question.by:
        return ()
    shape = Shape(asked.chart)
    measure = asked.measures[0]
    if shape is Shape.STACKED and measure.standing and asked.column in TIMES:
        shape = Shape.BAR  # what stood at the end of each month is no part of a whole
    if asked.column:
        keys = [
            (column.name, column.label if len(asked.measures) == 1 else _key_label(asked, cells, column.name))
            for column in result.columns
            if column.name.startswith(f"{measure.name}@") and not column.name.endswith((":change", ":rate"))
        ]
        lines = shape in (Shape.LINE, Shape.HEAT)
        drawn = _by_columns(result, rows, keys) if lines else _by_rows(result, rows, keys)
    else:
        drawn = _by_rows(result, rows, _names(asked, measure), most=_most_rows(asked))
    categories, series = drawn
    return (
        Chart(
            name="pivot",
            title=measure.label if asked.column or len(series) == 1 else _("各项指标"),
            shape=shape,
            categories=categories,
            series=series,
            kind=measure.kind,
            currency=result.currency if measure.kind is Kind.MONEY else "",
        ),
    )


def _most_rows(asked: Asked) -> int:
    return len(asked.now) if asked.question.by[0] in TIMES else MOST_CATEGORIES


def _key_label(asked: Asked, cells: Cells, name: str) -> Any:
    key = name.partition("@")[2]
    return cells.columns.get(key) or key or _("（未指定）")


def _names(asked: Asked, first: Measure) -> list[tuple[str, Any]]:
    """The columns drawn without a dimension across: the measures of one kind, or one measure and what it is compared with."""
    if asked.before:
        return [(f"{first.name}:before", _("对比期")), (first.name, _("本期"))]
    return [(each.name, each.label) for each in asked.measures if each.kind is first.kind][:MOST_SERIES]


Drawn = tuple[tuple[Any, ...], tuple[Series, ...]]


def _by_rows(
    result: Result, rows: Sequence[Row], columns: Sequence[tuple[str, Any]], *, most: int = MOST_CATEGORIES
) -> Drawn:
    shown = rows[:most]
    series = tuple(
        Series(label, tuple(_mark(result, row, name) for row in shown))
        for name, label in columns[:MOST_SERIES]
    )
    return tuple(row.values["name"] for row in shown), series


def _by_columns(result: Result, rows: Sequence[Row], columns: Sequence[tuple[str, Any]]) -> Drawn:
    series = tuple(
        Series(row.values["name"], tuple(_mark(result, row, name) for name, _label in columns))
        for row in rows[:MOST_SERIES]
    )
    return tuple(label for _name, label in columns), series


def _mark(result: Result, row: Row, name: str) -> Mark:
    return Mark(row.values.get(name), result.link(row, name))

"""A pivot as a table: the columns of each key across, rows with their levels, and where each figure leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from huikuan.reports.asking import Column, Kind, Link, Result, Row, in_order
from huikuan.reports.dimensions import TIMES
from huikuan.reports.filters import ItemFilter
from huikuan.reports.keys import SAME_NAME, TOTAL, UNNAMED, key_columns, key_values
from huikuan.reports.moments import moment
from huikuan.reports.pivots.asked import Asked
from huikuan.reports.pivots.cells import BEFORE, NOW, Cell, Cells, Reader, cells_on_page
from huikuan.reports.pivots.charts import charts_of
from huikuan.reports.pivots.measures import Measure
from huikuan.reports.pivots.spans import Span
from huikuan.reports.questions import NONE

ZERO = Decimal(0)
SHARE = Decimal("0.0001")
BEFORE_PART, CHANGE, CHANGE_RATE = ":before", ":change", ":rate"


@dataclass(frozen=True, slots=True)
class Place:
    """What a column of the table shows: a measure, of one key across (None: all), and `part`: the figure or its comparison."""

    measure: Measure
    across: str | None
    part: str = ""

    @property
    def name(self) -> str:
        key = "" if self.across is None else f"@{self.across}"
        return f"{self.measure.name}{key}{self.part}"


def pivot(asked: Asked, read: Reader = cells_on_page) -> Result:
    """The answer to a pivot's question, of the cells that `read` tells. Raises ReportTooLarge."""
    question = asked.question
    parts = _parts(asked)
    at = moment(question.as_of, question.known_at)
    cells = read(asked, at)
    places = _places(asked, cells, parts)
    rows = [_row(asked, cells, places, key) for key in cells.keys]
    total = _row(asked, cells, places, ())
    alone = not question.by

    def behind(row: Row, column: str) -> Link | None:
        place = by_name.get(column)
        return None if place is None else _link(asked, row.key, place)

    by_name = {place.name: place for place in places}
    result = Result(
        question=question,
        currency=at.currency,
        known_at=at.known_at,
        columns=(*key_columns(question.by), *(_column(asked, cells, place) for place in places)),
        rows=[total] if alone and cells.sums else rows,
        total=None if alone or asked.own_currency or not rows else total,
        remarks=_remarks(asked),
        behind=behind,
    )
    if not question.sort and not any(name in TIMES for name in question.by):
        result = in_order(result, f"-{asked.measures[0].name}")
    return replace(result, charts=charts_of(asked, result, cells))


def _parts(asked: Asked) -> tuple[str, ...]:
    """The columns of a comparison beside the figure itself; across, the earlier figure itself is left out."""
    if not asked.before:
        return ()
    return (CHANGE, CHANGE_RATE) if asked.column else (BEFORE_PART, CHANGE, CHANGE_RATE)


def _places(asked: Asked, cells: Cells, parts: Sequence[str]) -> list[Place]:
    """By key across, then by measure; all keys together come last."""
    across: list[str | None] = [None]
    if asked.column:
        across = [*_across(asked, cells), None]
    return [
        Place(measure, key, part)
        for key in across
        for measure in asked.measures
        for part in ("", *(part for part in parts if part != CHANGE_RATE or not measure.is_rate))
    ]


def _across(asked: Asked, cells: Cells) -> list[str]:
    """The keys of the columns: periods in their order, others from the largest."""
    if asked.column in TIMES:
        return [span.name for span in asked.now]
    first = asked.measures[0]

    def size(key: str) -> tuple[Decimal, str]:
        return (-abs(first.value(cells.sums.get(Cell((), key, NOW), {})) or ZERO), key)

    return sorted(cells.columns, key=size)


def column_name(asked: Asked, cells: Cells, key: str | None) -> Any:
    """What a key across is called."""
    if key is None:
        return TOTAL
    own = asked.column in SAME_NAME
    return (key if own else cells.columns.get(key) or key) or UNNAMED


def _column(asked: Asked, cells: Cells, place: Place) -> Column:
    measure = place.measure
    label: Any = measure.label
    under: tuple[Any, Any] | None = None
    if asked.column:
        key = column_name(asked, cells, place.across)
        if place.across is None and asked.column in TIMES and all(each.standing for each in asked.measures):
            key = _("期末")
        alone = len(asked.measures) == 1 and not asked.before
        under = None if alone else (key, label)
        label = key if alone else _("%(key)s · %(measure)s") % {"key": key, "measure": label}
    figure = place.name.removesuffix(place.part) if place.part else place.name
    adds_up, kind, formula = _adds_up(asked, measure), measure.kind, ""
    if place.part == BEFORE_PART:
        label = _("%s（对比期）") % label
    elif place.part == CHANGE:
        label, adds_up = _("%s 增减") % label, False
        under = under and (under[0], _("增减"))
        formula = f"={{{figure}}}-{{{figure}{BEFORE_PART}}}"
    elif place.part == CHANGE_RATE:
        label, adds_up, kind = _("%s 增减率") % label, False, Kind.PERCENT
        under = under and (under[0], _("增减率"))
        formula = f'=IFERROR({{{figure}{CHANGE}}}/ABS({{{figure}{BEFORE_PART}}}),"")'
    return Column(
        place.name,
        label,
        kind,
        totalled=adds_up,
        definition="" if place.part else measure.definition,
        formula="" if asked.column else formula,
        under=under,
    )


def _adds_up(asked: Asked, measure: Measure) -> bool:
    """Whether the rows of a measure add up: what stands does not over time, and rates never do."""
    timed = any(name in TIMES for name in asked.question.by)
    return not measure.is_rate and not (measure.standing and timed) and not asked.own_currency


def _row(asked: Asked, cells: Cells, places: Sequence[Place], key: tuple[str, ...]) -> Row:
    by = asked.question.by
    values: dict[str, Any] = key_values(by, key, cells.names.get(key, ""))
    for place in places:
        measure = place.measure
        now = measure.value(cells.sums.get(Cell(key, place.across, NOW), {}))
        if not place.part:
            values[place.name] = now
            continue
        before = measure.value(cells.sums.get(Cell(key, place.across, BEFORE), {}))
        values[place.name] = _compared(now, before, place.part)
    return Row(max(len(key) - 1, 0), key, values, key[0] if asked.own_currency and key else "")


def _compared(now: Decimal | None, before: Decimal | None, part: str) -> Decimal | None:
    if part == BEFORE_PART:
        return before
    if now is None or before is None:
        return None
    change = now - before
    if part == CHANGE:
        return change
    return (Decimal(change) / abs(before)).quantize(SHARE) if before else None


def _link(asked: Asked, key: tuple[str, ...], place: Place) -> Link | None:
    """What is behind a figure: items as of the end of the period; of flows a finer table, in the end the documents."""
    measure, question = place.measure, asked.question
    if place.part in (CHANGE, CHANGE_RATE) or measure.is_rate:
        return None
    said = dict(zip(question.by, key, strict=False))
    if place.across is not None:
        said[asked.column] = place.across
    span = _span(asked, said.pop(asked.unit, None), before=place.part == BEFORE_PART)
    where = {**question.where, **said}
    if measure.standing:
        if measure.cell is None:
            return None
        wanted = ItemFilter(**where).with_cell(measure.cell)  # type: ignore[arg-type]
        return Link("items", {**wanted.as_parameters(), "as_of": span.until.isoformat()})
    days = {"since": span.since.isoformat(), "until": span.until.isoformat()}
    if set(where) == {"customer"} and measure.kind_of:
        return Link("documents", {"customer": where["customer"], "kind": measure.kind_of, **days})
    if "customer" in where:
        return None
    words = {name: value or NONE for name, value in where.items()}
    return Link(
        "report",
        {
            "name": "pivot",
            "by": "customer",
            "measures": measure.name,
            "from": days["since"],
            "to": days["until"],
            **words,
        },
    )


def _span(asked: Asked, name: str | None, *, before: bool) -> Span:
    spans = asked.before if before else asked.now
    if name is not None:
        at = [span.name for span in asked.now].index(name)
        return spans[at]
    return Span("", spans[0].since, spans[-1].until)


def _remarks(asked: Asked) -> tuple[Any, ...]:
    found: list[Any] = []
    if asked.before:
        first, last = asked.before[0].since, asked.before[-1].until
        found.append(_("对比期：%(from)s 至 %(to)s。") % {"from": first.isoformat(), "to": last.isoformat()})
    if "currency" in (*asked.question.by[1:], asked.column):
        found.append(_("币种不在第一层，各行金额都是本位币。"))
    return tuple(found)

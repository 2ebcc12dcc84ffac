"""The cells of a pivot: sums of facts for each level of its rows, with and without its column, in one statement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from huikuan.reports.dimensions import TIMES, columns_of
from huikuan.reports.filters import condition
from huikuan.reports.guards import ReportTooLarge
from huikuan.reports.kpi.facts import keyed_tables
from huikuan.reports.moments import Moment
from huikuan.reports.pivots.asked import Asked
from huikuan.reports.pivots.facts import further_facts
from huikuan.reports.pivots.measures import is_standing
from huikuan.reports.pivots.size import MOST_CELLS, MOST_POSSIBLE, refuse_too_large, too_many
from huikuan.reports.pivots.spans import Span, ends_of
from huikuan.reports.state import reading_whole_tables

NOW, BEFORE = 0, 1
WHOLE = None
"""In place of the key of a column: over all columns."""


class Cell(NamedTuple):
    """Where sums belong: the key of the row down to its level, the column (None: all), and the era (NOW, BEFORE)."""

    key: tuple[str, ...]
    column: str | None
    era: int


@dataclass
class Cells:
    """The sums of facts of every cell; names of row keys and columns; row keys in the order of rows."""

    sums: dict[Cell, dict[str, Decimal]] = field(default_factory=dict)
    names: dict[tuple[str, ...], str] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    keys: list[tuple[str, ...]] = field(default_factory=list)


Reader = Callable[[Asked, Moment], Cells]
"""Where the cells of a question come from at a moment: counted, or kept from when they were counted."""


def cells_on_page(asked: Asked, at: Moment) -> Cells:
    """The cells, where somebody waits for them. Raises ReportTooLarge before reading, where there may be too many."""
    _refuse_too_large(asked, MOST_CELLS)
    return read_cells(asked, at)


def cells_behind(asked: Asked, at: Moment) -> Cells:
    """The cells, where nobody waits: many keys may be possible as long as few of them are there. Raises ReportTooLarge."""
    _refuse_too_large(asked, MOST_POSSIBLE)
    return read_cells(asked, at)


def _refuse_too_large(asked: Asked, most: int) -> None:
    question = asked.question
    refuse_too_large(
        question.by,
        asked.column,
        question.where,
        periods=len(asked.now),
        figures=asked.figures,
        most=most,
    )


def read_cells(asked: Asked, at: Moment) -> Cells:
    """The cells of a question: rows by its `by`, across by its `column`, of its periods and what they are compared with.

    In base currency; by currency first, each in its own. Raises ReportTooLarge.
    """
    question, column, facts, now, before = (
        asked.question,
        asked.column,
        asked.facts,
        asked.now,
        asked.before,
    )
    dimensions = (*question.by, *((column,) if column else ()))
    by = tuple(name for name in dimensions if name not in TIMES)
    only = condition(at, question.item_filter, question.salesperson_ids)
    if only.few_customers:
        only = replace(
            only, few_customers=False, sql=f"{only.sql} AND m.customer_id = ANY(%(customers)s::uuid[])"
        )
    base = question.by[:1] != ("currency",)
    tables = keyed_tables(
        at, by, only, facts, base=base, further=further_facts(at, columns_of(by), only, facts, base=base)
    )
    ends = ends_of([*now, *before])
    most = MOST_CELLS // max(asked.figures, 1)
    parameters = {
        **at.parameters,
        **only.parameters,
        "ends": ends,
        "first_end": ends[0],
        "standing": [each for each in facts if is_standing(each)],
        "most": most,
        **_span_parameters(now, before, ends),
    }
    sql = _sql(tables, question.by, column, by, facts)
    with connection.cursor() as cursor, reading_whole_tables():
        cursor.execute(sql, parameters)
        rows = cursor.fetchall()
    if len(rows) > most:
        raise ReportTooLarge(too_many(None, MOST_CELLS))
    return _collected(rows, question.by, column, facts)


def _span_parameters(now: Sequence[Span], before: Sequence[Span], ends: Sequence[Any]) -> dict[str, Any]:
    found = [(NOW, place, span) for place, span in enumerate(now)]
    found += [(BEFORE, place, span) for place, span in enumerate(before)]
    return {
        "eras": [era for era, _place, _span in found],
        "slots": [now[place].name for _era, place, _span in found],
        "after": [ends.index(span.eve) for _era, _place, span in found],
        "upto": [ends.index(span.until) for _era, _place, span in found],
        "last": [place == len(now) - 1 for _era, place, _span in found],
    }


def _sql(
    tables: Sequence[str], rows: Sequence[str], column: str, by: Sequence[str], facts: Sequence[str]
) -> str:
    """Facts of the keys, placed in the spans, then added up; over time what stands is what stood last."""
    kept = ", ".join([*(f"k.k{at}" for at in range(len(by))), "k.at", "k.what"])
    named = "".join(f"min(k.n{at}) AS n{at}, " for at in range(len(by)))
    source = {name: (f"c.k{at}", f"min(c.n{at})") for at, name in enumerate(by)}
    source |= dict.fromkeys(TIMES, ("c.slot", "min(c.slot)"))
    keys = [source[name] for name in rows]
    across = source[column][0] if column else ""
    timed = any(name in TIMES for name in (*rows, column))
    sets = []
    for depth in range(len(rows) + 1):
        level = ["c.era", *(key for key, _name in keys[:depth])]
        sets.append(f"({', '.join(level)})")
        if across:
            sets.append(f"({', '.join([*level, across])})")
    chosen = [f"{key}, grouping({key}), {name}" for key, name in keys]
    if across:
        chosen.append(f"{across}, grouping({across}), {source[column][1]}")
    sums = [_sum_sql(fact, timed=timed) for fact in facts]
    order = ", ".join([*(f'{key} COLLATE "C" NULLS FIRST' for key, _name in keys), "c.era"])
    return f"""
        {", ".join(tables)},
        summed AS MATERIALIZED (
            SELECT {named}{kept}, sum(k.amount) AS amount FROM keyed k GROUP BY {kept}
        ),
        span AS (
            SELECT * FROM unnest(%(eras)s::int[], %(slots)s::text[], %(after)s::int[], %(upto)s::int[], %(last)s::bool[])
                AS s (era, slot, after, upto, last)
        ),
        cell AS (
            SELECT f.*, s.era, s.slot, s.last FROM summed f
            JOIN span s ON f.at <= s.upto AND (f.at > s.after OR f.what = ANY(%(standing)s::text[]))
        )
        SELECT c.era, {", ".join([*chosen, *sums])}
        FROM cell c GROUP BY GROUPING SETS ({", ".join(sets)})
        ORDER BY {order} LIMIT %(most)s + 1
    """


def _sum_sql(fact: str, *, timed: bool) -> str:
    """The sum of a fact; without the time in the key, only the last of what stands."""
    whole = f"sum(c.amount) FILTER (WHERE c.what = '{fact}')"
    if not timed or not is_standing(fact):
        return whole
    last = f"sum(c.amount) FILTER (WHERE c.what = '{fact}' AND c.last)"
    return f"CASE WHEN grouping(c.slot) = 1 THEN {last} ELSE {whole} END"


def _collected(rows: Sequence[Sequence[Any]], by: Sequence[str], column: str, facts: Sequence[str]) -> Cells:
    cells = Cells()
    depth, seen = len(by), set()
    for era, *rest in rows:
        parts = [rest[at : at + 3] for at in range(0, 3 * depth, 3)]
        key = tuple(value for value, left_out, _name in parts if not left_out)
        rest = rest[3 * depth :]
        across: str | None = WHOLE
        if column:
            value, left_out, name = rest[:3]
            rest = rest[3:]
            if not left_out:
                across = value
                cells.columns.setdefault(value, name or "")
        sums = {fact: amount for fact, amount in zip(facts, rest, strict=True) if amount}
        if not sums:
            continue
        cells.sums[Cell(key, across, era)] = sums
        if key and key not in seen:
            seen.add(key)
            cells.keys.append(key)
            cells.names[key] = parts[len(key) - 1][2] or ""
    return cells

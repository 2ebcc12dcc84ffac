"""What a report is asked, and what it answers: the shapes that every report, page, command and file shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from huikuan.core.errors import HuikuanError
from huikuan.organizations.actors import Actor
from huikuan.reports.filters import ItemFilter
from huikuan.reports.moments import Moment

Words = Any
"""Text in the reader's language: a string, or a lazy one that becomes it when shown."""


class QuestionRefused(HuikuanError):
    """A report cannot be asked that; the message says what of it."""

    code = "question_refused"


class Kind(StrEnum):
    """How a value is written. PERCENT is a fraction (0.875 is 87.50 %), RATIO a plain number,
    QUANTITY one of goods, with the decimals it has.

    RATE is a fraction that is multiplied with amounts and so keeps its digits: 0.00864 is 0.864 %.
    """

    MONEY = "money"
    COUNT = "count"
    PERCENT = "percent"
    RATE = "rate"
    DAYS = "days"
    RATIO = "ratio"
    QUANTITY = "quantity"
    TEXT = "text"
    DATE = "date"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    `totalled`: the total row is the sum of the rows of the lowest level. `formula`: how a workbook computes it
    from other columns of the row, by their names, such as "={overdue}/{receivable}"; `{total:net}` is the
    total's figure. The value must be what the formula gives. `measured`: of a RATE that was found, not agreed: all four
    decimals are shown. `under`: the head that several columns stand under, and what it is called there.
    """

    name: str
    label: Words
    kind: Kind = Kind.MONEY
    totalled: bool = False
    definition: Words = ""
    formula: str = ""
    measured: bool = False
    under: tuple[Words, Words] | None = None

    @property
    def is_text(self) -> bool:
        return self.kind is Kind.TEXT


@dataclass(frozen=True, slots=True)
class Option:
    """Something else a report may be asked, by name.

    `kind`: day, month, choice, choices, integer, text, flag or bounds (days, from small to large). `choices`:
    (value, label). Values come to the report as date, str, tuple of str, int, bool or tuple of int.
    """

    name: str
    label: Words
    kind: str
    default: Any = None
    choices: tuple[tuple[str, Words], ...] = ()
    note: Words = ""


@dataclass(frozen=True)
class Question:
    """What is asked of a report.

    `as_of` is the last day that counts; for a period it is its last day. `known_at` (aware): as known then, else
    at the last tick. `by`: the dimensions that rows are made by, outermost first. `where`: field to code, "" is
    "none". `sort`: a column's name, "-" before it from the largest. `salesperson_ids`: only their customers.
    """

    report: str
    as_of: date
    known_at: datetime | None = None
    since: date | None = None
    until: date | None = None
    by: tuple[str, ...] = ()
    where: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    sort: str = ""
    salesperson_ids: frozenset[UUID] | None = None

    @property
    def item_filter(self) -> ItemFilter:
        """`where` as a filter of open items."""
        return ItemFilter(**self.where)  # type: ignore[arg-type]


class Link(NamedTuple):
    """Where a number leads: `to` (items, due, documents, document, customer, report), and with which parameters.

    The moment of the question is added by the page.
    """

    to: str
    where: Mapping[str, str]


def items_link(where: ItemFilter) -> Link:
    """The open items of a filter, at the moment of the report."""
    return Link("items", where.as_parameters())


class Row(NamedTuple):
    """A line of a table. `level` 0 is outermost; `key`: codes of the dimensions down to this level.

    `values` by column name; None is "nothing to say". `currency`: where it differs from the result's.
    """

    level: int
    key: tuple[str, ...]
    values: Mapping[str, Any]
    currency: str = ""


class Shape(StrEnum):
    """How a chart is drawn. HEAT: categories across, series down. PARETO: bars and their cumulative share.

    SQUARES: each category is a square in its place, its colour the fuller, the more.
    """

    BAR = "bar"
    ROWS = "bar-rows"
    STACKED = "stacked"
    LINE = "line"
    WATERFALL = "waterfall"
    PARETO = "pareto"
    HEAT = "heat"
    SQUARES = "squares"


class Mark(NamedTuple):
    """A point of a chart, where it leads, and its tone (age-0 … age-6, good, warn, bad, notice, plain).

    `part`: behind the last whole figure of a waterfall, how much of that figure; it changes nothing.
    """

    value: Any
    link: Link | None = None
    tone: str = ""
    part: bool = False


@dataclass(frozen=True)
class Series:
    """One mark per category of the chart. `line`: drawn as a line over the bars of the others."""

    name: Words
    marks: tuple[Mark, ...]
    tone: str = ""
    kind: Kind | None = None
    line: bool = False


@dataclass(frozen=True)
class Chart:
    """A picture of figures. A waterfall's marks are changes; the first and the last, parts apart, are whole figures.

    `places`: of squares, for each category its column, its line and its short name.
    """

    name: str
    title: Words
    shape: Shape
    categories: tuple[Words, ...]
    series: tuple[Series, ...]
    kind: Kind = Kind.MONEY
    currency: str = ""
    places: tuple[tuple[int, int, Words], ...] = ()


class Told(NamedTuple):
    """Something of the trail. `on`: the day it is about, `what`: the record and what became of it.

    `amount` in `currency`, of the whole record. What is of no customer or no amount has none.
    """

    recorded_at: datetime
    by: str
    on: date
    what: str
    customer_id: UUID | None
    customer: str
    amount: Decimal | None
    currency: str


Telling = Callable[[Question, Moment, datetime], Sequence[Told]]
"""What was recorded after a time and is known at the moment, of what a question counts beside postings."""

Behind = Callable[[Row, str], Link | None]
"""Where the figure of a row in a column leads; of the total row `key` is empty."""


@dataclass(frozen=True)
class Result:
    """A report as it was answered. `parts` are further tables of the same answer, each with its `title`.

    `rows` come in the order they are shown, each before the ones below it. `total` is None where they do not add
    up. `known_at` is the moment until which everything recorded counted.
    """

    question: Question
    currency: str
    known_at: datetime | None
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    total: Row | None = None
    remarks: tuple[Words, ...] = ()
    charts: tuple[Chart, ...] = ()
    parts: tuple[Result, ...] = ()
    title: Words = ""
    behind: Behind | None = None

    @property
    def tables(self) -> tuple[Result, ...]:
        """This table, where it has columns, and the further ones."""
        return ((self,) if self.columns else ()) + self.parts

    def link(self, row: Row, column: str) -> Link | None:
        """Where a figure leads, if anywhere."""
        return self.behind(row, column) if self.behind else None


@dataclass(frozen=True)
class Report:
    """A report of the catalogue.

    `definition`: one or two sentences on what its figures mean. `dimensions`: what rows may be made `by`, at most
    `levels` nested; `by` is the usual. `filters`: fields that `where` may name. `period`: asked from a day to a
    day; `usual_period` is year, quarter, month or months:12, ending on the day asked for. `whole`: of all customers
    together, and so refused to who sees only some. `seen_by`: who finds it at all (None: whoever has the permission).
    `inner`: of a saved report, what it really asks when it is asked (None: just that). What explains that it says
    something else than before: `posted`: what was posted since; `told`: what else was recorded since.
    """

    name: str
    title: Words
    definition: Words
    read: Callable[[Question], Result]
    section: str = "receivable"
    permission: str = "report.read"
    whole: bool = False
    seen_by: Callable[[Actor], bool] | None = None
    inner: Callable[[Question], Question] | None = None
    posted: bool = True
    told: tuple[Telling, ...] = ()
    options: tuple[Option, ...] = ()
    dimensions: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    levels: int = 1
    filters: tuple[str, ...] = ()
    period: bool = False
    usual_period: str = "year"
    sort: str = ""
    icon: str = "chart-bar"


def meant(report: Report, question: Question) -> Question:
    """What is really asked: of a saved report with what is kept in it, such as its filters."""
    return report.inner(question) if report.inner else question


def in_order(result: Result, sort: str) -> Result:
    """The rows sorted by a column among those of the same row above; what has no such column stays as it is."""
    name = sort.removeprefix("-")
    if not name or name not in {column.name for column in result.columns} or len(result.rows) < 2:
        return result
    return replace(result, rows=_sorted(result.rows, name, descending=sort.startswith("-")))


def _sorted_level(rows: Sequence[Row], name: str, *, descending: bool) -> list[Row]:
    known = [row for row in rows if row.values.get(name) is not None]
    unknown = [row for row in rows if row.values.get(name) is None]
    return sorted(known, key=lambda row: row.values[name], reverse=descending) + unknown


def _sorted(rows: Sequence[Row], name: str, *, descending: bool) -> list[Row]:
    """Each row with those below it is a branch; branches of one level are ordered, then those inside each."""
    top = rows[0].level
    if all(row.level == top for row in rows):
        return _sorted_level(rows, name, descending=descending)
    branches: list[list[Row]] = []
    for row in rows:
        if row.level <= top or not branches:
            branches.append([])
        branches[-1].append(row)
    known = [branch for branch in branches if branch[0].values.get(name) is not None]
    unknown = [branch for branch in branches if branch[0].values.get(name) is None]
    known.sort(key=lambda branch: branch[0].values[name], reverse=descending)
    ordered: list[Row] = []
    for head, *below in (*known, *unknown):
        ordered.append(head)
        ordered.extend(_sorted(below, name, descending=descending) if len(below) > 1 else below)
    return ordered

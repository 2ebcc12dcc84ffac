"""What a list is: declared once, and the page, its files, its saved views and its acts follow."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.functional import Promise

from huikuan.web.pages import Work

R = TypeVar("R")

Words = str | Promise


@dataclass(frozen=True)
class Extra:
    """A further column of a file, beside the one on the page: `value` is text, a figure, a day or a number."""

    label: Words
    value: Callable[[Any], object]
    kind: str = "text"


@dataclass(frozen=True)
class Column(Generic[R]):
    """One column: `cell` makes what components/table.html shows of a row.

    `sort` is a name that the list's source knows. `hidden`: shown only when asked for. `text` says in a file
    what the cell says in colour; without it the cell's value is written. `permission`: only for its holders.
    `lead`, `figure`, `minor`, `whole`, `wide`: its place on a phone, and its room, see components/table.html.
    """

    key: str
    label: Words
    cell: Callable[[Work, R], Any]
    kind: str = "text"
    sort: str = ""
    hint: Words = ""
    lead: bool = False
    figure: bool = False
    minor: bool = False
    whole: bool = False
    wide: bool = False
    hidden: bool = False
    permission: str = ""
    text: Callable[[Work, R], object] | None = None
    extras: tuple[Extra, ...] = ()


@dataclass(frozen=True)
class Total:
    """How many rows there are, and the sums of some columns by their keys, in the reading's currency."""

    count: int
    sums: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class Slice(Generic[R]):
    """Rows of one page; `before` and `after` ask for the pages next to it, "" where there is none."""

    rows: list[R]
    before: str = ""
    after: str = ""


class Source(Protocol[R]):
    """Rows under a filter. `sort` is a name, "-" before it: descending."""

    def slice(self, sort: str, *, after: str = "", before: str = "", limit: int) -> Slice[R]:
        """The page behind or before a mark, else the first. Raises MarkUnknown."""

    def total(self) -> Total:
        """What all rows come to."""

    def only(self, keys: Collection[UUID]) -> Source[R]:
        """The same rows, as far as they are among `keys`."""


@dataclass(frozen=True)
class Reading(Generic[R]):
    """A list as one address asks for it.

    `filtered`: not all rows are asked for. `chosen`: what filters without a field of their own say. `note`: as
    of when it is read. `empty`: context of components/empty_state.html.
    """

    source: Source[R]
    form: forms.Form
    filtered: bool
    currency: str
    empty: Mapping[str, Any]
    chosen: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class BulkAct(Generic[R]):
    """Something done to many rows at once, in one act.

    `ask` makes the form of what must be said besides; `run` does it and returns what to tell the reader.
    """

    name: str
    label: Words
    icon: str
    permission: str
    ask: Callable[[Work, Any], forms.Form]
    run: Callable[[Work, Source[R], Mapping[str, Any]], str]


DECLARED: dict[str, List[Any]] = {}
"""Every list by its name, as soon as the module that declares it is loaded."""


@dataclass(frozen=True)
class List(Generic[R]):
    """A list: `open` reads the filters of an address; `name` is the name of its URL and of its saved views.

    `home` is the URL that shows it, where that is not `name`. `measure` names the column whose sum a selection
    shows. `unit` is what a row is called in counts ("行").
    """

    name: str
    title: Words
    permission: str
    columns: tuple[Column[R], ...]
    default_sort: str
    open: Callable[[QueryDict, Work], Reading[R]]
    key: Callable[[R], UUID]
    url: Callable[[Work, R], str]
    home: str = ""
    measure: str = ""
    acts: tuple[BulkAct[R], ...] = ()
    dense: bool = False

    def __post_init__(self) -> None:
        DECLARED[self.name] = self

    def columns_for(self, work: Work) -> list[Column[R]]:
        """The columns that the actor may see, in the declared order."""
        return [
            column for column in self.columns if not column.permission or work.actor.may(column.permission)
        ]

    def acts_for(self, work: Work) -> list[BulkAct[R]]:
        """The acts that the actor may do."""
        return [each for each in self.acts if work.actor.may(each.permission)]

    def act(self, name: str) -> BulkAct[R] | None:
        return next((each for each in self.acts if each.name == name), None)


@runtime_checkable
class Streamed(Protocol[R]):
    """A source that gives all rows in one reading, where paging through them would count the state anew each time."""

    def stream(self, sort: str) -> Iterator[list[R]]:
        """All rows in order, a batch at a time."""


def batches(source: Source[R], sort: str, size: int = 2000) -> Iterator[list[R]]:
    """All rows in order, a batch at a time."""
    if isinstance(source, Streamed):
        yield from source.stream(sort)
        return
    after = ""
    while True:
        found = source.slice(sort, after=after, limit=size)
        if found.rows:
            yield found.rows
        if not found.after:
            return
        after = found.after


def keyed(rows: Iterable[R], key: Callable[[R], UUID]) -> dict[UUID, R]:
    """Rows by their keys."""
    return {key(row): row for row in rows}

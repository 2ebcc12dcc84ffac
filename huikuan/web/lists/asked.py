"""What an address asks of a list: its filters, order, columns, page and view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext as _

from huikuan.organizations.models import SavedView
from huikuan.organizations.saved_views.queries import default_view_id, seen_views
from huikuan.web.lists.declaration import Column, List
from huikuan.web.pages import Work

ALL_ROWS = "all"
"""The view of an address that asks for no view, where a list would open with one."""

PLACES = ("after", "before", "page")
OUTSIDE_VIEWS = (*PLACES, "view")
MAX_QUERY = 4000


@dataclass(frozen=True)
class Asked:
    """The parameters that count (those of the address, or of the view it names), and what is said about them."""

    parameters: QueryDict
    sort: str
    columns: tuple[Column[Any], ...]
    views: tuple[SavedView, ...] = ()
    view: SavedView | None = None
    default_id: UUID | None = None
    remarks: tuple[str, ...] = field(default=())

    @property
    def query(self) -> str:
        """The filters, order and columns as text of an address: what a view keeps, a file is made of."""
        return said(self.parameters, without=OUTSIDE_VIEWS).urlencode()

    @property
    def changed(self) -> bool:
        """Whether the view says something else than what is shown."""
        return self.view is not None and same_query(self.view.query) != same_query(self.query)


def asked_of(the_list: List[Any], given: QueryDict, work: Work) -> Asked:
    """Read an address. What it names and there is not (a view, an order, a column) is left out of account."""
    views = tuple(seen_views(work.actor, the_list.name))
    default_id = default_view_id(work.actor, the_list.name)
    named = given.get("view", "")
    view = next((each for each in views if str(each.pk) == named), None)
    remarks: tuple[str, ...] = ()
    if named and named != ALL_ROWS and view is None:
        remarks = (_("这个视图不存在，或没有共享给您。"),)
    parameters = _today_unsaid(said(given), work)
    if not said(given, without=("view",)):
        if not named:
            view = next((each for each in views if each.pk == default_id), None)
        if view is not None:
            parameters = said(QueryDict(view.query))
            parameters["view"] = str(view.pk)
    return Asked(
        parameters=parameters,
        sort=sort_asked(the_list, parameters.get("sort", ""), work),
        columns=columns_asked(the_list, parameters.get("cols", ""), work),
        views=views,
        view=view,
        default_id=default_id,
        remarks=remarks,
    )


def from_query(the_list: List[Any], query: str, work: Work) -> Asked:
    """What the text of `Asked.query` asks for, without views."""
    parameters = _today_unsaid(said(QueryDict(query[:MAX_QUERY]), without=OUTSIDE_VIEWS), work)
    return Asked(
        parameters=parameters,
        sort=sort_asked(the_list, parameters.get("sort", ""), work),
        columns=columns_asked(the_list, parameters.get("cols", ""), work),
    )


def _today_unsaid(parameters: QueryDict, work: Work) -> QueryDict:
    """A view saved today is of each day on which it is opened; only another day is kept."""
    if parameters.get("as_of") == work.today.isoformat():
        del parameters["as_of"]
    return parameters


def said(parameters: QueryDict, *, without: Sequence[str] = ()) -> QueryDict:
    """The parameters that say something, the last of each name, without NUL characters."""
    kept = QueryDict(mutable=True)
    for name in parameters:
        value = str(parameters.get(name) or "").replace("\0", "")
        if value and name not in without:
            kept[name] = value
    return kept


def same_query(query: str) -> list[tuple[str, str]]:
    """A query in a form that can be compared."""
    return sorted((name, str(value)) for name, value in QueryDict(query).items() if value)


def sort_asked(the_list: List[Any], text: str, work: Work) -> str:
    """The order asked for if there is such a one, else the list's own."""
    sorts = {column.sort for column in the_list.columns_for(work) if column.sort}
    return text if text.removeprefix("-") in sorts else the_list.default_sort


def columns_asked(the_list: List[Any], text: str, work: Work) -> tuple[Column[Any], ...]:
    """The columns asked for, in that order; without any, those that are shown by default."""
    seen = {column.key: column for column in the_list.columns_for(work)}
    names = dict.fromkeys(name for name in text.split(",") if name in seen)
    if names:
        return tuple(seen[name] for name in names)
    return tuple(column for column in seen.values() if not column.hidden)

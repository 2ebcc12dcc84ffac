"""A list as its page shows it: the context of components/list.html."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from huikuan.core.keyset import MarkUnknown
from huikuan.organizations.saved_views.queries import may_share_views
from huikuan.web.lists.addresses import PAGE_SIZE, address
from huikuan.web.lists.asked import ALL_ROWS, PLACES, Asked, asked_of, from_query
from huikuan.web.lists.declaration import Column, List, Reading, Slice, Total
from huikuan.web.lists.files import MOST_ROWS
from huikuan.web.lists.orders import orders_of
from huikuan.web.pages import Work

Context = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """One page of a list, read."""

    the_list: List[Any]
    asked: Asked
    reading: Reading[Any]
    rows: Slice[Any]
    remarks: tuple[str, ...]
    path: str


def list_context(request: HttpRequest, work: Work, the_list: List[Any]) -> Context:
    """Read the page that the address asks for; `{"list": …}` for components/list.html."""
    asked = asked_of(the_list, request.GET, work)
    reading = the_list.open(asked.parameters, work)
    remarks = asked.remarks
    after, before = asked.parameters.get("after", ""), asked.parameters.get("before", "")
    try:
        rows = reading.source.slice(asked.sort, after=after, before=before, limit=PAGE_SIZE)
    except MarkUnknown:
        rows, remarks = _first(asked, reading), (*remarks, _("地址中的页码无法识别，已回到第一页。"))
    else:
        if not rows.rows and (after or before):
            rows = _first(asked, reading)
    path = reverse(the_list.home or the_list.name, args=[work.organization.code])
    return {"list": _shown(Page(the_list, asked, reading, rows, remarks, path), work)}


def _first(asked: Asked, reading: Reading[Any]) -> Slice[Any]:
    return reading.source.slice(asked.sort, limit=PAGE_SIZE)


def _shown(page: Page, work: Work) -> Context:
    the_list, asked, reading = page.the_list, page.asked, page.reading
    return {
        "name": the_list.name,
        "title": the_list.title,
        "form": reading.form,
        "kept": {name: asked.parameters[name] for name in ("cols", "view") if name in asked.parameters},
        "clear_url": _clear_url(page) if reading.filtered else "",
        "sort": asked.sort,
        "sorts": orders_of(
            [head(column) for column in the_list.columns_for(work)],
            asked.sort,
            said="sort" in asked.parameters,
        ),
        "columns": [head(column) for column in asked.columns],
        "rows": [_row(page, work, row) for row in page.rows.rows],
        "select": bool(page.rows.rows),
        "paging": _paging(page),
        "currency": reading.currency,
        "empty": reading.empty,
        "chosen": reading.chosen,
        "note": reading.note,
        "remarks": page.remarks,
        "choices": _choices(page, work),
        "dense": the_list.dense,
        "query": asked.query,
        "parameters": asked.parameters,
        "tabs": _tabs(page, work),
        "view": _view(page, work),
        "may_share": may_share_views(work.actor),
        "acts": [
            {"label": each.label, "icon": each.icon, "url": _url(page, work, "act", each.name)}
            for each in the_list.acts_for(work)
        ],
        "total_url": f"{_url(page, work, 'total')}?{asked.query}",
        "file_url": _url(page, work, "file"),
        "views_url": _url(page, work, "views"),
        "most_rows": MOST_ROWS["xlsx"],
    }


def _url(page: Page, work: Work, part: str, *more: str) -> str:
    return reverse(f"{page.the_list.name}-{part}", args=[work.organization.code, *more])


def head(column: Column[Any]) -> Context:
    """A column as components/table_head.html takes it."""
    return {
        "key": column.key,
        "label": column.label,
        "kind": column.kind,
        "sort": column.sort,
        "hint": column.hint,
        "lead": column.lead,
        "figure": column.figure,
        "minor": column.minor,
        "whole": column.whole,
        "wide": column.wide,
    }


def _row(page: Page, work: Work, row: Any) -> Context:
    cells = [column.cell(work, row) for column in page.asked.columns]
    measured = next((column for column in page.the_list.columns if column.key == page.the_list.measure), None)
    return {
        "key": str(page.the_list.key(row)),
        "url": page.the_list.url(work, row),
        "measure": _value(measured.cell(work, row)) if measured and page.reading.currency else None,
        "cells": cells,
    }


def _value(cell: Any) -> Any:
    return cell.get("value") if isinstance(cell, Mapping) else cell


def _paging(page: Page) -> Context:
    kept = page.asked.parameters

    def url(**place: str) -> str:
        return address(page.path, kept, **{**dict.fromkeys(PLACES), **place})

    return {
        "text": _("本页 %d 行") % len(page.rows.rows) if page.rows.rows else "",
        "previous_url": url(before=page.rows.before) if page.rows.before else "",
        "next_url": url(after=page.rows.after) if page.rows.after else "",
    }


def _clear_url(page: Page) -> str:
    kept = {name: page.asked.parameters.get(name) for name in ("sort", "cols")}
    bare = address(page.path, page.asked.parameters, **dict.fromkeys(page.asked.parameters))
    query = "&".join(f"{name}={value}" for name, value in kept.items() if value)
    return f"{bare}?view={ALL_ROWS}{'&' + query if query else ''}"


def _choices(page: Page, work: Work) -> list[Context]:
    """All columns, those shown first and in their order."""
    shown = list(page.asked.columns)
    rest = [column for column in page.the_list.columns_for(work) if column not in shown]
    return [
        {"key": column.key, "label": column.label, "shown": column in shown} for column in (*shown, *rest)
    ]


def _tabs(page: Page, work: Work) -> list[Context]:
    asked = page.asked
    tabs: list[Context] = [
        {"label": _("全部"), "url": f"{page.path}?view={ALL_ROWS}", "active": asked.view is None}
    ]
    for view in asked.views:
        query = f"{view.query}&" if view.query else ""
        tabs.append(
            {
                "label": view.name,
                "url": f"{page.path}?{query}view={view.pk}",
                "active": view == asked.view,
                "shared": view.shared,
                "mine": view.membership_id == work.actor.membership_id,
                "opens": view.pk == asked.default_id,
            }
        )
    return tabs


def _view(page: Page, work: Work) -> Context | None:
    """The view that is shown, with what the actor may do with it."""
    view = page.asked.view
    if view is None:
        return None
    mine = view.membership_id == work.actor.membership_id
    return {
        "id": view.pk,
        "name": view.name,
        "shared": view.shared,
        "opens": view.pk == page.asked.default_id,
        "changed": page.asked.changed,
        "may_change": mine or may_share_views(work.actor),
    }


def total_context(work: Work, the_list: List[Any], query: str) -> Context:
    """The sums of a list under its columns: the context of components/list_total.html."""
    asked = from_query(the_list, query, work)
    reading = the_list.open(asked.parameters, work)
    total = reading.source.total()
    return {
        "total": total,
        "cells": _sums(asked.columns, total),
        "summed": any(column.key in total.sums for column in asked.columns),
        "measure": total.sums.get(the_list.measure),
        "currency": reading.currency,
    }


def _sums(columns: Sequence[Column[Any]], total: Total) -> list[Context]:
    return [{**head(column), "value": total.sums.get(column.key, "")} for column in columns]

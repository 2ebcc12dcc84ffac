"""Addresses that keep the filters, and pages by number for lists that are short."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from huikuan.web.templatetags.money import count

PAGE_SIZE = 50


@dataclass(frozen=True)
class Place:
    """Where in a list the reader is: the page's number, and the rows before it."""

    number: int
    size: int = PAGE_SIZE

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size

    @property
    def slice(self) -> slice:
        return slice(self.offset, self.offset + self.size)


def place_in(request: HttpRequest, *, size: int = PAGE_SIZE) -> Place:
    """The page that the address asks for; nonsense is the first page."""
    text = request.GET.get("page", "1")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 1
    return Place(max(number, 1), size)


def rows_of(first: int, last: int, total: int) -> str:
    """Which rows a page shows."""
    return _("第 %(first)s–%(last)s 行，共 %(total)s 行") % {
        "first": count(first),
        "last": count(last),
        "total": count(total),
    }


def paging(request: HttpRequest, place: Place, total: int) -> dict[str, Any]:
    """Context of components/paging.html for `total` rows that are all at hand."""
    if not total:
        return {}
    first, last = place.offset + 1, min(place.offset + place.size, total)
    if first > total:
        return {
            "text": _("共 %s 行") % count(total),
            "previous_url": address(request.path, request.GET, page=None),
        }
    text = rows_of(first, last, total)
    before = place.number - 1 if place.number > 2 else None
    return {
        "text": text,
        "previous_url": address(request.path, request.GET, page=before) if place.number > 1 else "",
        "next_url": address(request.path, request.GET, page=place.number + 1) if last < total else "",
    }


def address(path: str, parameters: QueryDict, **changes: object) -> str:
    """`path` with the parameters, some of them changed; None leaves one out."""
    query = parameters.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = str(value)
    return f"{path}?{query.urlencode()}" if query else path


def with_query(url: str, parameters: Mapping[str, object]) -> str:
    """`url` with the parameters that say something."""
    said = {name: value for name, value in parameters.items() if value not in (None, "", False)}
    return f"{url}?{urlencode(said)}" if said else url

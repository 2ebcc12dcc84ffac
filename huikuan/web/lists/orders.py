"""The orders of a table in words, for phones: rows are cards there, without heads of columns to press."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from huikuan.web.templatetags.listing import DAYS, FIGURES


def orders_of(columns: Iterable[Mapping[str, Any]], sort: str, *, said: bool) -> list[dict[str, Any]]:
    """What components/filter_bar.html takes as `sorts`; `said`: the address names the order, else it stays unsaid."""
    orders = [
        {"value": value, "label": words % {"column": column["label"]}, "chosen": value == sort}
        for column in columns
        if column.get("sort")
        for value, words in _ways(str(column["sort"]), str(column.get("kind") or ""))
    ]
    chosen = next((order for order in orders if order["chosen"]), None)
    if chosen is None:
        return [{"value": "", "label": _("默认"), "chosen": True}, *orders]
    if not said:
        chosen["value"] = ""
    return orders


def _ways(name: str, kind: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """Both directions of a column, the one that is asked for first in front."""
    if kind in FIGURES:
        return (f"-{name}", _("%(column)s，从大到小")), (name, _("%(column)s，从小到大"))
    if kind in DAYS:
        return (name, _("%(column)s，从早到晚")), (f"-{name}", _("%(column)s，从晚到早"))
    return (name, _("%(column)s，正序")), (f"-{name}", _("%(column)s，倒序"))

"""The leading columns of a report's rows: code and name of what each row is of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext_lazy as _

from huikuan.reports.asking import Column, Kind
from huikuan.reports.dimensions import DIMENSIONS, TIMES
from huikuan.reports.filters import ItemFilter

UNNAMED = _("（未指定）")
TOTAL = _("合计")
SAME_NAME = frozenset(("team", "region", "segment", "product", "currency", *TIMES))
"""Dimensions whose key is what they are called."""


def key_columns(by: Sequence[str]) -> tuple[Column, ...]:
    """`code` and `name`; the code is left out where it says no more than the name."""
    label: Any = _("项目")
    if len(by) == 1:
        label = DIMENSIONS[by[0]].label
    name = Column("name", label, Kind.TEXT)
    if all(each in SAME_NAME for each in by):
        return (name,)
    return (Column("code", _("代码"), Kind.TEXT), name)


def key_values(by: Sequence[str], key: Sequence[str], name: str) -> dict[str, Any]:
    """The values of `key_columns` for the row of a key; the empty key is the row of everything."""
    code, shown = code_and_name(by, key, name)
    return {"code": code, "name": shown}


def code_and_name(by: Sequence[str], key: Sequence[str], name: str) -> tuple[str, Any]:
    """What the row of a key says in `key_columns`."""
    if not key:
        return "", TOTAL
    code = key[-1]
    return "" if by[len(key) - 1] in SAME_NAME else code, name or code or UNNAMED


def narrowed(where: ItemFilter, by: Sequence[str], key: Sequence[str]) -> ItemFilter:
    """The filter of a row: what the report was asked for, and the row's own codes."""
    own: dict[str, Any] = dict(zip(by, key, strict=False))
    return replace(where, **own)

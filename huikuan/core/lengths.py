"""How long texts may be: asked before a set is written, so that a person reads which text is too long."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _


def lengths_of(model: type[Model], *names: str) -> dict[str, int]:
    """How many characters the named fields of `model` hold."""
    return {name: int(getattr(model._meta.get_field(name), "max_length", None) or 0) for name in names}


def first_too_long(values: Mapping[str, Any], lengths: Mapping[str, int]) -> str | None:
    """The first field whose text is longer than it may be; fields without a length, and other values, pass."""
    for name, most in lengths.items():
        text = values.get(name)
        if isinstance(text, str) and len(text) > most:
            return name
    return None


def too_long(record: str, label: str, most: int) -> str:
    """The sentence about a text of `record` that is longer than `most` characters."""
    return _("%(record)s：%(field)s超过 %(most)d 个字符。") % {"record": record, "field": label, "most": most}

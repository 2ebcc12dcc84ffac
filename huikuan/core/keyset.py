"""Reading an ordered set page by page from the last row of the page before, in both directions."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

MAX_MARK = 2000
"""Characters of a mark; the longest real one holds a sort key of 400 characters and an id."""


class MarkUnknown(ValueError):
    """A mark in an address is none, or belongs to another order."""


@dataclass(frozen=True)
class Key:
    """One expression that rows are ordered by, with the type of its values.

    Only the first key of an order may be nullable. Missing values come last ascending and first descending,
    as in the index that is walked.
    """

    expression: str
    kind: type
    nullable: bool = False


def segments(
    *, nullable: bool, descending: bool, mark: Sequence[Any] | None
) -> list[tuple[bool | None, Sequence[Any] | None]]:
    """The parts to read one after the other until there are enough rows.

    Each is (whether the first key is missing in it: None where it never is, the mark to begin behind). Apart from
    each other they are ranges of an index; together in one condition they would not be.
    """
    if not nullable:
        return [(None, mark)]
    order = [True, False] if descending else [False, True]
    if mark is None:
        return [(missing, None) for missing in order]
    begun = order.index(mark[0] is None)
    return [
        (missing, mark if place == begun else None) for place, missing in enumerate(order) if place >= begun
    ]


def write_mark(values: Sequence[Any]) -> str:
    """The values of a row's keys as text for an address."""
    texts = [None if value is None else _text(value) for value in values]
    packed = json.dumps(texts, ensure_ascii=False, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def read_mark(text: str, keys: Sequence[Key]) -> tuple[Any, ...]:
    """The values that `write_mark` wrote for an order of these keys. Raises MarkUnknown."""
    if len(text) > MAX_MARK:
        raise MarkUnknown(text[:40])
    try:
        texts = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
        if not isinstance(texts, list) or len(texts) != len(keys):
            raise MarkUnknown(text)
        return tuple(_value(said, key) for said, key in zip(texts, keys, strict=True))
    except (ValueError, ArithmeticError, binascii.Error, UnicodeError, RecursionError) as error:
        raise MarkUnknown(text) from error


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _value(text: object, key: Key) -> Any:
    if text is None and key.nullable:
        return None
    if not isinstance(text, str) or "\0" in text:
        raise MarkUnknown(text)
    text.encode()  # half of a surrogate pair is no text
    if key.kind is datetime:
        return datetime.fromisoformat(text)
    if key.kind is date:
        return date.fromisoformat(text)
    if key.kind is Decimal:
        return _decimal(text)
    if key.kind is int:
        return _whole(text)
    return UUID(text) if key.kind is UUID else text


def _decimal(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite() or number.adjusted() > 15 or len(text) > 24:
        raise MarkUnknown(text)
    return number


def _whole(text: str) -> int:
    number = int(text)
    if abs(number) >= 2**31:
        raise MarkUnknown(text)
    return number

"""Marks of pages: what is written is read, and what is no mark is refused, never believed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huikuan.core.keyset import Key, MarkUnknown, read_mark, segments, write_mark

KEYS = (
    Key("due", date, nullable=True),
    Key("amount", Decimal),
    Key("name", str),
    Key("at", datetime),
    Key("count", int),
    Key("id", UUID),
)
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)


@given(
    st.tuples(
        st.none() | st.dates(),
        st.decimals(-(10**14), 10**14, places=4),
        TEXT,
        st.datetimes(timezones=st.just(UTC)),
        st.integers(-(2**31) + 1, 2**31 - 1),
        st.uuids(),
    )
)
def test_a_mark_is_read_as_it_was_written(values: tuple[Any, ...]) -> None:
    assert read_mark(write_mark(values), KEYS) == values


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda some: some.hex()))
def test_what_is_no_mark_is_refused(text: str) -> None:
    with pytest.raises(MarkUnknown):
        read_mark(text, KEYS)


@pytest.mark.parametrize(
    ("key", "values"),
    [
        (Key("a", date), ["2026-02-30"]),
        (Key("a", date), [None]),
        (Key("a", Decimal), ["NaN"]),
        (Key("a", Decimal), ["1e999999"]),
        (Key("a", Decimal), ["1" * 25]),
        (Key("a", int), [str(2**31)]),
        (Key("a", UUID), ["x"]),
        (Key("a", str), ["a\0b"]),
        (Key("a", str), ["a", "b"]),
        (Key("a", str), []),
    ],
)
def test_values_that_do_not_fit_their_keys(key: Key, values: list[str | None]) -> None:
    with pytest.raises(MarkUnknown):
        read_mark(write_mark(values), (key,))


def test_a_very_long_mark_is_not_even_read() -> None:
    with pytest.raises(MarkUnknown):
        read_mark(write_mark(["x" * 5000, str(uuid4())]), (Key("a", str), Key("id", UUID)))


def test_missing_values_come_last_ascending_and_first_descending() -> None:
    filled, empty = (date(2026, 1, 1), 1), (None, 1)
    assert segments(nullable=True, descending=False, mark=None) == [(False, None), (True, None)]
    assert segments(nullable=True, descending=True, mark=None) == [(True, None), (False, None)]
    assert segments(nullable=True, descending=False, mark=filled) == [(False, filled), (True, None)]
    assert segments(nullable=True, descending=False, mark=empty) == [(True, empty)]
    assert segments(nullable=True, descending=True, mark=filled) == [(False, filled)]
    assert segments(nullable=False, descending=True, mark=filled) == [(None, filled)]

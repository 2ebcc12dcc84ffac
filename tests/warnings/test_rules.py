"""When a finding is news, which thresholds are possible, and what a hit is worth."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from huikuan.warnings.rules import (
    SHIPPED,
    Finding,
    Hits,
    Kind,
    Last,
    is_news,
    out_of_range,
    shipped_setting,
)
from huikuan.warnings.wording import EXPLAINED, KINDS, THRESHOLDS, sentence, threshold_word

DAY = date(2026, 11, 21)
D = Decimal


def _news(last: Last | None, since: date | None = None) -> bool:
    return is_news(Finding(Kind.LIMIT_USE, uuid4(), since=since), last, day=DAY, quiet=D(30))


def test_nothing_before_is_news() -> None:
    assert _news(None)


def test_an_open_warning_is_not_repeated() -> None:
    assert not _news(Last(DAY - timedelta(days=400), open=True, closed_on=None))


@pytest.mark.parametrize(("days", "news"), [(29, False), (30, False), (31, True)])
def test_after_closing_it_is_quiet_for_a_while(days: int, news: bool) -> None:
    closed = DAY - timedelta(days=days)
    assert _news(Last(closed - timedelta(days=5), open=False, closed_on=closed)) is news


def test_the_same_event_is_told_once() -> None:
    last = Last(DAY - timedelta(days=60), open=False, closed_on=DAY - timedelta(days=59))
    assert not _news(last, since=last.found_on)
    assert _news(last, since=last.found_on + timedelta(days=1))


def test_looking_again_at_an_earlier_day_finds_nothing_new() -> None:
    assert not _news(Last(DAY, open=False, closed_on=DAY))


def test_every_kind_has_its_words() -> None:
    for kind in Kind:
        assert str(KINDS[kind]) and str(EXPLAINED[kind])
        assert set(THRESHOLDS[kind]) == set(SHIPPED[kind].thresholds) - {"quiet"}
        assert threshold_word(kind, "quiet")
        assert "—" in sentence(kind, {})  # what an old warning lacks leaves a gap, not an error


def test_amounts_are_written_with_separators() -> None:
    figures = {"amount": "1234567.00", "total": "2000000.00", "percent": "61.7"}
    assert "1,234,567.00" in sentence(Kind.CONCENTRATION, figures)
    assert "61.7%" in sentence(Kind.CONCENTRATION, figures)


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({}, []),
        ({"percent": D(0)}, ["percent"]),
        ({"percent": D("NaN")}, ["percent"]),
        ({"quiet": D("1.5")}, ["quiet"]),
        ({"other": D(1)}, ["other"]),
    ],
)
def test_thresholds_outside_their_range_are_named(changed: dict[str, Decimal], wrong: list[str]) -> None:
    assert out_of_range(Kind.LIMIT_USE, {**shipped_setting(Kind.LIMIT_USE).values, **changed}) == wrong


def test_a_missing_threshold_is_named() -> None:
    assert set(out_of_range(Kind.LIMIT_USE, {})) == {"percent", "quiet"}


def test_a_hit_is_worth_what_it_says_beyond_the_base_rate() -> None:
    hits = Hits(8, 4, D("0.125"))
    assert (hits.share, hits.lift) == (D("0.5"), D(4))
    assert (Hits(0, 0, D("0.1")).share, Hits(0, 0, D("0.1")).lift, Hits(3, 1, D(0)).lift) == (
        None,
        None,
        None,
    )

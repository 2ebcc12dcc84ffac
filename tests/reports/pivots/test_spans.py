"""Months, quarters and years of a period, and what they are compared with."""

from datetime import date

import pytest

from huikuan.reports.pivots.spans import Span, earlier, ends_of, number_of_spans, spans


def day(text: str) -> date:
    return date.fromisoformat(text)


def test_a_period_is_cut_into_its_quarters() -> None:
    found = spans(day("2025-11-15"), day("2026-05-20"), "quarter")
    assert [(each.name, str(each.since), str(each.until)) for each in found] == [
        ("2025-Q4", "2025-11-15", "2025-12-31"),
        ("2026-Q1", "2026-01-01", "2026-03-31"),
        ("2026-Q2", "2026-04-01", "2026-05-20"),
    ]
    for unit in ("month", "quarter", "year", ""):
        parts = spans(day("2025-11-15"), day("2026-05-20"), unit)
        assert len(parts) == number_of_spans(day("2025-11-15"), day("2026-05-20"), unit)
        assert (parts[0].since, parts[-1].until) == (day("2025-11-15"), day("2026-05-20"))


@pytest.mark.parametrize(
    ("since", "until", "compare", "unit", "before"),
    [
        ("2026-02-01", "2026-02-28", "previous", "month", ("2026-01-01", "2026-01-31")),
        ("2026-03-01", "2026-03-15", "previous", "month", ("2026-02-01", "2026-02-15")),
        ("2026-01-01", "2026-03-31", "previous", "quarter", ("2025-10-01", "2025-12-31")),
        ("2026-01-01", "2026-06-30", "previous", "", ("2025-07-01", "2025-12-31")),
        ("2026-01-01", "2026-06-15", "previous", "", ("2025-07-01", "2025-12-15")),
        ("2026-03-10", "2026-03-19", "previous", "", ("2026-02-28", "2026-03-09")),
        ("2024-02-01", "2024-02-29", "last_year", "", ("2023-02-01", "2023-02-28")),
        ("2025-02-01", "2025-02-28", "last_year", "month", ("2024-02-01", "2024-02-29")),
    ],
)
def test_the_earlier_period(since: str, until: str, compare: str, unit: str, before: tuple[str, str]) -> None:
    found = earlier(Span("x", day(since), day(until)), compare, unit)
    assert (str(found.since), str(found.until)) == before


def test_the_ends_are_sorted_and_each_is_there_once() -> None:
    found = spans(day("2026-01-01"), day("2026-03-31"), "month")
    assert [str(each) for each in ends_of(found)] == ["2025-12-31", "2026-01-31", "2026-02-28", "2026-03-31"]

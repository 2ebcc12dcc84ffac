"""Calendar arithmetic of periods."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huikuan.core.dates import add_months, add_years, days_between, month_end, period_end

DATES = st.dates(min_value=date(1990, 1, 1), max_value=date(2190, 12, 31))


@pytest.mark.parametrize(
    ("base", "months", "day", "expected"),
    [
        (date(2026, 1, 31), 1, None, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, None, date(2028, 2, 29)),
        (date(2026, 1, 31), 2, None, date(2026, 3, 31)),
        (date(2026, 3, 10), 1, 31, date(2026, 4, 30)),
        (date(2025, 12, 5), 2, 30, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, None, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, None, date(2028, 2, 29)),
        (date(2026, 3, 31), -1, None, date(2026, 2, 28)),
        (date(2026, 1, 15), -1, None, date(2025, 12, 15)),
        (date(2026, 12, 31), 0, 1, date(2026, 12, 1)),
        (date(2100, 1, 30), 1, None, date(2100, 2, 28)),
    ],
)
def test_add_months(base: date, months: int, day: int | None, expected: date) -> None:
    assert add_months(base, months, day) == expected


@pytest.mark.parametrize("day", [0, 32, -1])
def test_a_day_that_no_month_has_is_refused(day: int) -> None:
    with pytest.raises(ValueError, match="1 to 31"):
        add_months(date(2026, 1, 1), 1, day)


@pytest.mark.parametrize("months", [12 * 8000, -12 * 2027])
def test_a_year_outside_the_calendar_is_refused(months: int) -> None:
    with pytest.raises(ValueError, match="calendar year"):
        add_months(date(2026, 1, 1), months)


def test_add_years_meets_leap_days() -> None:
    assert add_years(date(2026, 3, 31), 3) == date(2029, 3, 31)
    assert add_years(date(2024, 2, 29), 3) == date(2027, 2, 28)


@pytest.mark.parametrize(
    ("base", "cutoff", "expected"),
    [
        (date(2026, 1, 15), None, date(2026, 1, 31)),
        (date(2026, 1, 31), None, date(2026, 1, 31)),
        (date(2028, 2, 1), None, date(2028, 2, 29)),
        (date(2026, 1, 25), 25, date(2026, 1, 25)),
        (date(2026, 1, 26), 25, date(2026, 2, 25)),
        (date(2026, 12, 26), 25, date(2027, 1, 25)),
        (date(2026, 1, 31), 30, date(2026, 2, 28)),
        (date(2026, 2, 28), 30, date(2026, 2, 28)),
        (date(2026, 2, 28), 31, date(2026, 2, 28)),
    ],
)
def test_period_end(base: date, cutoff: int | None, expected: date) -> None:
    assert period_end(base, cutoff) == expected


def test_the_start_day_is_not_counted() -> None:
    assert days_between(date(2026, 1, 31), date(2026, 3, 2)) == 30
    assert days_between(date(2026, 1, 31), date(2026, 1, 31)) == 0
    assert days_between(date(2026, 2, 1), date(2026, 1, 31)) == -1


@given(base=DATES, months=st.integers(0, 600))
def test_no_month_is_skipped(base: date, months: int) -> None:
    later = add_months(base, months)
    assert (later.year * 12 + later.month) - (base.year * 12 + base.month) == months
    assert later.day == base.day or (later.day < base.day and later == month_end(later))


@given(base=DATES)
def test_the_month_end_is_the_last_day(base: date) -> None:
    assert month_end(base).month == base.month
    assert (month_end(base) + timedelta(days=1)).day == 1


@given(base=DATES, cutoff=st.one_of(st.none(), st.integers(1, 31)))
def test_a_base_lies_in_the_period_that_it_ends(base: date, cutoff: int | None) -> None:
    end = period_end(base, cutoff)
    assert base <= end
    assert (end - base).days <= 31
    assert period_end(end, cutoff) == end

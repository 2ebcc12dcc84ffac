"""Working days of China, an organization's own days, and years without a notice."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huikuan.core.calendar import (
    CHINA,
    PUBLISHED_THROUGH,
    WorkCalendar,
    is_provisional,
    is_workday,
    next_workday,
    previous_workday,
)

HOLIDAYS_2026 = [
    (date(2026, 1, 1), date(2026, 1, 3)),
    (date(2026, 2, 15), date(2026, 2, 23)),
    (date(2026, 4, 4), date(2026, 4, 6)),
    (date(2026, 5, 1), date(2026, 5, 5)),
    (date(2026, 6, 19), date(2026, 6, 21)),
    (date(2026, 9, 25), date(2026, 9, 27)),
    (date(2026, 10, 1), date(2026, 10, 7)),
]
MAKE_UP_WORKDAYS_2026 = [
    date(2026, 1, 4),
    date(2026, 2, 14),
    date(2026, 2, 28),
    date(2026, 5, 9),
    date(2026, 9, 20),
    date(2026, 10, 10),
]
UNPUBLISHED = PUBLISHED_THROUGH + 1


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)


def test_every_day_of_2026() -> None:
    holidays = {on for first, last in HOLIDAYS_2026 for on in _days(first, last)}
    for on in _days(date(2026, 1, 1), date(2026, 12, 31)):
        expected = on in MAKE_UP_WORKDAYS_2026 or (on.weekday() < 5 and on not in holidays)
        assert is_workday(on) is expected, on


def test_spring_festival_is_rolled_over_in_both_directions() -> None:
    assert next_workday(date(2026, 2, 15)) == date(2026, 2, 24)
    assert previous_workday(date(2026, 2, 15)) == date(2026, 2, 14)


def test_a_working_day_stays() -> None:
    assert next_workday(date(2026, 2, 14)) == date(2026, 2, 14)
    assert previous_workday(date(2026, 2, 24)) == date(2026, 2, 24)


def test_a_year_without_a_notice_knows_weekends_only_and_says_so() -> None:
    new_year = date(UNPUBLISHED, 1, 1)
    assert is_workday(new_year) is (new_year.weekday() < 5)
    assert is_provisional(new_year)
    assert not is_provisional(date(PUBLISHED_THROUGH, 10, 1))
    assert not is_provisional(date(2003, 10, 1))


def test_the_last_days_of_a_year_wait_for_the_next_notice() -> None:
    # The notice of 2019 moved 29 to 31 December 2018.
    assert not is_workday(date(2018, 12, 31)) and is_workday(date(2018, 12, 29))
    assert is_provisional(date(PUBLISHED_THROUGH, 12, 29))
    assert not is_provisional(date(PUBLISHED_THROUGH, 12, 28))


def test_own_days_come_before_the_notice() -> None:
    shutdown, saturday = date(2026, 3, 4), date(2026, 3, 7)
    own = WorkCalendar({shutdown: False, saturday: True})
    assert CHINA.is_workday(shutdown) and not CHINA.is_workday(saturday)
    assert not own.is_workday(shutdown) and own.is_workday(saturday)
    assert own.next_workday(shutdown) == date(2026, 3, 5)
    assert own.previous_workday(date(2026, 3, 8)) == saturday


def test_an_own_day_is_final_and_a_notice_entered_as_data_makes_its_year_final() -> None:
    holiday = date(UNPUBLISHED, 10, 1)
    own = WorkCalendar({holiday: False})
    assert not own.is_provisional(holiday)
    assert own.is_provisional(holiday + timedelta(days=1))
    assert not WorkCalendar({holiday: False}, UNPUBLISHED).is_provisional(holiday + timedelta(days=1))


@pytest.mark.parametrize("year", [2004, 2020, PUBLISHED_THROUGH])
def test_a_year_has_about_250_working_days(year: int) -> None:
    assert 240 <= sum(map(is_workday, _days(date(year, 1, 1), date(year, 12, 31)))) <= 262


@given(on=st.dates(min_value=date(2004, 1, 1), max_value=date(2040, 12, 31)))
def test_rolling_ends_on_the_nearest_working_day(on: date) -> None:
    later, earlier = next_workday(on), previous_workday(on)
    assert earlier <= on <= later
    assert is_workday(later) and is_workday(earlier)
    assert not any(is_workday(day) for day in _days(on, later - timedelta(days=1)))
    assert not any(is_workday(day) for day in _days(earlier + timedelta(days=1), on))

"""On which days a schedule is due, and which days its question is of then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from huikuan.core.dates import month_end

DAY, WORKDAY, WEEK, MONTH = "day", "workday", "week", "month"


def is_due(every: str, on: int, day: date, is_workday: Callable[[date], bool]) -> bool:
    """Whether a schedule is due on a day.

    `on`: the day of the week (1 Monday … 7 Sunday), or of the month; a month that has no such day: its last.
    """
    if every == DAY:
        return True
    if every == WORKDAY:
        return is_workday(day)
    if every == WEEK:
        return day.isoweekday() == on
    return day.day == min(on, month_end(day).day)


def eve(day: date) -> date:
    """The last whole day that a report made in the morning can be of."""
    return day - timedelta(days=1)

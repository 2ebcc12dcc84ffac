"""The periods of a pivot, and the earlier ones that they are compared with. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from huikuan.core.dates import add_months, month_end

ONE_DAY = timedelta(days=1)
MONTHS = {"month": 1, "quarter": 3, "year": 12}
PREVIOUS, LAST_YEAR = "previous", "last_year"
MOST = 60
"""More periods than this are no longer a table."""


class Span(NamedTuple):
    """A period by its name (2026-01, 2026-Q1, 2026; empty where there is only one), first and last day."""

    name: str
    since: date
    until: date

    @property
    def eve(self) -> date:
        return self.since - ONE_DAY


def number_of_spans(since: date, until: date, unit: str) -> int:
    """How many periods `spans` makes."""
    if not unit:
        return 1
    return _ordinal(until) // MONTHS[unit] - _ordinal(since) // MONTHS[unit] + 1


def spans(since: date, until: date, unit: str) -> tuple[Span, ...]:
    """The months, quarters or years (`unit`; "": all in one) of a period; the first and the last may be cut."""
    if not unit:
        return (Span("", since, until),)
    size, found, start = MONTHS[unit], [], since
    while start <= until:
        last = _ordinal(start) // size * size + size - 1
        end = min(month_end(date(last // 12, last % 12 + 1, 1)), until)
        found.append(Span(_name(start, unit), start, end))
        start = end + ONE_DAY
    return tuple(found)


def _ordinal(on: date) -> int:
    return on.year * 12 + on.month - 1


def _name(on: date, unit: str) -> str:
    if unit == "month":
        return f"{on:%Y-%m}"
    return f"{on:%Y}-Q{(on.month + 2) // 3}" if unit == "quarter" else f"{on:%Y}"


def earlier(span: Span, compare: str, unit: str) -> Span:
    """The period that one is compared with: the same of the year before, or the one before it.

    The one before a month, quarter or year is the one before it; of a period that begins with a month, as many months
    earlier; of any other, the same number of days right before. What ends within a month is compared up to that day.
    """
    if compare == LAST_YEAR:
        months = 12
    elif unit:
        months = MONTHS[unit]
    elif span.since.day == 1:
        months = _ordinal(span.until) - _ordinal(span.since) + 1
    else:
        length = span.until - span.since
        return Span(span.name, span.eve - length, span.eve)
    until = add_months(span.until, -months)
    if span.until == month_end(span.until):
        until = month_end(until)
    return Span(span.name, add_months(span.since, -months), until)


def ends_of(found: Sequence[Span]) -> list[date]:
    """The eves and last days of all of them, sorted."""
    return sorted({day for span in found for day in (span.eve, span.until)})

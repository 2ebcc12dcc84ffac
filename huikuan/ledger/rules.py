"""Which day falls into which bucket of an aging."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from huikuan.core.dates import add_months


class Basis(StrEnum):
    """What a debt is aged by: days overdue since its effective due date, or time since its document's date."""

    DUE = "due"
    DOCUMENT = "document"


class UnusableBounds(ValueError):
    """The bounds of one's own buckets are whole days from 1, each above the one before it."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """The due dates (or document dates) `from_on` to `until_on`, both included; None: no limit on that side."""

    name: str
    from_on: date | None
    until_on: date | None

    def holds(self, on: date) -> bool:
        """Whether a debt due (or dated) on this day is in the bucket."""
        return (self.from_on is None or on >= self.from_on) and (self.until_on is None or on <= self.until_on)


OVERDUE_BOUNDS = (30, 60, 90, 180, 365)
"""Upper bounds, in days overdue, of the buckets most ledgers manage by."""

STATUTORY_YEARS = 5
"""The notes to Chinese annual reports age by document date: within 1 year, 1 to 2, … 4 to 5, above 5."""


def aging_buckets(as_of: date, basis: Basis, bounds: Sequence[int] = ()) -> tuple[Bucket, ...]:
    """The buckets as of a day, youngest first; together they hold every day.

    By due date: not due (the due day itself included), then days overdue up to each bound, then above the last.
    By document date without bounds: whole years by anniversaries, the anniversary itself still within; with
    bounds: days since the document. Raises UnusableBounds.
    """
    if any(bound < 1 for bound in bounds) or any(low >= high for low, high in pairwise(bounds)):
        raise UnusableBounds(f"not bounds of buckets: {list(bounds)}")
    if basis is Basis.DUE:
        return (Bucket("not_due", as_of, None), *_by_days(as_of, (0, *(bounds or OVERDUE_BOUNDS))))
    if bounds:
        first, *_rest = bounds
        return (Bucket(f"<={first}", _earlier(as_of, first), None), *_by_days(as_of, bounds))
    return tuple(_by_years(as_of))


def _by_days(as_of: date, bounds: Sequence[int]) -> Iterator[Bucket]:
    for low, high in pairwise(bounds):
        yield Bucket(f"{low + 1}-{high}", _earlier(as_of, high), _earlier(as_of, low + 1))
    yield Bucket(f">{bounds[-1]}", None, _earlier(as_of, bounds[-1] + 1))


def _by_years(as_of: date) -> Iterator[Bucket]:
    until = None
    for years in range(1, STATUTORY_YEARS + 1):
        first = _first_within(as_of, years)
        yield Bucket("<=1y" if years == 1 else f"{years - 1}-{years}y", first, until)
        until = _earlier(first, 1)
    yield Bucket(f">{STATUTORY_YEARS}y", None, until)


def _first_within(as_of: date, years: int) -> date:
    """The earliest document date whose anniversary after `years` has not passed."""
    if as_of.year <= years:
        return date.min
    first = add_months(as_of, -12 * years)
    # From 29 February there is no such day earlier, and 28 February's own anniversary has passed.
    return first if add_months(first, 12 * years) >= as_of else first + timedelta(days=1)


def _earlier(on: date, days: int) -> date:
    return on - timedelta(days=days) if days < on.toordinal() else date.min

"""Calendar arithmetic of periods, as Civil Code articles 200 to 203 count them.

The day on which a period starts is not counted; a day that the last month lacks becomes that month's last.
"""

from calendar import monthrange
from datetime import date


def _clamped(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, monthrange(year, month)[1]))


def add_months(base: date, months: int, day: int | None = None) -> date:
    """Return the day `months` after the base's month: its own day, or `day` (1 to 31), clamped to the month.

    Always count from the original base: adding one month twice from 31 January ends on 28 March, adding two
    ends on 31 March. `months` may be negative. Raises ValueError for a `day` outside 1 to 31 or a year
    outside 1 to 9999.
    """
    wanted = base.day if day is None else day
    if not 1 <= wanted <= 31:
        raise ValueError(f"a day of the month is 1 to 31, not {wanted}")
    years, month = divmod(base.month - 1 + months, 12)
    if not 1 <= base.year + years <= 9999:
        raise ValueError(f"no calendar year {base.year + years}")
    return _clamped(base.year + years, month + 1, wanted)


def add_years(base: date, years: int) -> date:
    """Return the same day `years` later; 29 February becomes 28 February where there is none."""
    return add_months(base, 12 * years)


def month_end(on: date) -> date:
    """Return the last day of the month of `on`."""
    return _clamped(on.year, on.month, 31)


def period_end(base: date, cutoff: int | None = None) -> date:
    """Return the end of the billing period that contains the base.

    Without a cut-off the month's last day. With cut-off day `cutoff` (1 to 31, clamped to the month): that
    day of the base's month if the base is not after it, otherwise that day of the next month.
    """
    end = add_months(base, 0, 31 if cutoff is None else cutoff)
    if base <= end:
        return end
    return add_months(base, 1, cutoff)


def days_between(start: date, end: date) -> int:
    """Return the days from `start` to `end`, the start day not counted; negative when `end` is earlier."""
    return (end - start).days

"""Working days of mainland China: the State Council's yearly notice, overridable by data.

The notice names the holidays of a year and the weekend days worked in exchange (调休). Its data comes with
the package chinesecalendar. A year without a notice knows weekends only, and its answers are provisional.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

import chinese_calendar  # type: ignore[import-untyped, unused-ignore]

_HOLIDAYS: Final[frozenset[date]] = frozenset(chinese_calendar.holidays)
_MAKE_UP_WORKDAYS: Final[frozenset[date]] = frozenset(chinese_calendar.workdays)

PUBLISHED_THROUGH: Final[int] = max(_HOLIDAYS).year
"""The last year whose notice is known."""

_SATURDAY: Final = 5
_DAY: Final = timedelta(days=1)

# A notice also moves days just before its year: that of 2019 made 29 December 2018 a workday and the two
# days after it holidays.
_REACH_OF_A_NOTICE: Final = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Working days of China, with an organization's own days (True: worked, False: rest) above them.

    `published_through` names the last year that is final; raise it when the overrides hold a later notice.
    """

    overrides: Mapping[date, bool] = field(default_factory=lambda: MappingProxyType({}))
    published_through: int = PUBLISHED_THROUGH

    def is_workday(self, on: date) -> bool:
        """Tell whether `on` is worked: neither holiday nor weekend, or a weekend day worked in exchange."""
        own = self.overrides.get(on)
        if own is not None:
            return own
        return on in _MAKE_UP_WORKDAYS or (on.weekday() < _SATURDAY and on not in _HOLIDAYS)

    def is_provisional(self, on: date) -> bool:
        """Tell whether a notice still to come may change the answer for `on`."""
        if on in self.overrides:
            return False
        return on > date(self.published_through, 12, 31) - _REACH_OF_A_NOTICE

    def next_workday(self, on: date) -> date:
        """Return the first working day on or after `on`."""
        while not self.is_workday(on):
            on += _DAY
        return on

    def previous_workday(self, on: date) -> date:
        """Return the last working day on or before `on`."""
        while not self.is_workday(on):
            on -= _DAY
        return on


CHINA: Final = WorkCalendar()
"""The public calendar without an organization's own days."""

is_workday = CHINA.is_workday
is_provisional = CHINA.is_provisional
next_workday = CHINA.next_workday
previous_workday = CHINA.previous_workday

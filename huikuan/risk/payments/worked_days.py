"""The days that the organization works, as the model counts them: the public calendar, and above it its own days."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from huikuan.core.calendar import CHINA
from huikuan.messaging.registry import work_calendar
from huikuan.risk.payments.hazard import WorkedDays
from huikuan.risk.payments.staging import Cut, day_number, day_of

FIRST = date(2004, 1, 1)
YEARS_ON = 10


def worked_days(cut: Cut) -> WorkedDays:
    """From 2004 to ten years after the last published one; the current organization's own days as recorded by the cut.

    Of a time before the organization was live, its own days count as they are now.
    """
    own = work_calendar(_end_of(cut)).overrides
    public = _public()
    worked = public.worked.copy()
    for on, is_worked in own.items():
        place = day_number(on) - public.first
        if 0 <= place < len(worked):
            worked[place] = float(is_worked)
    return WorkedDays(public.first, worked)


def _end_of(cut: Cut) -> datetime | None:
    if cut.live_on is None or cut.on < cut.live_on:
        return None
    return datetime.combine(cut.on + timedelta(days=1), time(), ZoneInfo(cut.zone))


@lru_cache(maxsize=1)
def _public() -> WorkedDays:
    first, last = day_number(FIRST), day_number(date(CHINA.published_through + YEARS_ON, 12, 31))
    return WorkedDays(
        first, np.array([float(CHINA.is_workday(day_of(each))) for each in range(first, last + 1)])
    )

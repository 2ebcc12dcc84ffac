"""When a customer can be called: what it told us, at which hours its calls were answered, how often it was called today.

No debtor is called in quiet hours or on rest days, nor more than three times a day (the standard on collecting
consumer credit of 2025, taken as a ceiling: domain reference §7).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum

from huikuan.collection.stepping import QUIET_FROM, QUIET_TO
from huikuan.core.calendar import WorkCalendar
from huikuan.messaging.rules import QuietHours, leaves_at

CALLS_A_DAY = 3
"""So often a customer is called in a day at most; calls that nobody answered count."""
CALLS_LOOKED_AT = 20
"""The last calls of a customer from which is told at which hours it answers."""
FEWEST_CALLS = 3
"""Of so few calls in an hour and the ones beside it nothing is told."""
QUIET = QuietHours(QUIET_FROM, QUIET_TO, rest_days=True)


class Reach(StrEnum):
    """Whether now is a time to call a customer, and why. "": nothing is known that speaks for it or against it.

    `closed`: on holiday by its own word; `called`: often enough today; `hours`, `outside`: in the hours it told us or
    not; `answers`, `silent`: at this hour its calls are mostly answered or mostly not.
    """

    UNKNOWN = ""
    CLOSED = "closed"
    CALLED = "called"
    HOURS = "hours"
    OUTSIDE = "outside"
    ANSWERS = "answers"
    SILENT = "silent"


GOOD = frozenset({Reach.HOURS, Reach.ANSWERS})
BAD = frozenset({Reach.CLOSED, Reach.CALLED, Reach.OUTSIDE, Reach.SILENT})


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day in the organization's time zone, and whether customers may be called then.

    `opens_at`: the first moment from then on at which they may be.
    """

    at: time
    opens_at: datetime | None = None

    @property
    def may_call(self) -> bool:
        """Whether it is neither a quiet hour nor a rest day."""
        return self.opens_at is None


def clock_at(moment: datetime, calendar: WorkCalendar) -> Clock:
    """What a moment is for calling; `moment` is local."""
    opens = leaves_at(moment, QUIET, calendar)
    return Clock(moment.time(), opens if opens > moment else None)


def hours_of(mask: int) -> list[tuple[int, int]]:
    """The hours of a mask (bit 9: from nine to ten) as spans: first hour, and the hour at which it ends."""
    spans: list[tuple[int, int]] = []
    for hour in range(24):
        if mask >> hour & 1:
            if spans and spans[-1][1] == hour:
                spans[-1] = (spans[-1][0], hour + 1)
            else:
                spans.append((hour, hour + 1))
    return spans


# Of calls `t` (customer_id, at, answered) at which hours customers answer: two of three, or one of four and less.
# A call counts for its hour and the ones beside it.
HOURS = f"""
    SELECT customer_id, bit_or(1 << hour) FILTER (WHERE 3 * answered >= 2 * calls) AS answers_at,
           bit_or(1 << hour) FILTER (WHERE 4 * answered <= calls) AS silent_at
    FROM (
        SELECT t.customer_id, s.hour, count(*) AS calls, count(*) FILTER (WHERE t.answered) AS answered
        FROM ({{calls}}) t CROSS JOIN generate_series(greatest(t.at - 1, 0), least(t.at + 1, 23)) s(hour)
        GROUP BY t.customer_id, s.hour HAVING count(*) >= {FEWEST_CALLS}
    ) h
    GROUP BY customer_id
"""
NOT_CORRECTED = """NOT EXISTS (
    SELECT FROM collection_contact n WHERE n.organization_id = %(organization)s AND n.supersedes_id = i.id)"""
# The last calls of customers. `only`: a condition on contacts `i`, beginning with AND.
CALLS = f"""
    SELECT customer_id, extract(hour FROM made_at AT TIME ZONE (
               SELECT time_zone FROM organizations_organization WHERE id = %(organization)s))::int AS at,
           result <> 'not_reached' AS answered
    FROM (
        SELECT i.customer_id, i.made_at, i.result,
               row_number() OVER (PARTITION BY i.customer_id ORDER BY i.made_at DESC, i.id DESC) AS place
        FROM collection_contact i
        WHERE i.organization_id = %(organization)s AND i.channel = 'phone' AND i.direction = 'out' {{only}}
          AND {NOT_CORRECTED}
    ) c
    WHERE place <= {CALLS_LOOKED_AT}
"""
# How often each customer was called on the day.
CALLED_TODAY = f"""
    SELECT i.customer_id, count(*)::int AS calls FROM collection_contact i
    WHERE i.organization_id = %(organization)s AND i.made_on = %(today)s AND i.channel = 'phone'
      AND i.direction = 'out' AND {NOT_CORRECTED}
    GROUP BY i.customer_id
"""
# Of `l` (a standing), `ct` (calls of today) and `ch` (hours told); `clock` is null where the time plays no part.
REACH = f"""
    CASE WHEN %(clock)s::time IS NULL THEN ''
         WHEN %(today)s::date BETWEEN ch.away_from AND ch.away_until THEN '{Reach.CLOSED}'
         WHEN ct.calls >= {CALLS_A_DAY} THEN '{Reach.CALLED}'
         WHEN NOT %(may_call)s THEN ''
         WHEN ch.called_from IS NOT NULL
              THEN CASE WHEN %(clock)s::time >= ch.called_from AND %(clock)s::time < ch.called_until
                        THEN '{Reach.HOURS}' ELSE '{Reach.OUTSIDE}' END
         WHEN l.answers_at >> %(hour)s::int & 1 = 1 THEN '{Reach.ANSWERS}'
         WHEN l.silent_at >> %(hour)s::int & 1 = 1 THEN '{Reach.SILENT}'
         ELSE '' END
"""

"""How good the matching is: what it posted, what people confirmed, and what of both was undone, by month and tier."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from huikuan.core.postgres.tenancy import current_organization_id


@dataclass(frozen=True, slots=True)
class TierQuality:
    """Lines of one month settled from one tier ("hand": put together by people).

    `automatic`: nobody confirmed them; `undone`: taken back since; `first`: the first option was the one confirmed.
    """

    month: date
    tier: str
    settled: int
    automatic: int
    undone: int
    automatic_undone: int
    first: int

    @property
    def confirmed(self) -> int:
        return self.settled - self.automatic

    @property
    def precision(self) -> Decimal | None:
        """The share that stood; of those posted by themselves where there are any."""
        return 1 - Decimal(self.undone) / self.settled if self.settled else None


@dataclass(frozen=True, slots=True)
class MonthQuality:
    """A month of money that came in: how many lines, how many settled by themselves, by people, still waiting."""

    month: date
    lines: int
    automatic: int
    by_people: int
    waiting: int
    tiers: tuple[TierQuality, ...]

    @property
    def straight_through(self) -> Decimal | None:
        """直通率: the share of lines that nobody had to look at."""
        return Decimal(self.automatic) / self.lines if self.lines else None


def match_quality(*, since: date) -> list[MonthQuality]:
    """The months from `since` on, the latest first. Lines count in the month they were booked in by the bank."""
    parameters: dict[str, Any] = {"organization": current_organization_id(), "since": since.replace(day=1)}
    with connection.cursor() as cursor:
        cursor.execute(TIERS, parameters)
        tiers = [TierQuality(*row) for row in cursor.fetchall()]
        cursor.execute(MONTHS, parameters)
        return [
            MonthQuality(
                month,
                lines,
                automatic,
                by_people,
                waiting,
                tuple(each for each in tiers if each.month == month),
            )
            for month, lines, automatic, by_people, waiting in cursor.fetchall()
        ]


TIERS = """
    SELECT date_trunc('month', l.booked_on)::date AS month, u.tier, count(*), count(*) FILTER (WHERE u.automatic),
           count(x.id), count(x.id) FILTER (WHERE u.automatic),
           count(*) FILTER (WHERE NOT u.automatic AND u.settled_with -> 'place' = '0'::jsonb)
    FROM cash_line_use u
    JOIN cash_statement_line l ON l.organization_id = u.organization_id AND l.id = u.line_id
    LEFT JOIN cash_line_use x ON x.organization_id = u.organization_id AND x.undoes_id = u.id
    WHERE u.organization_id = %(organization)s AND u.kind = 'receipt' AND u.undoes_id IS NULL
      AND l.booked_on >= %(since)s AND u.tier <> ''
    GROUP BY 1, 2
    ORDER BY 1 DESC, array_position(ARRAY['sure', 'likely', 'weak', 'none', 'hand'], u.tier::text)
"""

MONTHS = """
    SELECT date_trunc('month', l.booked_on)::date AS month, count(*),
           count(*) FILTER (WHERE u.automatic), count(*) FILTER (WHERE u.by_people),
           count(*) FILTER (WHERE l.used < l.amount)
    FROM cash_statement_line l
    LEFT JOIN (
        SELECT u.line_id, bool_and(u.automatic) AS automatic, bool_or(NOT u.automatic) AS by_people
        FROM cash_line_use u
        LEFT JOIN cash_line_use x ON x.organization_id = u.organization_id AND x.undoes_id = u.id
        WHERE u.organization_id = %(organization)s AND u.undoes_id IS NULL AND x.id IS NULL AND u.kind = 'receipt'
        GROUP BY u.line_id
    ) u ON u.line_id = l.id
    WHERE l.organization_id = %(organization)s AND l.amount > 0 AND l.booked_on >= %(since)s
      AND l.kind IN ('transfer', 'other')
    GROUP BY 1
    ORDER BY 1 DESC
"""

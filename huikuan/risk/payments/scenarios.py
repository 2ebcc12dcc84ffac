"""What the coming weeks would bring if a customer paid later, or foreign money were worth more or less. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import connection

from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.organizations.models import Organization
from huikuan.risk.payments.queries import EXPECTED, FORESEEN, foretold_weeks


@dataclass(frozen=True, slots=True)
class Scenario:
    """`customer_id` pays everything `weeks` weeks later; foreign currencies are worth `rate` percent more (or less); what
    is not invoiced yet comes `slip` weeks later.
    """

    customer_id: UUID | None = None
    weeks: int = 0
    rate: Decimal = Decimal(0)
    slip: int = 0


@dataclass(frozen=True, slots=True)
class TriedWeek:
    """A week (its Monday): what is expected, and what would come in the scenario."""

    week_on: date
    expected: Decimal
    tried: Decimal


# By week and by how far it is put off: what is expected, and the same at other rates; only of what the scenario touches.
TOUCHED = f"""
    SELECT w.place, f.later, sum({EXPECTED}), sum(round({EXPECTED} * f.factor, 2))
    FROM (
        SELECT f.*, CASE WHEN f.currency <> %(currency)s THEN 1 + %(rate)s::numeric / 100 ELSE 1 END AS factor,
               CASE WHEN f.customer_id = %(customer)s THEN %(weeks)s::int ELSE 0 END
               + CASE WHEN f.kind <> 'item' THEN %(slip)s::int ELSE 0 END AS later
        FROM ({FORESEEN}) f
    ) f
    CROSS JOIN LATERAL unnest(f.weeks) WITH ORDINALITY w (share, place)
    WHERE f.later > 0 OR f.factor <> 1
    GROUP BY w.place, f.later
"""


def try_scenario(scenario: Scenario) -> list[TriedWeek]:
    """The weeks of the newest forecast as they are and as they would be; empty where nothing is foreseen.

    What is put off beyond the last week is not in any of them.
    """
    weeks = foretold_weeks()
    tried = [week.expected for week in weeks]
    for place, later, expected, moved in _touched(scenario) if weeks else ():
        tried[place - 1] -= expected
        if place - 1 + later < len(tried):
            tried[place - 1 + later] += moved
    return [TriedWeek(week.week_on, week.expected, other) for week, other in zip(weeks, tried, strict=True)]


def _touched(scenario: Scenario) -> list[tuple[int, int, Decimal, Decimal]]:
    organization_id = current_organization_id()
    with connection.cursor() as cursor:
        cursor.execute(
            TOUCHED,
            {
                "organization": organization_id,
                "currency": Organization.objects.get(pk=organization_id).currency,
                "customer": scenario.customer_id,
                "weeks": scenario.weeks,
                "rate": scenario.rate,
                "slip": scenario.slip,
            },
        )
        return list(cursor.fetchall())


def largest_expected(most: int) -> list[tuple[UUID, str]]:
    """The customers that owe most of what is foreseen: key and name."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT c.id, c.name
            FROM ({FORESEEN}) f
            JOIN customers_customer c ON c.organization_id = %(organization)s AND c.id = f.customer_id
            GROUP BY c.id, c.name ORDER BY sum(f.amount) DESC, c.id LIMIT %(most)s
            """,
            {"organization": current_organization_id(), "most": most},
        )
        return list(cursor.fetchall())

"""What the coming weeks would bring if a customer paid later, or foreign money were worth more or less. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import connection

from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.organizations.models import Organization
from huikuan.risk.payments.models import PaymentPrediction
from huikuan.risk.payments.weeks import monday_of

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Scenario:
    """`customer_id` pays everything `weeks` weeks later; foreign currencies are worth `rate` percent more (or less)."""

    customer_id: UUID | None
    weeks: int
    rate: Decimal


@dataclass(frozen=True, slots=True)
class TriedWeek:
    """A week (its Monday): what its open items are expected to bring, and what they would bring in the scenario."""

    week_on: date
    expected: Decimal
    tried: Decimal


# By week: what is expected; the same at other rates; of that, what the customer brings.
SUMS = """
    SELECT w.place, sum(i.open_base * w.share), sum(i.open_base * w.share * f.factor),
           coalesce(sum(i.open_base * w.share * f.factor) FILTER (WHERE p.customer_id = %(customer)s), 0)
    FROM risk_payment_prediction p
    JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = p.item_id
    CROSS JOIN LATERAL (SELECT CASE WHEN i.currency <> %(currency)s THEN 1 + %(rate)s / 100 ELSE 1 END AS factor) f
    CROSS JOIN LATERAL unnest(p.weeks) WITH ORDINALITY w (share, place)
    WHERE p.organization_id = %(organization)s AND i.open_amount > 0
    GROUP BY w.place ORDER BY w.place
"""


def try_scenario(scenario: Scenario) -> list[TriedWeek]:
    """The coming weeks of the newest predictions as they are and as they would be; empty where nothing is predicted.

    What is put off beyond the last week is not in any of them.
    """
    first = PaymentPrediction.objects.values_list("as_of_on", flat=True).first()
    if first is None:
        return []
    organization_id = current_organization_id()
    with connection.cursor() as cursor:
        cursor.execute(
            SUMS,
            {
                "organization": organization_id,
                "customer": scenario.customer_id,
                "currency": Organization.objects.get(pk=organization_id).currency,
                "rate": scenario.rate,
            },
        )
        rows = cursor.fetchall()
    own = [Decimal(row[3]) for row in rows]
    put_off = [Decimal(0)] * min(scenario.weeks, len(own)) + own[: max(len(own) - scenario.weeks, 0)]
    return [
        TriedWeek(
            monday_of(first) + timedelta(days=7 * at),
            Decimal(row[1]).quantize(CENT),
            (Decimal(row[2]) - own[at] + put_off[at]).quantize(CENT),
        )
        for at, row in enumerate(rows)
    ]


def largest_expected(most: int) -> list[tuple[UUID, str]]:
    """The customers that owe most of what is foreseen: key and name."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.id, c.name
            FROM risk_payment_prediction p
            JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = p.item_id
            JOIN customers_customer c ON c.organization_id = %(organization)s AND c.id = p.customer_id
            WHERE p.organization_id = %(organization)s AND i.open_amount > 0
            GROUP BY c.id, c.name ORDER BY sum(i.open_base) DESC, c.id LIMIT %(most)s
            """,
            {"organization": current_organization_id(), "most": most},
        )
        return list(cursor.fetchall())

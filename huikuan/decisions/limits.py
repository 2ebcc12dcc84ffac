"""Which limits no longer fit what the scorecard recommends and what is used of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import connection

from huikuan.credit.assessment_queries import current_asked
from huikuan.reports.customer_totals import customer_totals_sql

RAISE_FROM, LOWER_FROM = Decimal("1.2"), Decimal("0.8")
USED_FROM = Decimal("0.8")


class Direction(StrEnum):
    """Which way a limit should go."""

    RAISE = "raise"
    LOWER = "lower"


@dataclass(frozen=True, slots=True)
class LimitChange:
    """A permanent limit in force, and the one the last assessment recommends; amounts in base currency."""

    customer_id: UUID
    code: str
    name: str
    direction: Direction
    limit: Decimal
    recommended: Decimal
    receivable: Decimal
    overdue: Decimal
    grade: str
    assessed_on: date


def limits_to_change(
    *, today: date, salesperson_ids: frozenset[UUID] | None = None, limit: int = 10
) -> tuple[LimitChange, ...]:
    """Limits to raise (four fifths used, nothing overdue, recommended a fifth more) and to lower (recommended a
    fifth less), the widest gap first; at most `limit` of each.

    Of customers' own permanent limits in base currency. What is used is what they owe; orders are not counted here.
    """
    asked, values = current_asked(as_of=today)
    totals, parameters = customer_totals_sql(today=today)
    wanted: dict[str, Any] = {
        **values,
        **parameters,
        "limit": limit,
        "raise_from": RAISE_FROM,
        "lower_from": LOWER_FROM,
        "used_from": USED_FROM,
        "reach": None if salesperson_ids is None else list(salesperson_ids),
    }
    with connection.cursor() as cursor:
        cursor.execute(LIMITS.format(assessed=asked, totals=totals), wanted)
        return tuple(
            LimitChange(key, code, name, Direction(direction), *rest)
            for key, code, name, direction, *rest in cursor.fetchall()
        )


LIMITS = """
    WITH assessed (assessment_id, customer_id, grade, computed_grade, overridden, points, term_days, recommended,
                   secured, assessed_on, reviewed_on, review_on, version_id, vetoed) AS ({assessed}),
    in_force AS (
        SELECT DISTINCT ON (l.customer_id) l.customer_id, l.amount
        FROM credit_limit l
        JOIN organizations_organization o ON o.id = l.organization_id AND o.currency = l.currency
        WHERE l.organization_id = %(organization)s AND l.kind = 'permanent' AND l.state = 'active'
          AND NOT l.whole_group AND l.contract_id IS NULL
          AND l.starts_on <= %(today)s AND (l.ends_on IS NULL OR l.ends_on >= %(today)s)
        ORDER BY l.customer_id, l.starts_on DESC, l.id DESC
    ),
    compared AS (
        SELECT c.id, c.code, c.name, f.amount, a.recommended, coalesce(t.receivable, 0) AS receivable,
               coalesce(t.overdue, 0) AS overdue, a.grade, a.assessed_on,
               CASE
                   WHEN a.recommended >= f.amount * %(raise_from)s AND coalesce(t.overdue, 0) = 0
                        AND coalesce(t.receivable, 0) >= f.amount * %(used_from)s THEN 'raise'
                   WHEN a.recommended <= f.amount * %(lower_from)s THEN 'lower'
               END AS direction
        FROM in_force f
        JOIN assessed a ON a.customer_id = f.customer_id
        JOIN customers_customer c ON c.organization_id = %(organization)s AND c.id = f.customer_id
        LEFT JOIN ({totals}) t ON t.id = f.customer_id
        WHERE f.amount > 0 AND (%(reach)s::uuid[] IS NULL OR c.salesperson_id = ANY(%(reach)s::uuid[]))
    ),
    ranked AS (
        SELECT *, row_number() OVER (PARTITION BY direction ORDER BY abs(recommended - amount) DESC, code) AS place
        FROM compared WHERE direction IS NOT NULL
    )
    SELECT id, code, name, direction, amount, recommended, receivable, overdue, grade, assessed_on
    FROM ranked WHERE place <= %(limit)s
    ORDER BY direction, abs(recommended - amount) DESC, code
"""

"""Money that is not owed yet: what of orders and billing plans will be invoiced, and in which weeks that is paid.

There is no debt yet that a model could judge, so it is paid as debts were paid so far: twenty equally likely delays of all
debts, moved by how much later the customer pays, which is shrunk toward all the more the fewer debts it had.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from huikuan.core.money import quantize
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.ledger.operations.rates import rates_on
from huikuan.organizations.models import Organization
from huikuan.risk.payments.staging import Cut, day_number
from huikuan.risk.payments.weeks import monday_of
from huikuan.sales.coming_cash import ComingDebt, coming_debts

Numbers = NDArray[np.float64]
PARTS = 20
PRIOR = 5.0  # debts' worth of all customers, beside the customer's own
SETTLED_DAYS = 60  # a debt due that long ago shows whether it is paid
NEVER = 9_999


def planned_debts(today: date) -> list[ComingDebt]:
    """What is to come, in base currency, less the advances that customers have paid for it already; earliest due first."""
    return _less_advances(_in_base(coming_debts(today), today))


def _in_base(debts: Sequence[ComingDebt], today: date) -> list[ComingDebt]:
    """`amount` at the latest rate; what is in a currency without one is left out. `currency` stays what it was."""
    base = Organization.objects.values_list("currency", flat=True).get(pk=current_organization_id())
    foreign = {(debt.currency, today) for debt in debts if debt.currency != base}
    rates = {currency: rate for (currency, _day), rate in rates_on(foreign).items()} | {base: Decimal(1)}
    return [
        replace(debt, amount=quantize(debt.amount * rates[debt.currency], base))
        for debt in debts
        if debt.currency in rates
    ]


def _less_advances(debts: Sequence[ComingDebt]) -> list[ComingDebt]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT i.customer_id, sum(i.open_base)
            FROM ledger_open_item i
            JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = i.document_id
            WHERE i.organization_id = %(organization)s AND i.customer_id = ANY(%(customers)s::uuid[])
              AND i.side = -1 AND i.open_amount > 0 AND d.kind = 'advance'
            GROUP BY i.customer_id
            """,
            {
                "organization": current_organization_id(),
                "customers": list({debt.customer_id for debt in debts}),
            },
        )
        paid: dict[UUID, Decimal] = defaultdict(Decimal, cursor.fetchall())
    left = []
    for debt in debts:
        covered = min(paid[debt.customer_id], debt.amount)
        paid[debt.customer_id] -= covered
        if debt.amount > covered:
            left.append(replace(debt, amount=debt.amount - covered))
    return left


def planned_weeks(debts: Sequence[ComingDebt], cut: Cut, weeks: int) -> Numbers:
    """Probability of payment by debt and week from that of the cut on. Debts must be staged (`staging.stage_debts`)."""
    if not debts:
        return np.zeros((0, weeks))
    delays, moved = _delays(cut), _moved()
    first, today = day_number(monday_of(cut.on)), day_number(cut.on)
    due = np.array([float(day_number(debt.due_on)) for debt in debts])
    earliest = np.array([float(max(day_number(debt.issue_on), today + 1)) for debt in debts])
    shift = np.array([moved.get(debt.customer_id, 0.0) for debt in debts])
    day = np.maximum(np.round(due[:, None] + delays[None, :] + shift[:, None]), earliest[:, None])
    week = ((day - first) // 7).astype(np.int64)
    found = np.zeros((len(debts), weeks))
    rows, columns = np.nonzero((week >= 0) & (week < weeks))
    np.add.at(found, (rows, week[rows, columns]), 1 / len(delays))
    return found


LAST = (
    "SELECT DISTINCT ON (item) item, turn, paid_on, how FROM payments_turn ORDER BY item, known DESC, id DESC"
)


def _delays(cut: Cut) -> Numbers:
    """Days from due of `PARTS` equally large parts of the debts due long enough ago; NEVER of what was not paid."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT percentile_disc(%(levels)s::float8[]) WITHIN GROUP (
                       ORDER BY CASE WHEN l.turn = 1 AND l.how = 'paid' THEN l.paid_on - i.due ELSE {NEVER} END)
            FROM payments_item i LEFT JOIN ({LAST}) l USING (item)
            WHERE i.due <= %(by)s AND (l.how IS NULL OR l.how <> 'reduced' OR l.turn <> 1)
            """,
            {
                "levels": [(part + 0.5) / PARTS for part in range(PARTS)],
                "by": day_number(cut.on) - SETTLED_DAYS,
            },
        )
        found = cursor.fetchone()[0]
    return np.array(found or [0], dtype=np.float64)


def _moved() -> dict[UUID, float]:
    """By how many days a customer pays later than all do, shrunk."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT customer_id, (sum(late) - count(*) * max(usual)) / (count(*) + {PRIOR})
            FROM (
                SELECT i.customer_id, least(greatest(l.paid_on - i.due, -30), 90)::float8 AS late,
                       avg(least(greatest(l.paid_on - i.due, -30), 90)) OVER () AS usual
                FROM payments_item i JOIN ({LAST}) l USING (item)
                WHERE l.turn = 1 AND l.how = 'paid'
            ) paid
            GROUP BY customer_id
            """
        )
        return {key: float(days) for key, days in cursor.fetchall()}

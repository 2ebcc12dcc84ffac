"""What each customer owes, has overdue and holds as credit: the totals that the ledger keeps, as SQL."""

from __future__ import annotations

from datetime import date
from typing import Any

from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.ledger.models import OverdueDay


def customer_totals_sql(*, today: date) -> tuple[str, dict[str, Any]]:
    """A SELECT of (id, receivable, overdue, credit) per customer that ever had an item, and its parameters.

    `overdue` is that of `today`: what fell due since the ledger last counted it is added on the way. The rows
    come by an index in order of any of the amounts as long as the count is of today, which it is but for the
    first minutes of a day.
    """
    counted = OverdueDay.objects.values_list("counted_until", flat=True).first()
    parameters: dict[str, Any] = {
        "organization": current_organization_id(),
        "today": today,
        "counted": counted,
    }
    return (KEPT if counted in (None, today) else COUNTED_ON), parameters


KEPT = """
    SELECT id, receivable, overdue, credit FROM ledger_customer_total WHERE organization_id = %(organization)s
"""

COUNTED_ON = """
    SELECT kept.id, kept.receivable, kept.overdue + coalesce(moved.overdue, 0) AS overdue, kept.credit
    FROM ledger_customer_total kept
    LEFT JOIN (
        SELECT customer_id, sum(CASE WHEN effective_due_on >= %(counted)s THEN open_base ELSE -open_base END) AS overdue
        FROM ledger_open_item
        WHERE organization_id = %(organization)s AND side = 1 AND open_amount > 0
          AND effective_due_on >= least(%(counted)s, %(today)s) AND effective_due_on < greatest(%(counted)s, %(today)s)
        GROUP BY customer_id
    ) moved ON moved.customer_id = kept.id
    WHERE kept.organization_id = %(organization)s
"""

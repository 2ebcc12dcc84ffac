"""How late a customer pays: the last debts it settled, each by the day it was paid against the day it was due.

The rule, debt by debt (an instalment of an invoice or a debit note is one debt):

- It is settled: nothing of it is open. Its document still stands and is dated within WINDOW_DAYS before today.
- Only allocations that were not undone count. At least one came from a receipt or an advance; the debt was paid on
  the latest effective date of those. Credit notes that settle the rest do not move that day.
- Debts of which something was written off, and debts settled by credit notes alone, were not paid: left out.
- Days late = day paid − effective due date (the one rolled over rest days); negative when paid early.
- The last `last` of them by day paid are taken; the average is of these, each debt counting once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from huikuan.core.postgres.tenancy import current_organization_id

LAST = 24
WINDOW_DAYS = 3 * 365


@dataclass(frozen=True, slots=True)
class PaidDebt:
    """A debt that was paid; `amount` in `currency`. `line`: which instalment of its document."""

    document_id: UUID
    number: str
    line: int
    amount: Decimal
    currency: str
    due_on: date
    paid_on: date

    @property
    def days_late(self) -> int:
        """Days after the due date; negative: before it."""
        return (self.paid_on - self.due_on).days


@dataclass(frozen=True, slots=True)
class PaymentBehaviour:
    """The last debts paid, the earliest first."""

    debts: tuple[PaidDebt, ...] = ()

    @property
    def average_days_late(self) -> Decimal | None:
        """Days to one decimal, half away from zero; None without debts."""
        if not self.debts:
            return None
        total = Decimal(sum(debt.days_late for debt in self.debts))
        return (total / len(self.debts)).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)

    @property
    def late_count(self) -> int:
        """How many were paid after their due date."""
        return sum(debt.days_late > 0 for debt in self.debts)


def payment_behaviour(customer_id: UUID, *, today: date, last: int = LAST) -> PaymentBehaviour:
    """How late the customer paid its last debts, as known today; by the rule above."""
    parameters: dict[str, Any] = {
        "organization": current_organization_id(),
        "customer": customer_id,
        "since": today - timedelta(days=WINDOW_DAYS),
        "today": today,
        "last": last,
    }
    with connection.cursor() as cursor:
        cursor.execute(PAID_DEBTS, parameters)
        debts = [PaidDebt(*row) for row in cursor.fetchall()]
    return PaymentBehaviour(tuple(reversed(debts)))


# Walks from the customer's documents to their items and on to what settled them: indexes all the way, and never
# more rows than the customer has.
PAID_DEBTS = """
    WITH paid AS MATERIALIZED (
        SELECT i.id, max(a.effective_on) FILTER (WHERE c.kind IN ('receipt', 'advance')) AS paid_on
        FROM ledger_document d
        JOIN ledger_open_item i ON i.organization_id = d.organization_id AND i.document_id = d.id
        JOIN ledger_allocation a ON a.organization_id = i.organization_id AND a.debit_item_id = i.id
        JOIN ledger_open_item ci ON ci.organization_id = a.organization_id AND ci.id = a.credit_item_id
        JOIN ledger_document c ON c.organization_id = ci.organization_id AND c.id = ci.document_id
        WHERE d.organization_id = %(organization)s AND d.customer_id = %(customer)s
          AND d.document_on BETWEEN %(since)s AND %(today)s
          AND d.kind IN ('invoice', 'debit_note') AND d.voided_by_id IS NULL
          AND i.side = 1 AND i.open_amount = 0 AND i.effective_due_on IS NOT NULL
          AND a.reverses_id IS NULL
          AND NOT EXISTS (
              SELECT FROM ledger_allocation u
              WHERE u.organization_id = a.organization_id AND u.reverses_id = a.id
          )
        GROUP BY i.id
        HAVING bool_or(c.kind IN ('receipt', 'advance')) AND NOT bool_or(c.kind = 'write_off')
           AND max(a.effective_on) <= %(today)s
        ORDER BY paid_on DESC, i.id DESC
        LIMIT %(last)s
    )
    SELECT d.id, d.number, i.line, i.amount, i.currency, i.effective_due_on, paid.paid_on
    FROM paid
    JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = paid.id
    JOIN ledger_document d ON d.organization_id = i.organization_id AND d.id = i.document_id
    ORDER BY paid.paid_on DESC, paid.id DESC
"""

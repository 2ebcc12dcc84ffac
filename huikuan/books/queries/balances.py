"""科目余额表: what each account opened with, turned over and closed with, in any span of months.

Entries are summed as they stand, red ink as negative turnover on its own side, so that turnover stays net. Closed
months are read from what was kept when they were closed; the others from their lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from huikuan.core.dates import add_months
from huikuan.core.postgres.tenancy import current_organization_id

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """An account in a span: `opening` and `closing` are debit less credit."""

    account_id: UUID
    code: str
    name: str
    purpose: str
    opening: Decimal
    debit: Decimal
    credit: Decimal
    year_debit: Decimal
    year_credit: Decimal

    @property
    def closing(self) -> Decimal:
        return self.opening + self.debit - self.credit


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """The accounts that have a balance or turnover from the month `since` to the month `until`."""

    since: date
    until: date
    rows: tuple[AccountBalance, ...]

    def total(self, name: str) -> Decimal:
        """The sum of a column: opening_debit, opening_credit, debit, credit, closing_debit, closing_credit."""
        return sum((_column(row, name) for row in self.rows), ZERO)

    @property
    def balances(self) -> bool:
        """Whether debits equal credits in the openings, the turnover and the closings."""
        return all(
            self.total(f"{part}debit") == self.total(f"{part}credit") for part in ("opening_", "", "closing_")
        )

    def as_json(self) -> dict[str, Any]:
        """Amounts as strings with two decimals."""
        return {
            "since": f"{self.since:%Y-%m}",
            "until": f"{self.until:%Y-%m}",
            "rows": [
                {
                    "code": row.code,
                    "name": row.name,
                    **{name: f"{_column(row, name):.2f}" for name in COLUMNS},
                }
                for row in self.rows
            ],
            "total": {name: f"{self.total(name):.2f}" for name in COLUMNS},
            "balances": self.balances,
        }


COLUMNS = (
    "opening_debit",
    "opening_credit",
    "debit",
    "credit",
    "closing_debit",
    "closing_credit",
)


def _column(row: AccountBalance, name: str) -> Decimal:
    if name == "opening_debit":
        return max(row.opening, ZERO)
    if name == "opening_credit":
        return max(-row.opening, ZERO)
    if name == "closing_debit":
        return max(row.closing, ZERO)
    if name == "closing_credit":
        return max(-row.closing, ZERO)
    return Decimal(getattr(row, name))


def trial_balance(*, since: date, until: date) -> TrialBalance:
    """The accounts from the month of `since` to the month of `until`, by code."""
    first, last = since.replace(day=1), until.replace(day=1)
    with connection.cursor() as cursor:
        cursor.execute(
            BALANCES,
            {
                "organization": current_organization_id(),
                "since": first,
                "next": add_months(last, 1),
                "year": last.replace(month=1),
            },
        )
        rows = tuple(AccountBalance(*row) for row in cursor.fetchall())
    return TrialBalance(since=first, until=last, rows=rows)


# Turnover by account and month up to the end of the span: kept for closed months, else summed.
TURNOVER = """
    kept AS MATERIALIZED (
        SELECT DISTINCT p.month
        FROM ledger_period p
        JOIN books_account_month m ON m.organization_id = p.organization_id AND m.month = p.month
            AND m.closed_at = p.closed_at
        WHERE p.organization_id = %(organization)s AND p.month < %(next)s
    ), turnover AS (
        SELECT m.account_id, m.month, m.debit, m.credit
        FROM kept
        JOIN books_account_month m ON m.organization_id = %(organization)s AND m.month = kept.month
        UNION ALL
        SELECT l.account_id, e.month, sum(l.debit), sum(l.credit)
        FROM (
            SELECT organization_id, id, date_trunc('month', effective_on)::date AS month
            FROM ledger_journal_entry
            WHERE organization_id = %(organization)s AND effective_on < %(next)s
              AND date_trunc('month', effective_on)::date NOT IN (SELECT month FROM kept)
        ) e
        JOIN ledger_journal_line l ON l.organization_id = e.organization_id AND l.entry_id = e.id
        GROUP BY l.account_id, e.month
    )
"""

BALANCES = f"""
    WITH {TURNOVER}
    SELECT k.id, k.code, k.name, k.purpose,
           coalesce(sum(t.debit - t.credit) FILTER (WHERE t.month < %(since)s), 0),
           coalesce(sum(t.debit) FILTER (WHERE t.month >= %(since)s), 0),
           coalesce(sum(t.credit) FILTER (WHERE t.month >= %(since)s), 0),
           coalesce(sum(t.debit) FILTER (WHERE t.month >= %(year)s), 0),
           coalesce(sum(t.credit) FILTER (WHERE t.month >= %(year)s), 0)
    FROM turnover t
    JOIN ledger_account k ON k.organization_id = %(organization)s AND k.id = t.account_id
    GROUP BY k.id, k.code, k.name, k.purpose
    HAVING bool_or(t.debit <> 0 OR t.credit <> 0)
    ORDER BY k.code
"""


@dataclass(frozen=True, slots=True)
class CustomerBalance:
    """A customer on an account that items make up; `balance` is debit less credit."""

    account_id: UUID
    code: str
    name: str
    purpose: str
    customer_id: UUID
    customer_code: str
    customer_name: str
    balance: Decimal


def customer_balances(
    *, on: date, purposes: Sequence[str] = (), account_id: UUID | None = None
) -> list[CustomerBalance]:
    """What stood on each account for each customer at the end of the day `on`; nothing where it was zero.

    From the lines that carry items, and from what one customer of a group settled of another's within an account,
    for which there is no entry.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            CUSTOMER_BALANCES,
            {
                "organization": current_organization_id(),
                "on": on,
                "purposes": list(purposes),
                "any_purpose": not purposes,
                "account": account_id,
            },
        )
        return [CustomerBalance(*row) for row in cursor.fetchall()]


# Per account, customer and day: `amount` debit less credit. The parts are also what the customer ledger lists.
GROUP_SETTLEMENTS = """
    SELECT d.account_id, s.customer_id, a.effective_on, s.amount, a.id AS allocation_id, s.item_id
    FROM ledger_allocation a
    JOIN ledger_open_item d ON d.organization_id = a.organization_id AND d.id = a.debit_item_id
    JOIN ledger_open_item c ON c.organization_id = a.organization_id AND c.id = a.credit_item_id
        AND c.customer_id <> d.customer_id
    LEFT JOIN ledger_journal_entry x ON x.organization_id = a.organization_id AND x.allocation_id = a.id
        AND x.event = 'apply_credit'
    CROSS JOIN LATERAL (
        VALUES (d.customer_id, -a.credit_base, d.id), (c.customer_id, a.credit_base, c.id)
    ) s (customer_id, amount, item_id)
    WHERE a.organization_id = %(organization)s AND x.id IS NULL
"""

CUSTOMER_BALANCES = f"""
    SELECT k.id, k.code, k.name, k.purpose, c.id, c.code, c.name, sum(moved.amount)
    FROM (
        SELECT l.account_id, i.customer_id, l.debit - l.credit AS amount
        FROM ledger_journal_line l
        JOIN ledger_journal_entry e ON e.organization_id = l.organization_id AND e.id = l.entry_id
        JOIN ledger_open_item i ON i.organization_id = l.organization_id AND i.id = l.item_id
        WHERE l.organization_id = %(organization)s AND e.effective_on <= %(on)s
        UNION ALL
        SELECT account_id, customer_id, amount FROM ({GROUP_SETTLEMENTS}) grouped WHERE effective_on <= %(on)s
    ) moved
    JOIN ledger_account k ON k.organization_id = %(organization)s AND k.id = moved.account_id
        AND (%(any_purpose)s OR k.purpose = ANY(%(purposes)s))
        AND (%(account)s::uuid IS NULL OR k.id = %(account)s::uuid)
    JOIN customers_customer c ON c.organization_id = %(organization)s AND c.id = moved.customer_id
    GROUP BY k.id, k.code, k.name, k.purpose, c.id, c.code, c.name
    HAVING sum(moved.amount) <> 0
    ORDER BY k.code, abs(sum(moved.amount)) DESC, c.code
"""

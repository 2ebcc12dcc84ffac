"""What a customer owes today, from the items that are still open."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from huikuan.core.postgres.tenancy import current_organization_id

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class CurrencyBalance:
    """A customer's open items of one currency, in that currency (`…_base`: in the organization's).

    `receivable` is all that is owed, due or not; `untriggered` the part of it without a due date yet;
    `unallocated` the credits held for the customer, positive. `oldest_overdue_days` is 0 when nothing is overdue.
    """

    currency: str
    receivable: Decimal = ZERO
    overdue: Decimal = ZERO
    untriggered: Decimal = ZERO
    unallocated: Decimal = ZERO
    receivable_base: Decimal = ZERO
    overdue_base: Decimal = ZERO
    untriggered_base: Decimal = ZERO
    unallocated_base: Decimal = ZERO
    oldest_overdue_days: int = 0

    @property
    def net(self) -> Decimal:
        """What is owed after the credits we hold."""
        return self.receivable - self.unallocated

    @property
    def net_base(self) -> Decimal:
        return self.receivable_base - self.unallocated_base


@dataclass(frozen=True, slots=True)
class CustomerBalance:
    """A customer's balance over all currencies, in base currency; `currencies` in order of their codes."""

    currencies: tuple[CurrencyBalance, ...] = ()

    @property
    def receivable(self) -> Decimal:
        return sum((each.receivable_base for each in self.currencies), ZERO)

    @property
    def overdue(self) -> Decimal:
        return sum((each.overdue_base for each in self.currencies), ZERO)

    @property
    def untriggered(self) -> Decimal:
        return sum((each.untriggered_base for each in self.currencies), ZERO)

    @property
    def unallocated(self) -> Decimal:
        return sum((each.unallocated_base for each in self.currencies), ZERO)

    @property
    def net(self) -> Decimal:
        return self.receivable - self.unallocated

    @property
    def oldest_overdue_days(self) -> int:
        return max((each.oldest_overdue_days for each in self.currencies), default=0)


NOTHING_OPEN = CustomerBalance()


def customer_balance(customer_id: UUID, *, today: date) -> CustomerBalance:
    """What the customer owes today and what we hold for it."""
    return customer_balances([customer_id], today=today).get(customer_id, NOTHING_OPEN)


def customer_balances(customer_ids: Collection[UUID], *, today: date) -> dict[UUID, CustomerBalance]:
    """The balances of these customers in one query; customers with nothing open are left out."""
    if not customer_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            BALANCES,
            {"organization": current_organization_id(), "customers": list(customer_ids), "today": today},
        )
        return _by_customer(cursor.fetchall())


def _by_customer(rows: Iterable[tuple[Any, ...]]) -> dict[UUID, CustomerBalance]:
    found: dict[UUID, list[CurrencyBalance]] = {}
    for customer_id, currency, *sums, overdue_days in rows:
        amounts = dict(zip(SUMMED, (amount or ZERO for amount in sums), strict=True))
        balance = CurrencyBalance(currency=currency, **amounts, oldest_overdue_days=overdue_days or 0)
        found.setdefault(customer_id, []).append(balance)
    return {customer_id: CustomerBalance(tuple(each)) for customer_id, each in found.items()}


SUMMED = (
    "receivable",
    "overdue",
    "untriggered",
    "unallocated",
    "receivable_base",
    "overdue_base",
    "untriggered_base",
    "unallocated_base",
)
"""The order of the sums below."""

BALANCES = """
    SELECT customer_id, currency,
           sum(open_amount) FILTER (WHERE side > 0),
           sum(open_amount) FILTER (WHERE side > 0 AND effective_due_on < %(today)s),
           sum(open_amount) FILTER (WHERE side > 0 AND effective_due_on IS NULL),
           sum(open_amount) FILTER (WHERE side < 0),
           sum(open_base) FILTER (WHERE side > 0),
           sum(open_base) FILTER (WHERE side > 0 AND effective_due_on < %(today)s),
           sum(open_base) FILTER (WHERE side > 0 AND effective_due_on IS NULL),
           sum(open_base) FILTER (WHERE side < 0),
           %(today)s - min(effective_due_on) FILTER (WHERE side > 0 AND effective_due_on < %(today)s)
    FROM ledger_open_item
    WHERE organization_id = %(organization)s AND customer_id = ANY(%(customers)s::uuid[])
      AND open_amount > 0 AND document_on <= %(today)s
    GROUP BY customer_id, currency
    ORDER BY customer_id, currency
"""

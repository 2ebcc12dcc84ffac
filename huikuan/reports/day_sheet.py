"""What is receivable, overdue, due and received by day: the totals that the ledger keeps, read in one query."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from huikuan.core.postgres.tenancy import current_organization_id

ZERO = Decimal(0)


class Day(NamedTuple):
    """The totals of one day in base currency; see `ledger.models.DayTotal`. `day` None: debts without a due date."""

    day: date | None
    due_amount: Decimal
    due_open: Decimal
    due_count: int
    receivable_change: Decimal
    overdue_change: Decimal
    credit_change: Decimal
    received: Decimal


class Standing(NamedTuple):
    """What was owed, overdue, and held as credit (positive) at the end of a day."""

    receivable: Decimal
    overdue: Decimal
    credit: Decimal


@dataclass(frozen=True)
class DaySheet:
    """All days on which something happened or falls due, in order."""

    days: Sequence[Day]
    untriggered: Day

    def standing(self, on: date) -> Standing:
        """What was open at the end of a day, as known now."""
        until = [each for each in self.days if each.day <= on]  # type: ignore[operator]
        return Standing(
            _sum(until, "receivable_change"), _sum(until, "overdue_change"), _sum(until, "credit_change")
        )

    def standings(self, days: Iterable[date]) -> list[Standing]:
        """The standing at the end of each of these days."""
        return [self.standing(day) for day in days]

    def due_open(self, since: date | None, until: date | None) -> tuple[Decimal, int]:
        """Amount and number of the debts still open that are due between two days, both included."""
        found = self._between(since, until)
        return _sum(found, "due_open"), sum(each.due_count for each in found)

    def due_amount(self, since: date, until: date) -> Decimal:
        """What fell or falls due between two days, paid or not."""
        return _sum(self._between(since, until), "due_amount")

    def received(self, since: date, until: date) -> Decimal:
        """Receipts and advances dated between two days."""
        return _sum(self._between(since, until), "received")

    def changes_after(self, on: date) -> bool:
        """Whether documents or allocations are dated later: then what is open now is not what was open then."""
        return any(
            each.receivable_change or each.credit_change for each in self.days if each.day > on  # type: ignore[operator]
        )

    def _between(self, since: date | None, until: date | None) -> list[Day]:
        return [
            each
            for each in self.days
            if (since is None or each.day >= since) and (until is None or each.day <= until)  # type: ignore[operator]
        ]


def _sum(days: Iterable[Day], column: str) -> Decimal:
    return sum(map(attrgetter(column), days), ZERO)


NOTHING = Day(None, ZERO, ZERO, 0, ZERO, ZERO, ZERO, ZERO)


def day_sheet(salesperson_ids: frozenset[UUID] | None = None) -> DaySheet:
    """The day sheet of the current organization, or of the customers that these salespeople have now.

    The whole organization's is kept by the ledger; that of some customers is summed from their items.
    """
    parameters = {"organization": current_organization_id(), "reach": list(salesperson_ids or ())}
    with connection.cursor() as cursor:
        cursor.execute(KEPT if salesperson_ids is None else OF_SALESPEOPLE, parameters)
        days = [Day(*row) for row in cursor.fetchall()]
    untriggered = next((each for each in days if each.day is None), NOTHING)
    return DaySheet([each for each in days if each.day is not None], untriggered)


COLUMNS = """day, due_amount, due_open, due_count, receivable_change, overdue_change, credit_change, received"""

KEPT = f"SELECT {COLUMNS} FROM ledger_day_total WHERE organization_id = %(organization)s ORDER BY day"

OF_SALESPEOPLE = f"""
    SELECT {COLUMNS} FROM ledger_day_totals(%(organization)s, ARRAY(
        SELECT id FROM customers_customer
        WHERE organization_id = %(organization)s AND salesperson_id = ANY(%(reach)s::uuid[])
    )) ORDER BY day
"""

"""What is receivable, overdue, due and received by day: the totals that the ledger keeps, read in one query."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from itertools import accumulate
from operator import add
from threading import Lock
from typing import Any, NamedTuple
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


NOTHING = Day(None, ZERO, ZERO, 0, ZERO, ZERO, ZERO, ZERO)


class DaySheet:
    """All days on which something happened or falls due, in order, and what is added up to each of them."""

    def __init__(self, days: Sequence[Day], untriggered: Day) -> None:
        self.untriggered = untriggered
        self._days = [each.day for each in days if each.day is not None]
        self._sums = [
            Day(None, *sums) for sums in accumulate((each[1:] for each in days), _added, initial=NOTHING[1:])
        ]

    def standing(self, on: date) -> Standing:
        """What was open at the end of a day, as known now."""
        sums = self._sums[bisect_right(self._days, on)]
        return Standing(sums.receivable_change, sums.overdue_change, sums.credit_change)

    def due_open(self, since: date | None, until: date | None) -> tuple[Decimal, int]:
        """Amount and number of the debts still open that are due between two days, both included."""
        before, after = self._around(since, until)
        return after.due_open - before.due_open, after.due_count - before.due_count

    def due_amount(self, since: date, until: date) -> Decimal:
        """What fell or falls due between two days, paid or not."""
        before, after = self._around(since, until)
        return after.due_amount - before.due_amount

    def received(self, since: date, until: date) -> Decimal:
        """Receipts and advances dated between two days."""
        before, after = self._around(since, until)
        return after.received - before.received

    def _around(self, since: date | None, until: date | None) -> tuple[Day, Day]:
        """The sums up to the eve of `since` and to the end of `until`; None: of nothing, of everything."""
        first = 0 if since is None else bisect_left(self._days, since)
        last = len(self._days) if until is None else bisect_right(self._days, until)
        return self._sums[first], self._sums[max(first, last)]


def _added(one: tuple[Any, ...], other: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(map(add, one, other))


def day_sheet(salesperson_ids: frozenset[UUID] | None = None) -> DaySheet:
    """The sheet of the current organization, or of the customers that these salespeople have now.

    The whole organization's is kept by the ledger. That of some customers is summed from their items, once until
    the next act that touches one of them.
    """
    organization = current_organization_id()
    if salesperson_ids is None:
        return _read(KEPT, {"organization": organization})
    parameters: dict[str, Any] = {"organization": organization, "reach": list(salesperson_ids)}
    with connection.cursor() as cursor:
        cursor.execute(STATE, parameters)
        (state,) = cursor.fetchone()
    return _SUMMED.sheet((organization, state), lambda: _read(OF_SALESPEOPLE, parameters))


def _read(sql: str, parameters: dict[str, Any]) -> DaySheet:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        days = [Day(*row) for row in cursor.fetchall()]
    untriggered = next((each for each in days if each.day is None), NOTHING)
    return DaySheet([each for each in days if each.day is not None], untriggered)


class _Summed:
    """The sheets that were summed last, by organization and state of the customers."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._sheets: OrderedDict[tuple[Any, ...], DaySheet] = OrderedDict()
        self._lock = Lock()

    def sheet(self, key: tuple[Any, ...], summed: Callable[[], DaySheet]) -> DaySheet:
        """The sheet of a state; two who ask at once may both sum it."""
        with self._lock:
            found = self._sheets.get(key)
        found = found or summed()
        with self._lock:
            self._sheets[key] = found
            self._sheets.move_to_end(key)
            while len(self._sheets) > self._most:
                self._sheets.popitem(last=False)
        return found


_SUMMED = _Summed(most=32)  # a sheet of three years takes about one MB

COLUMNS = (
    """day, due_amount, due_open, due_count, receivable_change, overdue_change, credit_change, received"""
)

KEPT = f"SELECT {COLUMNS} FROM ledger_day_total WHERE organization_id = %(organization)s ORDER BY day"

OF_REACH = """
    SELECT id FROM customers_customer
    WHERE organization_id = %(organization)s AND salesperson_id = ANY(%(reach)s::uuid[])
"""

STATE = f"""
    SELECT md5(string_agg(t.id::text || t.xmin::text, ',' ORDER BY t.id))
    FROM ledger_customer_total t WHERE t.organization_id = %(organization)s AND t.id IN ({OF_REACH})
"""
"""What a sheet of some customers is made of: which customers, and which version of each one's totals. Every act
that touches an item of a customer writes the totals of the customer anew (decision 7), and `xmin` is the
transaction that wrote a row; acts on other customers leave the sheet standing."""

OF_SALESPEOPLE = f"SELECT {COLUMNS} FROM ledger_day_totals(%(organization)s, ARRAY({OF_REACH})) ORDER BY day"

"""对账单: what happened between a customer and us in a period, and what that leaves owed.

The customer's side of the ledger: what we wrote off as bad stays owed, so write-offs and their recovery, which are
ours alone, are no part of it. The closing balance of a period is the opening balance of the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from huikuan.core.postgres.tenancy import current_organization_id

ZERO = Decimal(0)
GROUPS: Mapping[str, tuple[str, ...]] = {
    "sales": ("invoice", "debit_note"),
    "red": ("credit_note",),
    "receipts": ("receipt", "advance", "refund"),
    "bills": ("bill", "dishonour"),
}
"""Which kinds of documents a statement adds up together; all others are adjustments."""
GROUP_OF = {kind: group for group, kinds in GROUPS.items() for kind in kinds}
PARTS = (*GROUPS, "adjustments")


@dataclass(frozen=True, slots=True)
class Movement:
    """A document, or a settlement within the group, that changed what is owed. `amount`: above zero, more is owed."""

    on: date
    number: str
    kind: str
    part: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class OpenLine:
    """An item that was open at the end of the period."""

    number: str
    document_on: date
    due_on: date | None
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Statement:
    """One customer and currency in a period. `open_lines`: the earliest due first; `unallocated`: credits we hold."""

    customer_id: UUID
    currency: str
    starts_on: date
    ends_on: date
    opening: Decimal = ZERO
    movements: tuple[Movement, ...] = ()
    open_lines: tuple[OpenLine, ...] = ()
    unallocated: Decimal = ZERO
    sums: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def closing(self) -> Decimal:
        return self.opening + sum((each.amount for each in self.movements), ZERO)

    @property
    def overdue(self) -> Decimal:
        late = (each.amount for each in self.open_lines if each.due_on and each.due_on < self.ends_on)
        return sum(late, ZERO)


def statements_of(
    customer_ids: Sequence[UUID], *, starts_on: date, ends_on: date
) -> dict[UUID, list[Statement]]:
    """The statements of customers, one per currency; none for who never had anything to do with us.

    Documents that were undone are left out with what undid them. Two statements of SQL for any number of customers.
    """
    values: dict[str, Any] = {
        "organization": current_organization_id(),
        "ids": list(customer_ids),
        "from": starts_on,
        "until": ends_on,
    }
    with connection.cursor() as cursor:
        cursor.execute(MOVEMENTS, values)
        moved = cursor.fetchall()
        cursor.execute(OPEN_LINES, values)
        left = cursor.fetchall()
    opening: dict[tuple[UUID, str], Decimal] = {}
    movements: dict[tuple[UUID, str], list[Movement]] = {}
    for customer, currency, on, number, kind, amount in moved:
        key = (customer, currency)
        opening.setdefault(key, ZERO)
        if on is None:
            opening[key] += amount
        else:
            made = Movement(on, number, kind, GROUP_OF.get(kind, "adjustments"), amount)
            movements.setdefault(key, []).append(made)
    open_lines: dict[tuple[UUID, str], list[OpenLine]] = {}
    unallocated: dict[tuple[UUID, str], Decimal] = {}
    for customer, currency, side, number, document_on, due_on, amount in left:
        key = (customer, currency)
        if side > 0:
            open_lines.setdefault(key, []).append(OpenLine(number, document_on, due_on, amount))
        else:
            unallocated[key] = unallocated.get(key, ZERO) + amount
    found: dict[UUID, list[Statement]] = {}
    for key, amount in sorted(opening.items(), key=lambda each: str(each[0])):
        rows = movements.get(key, [])
        if not amount and not rows and key not in open_lines and key not in unallocated:
            continue
        found.setdefault(key[0], []).append(
            Statement(
                key[0],
                key[1],
                starts_on,
                ends_on,
                amount,
                tuple(rows),
                tuple(open_lines.get(key, ())),
                unallocated.get(key, ZERO),
                _sums(rows),
            )
        )
    return found


def _sums(rows: Iterable[Movement]) -> dict[str, Decimal]:
    sums = dict.fromkeys(PARTS, ZERO)
    for each in rows:
        sums[each.part] += each.amount
    return sums


# What we decided about a debt without the debtor is no part of what the debtor owes; a reversal stands on the day of
# what it undoes, and both are left out.
LEFT_OUT = "('write_off', 'recovery', 'reversal')"

MOVEMENTS = f"""
    WITH document AS MATERIALIZED (
        SELECT d.id, d.customer_id, d.currency, d.number, d.kind,
               sum(i.side * i.amount) AS amount, i.document_on
        FROM ledger_open_item i
        JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = i.document_id
        WHERE i.organization_id = %(organization)s AND i.customer_id = ANY(%(ids)s::uuid[])
          AND i.document_on <= %(until)s AND d.voided_by_id IS NULL AND d.kind NOT IN {LEFT_OUT}
        GROUP BY d.id, d.customer_id, d.currency, d.number, d.kind, i.document_on
    ),
    within_group AS MATERIALIZED (
        SELECT x.customer_id, i.currency, a.effective_on, c.number, x.amount * a.amount AS amount
        FROM ledger_open_item i
        JOIN ledger_allocation a ON a.organization_id = %(organization)s AND a.debit_item_id = i.id
        JOIN ledger_open_item o ON o.organization_id = %(organization)s AND o.id = a.credit_item_id
        JOIN ledger_document c ON c.organization_id = %(organization)s AND c.id = o.document_id
        CROSS JOIN LATERAL (VALUES (i.customer_id, -1), (o.customer_id, 1)) AS x (customer_id, amount)
        WHERE i.organization_id = %(organization)s AND i.customer_id <> o.customer_id
          AND (i.customer_id = ANY(%(ids)s::uuid[]) OR o.customer_id = ANY(%(ids)s::uuid[]))
          AND x.customer_id = ANY(%(ids)s::uuid[]) AND a.effective_on <= %(until)s
    ),
    moved AS (
        SELECT customer_id, currency, document_on AS on_day, number, kind, amount FROM document
        UNION ALL
        SELECT customer_id, currency, effective_on, number, 'group', amount FROM within_group
    )
    SELECT customer_id, currency, NULL::date, '', '', sum(amount) FROM moved
    WHERE on_day < %(from)s GROUP BY customer_id, currency
    UNION ALL
    (SELECT customer_id, currency, on_day, number, kind, amount FROM moved
     WHERE on_day >= %(from)s AND amount <> 0 ORDER BY customer_id, currency, on_day, amount < 0, number)
"""
OPEN_LINES = f"""
    SELECT i.customer_id, i.currency, i.side, d.number, i.document_on, i.effective_due_on,
           i.amount - coalesce(s.settled, 0) AS left_then
    FROM ledger_open_item i
    JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = i.document_id
    LEFT JOIN LATERAL (
        SELECT sum(a.amount) AS settled
        FROM ledger_allocation a
        JOIN ledger_open_item o
            ON o.organization_id = %(organization)s
           AND o.id = CASE WHEN i.side = 1 THEN a.credit_item_id ELSE a.debit_item_id END
        JOIN ledger_document c ON c.organization_id = %(organization)s AND c.id = o.document_id
        WHERE a.organization_id = %(organization)s AND a.effective_on <= %(until)s
          AND CASE WHEN i.side = 1 THEN a.debit_item_id = i.id ELSE a.credit_item_id = i.id END
          AND c.kind NOT IN {LEFT_OUT}
    ) s ON true
    WHERE i.organization_id = %(organization)s AND i.customer_id = ANY(%(ids)s::uuid[])
      AND i.document_on <= %(until)s AND d.voided_by_id IS NULL AND d.kind NOT IN {LEFT_OUT}
      AND i.amount - coalesce(s.settled, 0) > 0
    ORDER BY i.customer_id, i.effective_due_on NULLS LAST, d.number
"""

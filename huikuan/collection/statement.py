"""对账单: what happened between a customer and us in a period, and what that leaves owed.

The customer's side of the ledger: what we wrote off as bad stays owed, so write-offs and their recovery, which are
ours alone, are no part of it. The closing balance of a period is the opening balance of the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.credit.ledger_facts import OLD_ITEM, Knowledge, knowledge

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
EARLIER = "earlier"
"""The part of what was recorded later for the time before a statement."""


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
    """One customer and currency in a period. `open_lines`: the earliest due first; `unallocated`: credits we hold.

    `earlier`: what was recorded since the last statement for the time before this one; its opening is what that closed
    with. `known_at`: all that was recorded until then is in it, and nothing later.
    """

    customer_id: UUID
    currency: str
    starts_on: date
    ends_on: date
    opening: Decimal = ZERO
    movements: tuple[Movement, ...] = ()
    open_lines: tuple[OpenLine, ...] = ()
    unallocated: Decimal = ZERO
    sums: Mapping[str, Decimal] = field(default_factory=dict)
    earlier: tuple[Movement, ...] = ()
    known_at: datetime | None = None

    @property
    def adjustment(self) -> Decimal:
        """What `earlier` comes to."""
        return sum((each.amount for each in self.earlier), ZERO)

    @property
    def moved(self) -> Decimal:
        """What the movements of the period come to."""
        return sum((each.amount for each in self.movements), ZERO)

    @property
    def closing(self) -> Decimal:
        return self.opening + self.adjustment + self.moved

    @property
    def overdue(self) -> Decimal:
        late = (each.amount for each in self.open_lines if each.due_on and each.due_on < self.ends_on)
        return sum(late, ZERO)


def statements_of(
    customer_ids: Sequence[UUID], *, starts_on: date, ends_on: date, known_at: datetime | None = None
) -> dict[UUID, list[Statement]]:
    """The statements of customers, one per currency; none for who never had anything to do with us.

    Documents that were undone are left out with what undid them. `known_at` (aware): as they were known then, else as
    known now. One statement of SQL for any number of customers, so that the balance and what is open agree, whatever is
    recorded meanwhile.
    """
    known = knowledge(ends_on, known_at) if known_at else all_recorded(ends_on)
    values: dict[str, Any] = {**known.parameters, "ids": list(customer_ids), "from": starts_on}
    with connection.cursor() as cursor:
        cursor.execute(_stated_sql(known), values)
        rows = cursor.fetchall()
    opening: dict[tuple[UUID, str], Decimal] = {}
    movements: dict[tuple[UUID, str], list[Movement]] = {}
    open_lines: dict[tuple[UUID, str], list[OpenLine]] = {}
    unallocated: dict[tuple[UUID, str], Decimal] = {}
    for part, customer, currency, on, number, kind, due_on, amount, moment in rows:
        key = (customer, currency)
        match part:
            case "known":
                known_at = known_at or moment
            case "before":
                opening[key] = opening.get(key, ZERO) + amount
            case "moved":
                opening.setdefault(key, ZERO)
                made = Movement(on, number, kind, GROUP_OF.get(kind, "adjustments"), amount)
                movements.setdefault(key, []).append(made)
            case "owed":
                open_lines.setdefault(key, []).append(OpenLine(number, on, due_on, amount))
            case _:
                unallocated[key] = unallocated.get(key, ZERO) + amount
    found: dict[UUID, list[Statement]] = {}
    for key, amount in sorted(opening.items(), key=lambda each: str(each[0])):
        of_period = movements.get(key, [])
        if not amount and not of_period and key not in open_lines and key not in unallocated:
            continue
        found.setdefault(key[0], []).append(
            Statement(
                key[0],
                key[1],
                starts_on,
                ends_on,
                amount,
                tuple(of_period),
                tuple(open_lines.get(key, ())),
                unallocated.get(key, ZERO),
                _sums(of_period),
                known_at=known_at,
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


def all_recorded(ends_on: date) -> Knowledge:
    """What counts up to a day of all that is recorded by now."""
    return Knowledge(current_organization_id(), ends_on, None, date.min)


def mine_sql(known: Knowledge) -> str:
    """The table `mine`: the items of the customers `ids`, with their documents, and whether these were undone.

    Items are found by their documents, which are indexed by customer, and allocations by either of their items.
    """
    due, old, undone = "i.effective_due_on", "", "d.voided_by_id IS NOT NULL"
    if known.known_at is not None:
        due = "CASE WHEN old.item_id IS NULL THEN i.effective_due_on ELSE old.effective_due_on END"
        old = f"LEFT JOIN ({OLD_ITEM}) old ON old.item_id = i.id"
        undone = f"""EXISTS (
            SELECT FROM ledger_document v{known.late_act("v")}
            WHERE v.organization_id = %(organization)s AND v.id = d.voided_by_id AND {known.counted("v", "document_on")})"""
    return f"""
    mine AS MATERIALIZED (
        SELECT i.id, i.document_id, i.customer_id, i.currency, i.side, i.amount, i.document_on,
               {due} AS effective_due_on, d.number, d.kind, {undone} AS undone
        FROM ledger_document d{known.late_act("d")}
        JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.document_id = d.id
        {old}
        WHERE d.organization_id = %(organization)s AND d.customer_id = ANY(%(ids)s::uuid[])
          AND {known.counted("d", "document_on")}
    )"""


def settled_sql(known: Knowledge) -> str:
    """The table `settled`: what of `mine` was settled by the end, but for what the customer does not know of."""
    sides = (
        f"""
        SELECT m.id, sum(a.amount) AS amount
        FROM mine m
        JOIN ledger_allocation a ON a.organization_id = %(organization)s AND a.{own}_item_id = m.id
        {known.late_act("a")}
        JOIN ledger_open_item o ON o.organization_id = %(organization)s AND o.id = a.{other}_item_id
        JOIN ledger_document c ON c.organization_id = %(organization)s AND c.id = o.document_id
        WHERE m.side = {side} AND {known.counted("a", "effective_on")} AND c.kind NOT IN {LEFT_OUT}
        GROUP BY m.id"""
        for own, other, side in (("debit", "credit", 1), ("credit", "debit", -1))
    )
    return f"settled AS ({' UNION ALL '.join(sides)})"


def _stated_sql(known: Knowledge) -> str:
    return f"""
    WITH {mine_sql(known)}, {settled_sql(known)},
    document AS (
        SELECT document_id, customer_id, currency, number, kind, sum(side * amount) AS amount, document_on
        FROM mine WHERE NOT undone AND kind NOT IN {LEFT_OUT}
        GROUP BY document_id, customer_id, currency, number, kind, document_on
    ),
    within_group AS (
        SELECT m.customer_id, m.currency, a.effective_on, c.number, -a.amount AS amount
        FROM mine m
        JOIN ledger_allocation a ON a.organization_id = %(organization)s AND a.debit_item_id = m.id
        {known.late_act("a")}
        JOIN ledger_open_item o ON o.organization_id = %(organization)s AND o.id = a.credit_item_id
        JOIN ledger_document c ON c.organization_id = %(organization)s AND c.id = o.document_id
        WHERE m.side = 1 AND o.customer_id <> m.customer_id AND {known.counted("a", "effective_on")}
        UNION ALL
        SELECT m.customer_id, m.currency, a.effective_on, m.number, a.amount
        FROM mine m
        JOIN ledger_allocation a ON a.organization_id = %(organization)s AND a.credit_item_id = m.id
        {known.late_act("a")}
        JOIN ledger_open_item o ON o.organization_id = %(organization)s AND o.id = a.debit_item_id
        WHERE m.side = -1 AND o.customer_id <> m.customer_id AND {known.counted("a", "effective_on")}
    ),
    moved AS (
        SELECT customer_id, currency, document_on AS on_day, number, kind, amount FROM document
        UNION ALL
        SELECT customer_id, currency, effective_on, number, 'group', amount FROM within_group
    )
    SELECT 'known', NULL::uuid, '', NULL::date, '', '', NULL::date, NULL::numeric, max(ticked_at)
    FROM audit_clock WHERE organization_id = %(organization)s
    UNION ALL
    SELECT 'before', customer_id, currency, NULL, '', '', NULL, sum(amount), NULL FROM moved
    WHERE on_day < %(from)s GROUP BY customer_id, currency
    UNION ALL
    (SELECT 'moved', customer_id, currency, on_day, number, kind, NULL, amount, NULL FROM moved
     WHERE on_day >= %(from)s AND amount <> 0 ORDER BY customer_id, currency, on_day, amount < 0, number, amount)
    UNION ALL
    (SELECT CASE WHEN m.side > 0 THEN 'owed' ELSE 'held' END, m.customer_id, m.currency, m.document_on, m.number, m.kind,
            m.effective_due_on, m.amount - coalesce(s.amount, 0), NULL
     FROM mine m LEFT JOIN settled s ON s.id = m.id
     WHERE NOT m.undone AND m.kind NOT IN {LEFT_OUT} AND m.amount - coalesce(s.amount, 0) > 0
     ORDER BY m.customer_id, m.effective_due_on NULLS LAST, m.number, m.id)
    """

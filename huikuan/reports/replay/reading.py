"""What happened to customers, with the day each thing was dated and known: read in a handful of statements.

A row counts from the later of its own date and the day on which it was recorded; before the organization went live
rows were known from their own dates.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from huikuan.credit.queries import setting
from huikuan.reports.replay.rules import (
    ADVANCES,
    CREDITS,
    RECEIVABLE,
    Billed,
    BillMove,
    Committed,
    Event,
    Item,
    Move,
    Subject,
)


@dataclass
class Past:
    """Everything by customer; `documents`: the parts of documents that came from a subject (subject, item, share)."""

    events: dict[UUID, list[Event]] = field(default_factory=lambda: defaultdict(list))
    due_changes: dict[UUID, dict[UUID, list[tuple[date, date | None]]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    owed: dict[UUID, list[tuple[UUID, Decimal]]] = field(default_factory=lambda: defaultdict(list))


def read_subjects(parameters: Mapping[str, Any]) -> list[Subject]:
    """Orders of the days `since` to `until`, and invoices of those days that came from no order; as first recorded."""
    return [Subject(*row) for row in _rows(SUBJECTS, parameters)]


def read_past(parameters: Mapping[str, Any], subjects: Sequence[Subject]) -> Past:
    """What happened up to `until` to the customers of these subjects."""
    past = Past()
    values = {**parameters, "ids": list({each.customer_id for each in subjects})}
    for customer, day, key, side, kind, due, amount in _rows(ITEMS, values):
        part = RECEIVABLE if side > 0 else ADVANCES if kind == "advance" else CREDITS
        past.events[customer].append(Item(day, key, side, part, due, amount))
    for customer, day, key, amount, lost in _rows(MOVES, values):
        past.events[customer].append(Move(day, key, amount, lost))
    for customer, item, changed, due in _rows(DUE_CHANGES, values):
        past.due_changes[customer][item].append((changed, due))
    for customer, day, order, amount in _rows(COMMITTED, values):
        past.events[customer].append(Committed(day, order, amount))
    for customer, day, order, amount in _rows(BILLED, values):
        past.events[customer].append(Billed(day, order, amount))
    _read_bills(past, values)
    for subject, item, share in _rows(OWED, values):
        past.owed[subject].append((item, share))
    return past


def _read_bills(past: Past, values: Mapping[str, Any]) -> None:
    """Bills weigh while they are held, and handed on until they are due."""
    policy = setting()
    weights = {"commercial": policy.commercial_weight, "bank": policy.bank_weight}
    weighing: dict[UUID, Decimal] = {}
    for customer, bill, kind, face, state, day, pays_on in _rows(BILLS, values):
        weight = weights[kind] * face
        now = weight if state in ("held", "endorsed", "discounted") else Decimal(0)
        past.events[customer].append(BillMove(day, now - weighing.get(bill, Decimal(0))))
        weighing[bill] = now
        if state in ("endorsed", "discounted") and pays_on < values["until"]:
            past.events[customer].append(BillMove(max(pays_on, day), -now))
            weighing[bill] = Decimal(0)


def _rows(statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _known(row: str, column: str, act: str = "a") -> str:
    """The day from which a row counts."""
    return f"""greatest({row}.{column}, CASE WHEN {row}.{column} < %(live_on)s THEN {row}.{column}
                    ELSE ({act}.recorded_at AT TIME ZONE %(zone)s)::date END)"""


def _act(row: str, act: str = "a") -> str:
    return f"JOIN audit_act {act} ON {act}.organization_id = %(organization)s AND {act}.id = {row}.act_id"


RATE = """coalesce((
        SELECT r.rate FROM ledger_rate r
        WHERE r.organization_id = %(organization)s AND r.currency = o.currency AND r.rated_on <= o.ordered_on
        ORDER BY r.rated_on DESC LIMIT 1), 1)"""
CREATED = """
    JOIN LATERAL (
        SELECT (e.content->>'amount')::numeric AS amount FROM audit_event e
        WHERE e.organization_id = %(organization)s AND e.record_id = o.id AND e.action = 'created'
        ORDER BY e.id LIMIT 1
    ) created ON true
"""
NO_ORDER = """NOT EXISTS (
        SELECT FROM sales_invoice i
        JOIN sales_invoice_line l ON l.organization_id = %(organization)s AND l.invoice_id = i.id
        WHERE i.organization_id = %(organization)s AND i.document_id = d.id
          AND (i.order_id IS NOT NULL OR l.order_line_id IS NOT NULL))"""
# An invoice that was undone later was there at the time.
SUBJECTS = f"""
    SELECT o.id, 'order', o.number, o.customer_id, o.ordered_on, {_known("o", "ordered_on")},
           round(created.amount * {RATE}, 2)
    FROM sales_order o {_act("o")} {CREATED}
    WHERE o.organization_id = %(organization)s AND o.ordered_on >= %(since)s AND o.ordered_on <= %(until)s
      AND created.amount > 0 AND {_known("o", "ordered_on")} <= %(until)s
    UNION ALL
    SELECT d.id, 'invoice', d.number, d.customer_id, d.document_on, {_known("d", "document_on")}, d.base_amount
    FROM ledger_document d {_act("d")}
    WHERE d.organization_id = %(organization)s AND d.kind = 'invoice' AND d.base_amount > 0
      AND d.event NOT IN ('late_interest', 'fee_charged')
      AND d.document_on >= %(since)s AND d.document_on <= %(until)s
      AND {_known("d", "document_on")} <= %(until)s AND {NO_ORDER}
"""
ITEMS = f"""
    SELECT i.customer_id, {_known("i", "document_on")}, i.id, i.side, d.kind, i.effective_due_on, i.base_amount
    FROM ledger_document d
    JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.document_id = d.id
    {_act("i")}
    WHERE d.organization_id = %(organization)s AND d.customer_id = ANY(%(ids)s)
      AND {_known("i", "document_on")} <= %(until)s
"""
OF_CUSTOMERS = """
    SELECT i.id, i.customer_id FROM ledger_document d
    JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.document_id = d.id
    WHERE d.organization_id = %(organization)s AND d.customer_id = ANY(%(ids)s)
"""
MOVES = f"""
    WITH item AS MATERIALIZED ({OF_CUSTOMERS})
    SELECT i.customer_id, {_known("m", "effective_on")}, i.id, -m.debit_base, coalesce(c.kind = 'write_off', false)
    FROM item i
    JOIN ledger_allocation m ON m.organization_id = %(organization)s AND m.debit_item_id = i.id
    {_act("m")}
    JOIN ledger_open_item ci ON ci.organization_id = %(organization)s AND ci.id = m.credit_item_id
    JOIN ledger_document c ON c.organization_id = %(organization)s AND c.id = ci.document_id
    WHERE {_known("m", "effective_on")} <= %(until)s
    UNION ALL
    SELECT i.customer_id, {_known("m", "effective_on")}, i.id, -m.credit_base, false
    FROM item i
    JOIN ledger_allocation m ON m.organization_id = %(organization)s AND m.credit_item_id = i.id
    {_act("m")}
    WHERE {_known("m", "effective_on")} <= %(until)s
    UNION ALL
    SELECT i.customer_id, {_known("m", "effective_on")}, i.id, m.base_change, false
    FROM item i
    JOIN ledger_revaluation m ON m.organization_id = %(organization)s AND m.item_id = i.id
    {_act("m")}
    WHERE {_known("m", "effective_on")} <= %(until)s
"""
# The day of a change and the due date until then; changes after `until` too: they tell what was said before.
DUE_CHANGES = f"""
    WITH item AS MATERIALIZED ({OF_CUSTOMERS})
    SELECT i.customer_id, i.id, (a.recorded_at AT TIME ZONE %(zone)s)::date, c.effective_due_on
    FROM item i
    JOIN ledger_item_change c ON c.organization_id = %(organization)s AND c.item_id = i.id
    {_act("c")}
    ORDER BY i.id, a.recorded_at, c.id
"""
# What an order came to when it was entered, and from each change on; closed or cancelled: nothing.
COMMITTED = f"""
    SELECT o.customer_id,
           CASE WHEN e.action = 'created' THEN {_known("o", "ordered_on", "made")}
                ELSE greatest(o.ordered_on, (made.recorded_at AT TIME ZONE %(zone)s)::date) END AS day,
           o.id,
           CASE WHEN e.action IN ('closed', 'cancelled') THEN 0
                ELSE round(coalesce((e.content->>'amount')::numeric, 0) * {RATE}, 2) END
    FROM sales_order o
    JOIN audit_event e ON e.organization_id = %(organization)s AND e.record_id = o.id
    JOIN audit_act made ON made.organization_id = %(organization)s AND made.id = e.act_id
    WHERE o.organization_id = %(organization)s AND o.customer_id = ANY(%(ids)s) AND o.ordered_on <= %(until)s
      AND (e.action IN ('closed', 'cancelled') OR e.content ? 'amount')
      AND greatest(o.ordered_on, CASE WHEN o.ordered_on < %(live_on)s AND e.action = 'created' THEN o.ordered_on
                   ELSE (made.recorded_at AT TIME ZONE %(zone)s)::date END) <= %(until)s
    ORDER BY day, e.id
"""
BILLED = f"""
    SELECT d.customer_id, {_known("d", "document_on")}, l.order_id, sum(n.gross * d.rate)
    FROM ledger_document d {_act("d")}
    JOIN sales_invoice i ON i.organization_id = %(organization)s AND i.document_id = d.id AND i.kind = 'invoice'
    JOIN sales_invoice_line n ON n.organization_id = %(organization)s AND n.invoice_id = i.id
    JOIN sales_order_line l ON l.organization_id = %(organization)s AND l.id = n.order_line_id
    WHERE d.organization_id = %(organization)s AND d.customer_id = ANY(%(ids)s)
      AND {_known("d", "document_on")} <= %(until)s
    GROUP BY d.customer_id, 2, l.order_id
"""
BILLS = f"""
    SELECT b.customer_id, b.id, b.kind, b.face, e.state, {_known("e", "effective_on")}, b.pays_on
    FROM cash_bill b
    JOIN cash_bill_event e ON e.organization_id = %(organization)s AND e.bill_id = b.id
    {_act("e")}
    WHERE b.organization_id = %(organization)s AND b.customer_id = ANY(%(ids)s)
      AND {_known("e", "effective_on")} <= %(until)s
    ORDER BY b.id, e.position
"""
# Which debts came of a subject: of an invoice its own, of an order a share of those of the invoices with its lines.
OWED = f"""
    SELECT d.id, i.id, 1::numeric
    FROM ledger_document d
    JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.document_id = d.id AND i.side = 1
    WHERE d.organization_id = %(organization)s AND d.customer_id = ANY(%(ids)s) AND d.kind = 'invoice'
      AND d.document_on >= %(since)s AND d.document_on <= %(until)s AND {NO_ORDER}
    UNION ALL
    SELECT l.order_id, i.id, sum(n.gross) / nullif(d.amount, 0)
    FROM ledger_document d
    JOIN sales_invoice v ON v.organization_id = %(organization)s AND v.document_id = d.id AND v.kind = 'invoice'
    JOIN sales_invoice_line n ON n.organization_id = %(organization)s AND n.invoice_id = v.id
    JOIN sales_order_line l ON l.organization_id = %(organization)s AND l.id = n.order_line_id
    JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.document_id = d.id AND i.side = 1
    WHERE d.organization_id = %(organization)s AND d.customer_id = ANY(%(ids)s) AND d.amount > 0
    GROUP BY l.order_id, i.id, d.amount
"""

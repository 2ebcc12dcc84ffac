"""预期信用损失 item by item: what the matrix, an assessment and the payment model expect to lose of each debt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db import connection

from huikuan.credit.ledger_facts import Knowledge
from huikuan.risk.in_force import forecast_on
from huikuan.risk.models import PaymentModel
from huikuan.risk.owed import BUCKET, owed_parameters, owed_sql
from huikuan.risk.queries import LossLine, Requirement, base_unit
from huikuan.risk.rules import BUCKETS, cumulated_losses, expected_loss

ZERO, ONE = Decimal(0), Decimal(1)
MILLIONTH = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class ItemLoss:
    """A debt as of a day and what is expected to be lost of it, in base currency.

    `loss`: its part of the line it belongs to (a bucket, or its customer where that is `assessed`); the parts of a line
    add up to it. `by_model`: p_lost × the rate of what is more than a year overdue; without `p_lost`, and where the customer is
    assessed, the same as `loss`.
    """

    item_id: UUID
    customer_id: UUID
    number: str
    line: int
    code: str
    name: str
    document_on: date
    due_on: date | None
    bucket: str
    assessed: bool
    balance: Decimal
    rate: Decimal
    loss: Decimal
    p_lost: Decimal | None
    by_model: Decimal


def item_losses(found: Requirement) -> list[ItemLoss]:
    """The debts that a requirement was computed from, by bucket and assessed customer, in these by code and number."""
    by_bucket = {line.bucket: line for line in found.lines if line.bucket}
    by_customer = {line.customer_id: line for line in found.lines if line.customer_id}
    forecast = forecast_on(found.as_of, found.known.known_at)
    with connection.cursor() as cursor:
        cursor.execute(
            _items_sql(found.known),
            {
                **owed_parameters(found.known),
                "assessed": list(by_customer),
                "buckets": list(BUCKETS),
                "forecast": forecast.pk if forecast else None,
            },
        )
        rows = cursor.fetchall()
    worst = by_bucket[BUCKETS[-1]].rate
    unit = base_unit()
    made: list[ItemLoss] = []
    for _key, each in groupby(rows, key=lambda row: (row[1] if row[9] else None, row[8])):
        part = list(each)
        line: LossLine = by_customer[part[0][1]] if part[0][9] else by_bucket[part[0][8]]
        losses = cumulated_losses([row[10] for row in part], line.rate, unit)
        for row, loss in zip(part, losses, strict=True):
            share = None if row[11] is None else Decimal(repr(row[11])).quantize(MILLIONTH)
            judged = row[9] or share is None
            by_model = loss if judged else expected_loss(row[10], min(ONE, share * worst), unit)  # type: ignore[operator]
            values: list[Any] = [*row[:11], line.rate, loss, share, by_model]
            made.append(ItemLoss(*values))
    return made


def _items_sql(known: Knowledge) -> str:
    """Debts in their order. An assessed customer's are one line whatever their age, so theirs is not by bucket first."""
    return f"""
    WITH bucket AS ({BUCKET}), owed AS ({owed_sql(known)}),
    item AS (
        SELECT item_id, customer_id, effective_due_on, sum(base) AS base FROM owed GROUP BY 1, 2, 3 HAVING sum(base) <> 0
    )
    SELECT o.item_id, o.customer_id, d.number, i.line, c.code, c.name, i.document_on, o.effective_due_on,
           CASE WHEN o.customer_id = ANY(%(assessed)s::uuid[]) THEN '' ELSE coalesce(b.name, 'not_due') END AS bucket,
           o.customer_id = ANY(%(assessed)s::uuid[]) AS assessed, o.base, f.p_lost
    FROM item o
    JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = o.item_id
    JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = i.document_id
    JOIN customers_customer c ON c.organization_id = %(organization)s AND c.id = o.customer_id
    LEFT JOIN bucket b ON o.effective_due_on BETWEEN b.from_on AND b.until_on
    LEFT JOIN risk_item_loss_forecast f
        ON f.organization_id = %(organization)s AND f.item_id = o.item_id AND f.forecast_id = %(forecast)s::uuid
    ORDER BY assessed, array_position(%(buckets)s::text[], CASE WHEN o.customer_id = ANY(%(assessed)s::uuid[]) THEN ''
             ELSE coalesce(b.name, 'not_due') END), c.code COLLATE "C", o.customer_id, d.number COLLATE "C", i.line
"""


@dataclass(frozen=True, slots=True)
class MethodLine:
    """A bucket, or ("") all assessed customers: both methods side by side. `guessed`: items the model said nothing of."""

    bucket: str
    balance: Decimal
    by_matrix: Decimal
    by_model: Decimal
    items: int
    guessed: int


def by_method(items: Iterable[ItemLoss]) -> list[MethodLine]:
    """What both methods require of each bucket and of assessed customers."""
    parts: dict[str, list[ItemLoss]] = {bucket: [] for bucket in BUCKETS}
    for each in items:
        parts.setdefault(each.bucket, []).append(each)
    return [
        MethodLine(
            bucket,
            sum((each.balance for each in part), ZERO),
            sum((each.loss for each in part), ZERO),
            sum((each.by_model for each in part), ZERO),
            len(part),
            sum(each.p_lost is None and not each.assessed for each in part),
        )
        for bucket, part in parts.items()
    ]


@dataclass(frozen=True, slots=True)
class CustomerLoss:
    """What is expected to be lost of a customer's debts."""

    customer_id: UUID
    code: str
    name: str
    items: int
    balance: Decimal
    loss: Decimal
    by_model: Decimal


def by_customer(items: Iterable[ItemLoss]) -> list[CustomerLoss]:
    """Customers, those of whom most is lost first."""
    parts: dict[UUID, list[ItemLoss]] = {}
    for each in items:
        parts.setdefault(each.customer_id, []).append(each)
    made = [
        CustomerLoss(
            key,
            part[0].code,
            part[0].name,
            len(part),
            sum((each.balance for each in part), ZERO),
            sum((each.loss for each in part), ZERO),
            sum((each.by_model for each in part), ZERO),
        )
        for key, part in parts.items()
    ]
    return sorted(made, key=lambda each: (-each.loss, -each.balance, each.code))


def foretold_by(as_of: date, known_at: datetime | None = None) -> PaymentModel | None:
    """The model that said what is lost of what was owed on a day, as known at a time; None where none was asked."""
    forecast = forecast_on(as_of, known_at)
    return forecast.model if forecast else None

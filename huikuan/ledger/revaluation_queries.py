"""Reads for the revaluation of a month: what would be restated, and which months were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from huikuan.core.money import convert
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.organizations.models import Organization

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class RevaluedItem:
    """An item that was open in a foreign currency at the end of a month.

    `open_amount` in its currency and `carrying` in the books, both positive whatever the `side`; `rate`: the
    closing rate, None where there is none; `former_rate`: the one it was carried at before, None for the
    rate it was recorded at; `set_rate`: what a revaluation of the month has already set.
    """

    item_id: UUID
    document_id: UUID
    number: str
    line: int
    kind: str
    customer_id: UUID
    customer_code: str
    customer_name: str
    side: int
    currency: str
    document_on: date
    open_amount: Decimal
    carrying: Decimal
    former_rate: Decimal | None
    set_rate: Decimal | None
    rate: Decimal | None
    rated_on: date | None
    base_currency: str

    @property
    def at_closing(self) -> Decimal:
        """What the item is worth at the closing rate; what it is carried at where there is none."""
        return (
            self.carrying if self.rate is None else convert(self.open_amount, self.rate, self.base_currency)
        )

    @property
    def difference(self) -> Decimal:
        """What its carrying amount gains (+) or loses (−); for a credit a gain is a loss of ours."""
        return self.at_closing - self.carrying

    @property
    def is_due(self) -> bool:
        """Whether anything is left to post: a month revalued before posts only the difference."""
        return self.rate != self.set_rate or self.difference != 0


@dataclass(frozen=True, slots=True)
class RevaluedMonth:
    """A month that was revalued: items still carried at its closing, and gain (+) or loss (−) it posted."""

    closing_on: date
    items: int
    difference: Decimal


def closing_rates(currencies: Sequence[str], closing_on: date) -> dict[str, tuple[Decimal, date]]:
    """The latest rate of each currency up to a day, and the day it is of."""
    if not currencies:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            CLOSING_RATES,
            {
                "organization": current_organization_id(),
                "currencies": list(currencies),
                "closing_on": closing_on,
            },
        )
        return {currency: (rate, rated_on) for currency, rate, rated_on in cursor.fetchall()}


def items_to_revalue(*, closing_on: date) -> list[RevaluedItem]:
    """Every monetary item in a foreign currency that was open at the end of `closing_on`, as known now.

    In order of currency, customer and document. Receivables and what is held in receivable accounts: credit
    notes and receipts not yet allocated. Advances and contract liabilities are not monetary.
    """
    base_currency = Organization.objects.values_list("currency", flat=True).get(pk=current_organization_id())
    parameters: dict[str, Any] = {
        "organization": current_organization_id(),
        "closing_on": closing_on,
        "base_currency": base_currency,
    }
    with connection.cursor() as cursor:
        cursor.execute(ITEMS, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    rates = closing_rates(sorted({row[9] for row in found}), closing_on)
    items = []
    for row in found:
        whole: tuple[Any, ...] = (*row, *rates.get(row[9], (None, None)), base_currency)
        items.append(RevaluedItem(*whole))
    return items


def revalued_months(*, limit: int = 24) -> list[RevaluedMonth]:
    """The months with a revaluation in force, the latest first."""
    with connection.cursor() as cursor:
        cursor.execute(MONTHS, {"organization": current_organization_id(), "limit": limit})
        return [RevaluedMonth(*row) for row in cursor.fetchall()]


CLOSING_RATES = """
    SELECT asked.currency, latest.rate, latest.rated_on
    FROM unnest(%(currencies)s::text[]) asked (currency)
    CROSS JOIN LATERAL (
        SELECT r.rate, r.rated_on FROM ledger_rate r
        WHERE r.organization_id = %(organization)s AND r.currency = asked.currency
          AND r.rated_on <= %(closing_on)s
        ORDER BY r.rated_on DESC LIMIT 1
    ) latest
"""

# What allocations and revaluations of later dates took or gave is given back.
ITEMS = """
    WITH later AS MATERIALIZED (
        SELECT item_id, sum(amount) AS amount, sum(base) AS base
        FROM (
            SELECT side.item_id, a.amount, side.base
            FROM ledger_allocation a
            CROSS JOIN LATERAL (
                VALUES (a.debit_item_id, a.debit_base), (a.credit_item_id, a.credit_base)
            ) side (item_id, base)
            WHERE a.organization_id = %(organization)s AND a.effective_on > %(closing_on)s
            UNION ALL
            SELECT r.item_id, 0, -r.base_change FROM ledger_revaluation r
            WHERE r.organization_id = %(organization)s AND r.effective_on > %(closing_on)s
        ) move
        GROUP BY item_id
    ), item AS MATERIALIZED (
        SELECT i.id, i.document_id, i.line, i.customer_id, i.side, i.currency, i.document_on,
               i.open_amount + coalesce(later.amount, 0) AS open_amount,
               i.open_base + coalesce(later.base, 0) AS carrying
        FROM ledger_open_item i
        JOIN ledger_account k ON k.organization_id = i.organization_id AND k.id = i.account_id
            AND k.control = 'receivable'
        LEFT JOIN later ON later.item_id = i.id
        WHERE i.organization_id = %(organization)s AND i.currency <> %(base_currency)s
          AND i.document_on <= %(closing_on)s AND i.open_amount + coalesce(later.amount, 0) > 0
    ), setting AS MATERIALIZED (
        SELECT DISTINCT ON (r.item_id, r.effective_on) r.item_id, r.effective_on, r.kind, r.rate
        FROM item
        JOIN ledger_revaluation r ON r.organization_id = %(organization)s AND r.item_id = item.id
            AND r.effective_on <= %(closing_on)s AND r.kind <> 'settled'
        ORDER BY r.item_id, r.effective_on, r.id DESC
    ), former AS (
        SELECT DISTINCT ON (item_id) item_id, rate
        FROM setting WHERE kind <> 'undone' AND effective_on < %(closing_on)s
        ORDER BY item_id, effective_on DESC
    )
    SELECT i.id, i.document_id, d.number, i.line, d.kind, i.customer_id, c.code, c.name, i.side, i.currency,
           i.document_on, i.open_amount, i.carrying, former.rate, own.rate
    FROM item i
    JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = i.document_id
    JOIN customers_customer c ON c.organization_id = %(organization)s AND c.id = i.customer_id
    LEFT JOIN former ON former.item_id = i.id
    LEFT JOIN setting own ON own.item_id = i.id AND own.effective_on = %(closing_on)s AND own.kind = 'closing'
    ORDER BY i.currency, c.code, i.document_on, d.number, i.line
"""

MONTHS = """
    WITH setting AS (
        SELECT DISTINCT ON (item_id, effective_on) item_id, effective_on, kind
        FROM ledger_revaluation
        WHERE organization_id = %(organization)s AND kind IN ('closing', 'undone')
        ORDER BY item_id, effective_on, id DESC
    ), month AS (
        SELECT effective_on, count(*) AS items FROM setting WHERE kind = 'closing' GROUP BY effective_on
        ORDER BY effective_on DESC LIMIT %(limit)s
    )
    SELECT month.effective_on, month.items, (
        SELECT coalesce(sum(i.side * r.base_change), 0)
        FROM ledger_revaluation r
        JOIN ledger_open_item i ON i.organization_id = r.organization_id AND i.id = r.item_id
        WHERE r.organization_id = %(organization)s AND r.effective_on = month.effective_on
    )
    FROM month ORDER BY month.effective_on DESC
"""

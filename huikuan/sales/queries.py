"""Reads of sales."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.ledger.models import OpenItem
from huikuan.sales.contracts import Contract, ContractState
from huikuan.sales.late_days import LateInterest
from huikuan.sales.models import Invoice, InvoiceState, TaxRate
from huikuan.sales.shipped import TAX_RATES, Rate


def tax_rates() -> dict[str, Rate]:
    """The rates of VAT by code: the organization's own, else the shipped ones."""
    rows = TaxRate.objects.order_by("position", "code").values_list("code", "name", "rate")
    own = {code: Rate(code, name, rate) for code, name, rate in rows}
    return own or {rate.code: rate for rate in TAX_RATES}


def notes_without_days(customer_id: UUID) -> QuerySet[Invoice]:
    """Debit notes for paying late, posted or drafts, that do not say which days they charge: typed line by line."""
    return Invoice.objects.filter(customer_id=customer_id, event="late_interest").exclude(
        Q(state=InvoiceState.VOID) | Exists(LateInterest.objects.filter(invoice=OuterRef("pk")))
    )


def contracts_of_orders(order_ids: Collection[UUID]) -> dict[UUID, Contract]:
    """Order → the contract whose plan bills it; a contract that ended unbilled lets its order go."""
    bills = Q(state=ContractState.ACTIVE) | Q(amount__gt=0)
    found = Contract.objects.filter(bills, order_id__in=order_ids)
    return {each.order_id: each for each in found.order_by("signed_on", "pk")}


# Deliveries of an order that belongs to a contract: its plan bills them, see `contracts_of_orders`.
BILLED_BY_PLAN = """EXISTS (
          SELECT 1 FROM sales_contract k
          WHERE k.organization_id = %(organization)s AND k.order_id = v.order_id
            AND (k.state = 'active' OR k.amount > 0))"""


@dataclass(frozen=True, slots=True)
class Unbilled:
    """Deliveries of an order up to a day: all, as far as they are invoiced, in drafts, and neither (暂估)."""

    order_id: UUID
    order_number: str
    customer_id: UUID
    customer_code: str
    customer_name: str
    currency: str
    delivered: Decimal
    invoiced: Decimal
    drafted: Decimal
    waiting: Decimal
    waiting_net: Decimal
    since: date | None


def delivered_not_invoiced(
    *, as_of: date, settled: bool = False, salespeople: Collection[UUID] | None = None
) -> list[Unbilled]:
    """What was delivered and not invoiced on a day, by customer and order; `settled`: orders without any, too.

    Orders of contracts are left out: what is owed for them is what the plan says.
    delivered = invoiced + drafted + waiting, in the order's currency with tax. Counted from the deliveries and
    the lines of the invoices that bill them, not from what orders say of themselves. `salespeople`: only of their
    customers.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            UNBILLED,
            {
                "organization": current_organization_id(),
                "as_of": as_of,
                "settled": settled,
                "salespeople": None if salespeople is None else list(salespeople),
            },
        )
        return [Unbilled(*row) for row in cursor.fetchall()]


UNBILLED = f"""
    SELECT o.id, o.number, c.id, c.code, c.name, o.currency, sum(d.gross),
           coalesce(sum(i.gross) FILTER (WHERE i.state = 'posted'), 0),
           coalesce(sum(i.gross) FILTER (WHERE i.state = 'draft'), 0),
           coalesce(sum(d.gross) FILTER (WHERE i.state IS NULL), 0),
           coalesce(sum(d.net) FILTER (WHERE i.state IS NULL), 0),
           min(v.delivered_on) FILTER (WHERE i.state IS NULL)
    FROM sales_delivery v
    JOIN sales_delivery_line d ON d.organization_id = %(organization)s AND d.delivery_id = v.id
    JOIN sales_order o ON o.organization_id = %(organization)s AND o.id = v.order_id
    JOIN customers_customer c ON c.organization_id = %(organization)s AND c.id = o.customer_id
    LEFT JOIN (
        SELECT l.delivery_line_id, l.gross, i.state
        FROM sales_invoice_line l
        JOIN sales_invoice i ON i.organization_id = l.organization_id AND i.id = l.invoice_id
        WHERE l.organization_id = %(organization)s AND l.delivery_line_id IS NOT NULL AND i.state <> 'void'
          AND i.invoice_on <= %(as_of)s
    ) i ON i.delivery_line_id = d.id
    WHERE v.organization_id = %(organization)s AND NOT v.voided AND v.delivered_on <= %(as_of)s
      AND NOT {BILLED_BY_PLAN}
      AND (%(salespeople)s::uuid[] IS NULL OR c.salesperson_id = ANY(%(salespeople)s::uuid[]))
    GROUP BY o.id, o.number, c.id, c.code, c.name, c.sort_key, o.currency
    HAVING %(settled)s OR bool_or(i.state IS NULL)
    ORDER BY c.sort_key, c.code, o.number
"""


@dataclass(frozen=True, slots=True)
class ToBill:
    """What a billing run would make one invoice of."""

    customer_id: UUID
    customer_code: str
    customer_name: str
    order_number: str
    orders: int
    deliveries: int
    lines: int
    currency: str
    net: Decimal
    tax: Decimal
    gross: Decimal
    since: date


def billing_preview(
    *, until: date, per_order: bool, salespeople: Collection[UUID] | None = None
) -> list[ToBill]:
    """The invoices that a billing run up to a day would make, by customer."""
    with connection.cursor() as cursor:
        cursor.execute(
            PREVIEW,
            {
                "organization": current_organization_id(),
                "until": until,
                "per_order": per_order,
                "salespeople": None if salespeople is None else list(salespeople),
            },
        )
        return [ToBill(*row) for row in cursor.fetchall()]


PREVIEW = f"""
    SELECT c.id, c.code, c.name, min(o.number), count(DISTINCT o.id), count(DISTINCT v.id), count(*), o.currency,
           sum(d.net), sum(d.tax), sum(d.gross), min(v.delivered_on)
    FROM sales_delivery_line d
    JOIN sales_delivery v ON v.organization_id = %(organization)s AND v.id = d.delivery_id
    JOIN sales_order o ON o.organization_id = %(organization)s AND o.id = v.order_id
    JOIN customers_customer c ON c.organization_id = %(organization)s AND c.id = o.customer_id
    WHERE d.organization_id = %(organization)s AND NOT d.billed AND NOT d.voided AND v.delivered_on <= %(until)s
      AND NOT {BILLED_BY_PLAN}
      AND (%(salespeople)s::uuid[] IS NULL OR c.salesperson_id = ANY(%(salespeople)s::uuid[]))
    GROUP BY c.id, c.code, c.name, c.sort_key, o.currency, o.prices_include_tax, o.term_id, o.salesperson_id,
             CASE WHEN %(per_order)s THEN o.id END
    ORDER BY c.sort_key, c.code, min(o.number)
"""


def retentions(*, due_by: date | None = None) -> QuerySet[OpenItem]:
    """质保金: what is open of retentions, those due by a day only where it is given."""
    found = OpenItem.objects.filter(account__purpose="contract_assets", open_amount__gt=0, side=1)
    if due_by is not None:
        found = found.filter(effective_due_on__lte=due_by)
    return found.select_related("customer", "document").order_by(
        F("effective_due_on").asc(nulls_last=True), "pk"
    )

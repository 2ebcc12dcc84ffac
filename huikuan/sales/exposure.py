"""What sales knows of exposure: orders that were taken before credit was looked at, deliveries nobody invoiced yet."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.credit.components import Component
from huikuan.credit.exposure import in_base
from huikuan.credit.queries import base_currency
from huikuan.sales.queries import BILLED_BY_PLAN


def _amounts(
    statement: str, customer_ids: Sequence[UUID], day: date, without: Collection[str]
) -> Mapping[UUID, Decimal]:
    """What a statement finds by customer and currency, in base currency."""
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            {
                "organization": current_organization_id(),
                "ids": list(customer_ids),
                "day": day,
                "without": list(without),
            },
        )
        rows = {(key, currency): amount for key, currency, amount in cursor.fetchall() if amount}
    return in_base(rows, base=base_currency(), day=day) if rows else {}


def undelivered(customer_ids: Sequence[UUID], day: date, without: Collection[str]) -> Mapping[UUID, Decimal]:
    """What is still to come of open orders that neither hold a reservation nor wait for a release."""
    return _amounts(UNDELIVERED, customer_ids, day, without)


def delivered(customer_ids: Sequence[UUID], day: date, without: Collection[str]) -> Mapping[UUID, Decimal]:
    """What was signed for up to a day and is in no posted invoice yet."""
    return _amounts(DELIVERED, customer_ids, day, without)


def contracted(customer_ids: Sequence[UUID], day: date, without: Collection[str]) -> Mapping[UUID, Decimal]:
    """What is not invoiced yet of open orders that the plan of a contract bills."""
    return _amounts(CONTRACTED, customer_ids, day, without)


COMPONENTS = (
    Component("undelivered", _("其他未发货的订单"), undelivered, "orders", "customer={code}&state=open"),
    Component("contracted", _("合同订单未开票"), contracted, "contracts", "customer={code}"),
    Component("delivered", _("已发货未开票"), delivered, "orders", "customer={code}"),
)

UNDELIVERED = f"""
    SELECT v.customer_id, v.currency, sum(l.gross * (l.quantity - l.delivered) / l.quantity)
    FROM (
        SELECT o.id AS order_id, o.customer_id, o.currency
        FROM sales_order o
        WHERE o.organization_id = %(organization)s AND o.customer_id = ANY(%(ids)s)
          AND o.state = 'open' AND o.ordered_on <= %(day)s AND o.number <> ALL(%(without)s::text[])
          AND NOT EXISTS (
              SELECT FROM credit_reservation r
              WHERE r.organization_id = %(organization)s AND r.reference = o.number
                AND (r.state = 'held' OR r.state = 'consumed'))
          AND NOT EXISTS (
              SELECT FROM credit_order_hold h
              WHERE h.organization_id = %(organization)s AND h.reference = o.number AND h.state = 'open')
    ) v
    JOIN sales_order_line l ON l.organization_id = %(organization)s AND l.order_id = v.order_id
    WHERE l.quantity > l.delivered AND NOT {BILLED_BY_PLAN}
    GROUP BY v.customer_id, v.currency
"""
DELIVERED = f"""
    SELECT v.customer_id, v.currency, sum(d.gross)
    FROM (
        SELECT s.id, s.order_id, s.customer_id, o.currency
        FROM sales_order o
        JOIN sales_delivery s ON s.organization_id = %(organization)s AND s.order_id = o.id
        WHERE o.organization_id = %(organization)s AND o.customer_id = ANY(%(ids)s)
          AND NOT s.voided AND s.delivered_on <= %(day)s
    ) v
    JOIN sales_delivery_line d ON d.organization_id = %(organization)s AND d.delivery_id = v.id
    WHERE NOT EXISTS (
        SELECT FROM sales_invoice_line l
        JOIN sales_invoice i ON i.organization_id = l.organization_id AND i.id = l.invoice_id
        WHERE l.organization_id = %(organization)s AND l.delivery_line_id = d.id AND i.state = 'posted'
          AND i.invoice_on <= %(day)s)
      AND NOT {BILLED_BY_PLAN}
    GROUP BY v.customer_id, v.currency
"""
CONTRACTED = """
    SELECT o.customer_id, o.currency, sum(greatest(o.amount - coalesce(b.billed, 0), 0))
    FROM sales_order o
    JOIN sales_contract k ON k.organization_id = %(organization)s AND k.order_id = o.id AND k.state = 'active'
    LEFT JOIN LATERAL (
        SELECT sum(p.amount) AS billed
        FROM sales_plan_line l
        JOIN sales_plan_billing p ON p.organization_id = %(organization)s AND p.line_id = l.id
        JOIN sales_invoice i ON i.organization_id = %(organization)s AND i.id = p.invoice_id
        WHERE l.organization_id = %(organization)s AND l.contract_id = k.id AND i.state = 'posted'
          AND i.invoice_on <= %(day)s
    ) b ON true
    WHERE o.organization_id = %(organization)s AND o.customer_id = ANY(%(ids)s)
      AND o.state = 'open' AND o.ordered_on <= %(day)s
    GROUP BY o.customer_id, o.currency
"""

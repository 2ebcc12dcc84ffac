"""What sales knows of exposure: orders that were taken before credit was looked at, deliveries nobody invoiced yet."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from huikuan.credit.components import Component
from huikuan.credit.known import ORDER_HOLDS, RESERVATIONS
from huikuan.sales.known import SALES, TERMS
from huikuan.sales.queries import BILLED_BY_PLAN

# An order `o` that is paid before anything is delivered, by its own term or its customer's: no credit is given.
PREPAID = """EXISTS (
              SELECT FROM customers_customer c
              JOIN customers_payment_term t
                ON t.organization_id = %(organization)s AND t.id = coalesce(o.term_id, c.term_id)
              WHERE c.organization_id = %(organization)s AND c.id = o.customer_id
                AND CASE WHEN jsonb_array_length(t.instalments) = 0 THEN t.rule->>'kind' = 'prepaid'
                    ELSE NOT EXISTS (SELECT FROM jsonb_array_elements(t.instalments) part
                                     WHERE part->'rule'->>'kind' <> 'prepaid') END)"""

# What is still to come of open orders that neither hold a reservation, nor wait for a release, nor are prepaid.
UNDELIVERED = f"""
    SELECT v.customer_id, v.currency, sum(l.gross * (l.quantity - l.delivered) / l.quantity)
    FROM (
        SELECT o.id AS order_id, o.customer_id, o.currency
        FROM sales_order o
        WHERE o.organization_id = %(organization)s AND o.customer_id = ANY(%(ids)s::uuid[])
          AND o.state = 'open' AND o.ordered_on <= %(day)s AND o.number <> ALL(%(without)s::text[])
          AND NOT EXISTS (
              SELECT FROM credit_reservation r
              WHERE r.organization_id = %(organization)s AND r.reference = o.number
                AND (r.state = 'held' OR r.state = 'consumed'))
          AND NOT EXISTS (
              SELECT FROM credit_order_hold h
              WHERE h.organization_id = %(organization)s AND h.reference = o.number AND h.state = 'open')
          AND NOT {PREPAID}
    ) v
    JOIN sales_order_line l ON l.organization_id = %(organization)s AND l.order_id = v.order_id
    WHERE l.quantity > l.delivered AND NOT {BILLED_BY_PLAN}
    GROUP BY v.customer_id, v.currency
"""
# What was signed for up to a day and is in no posted invoice yet.
DELIVERED = f"""
    SELECT v.customer_id, v.currency, sum(d.gross)
    FROM (
        SELECT s.id, s.order_id, s.customer_id, o.currency
        FROM sales_order o
        JOIN sales_delivery s ON s.organization_id = %(organization)s AND s.order_id = o.id
        WHERE o.organization_id = %(organization)s AND o.customer_id = ANY(%(ids)s::uuid[])
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
# What is not invoiced yet of open orders that the plan of a contract bills.
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
    WHERE o.organization_id = %(organization)s AND o.customer_id = ANY(%(ids)s::uuid[])
      AND o.state = 'open' AND o.ordered_on <= %(day)s
    GROUP BY o.customer_id, o.currency
"""

# What is open of the invoices that the plans of contracts billed.
CONTRACT_OWED = """
    SELECT b.contract_id, NULL::text, sum(i.open_base)
    FROM (
        SELECT DISTINCT l.contract_id, v.document_id
        FROM sales_plan_line l
        JOIN sales_plan_billing p ON p.organization_id = %(organization)s AND p.line_id = l.id
        JOIN sales_invoice v ON v.organization_id = %(organization)s AND v.id = p.invoice_id AND v.state = 'posted'
        WHERE l.organization_id = %(organization)s AND l.contract_id = ANY(%(contracts)s::uuid[])
    ) b
    JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.document_id = b.document_id
    WHERE i.side = 1 AND i.open_amount > 0
    GROUP BY b.contract_id
"""

_ORDERS_KNOWN = {**SALES, **RESERVATIONS, **ORDER_HOLDS, **TERMS}
COMPONENTS = (
    Component(
        "undelivered",
        _("其他未发货的订单"),
        UNDELIVERED,
        _ORDERS_KNOWN,
        "orders",
        "customer={code}&state=open",
    ),
    Component("contracted", _("合同订单未开票"), CONTRACTED, SALES, "contracts", "customer={code}"),
    Component("delivered", _("已发货未开票"), DELIVERED, SALES, "orders", "customer={code}"),
)

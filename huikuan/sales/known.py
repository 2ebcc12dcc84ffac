"""Orders, deliveries, contracts and invoices as they were known at a time; see `credit.known`.

Orders and their lines, deliveries, customers and payment terms are changed in place: what became of them since is taken
back by what the trail has of it. Contracts keep what they said until each change.
"""

from __future__ import annotations

from collections.abc import Mapping

from huikuan.credit.known import late_act, was_known

# What later deliveries delivered, and later voids took back, is undone; what later changes said is as it was before.
_ORDER_LINES = f"""
    SELECT l.organization_id, l.id, l.order_id, coalesce(was.quantity, l.quantity) AS quantity,
           coalesce(was.gross, l.gross) AS gross, l.delivered + coalesce(since.quantity, 0) AS delivered
    FROM sales_order_line l
    LEFT JOIN (
        SELECT DISTINCT ON (e.record_id, position) e.record_id AS order_id, (line->>'line')::integer AS position,
               (line->'before'->>0)::numeric AS quantity,
               (line->'before'->>2)::numeric + (line->'before'->>3)::numeric AS gross
        FROM late_event e
        CROSS JOIN LATERAL jsonb_array_elements(e.content->'lines') line
        WHERE e.record_kind = 'order' AND e.action = 'changed'
        ORDER BY e.record_id, position, e.recorded_at, e.id
    ) was ON was.order_id = l.order_id AND was.position = l.position
    LEFT JOIN (
        SELECT d.order_line_id, sum(CASE WHEN v.voided THEN d.quantity ELSE -d.quantity END) AS quantity
        FROM sales_delivery v
        {late_act("v")}
        LEFT JOIN late_event taken ON taken.record_id = v.id AND taken.record_kind = 'delivery' AND taken.action = 'voided'
        JOIN sales_delivery_line d ON d.organization_id = %(organization)s AND d.delivery_id = v.id
        WHERE v.organization_id = %(organization)s
          AND CASE WHEN v.voided THEN taken.id IS NOT NULL AND {was_known("v", "v.delivered_on")}
              ELSE NOT {was_known("v", "v.delivered_on")} END
        GROUP BY d.order_line_id
    ) since ON since.order_line_id = l.id
    LEFT JOIN (
        SELECT e.record_id AS order_id, (line->>0)::integer AS position
        FROM late_event e
        CROSS JOIN LATERAL jsonb_array_elements(e.content->'added') line
        WHERE e.record_kind = 'order' AND e.action = 'changed'
    ) added ON added.order_id = l.order_id AND added.position = l.position
    WHERE l.organization_id = %(organization)s AND added.order_id IS NULL
"""
_ORDERS = f"""
    SELECT o.organization_id, o.id, o.number, o.customer_id, o.term_id, o.ordered_on, o.currency,
           CASE WHEN ended.id IS NULL THEN o.state ELSE 'open' END AS state, coalesce(was.amount, o.amount) AS amount
    FROM sales_order o
    {late_act("o")}
    LEFT JOIN late_event ended ON ended.record_id = o.id AND ended.record_kind = 'order' AND ended.action = 'closed'
    LEFT JOIN (
        SELECT l.order_id, sum(l.gross) AS amount
        FROM sales_order_line l
        WHERE l.order_id IN (SELECT record_id FROM late_event WHERE record_kind = 'order' AND action = 'changed')
        GROUP BY l.order_id
    ) was ON was.order_id = o.id
    WHERE o.organization_id = %(organization)s AND {was_known("o", "o.ordered_on")}
"""
_DELIVERIES = f"""
    SELECT v.organization_id, v.id, v.order_id, v.customer_id, v.delivered_on,
           v.voided AND taken.id IS NULL AS voided
    FROM sales_delivery v
    {late_act("v")}
    LEFT JOIN late_event taken ON taken.record_id = v.id AND taken.record_kind = 'delivery' AND taken.action = 'voided'
    WHERE v.organization_id = %(organization)s AND {was_known("v", "v.delivered_on")}
"""
# Those that were posted by then, by the recording of their documents, and not undone.
_INVOICES = f"""
    SELECT i.organization_id, i.id, i.invoice_on, 'posted' AS state
    FROM sales_invoice i
    JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = i.document_id
    {late_act("d")}
    LEFT JOIN ledger_document undoing ON undoing.organization_id = %(organization)s AND undoing.id = d.voided_by_id
    {late_act("undoing")}
    WHERE i.organization_id = %(organization)s AND {was_known("d", "d.document_on")}
      AND (undoing.id IS NULL OR late_undoing.id IS NOT NULL)
"""
_CONTRACTS = f"""
    SELECT k.organization_id, k.id, k.order_id, coalesce(was.amount, k.amount) AS amount,
           CASE WHEN was.contract_id IS NULL THEN k.state ELSE 'active' END AS state
    FROM sales_contract k
    {late_act("k")}
    LEFT JOIN (
        SELECT DISTINCT ON (r.contract_id) r.contract_id, r.amount
        FROM sales_contract_revision r
        {late_act("r")}
        WHERE r.organization_id = %(organization)s AND late_r.id IS NOT NULL
        ORDER BY r.contract_id, r.revision
    ) was ON was.contract_id = k.id
    WHERE k.organization_id = %(organization)s AND {was_known("k", "k.signed_on")}
"""
# Asked for one order after the other: found by their keys, and their events with them.
_EVENTS = """
    FROM audit_event e
    JOIN audit_act a ON a.organization_id = %(organization)s AND a.id = e.act_id
    WHERE e.organization_id = %(organization)s"""
_CUSTOMERS = f"""
    SELECT c.organization_id, c.id, CASE WHEN NOT EXISTS (
        SELECT {_EVENTS} AND e.record_id = c.id AND e.record_kind = 'customer' AND e.content ? 'term_id'
          AND a.recorded_at > %(known_at)s::timestamptz
    ) THEN c.term_id ELSE (
        SELECT (e.content->>'term_id')::uuid {_EVENTS} AND e.record_id = c.id AND e.record_kind = 'customer'
          AND e.content ? 'term_id' AND a.recorded_at <= %(known_at)s::timestamptz
        ORDER BY a.recorded_at DESC, e.id DESC LIMIT 1) END AS term_id
    FROM customers_customer c
    WHERE c.organization_id = %(organization)s
"""
_FIRST_BEFORE = ", ".join(
    f"""(array_agg(e.content->'before'->'{name}' ORDER BY a.recorded_at, e.id)
            FILTER (WHERE e.content->'before' ? '{name}'))[1] AS {name}"""
    for name in ("rule", "instalments")
)
_TERMS = f"""
    SELECT t.organization_id, t.id, coalesce(was.rule, t.rule) AS rule,
           coalesce(was.instalments, t.instalments) AS instalments
    FROM customers_payment_term t
    CROSS JOIN LATERAL (
        SELECT {_FIRST_BEFORE} {_EVENTS} AND e.record_id = t.id AND e.record_kind = 'payment_term'
          AND a.recorded_at > %(known_at)s::timestamptz
    ) was
    WHERE t.organization_id = %(organization)s
"""
SALES: Mapping[str, str] = {
    "sales_order_line": _ORDER_LINES,  # reads deliveries as they are now
    "sales_order": _ORDERS,  # reads lines as they were known
    "sales_delivery": _DELIVERIES,
    "sales_invoice": _INVOICES,
    "sales_contract": _CONTRACTS,
}
TERMS: Mapping[str, str] = {"customers_customer": _CUSTOMERS, "customers_payment_term": _TERMS}

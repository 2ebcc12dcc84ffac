"""The rows of orders as they are staged, and the set-based statements that write and change them."""

from __future__ import annotations

from huikuan.sales.operations.line_rows import LINE_COLUMNS, LINE_NAMES

ORDER_COLUMNS = (
    ("id", "uuid"),
    ("number", "text"),
    ("customer_id", "uuid"),
    ("salesperson_id", "uuid"),
    ("term_id", "uuid"),
    ("ordered_on", "date"),
    ("currency", "text"),
    ("prices_include_tax", "boolean"),
    ("amount", "numeric"),
    ("net", "numeric"),
    ("tax", "numeric"),
    ("reference", "text"),
    ("memo", "text"),
)
ORDER_NAMES = ", ".join(name for name, _kind in ORDER_COLUMNS)
ORDER_LINE_COLUMNS = (("id", "uuid"), ("order_id", "uuid"), *LINE_COLUMNS)
CHANGED_LINE_COLUMNS = (
    ("id", "uuid"),
    ("quantity", "numeric"),
    ("unit_price", "numeric"),
    ("discount_percent", "numeric"),
    ("discount_amount", "numeric"),
    ("net", "numeric"),
    ("tax", "numeric"),
    ("gross", "numeric"),
)

INSERT_ORDER_LINES = f"""
    INSERT INTO sales_order_line (organization_id, id, order_id, {LINE_NAMES}, delivered, billed)
    SELECT %(organization)s, id, order_id, {LINE_NAMES}, 0, 0 FROM incoming_order_line
"""
WRITE_ORDERS = (
    f"""
    INSERT INTO sales_order (organization_id, {ORDER_NAMES}, state, act_id)
    SELECT %(organization)s, {ORDER_NAMES}, 'open', %(act)s FROM incoming_order
    """,
    INSERT_ORDER_LINES,
    """
    INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
    SELECT %(organization)s, uuidv7(), %(act)s, 'created', 'order', o.id, o.number, jsonb_build_object(
        'customer', o.customer_id, 'on', o.ordered_on, 'currency', o.currency, 'amount', o.amount, 'tax', o.tax)
    FROM incoming_order o
    """,
)
CHANGED_BY_ADDITION = """
    INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
    SELECT %(organization)s, uuidv7(), %(act)s, 'changed', 'order', o.id, o.number,
        jsonb_build_object('added', jsonb_agg(jsonb_build_array(n.position, n.quantity, n.net, n.tax)))
    FROM incoming_order_line n
    JOIN sales_order o ON o.organization_id = %(organization)s AND o.id = n.order_id
    GROUP BY o.id, o.number
"""
CHANGE_LINES = (
    """
    INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
    SELECT %(organization)s, uuidv7(), %(act)s, 'changed', 'order', o.id, o.number,
        jsonb_build_object('lines', jsonb_agg(jsonb_build_object('line', l.position,
            'before', jsonb_build_array(l.quantity, l.unit_price, l.net, l.tax),
            'after', jsonb_build_array(n.quantity, n.unit_price, n.net, n.tax)) ORDER BY l.position))
    FROM changed_order_line n
    JOIN sales_order_line l ON l.organization_id = %(organization)s AND l.id = n.id
    JOIN sales_order o ON o.organization_id = %(organization)s AND o.id = l.order_id
    GROUP BY o.id, o.number
    """,
    """
    UPDATE sales_order_line l
    SET quantity = n.quantity, unit_price = n.unit_price, discount_percent = n.discount_percent,
        discount_amount = n.discount_amount, net = n.net, tax = n.tax, gross = n.gross
    FROM changed_order_line n
    WHERE l.organization_id = %(organization)s AND l.id = n.id
    """,
)
RETOTAL = """
    UPDATE sales_order o SET net = s.net, tax = s.tax, amount = s.net + s.tax
    FROM (
        SELECT l.order_id, sum(l.net) AS net, sum(l.tax) AS tax
        FROM touched_order t
        JOIN sales_order_line l ON l.organization_id = %(organization)s AND l.order_id = t.id
        GROUP BY l.order_id
    ) s
    WHERE o.organization_id = %(organization)s AND o.id = s.order_id
"""
END_ORDERS = (
    """
    UPDATE sales_order o SET state = n.state
    FROM ended_order n WHERE o.organization_id = %(organization)s AND o.id = n.id
    """,
    """
    INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
    SELECT %(organization)s, uuidv7(), %(act)s, 'closed', 'order', o.id, o.number,
        jsonb_build_object('state', n.state)
    FROM ended_order n
    JOIN sales_order o ON o.organization_id = %(organization)s AND o.id = n.id
    """,
)

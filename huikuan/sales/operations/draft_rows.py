"""The rows of invoices as they are staged, and the set-based statements that write, change and end drafts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, connection

from huikuan.audit.operations import OpenAct
from huikuan.sales.errors import constraint_refusal
from huikuan.sales.operations.line_rows import LINE_COLUMNS, LINE_NAMES

HEAD_COLUMNS = (
    ("id", "uuid"),
    ("kind", "text"),
    ("event", "text"),
    ("customer_id", "uuid"),
    ("salesperson_id", "uuid"),
    ("term_id", "uuid"),
    ("original_id", "uuid"),
    ("invoice_on", "date"),
    ("ordered_on", "date"),
    ("delivered_on", "date"),
    ("currency", "text"),
    ("rate", "numeric"),
    ("prices_include_tax", "boolean"),
    ("amount", "numeric"),
    ("net", "numeric"),
    ("tax", "numeric"),
    ("instalments", "jsonb"),
    ("reference", "text"),
    ("memo", "text"),
)
HEAD_NAMES = ", ".join(name for name, _kind in HEAD_COLUMNS)
STAGED_LINE_COLUMNS = (("invoice_id", "uuid"), ("credited_line_id", "uuid"), *LINE_COLUMNS)


def run_statements(statements: Sequence[str], opened: OpenAct, **values: Any) -> None:
    """Run set-based statements of one act; a constraint they break becomes the sentence a person reads."""
    parameters = {"organization": opened.organization_id, "act": opened.id, **values}
    try:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement, parameters)
    except IntegrityError as error:
        raise constraint_refusal(error) from error


LINES_CONTENT = """(
            SELECT jsonb_agg(jsonb_build_array(l.position, l.quantity, l.net, l.tax) ORDER BY l.position)
            FROM sales_invoice_line l WHERE l.organization_id = %(organization)s AND l.invoice_id = i.id)"""
INVOICE_CONTENT = """jsonb_build_object('kind', i.kind, 'customer', i.customer_id, 'on', i.invoice_on,
            'currency', i.currency, 'amount', i.amount, 'tax', i.tax)"""

INSERT_LINES = f"""
    INSERT INTO sales_invoice_line (organization_id, id, invoice_id, credited_line_id, {LINE_NAMES},
        credited_quantity, credited_net, credited_gross)
    SELECT %(organization)s, uuidv7(), invoice_id, credited_line_id, {LINE_NAMES}, 0, 0, 0
    FROM incoming_invoice_line
"""

WRITE_DRAFTS = (
    f"""
    INSERT INTO sales_invoice (organization_id, {HEAD_NAMES}, state, number, revision, act_id)
    SELECT %(organization)s, {HEAD_NAMES}, 'draft', '', 1, %(act)s
    FROM incoming_invoice
    """,
    INSERT_LINES,
    f"""
    INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
    SELECT %(organization)s, uuidv7(), %(act)s, 'drafted', 'sales_invoice', i.id, '', {INVOICE_CONTENT}
    FROM incoming_invoice i
    """,
)

CHANGE_DRAFT = (
    f"""
    INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
    SELECT %(organization)s, uuidv7(), %(act)s, 'changed', 'sales_invoice', i.id, '',
        jsonb_build_object('before', {INVOICE_CONTENT} || jsonb_build_object('lines', {LINES_CONTENT}), 'after',
            {INVOICE_CONTENT.replace("i.", "n.")})
    FROM incoming_invoice n
    JOIN sales_invoice i ON i.organization_id = %(organization)s AND i.id = n.id
    """,
    """
    DELETE FROM sales_invoice_line l USING incoming_invoice n
    WHERE l.organization_id = %(organization)s AND l.invoice_id = n.id
    """,
    f"""
    UPDATE sales_invoice i
    SET ({HEAD_NAMES}, revision) = ({", ".join(f"n.{name}" for name, _kind in HEAD_COLUMNS)}, i.revision + 1)
    FROM incoming_invoice n
    WHERE i.organization_id = %(organization)s AND i.id = n.id
    """,
    INSERT_LINES,
    # Lines of late interest begin with the number of what was paid late; one that is gone charges no days.
    """
    DELETE FROM sales_late_interest x
    USING incoming_invoice n, ledger_open_item i, ledger_document d
    WHERE x.organization_id = %(organization)s AND x.invoice_id = n.id
      AND i.organization_id = %(organization)s AND i.id = x.item_id
      AND d.organization_id = %(organization)s AND d.id = i.document_id
      AND NOT EXISTS (
          SELECT FROM sales_invoice_line l
          WHERE l.organization_id = %(organization)s AND l.invoice_id = n.id
            AND starts_with(l.description, d.number || ' '))
    """,
)

# What the ended invoices (ended_invoice) billed of deliveries can be billed again.
RELEASE_DELIVERIES = (
    """
    WITH released AS (
        UPDATE sales_delivery_line d SET billed = false
        FROM sales_invoice_line l
        JOIN ended_invoice n ON n.id = l.invoice_id
        WHERE l.organization_id = %(organization)s AND l.delivery_line_id IS NOT NULL
          AND d.organization_id = %(organization)s AND d.id = l.delivery_line_id
        RETURNING d.order_line_id, d.quantity
    )
    UPDATE sales_order_line o SET billed = o.billed - r.quantity
    FROM (SELECT order_line_id, sum(quantity) AS quantity FROM released GROUP BY order_line_id) r
    WHERE o.organization_id = %(organization)s AND o.id = r.order_line_id
    """,
)

VOID_DRAFTS = (
    """
    UPDATE sales_invoice i SET state = 'void'
    FROM ended_invoice n WHERE i.organization_id = %(organization)s AND i.id = n.id
    """,
    """
    INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
    SELECT %(organization)s, uuidv7(), %(act)s, 'voided', 'sales_invoice', id, '', '{}'::jsonb
    FROM ended_invoice
    """,
)

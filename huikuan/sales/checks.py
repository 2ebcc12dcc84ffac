"""What must hold of sales: lines and documents agree, and what counts says what happened."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from huikuan.audit.checks import Validation
from huikuan.sales.contract_checks import CONTRACT_VALIDATIONS
from huikuan.sales.operations.draft_rows import INVOICE_CONTENT, LINES_CONTENT

SALES_VALIDATIONS: tuple[Validation, ...] = (
    Validation(
        "invoice_lines_make_the_invoice",
        _("发票各行之和(不含税 %(lines_net)s，税额 %(lines_tax)s)不等于发票的 %(net)s 和 %(tax)s。"),
        """
        SELECT 'sales_invoice' AS record_kind, i.id AS record_id, i.number, i.net, i.tax,
               coalesce(l.net, 0) AS lines_net, coalesce(l.tax, 0) AS lines_tax
        FROM sales_invoice i
        LEFT JOIN (
            SELECT invoice_id, sum(net) AS net, sum(tax) AS tax
            FROM sales_invoice_line WHERE organization_id = %(organization)s GROUP BY invoice_id
        ) l ON l.invoice_id = i.id
        WHERE i.organization_id = %(organization)s AND (l.net IS DISTINCT FROM i.net OR l.tax <> i.tax)
        """,
    ),
    Validation(
        "posted_invoice_is_its_document",
        _("发票与它的应收单据不一致：%(fields)s。"),
        """
        SELECT 'sales_invoice' AS record_kind, i.id AS record_id, i.number, concat_ws(', ',
                   CASE WHEN d.id IS NULL THEN 'document' END,
                   CASE WHEN d.number <> i.number THEN 'number' END,
                   CASE WHEN d.kind <> i.kind THEN 'kind' END,
                   CASE WHEN d.customer_id <> i.customer_id THEN 'customer' END,
                   CASE WHEN d.document_on <> i.invoice_on THEN 'date' END,
                   CASE WHEN d.currency <> i.currency THEN 'currency' END,
                   CASE WHEN d.event <> i.event THEN 'event' END,
                   CASE WHEN (d.amount, d.net, d.tax) <> (i.amount, i.net, i.tax) THEN 'amount' END,
                   CASE WHEN (i.state = 'void') <> (d.voided_by_id IS NOT NULL) THEN 'state' END) AS fields
        FROM sales_invoice i
        LEFT JOIN ledger_document d ON d.organization_id = i.organization_id AND d.id = i.document_id
        WHERE i.organization_id = %(organization)s AND i.document_id IS NOT NULL
          AND (d.id IS NULL OR d.number <> i.number OR d.kind <> i.kind OR d.customer_id <> i.customer_id
               OR d.document_on <> i.invoice_on OR d.currency <> i.currency OR d.event <> i.event
               OR (d.amount, d.net, d.tax) <> (i.amount, i.net, i.tax)
               OR (i.state = 'void') <> (d.voided_by_id IS NOT NULL))
        """,
    ),
    Validation(
        "posted_invoice_is_as_recorded",
        _("已过账的发票或它的行与过账时的审计事件不一致。"),
        f"""
        SELECT 'sales_invoice' AS record_kind, i.id AS record_id, i.number
        FROM sales_invoice i
        LEFT JOIN audit_event e ON e.organization_id = i.organization_id AND e.record_id = i.id
            AND e.record_kind = 'sales_invoice' AND e.action = 'posted'
        WHERE i.organization_id = %(organization)s AND i.document_id IS NOT NULL
          AND (e.id IS NULL OR e.number <> i.number OR e.content IS DISTINCT FROM
               {INVOICE_CONTENT} || jsonb_build_object('document', i.document_id, 'lines', {LINES_CONTENT}))
        """,
    ),
    # By prices with tax the tax is what the net leaves: at most one smallest unit away from net × rate.
    Validation(
        "line_tax_follows_its_rate",
        _("第 %(position)s 行的税额 %(tax)s 与不含税金额 %(net)s、税率 %(tax_rate)s 不符。"),
        """
        SELECT 'sales_invoice' AS record_kind, i.id AS record_id, i.number, l.position, l.net, l.tax, l.tax_rate
        FROM sales_invoice_line l
        JOIN sales_invoice i ON i.organization_id = l.organization_id AND i.id = l.invoice_id
        WHERE l.organization_id = %(organization)s AND l.credited_line_id IS NULL
          AND abs(l.tax - l.net * l.tax_rate)
              > CASE i.currency WHEN %(currency)s THEN power(10::numeric, -%(places)s::integer) ELSE 1 END
        """,
    ),
    Validation(
        "credited_is_what_credit_notes_took",
        _("第 %(position)s 行记为已红冲 %(credited_gross)s，已过账红字之和为 %(gross)s。"),
        """
        SELECT 'sales_invoice' AS record_kind, i.id AS record_id, i.number, o.position, o.credited_gross,
               coalesce(c.gross, 0) AS gross
        FROM sales_invoice_line o
        JOIN sales_invoice i ON i.organization_id = o.organization_id AND i.id = o.invoice_id
        LEFT JOIN (
            SELECT l.credited_line_id, sum(l.quantity) AS quantity, sum(l.net) AS net, sum(l.gross) AS gross
            FROM sales_invoice_line l
            JOIN sales_invoice n ON n.organization_id = l.organization_id AND n.id = l.invoice_id
            WHERE l.organization_id = %(organization)s AND l.credited_line_id IS NOT NULL AND n.state = 'posted'
            GROUP BY l.credited_line_id
        ) c ON c.credited_line_id = o.id
        WHERE o.organization_id = %(organization)s
          AND (o.credited_quantity <> coalesce(c.quantity, 0) OR o.credited_net <> coalesce(c.net, 0)
               OR o.credited_gross <> coalesce(c.gross, 0) OR coalesce(c.gross, 0) > o.gross)
        """,
    ),
    Validation(
        "credit_note_is_of_its_original",
        _("红字第 %(position)s 行不是对着原发票的行。"),
        """
        SELECT 'sales_invoice' AS record_kind, i.id AS record_id, i.number, l.position
        FROM sales_invoice i
        JOIN sales_invoice_line l ON l.organization_id = i.organization_id AND l.invoice_id = i.id
        LEFT JOIN sales_invoice_line o ON o.organization_id = l.organization_id AND o.id = l.credited_line_id
        LEFT JOIN sales_invoice original ON original.organization_id = i.organization_id AND original.id = i.original_id
        WHERE i.organization_id = %(organization)s AND i.kind = 'credit_note'
          AND (o.invoice_id IS DISTINCT FROM i.original_id OR original.customer_id <> i.customer_id
               OR original.currency <> i.currency)
        """,
    ),
    Validation(
        "order_lines_make_the_order",
        _("订单各行之和(不含税 %(lines_net)s，税额 %(lines_tax)s)不等于订单的 %(net)s 和 %(tax)s。"),
        """
        SELECT 'order' AS record_kind, o.id AS record_id, o.number, o.net, o.tax,
               coalesce(l.net, 0) AS lines_net, coalesce(l.tax, 0) AS lines_tax
        FROM sales_order o
        LEFT JOIN (
            SELECT order_id, sum(net) AS net, sum(tax) AS tax
            FROM sales_order_line WHERE organization_id = %(organization)s GROUP BY order_id
        ) l ON l.order_id = o.id
        WHERE o.organization_id = %(organization)s AND (l.net IS DISTINCT FROM o.net OR l.tax <> o.tax)
        """,
    ),
    Validation(
        "delivered_and_billed_are_what_happened",
        _("订单第 %(position)s 行记为发货 %(delivered)s、开票 %(billed)s，发货单为 %(sent)s、%(invoiced)s。"),
        """
        SELECT 'order' AS record_kind, o.id AS record_id, o.number, l.position, l.delivered, l.billed,
               coalesce(d.sent, 0) AS sent, coalesce(d.invoiced, 0) AS invoiced
        FROM sales_order_line l
        JOIN sales_order o ON o.organization_id = l.organization_id AND o.id = l.order_id
        LEFT JOIN (
            SELECT order_line_id, sum(quantity) FILTER (WHERE NOT voided) AS sent,
                   sum(quantity) FILTER (WHERE billed) AS invoiced
            FROM sales_delivery_line WHERE organization_id = %(organization)s GROUP BY order_line_id
        ) d ON d.order_line_id = l.id
        WHERE l.organization_id = %(organization)s
          AND (l.delivered <> coalesce(d.sent, 0) OR l.billed <> coalesce(d.invoiced, 0)
               OR l.delivered > l.quantity OR l.billed > l.quantity)
        """,
    ),
    Validation(
        "delivery_is_billed_once",
        _("发货单的一行记为%(said)s，有 %(lines)s 个发票行。"),
        """
        SELECT 'delivery' AS record_kind, v.id AS record_id, v.number,
               CASE WHEN d.billed THEN 'billed' ELSE 'not billed' END AS said, coalesce(l.lines, 0) AS lines
        FROM sales_delivery_line d
        JOIN sales_delivery v ON v.organization_id = d.organization_id AND v.id = d.delivery_id
        LEFT JOIN (
            SELECT l.delivery_line_id, count(*) AS lines, min(l.net) AS net, min(l.tax) AS tax,
                   min(l.quantity) AS quantity
            FROM sales_invoice_line l
            JOIN sales_invoice i ON i.organization_id = l.organization_id AND i.id = l.invoice_id
            WHERE l.organization_id = %(organization)s AND l.delivery_line_id IS NOT NULL AND i.state <> 'void'
            GROUP BY l.delivery_line_id
        ) l ON l.delivery_line_id = d.id
        WHERE d.organization_id = %(organization)s
          AND (coalesce(l.lines, 0) <> CASE WHEN d.billed THEN 1 ELSE 0 END OR d.voided <> v.voided
               OR (l.net, l.tax, l.quantity) <> (d.net, d.tax, d.quantity))
        """,
    ),
    Validation(
        "delivery_is_of_its_order",
        _("发货单的一行不属于它的订单，或客户与订单不同。"),
        """
        SELECT DISTINCT 'delivery' AS record_kind, v.id AS record_id, v.number
        FROM sales_delivery v
        JOIN sales_order o ON o.organization_id = v.organization_id AND o.id = v.order_id
        LEFT JOIN sales_delivery_line d ON d.organization_id = v.organization_id AND d.delivery_id = v.id
        LEFT JOIN sales_order_line l ON l.organization_id = v.organization_id AND l.id = d.order_line_id
        WHERE v.organization_id = %(organization)s
          AND (v.customer_id <> o.customer_id OR l.order_id IS DISTINCT FROM v.order_id)
        """,
    ),
    *CONTRACT_VALIDATIONS,
)

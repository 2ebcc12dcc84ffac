"""What must hold of contracts, of what was billed by their plans, and of tax invoices."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from huikuan.audit.checks import Validation

CONTRACT_VALIDATIONS: tuple[Validation, ...] = (
    Validation(
        "plan_makes_the_contract",
        _("收款计划合计 %(planned)s，合同金额 %(amount)s。"),
        """
        SELECT 'contract' AS record_kind, c.id AS record_id, c.number, c.amount, coalesce(l.amount, 0) AS planned
        FROM sales_contract c
        LEFT JOIN (
            SELECT contract_id, sum(amount) AS amount
            FROM sales_plan_line WHERE organization_id = %(organization)s AND ended_act_id IS NULL
            GROUP BY contract_id
        ) l ON l.contract_id = c.id
        WHERE c.organization_id = %(organization)s AND c.amount <> coalesce(l.amount, 0)
        """,
    ),
    Validation(
        "plan_line_is_not_billed_beyond_itself",
        _("计划行 %(name)s 金额 %(amount)s，已开票减红冲 %(billed)s。"),
        """
        SELECT 'contract' AS record_kind, c.id AS record_id, c.number, l.name, l.amount, b.billed
        FROM (
            SELECT b.line_id, sum(b.amount - n.credited_gross) AS billed
            FROM sales_plan_billing b
            JOIN sales_invoice i ON i.organization_id = b.organization_id AND i.id = b.invoice_id
            JOIN sales_invoice_line n ON n.organization_id = b.organization_id AND n.invoice_id = b.invoice_id
                AND n.position = b.position
            WHERE b.organization_id = %(organization)s AND i.state <> 'void'
            GROUP BY b.line_id
        ) b
        JOIN sales_plan_line l ON l.organization_id = %(organization)s AND l.id = b.line_id
        JOIN sales_contract c ON c.organization_id = %(organization)s AND c.id = l.contract_id
        WHERE b.billed > l.amount
        """,
    ),
    Validation(
        "plan_billing_is_its_invoice_line",
        _("第 %(position)s 行开票 %(gross)s，计划记为 %(amount)s。"),
        """
        SELECT 'sales_invoice' AS record_kind, i.id AS record_id, i.number, b.position, b.amount,
               coalesce(n.gross, 0) AS gross
        FROM sales_plan_billing b
        JOIN sales_invoice i ON i.organization_id = b.organization_id AND i.id = b.invoice_id
        LEFT JOIN sales_invoice_line n ON n.organization_id = b.organization_id AND n.invoice_id = b.invoice_id
            AND n.position = b.position
        JOIN sales_plan_line l ON l.organization_id = b.organization_id AND l.id = b.line_id
        JOIN sales_contract c ON c.organization_id = b.organization_id AND c.id = l.contract_id
        WHERE b.organization_id = %(organization)s
          AND (n.gross IS DISTINCT FROM b.amount OR c.customer_id <> i.customer_id OR c.currency <> i.currency)
        """,
    ),
    Validation(
        "order_is_billed_by_its_contract_alone",
        _("订单 %(order_number)s 由合同的计划开票，又按发货开了票。"),
        """
        SELECT 'contract' AS record_kind, c.id AS record_id, c.number, o.number AS order_number
        FROM sales_contract c
        JOIN sales_order o ON o.organization_id = c.organization_id AND o.id = c.order_id
        WHERE c.organization_id = %(organization)s AND (c.state = 'active' OR c.amount > 0)
          AND EXISTS (
              SELECT 1 FROM sales_order_line l
              WHERE l.organization_id = c.organization_id AND l.order_id = o.id AND l.billed > 0)
        """,
    ),
    Validation(
        "tax_invoice_links_make_what_is_linked",
        _("数电发票记为已关联 %(linked)s，关联之和 %(links)s，价税合计 %(total)s。"),
        """
        SELECT 'tax_invoice' AS record_kind, t.id AS record_id, t.number, t.linked, t.total,
               coalesce(l.amount, 0) AS links
        FROM sales_tax_invoice t
        LEFT JOIN (
            SELECT tax_invoice_id, sum(amount) AS amount
            FROM sales_tax_invoice_link WHERE organization_id = %(organization)s AND ended_act_id IS NULL
            GROUP BY tax_invoice_id
        ) l ON l.tax_invoice_id = t.id
        WHERE t.organization_id = %(organization)s
          AND (t.linked <> coalesce(l.amount, 0) OR t.linked > t.total)
        """,
    ),
    Validation(
        "document_is_not_linked_beyond_itself",
        _("单据金额 %(amount)s，关联数电发票 %(linked)s。"),
        """
        SELECT d.kind AS record_kind, d.id AS record_id, d.number, d.base_amount AS amount, l.amount AS linked
        FROM (
            SELECT document_id, sum(amount) AS amount
            FROM sales_tax_invoice_link WHERE organization_id = %(organization)s AND ended_act_id IS NULL
            GROUP BY document_id
        ) l
        JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = l.document_id
        WHERE l.amount > d.base_amount
        """,
    ),
)

"""What must hold of charges for paying late: figures agree, what was charged has its documents, a day is charged once."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from huikuan.audit.checks import Validation
from huikuan.core.money import CURRENCIES

_OTHERS = ", ".join(f"('{code}', {places})" for code, places in CURRENCIES.items() if places != 2)
EXPONENT = f"coalesce((SELECT e FROM (VALUES {_OTHERS}) x (c, e) WHERE c = {{currency}}), 2)"
"""SQL: the decimals of a currency."""

CHARGE_VALIDATIONS: tuple[Validation, ...] = (
    Validation(
        "charge_is_the_sum_of_its_parts",
        _("计收提案合计 %(amount)s，费用与各行之和为 %(parts)s，或有一行不是本金 × 日利率 × 天数。"),
        # Lines are in the currency of their item; the whole is in the organization's, as the item stood in the books.
        f"""
        SELECT 'collection_charge' AS record_kind, c.id AS record_id, c."on"::text AS number, c.amount,
               c.fee + coalesce(l.base, 0) AS parts
        FROM collection_charge c
        JOIN organizations_organization o ON o.id = c.organization_id
        LEFT JOIN LATERAL (
            SELECT sum(round(n.amount * t.open_base / t.open_amount, {EXPONENT.format(currency="o.currency")})) AS base,
                   bool_or(n.amount <> round(n.principal * n.daily_rate * (n.until_on - n.after_on),
                                             {EXPONENT.format(currency="n.currency")})) AS wrong
            FROM collection_charge_line n
            JOIN collection_action_item t
              ON t.organization_id = %(organization)s AND t.action_id = c.action_id AND t.item_id = n.item_id
            WHERE n.organization_id = %(organization)s AND n.charge_id = c.id
        ) l ON true
        WHERE c.organization_id = %(organization)s AND (c.amount <> c.fee + coalesce(l.base, 0) OR l.wrong)
        """,
    ),
    Validation(
        "charged_has_its_documents",
        _("已计收的提案没有相应的应收调增单，或单据金额与提案不符；没有计收的却有单据。"),
        """
        SELECT 'collection_charge' AS record_kind, c.id AS record_id, c."on"::text AS number
        FROM collection_charge c
        LEFT JOIN sales_invoice f ON f.organization_id = %(organization)s AND f.id = c.fee_invoice_id
        WHERE c.organization_id = %(organization)s AND (
            CASE WHEN c.state = 'charged' THEN c.fee ELSE 0 END <> coalesce(f.amount, 0)
            OR EXISTS (
                SELECT FROM collection_charge_line n
                WHERE n.organization_id = %(organization)s AND n.charge_id = c.id
                  AND (c.state = 'charged') <> (n.invoice_id IS NOT NULL))
            OR EXISTS (
                SELECT FROM collection_charge_line n
                JOIN sales_invoice s ON s.organization_id = %(organization)s AND s.id = n.invoice_id
                WHERE n.organization_id = %(organization)s AND n.charge_id = c.id
                GROUP BY s.id, s.amount HAVING sum(n.amount) <> s.amount))
        """,
    ),
    Validation(
        "late_day_is_charged_once",
        _("单据 %(number)s 的同一天计收了不止一次违约金。"),
        # Proposals that wait, and debit notes and their drafts; what a debit note of a proposal charges is of the latter.
        """
        SELECT 'ledger_document' AS record_kind, d.id AS record_id, d.number
        FROM (
            SELECT item_id, sum(until_on - after_on) AS days, range_agg(daterange(after_on + 1, until_on + 1)) AS ranges
            FROM (
                SELECT x.item_id, x.after_on, x.until_on
                FROM sales_late_interest x
                JOIN sales_invoice v ON v.organization_id = %(organization)s AND v.id = x.invoice_id AND v.state <> 'void'
                WHERE x.organization_id = %(organization)s
                UNION ALL
                SELECT n.item_id, n.after_on, n.until_on
                FROM collection_charge_line n
                JOIN collection_charge c ON c.organization_id = %(organization)s AND c.id = n.charge_id
                LEFT JOIN sales_invoice v ON v.organization_id = %(organization)s AND v.id = n.invoice_id
                WHERE n.organization_id = %(organization)s AND (c.state = 'proposed' OR v.state = 'posted' AND NOT EXISTS (
                    SELECT FROM sales_late_interest x
                    WHERE x.organization_id = %(organization)s AND x.invoice_id = v.id AND x.item_id = n.item_id))
            ) each
            GROUP BY item_id
        ) k
        JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = k.item_id
        JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = i.document_id
        WHERE k.days <> (SELECT sum(upper(r) - lower(r)) FROM unnest(k.ranges) r)
        """,
    ),
)

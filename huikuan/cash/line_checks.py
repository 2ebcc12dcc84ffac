"""What must hold of lines of statements and of what became of them: part of what `huikuan check` runs."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from huikuan.audit.checks import Validation
from huikuan.cash.operations.line_uses import USE_CONTENT

_LINE = "'statement_line' AS record_kind, l.id AS record_id, left(l.reference, 64) AS number"

# Uses that nobody undid, with what they moved on the account of the bank: by documents, by what voided these, by entries.
_STANDING = """
    SELECT u.*, l.amount AS line_amount, b.account_id, l.reference, b.currency
    FROM cash_line_use u
    JOIN cash_statement_line l ON l.organization_id = u.organization_id AND l.id = u.line_id
    JOIN cash_bank_account b ON b.organization_id = l.organization_id AND b.id = l.bank_account_id
    WHERE u.organization_id = %(organization)s AND u.undoes_id IS NULL AND NOT EXISTS (
        SELECT FROM cash_line_use x WHERE x.organization_id = %(organization)s AND x.undoes_id = u.id
    )
"""

LINE_VALIDATIONS: tuple[Validation, ...] = (
    Validation(
        "line_is_used_as_its_uses_say",
        _("流水记着已处理 %(used)s，各次处理合计 %(uses)s。"),
        f"""
        SELECT {_LINE}, l.used, coalesce(u.amount, 0) AS uses
        FROM cash_statement_line l
        LEFT JOIN (
            SELECT line_id, sum(amount) AS amount FROM cash_line_use
            WHERE organization_id = %(organization)s GROUP BY line_id
        ) u ON u.line_id = l.id
        WHERE l.organization_id = %(organization)s AND l.used <> coalesce(u.amount, 0)
        """,
    ),
    Validation(
        "line_use_is_as_recorded",
        _("流水的一次处理与审计事件不一致，或没有审计事件，或不见了。"),
        f"""
        SELECT 'statement_line' AS record_kind, coalesce(u.line_id, a.record_id) AS record_id,
               coalesce(a.number, '') AS number
        FROM (SELECT * FROM cash_line_use WHERE organization_id = %(organization)s) u
        FULL JOIN (
            SELECT record_id, act_id, number, action, content FROM audit_event
            WHERE organization_id = %(organization)s AND record_kind = 'statement_line'
              AND action IN ('line_used', 'line_freed')
        ) a ON a.content ->> 'use' = u.id::text
        WHERE u.id IS NULL OR a.record_id IS NULL OR a.act_id <> u.act_id OR a.record_id <> u.line_id
           OR a.content <> {USE_CONTENT}
        """,
    ),
    Validation(
        "line_use_has_its_document",
        _("流水处理成的单据不见了、已冲销，或金额与它不符。"),
        f"""
        SELECT 'statement_line' AS record_kind, u.line_id AS record_id, left(u.reference, 64) AS number
        FROM ({_STANDING}) u
        LEFT JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = u.document_id
        WHERE u.kind IN ('receipt', 'refund', 'bounce') AND u.unidentified_id IS NULL
          AND (d.id IS NULL OR d.voided_by_id IS NOT NULL OR d.amount <> u.amount OR d.currency <> u.currency
               OR NOT d.kind = ANY (CASE u.kind WHEN 'refund' THEN ARRAY['refund']
                                    ELSE ARRAY['receipt', 'advance'] END))
        """,
    ),
    Validation(
        "line_use_moves_the_account_of_the_bank",
        _("流水处理后，银行科目上记的是 %(posted)s，应为 %(expected)s。"),
        f"""
        SELECT 'statement_line' AS record_kind, u.line_id AS record_id, left(u.reference, 64) AS number,
               coalesce(moved.amount, 0) AS posted, sign(u.line_amount) * coalesce(d.base_amount, (u.settled_with ->> 'base')::numeric, u.amount) AS expected
        FROM ({_STANDING}) u
        LEFT JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = u.document_id
        LEFT JOIN LATERAL (
            SELECT sum(j.debit - j.credit) AS amount
            FROM ledger_journal_entry e
            JOIN ledger_journal_line j ON j.organization_id = e.organization_id AND j.entry_id = e.id
            WHERE e.organization_id = %(organization)s AND j.account_id = u.account_id
              AND (e.id = u.entry_id OR u.entry_id IS NULL AND e.document_id = CASE u.kind
                  WHEN 'bounce' THEN (u.settled_with -> 'documents' ->> 0)::uuid ELSE u.document_id END)
        ) moved ON true
        WHERE u.kind <> 'left_out'
          AND coalesce(moved.amount, 0) <> sign(u.line_amount) * CASE
              WHEN u.entry_id IS NULL THEN coalesce(d.base_amount, u.amount)
              ELSE coalesce((u.settled_with ->> 'base')::numeric, u.amount) END
        """,
    ),
)

"""What must hold of bank accounts, statements and reconciliations: part of what `huikuan check` runs."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from huikuan.audit.checks import Validation
from huikuan.cash.bank_digests import LINES_DIGEST

BANK_VALIDATIONS: tuple[Validation, ...] = (
    Validation(
        "statement_is_as_imported",
        _("对账单与导入时的审计事件不一致，或没有审计事件，或不见了。"),
        """
        SELECT 'bank_statement' AS record_kind, coalesce(s.id, a.record_id) AS record_id,
               coalesce(s.number, a.number, '') AS number
        FROM (SELECT * FROM cash_statement WHERE organization_id = %(organization)s) s
        FULL JOIN (
            SELECT record_id, act_id, number, content FROM audit_event
            WHERE organization_id = %(organization)s AND record_kind = 'bank_statement' AND action = 'imported'
        ) a ON a.record_id = s.id
        WHERE s.id IS NULL OR a.record_id IS NULL OR a.act_id <> s.act_id
           OR a.content ->> 'bank_account' <> s.bank_account_id::text
           OR a.content ->> 'sha256' <> s.file_sha256
           OR (a.content ->> 'opening')::numeric IS DISTINCT FROM s.opening
           OR (a.content ->> 'closing')::numeric IS DISTINCT FROM s.closing
           OR (a.content ->> 'net')::numeric <> s.net OR (a.content ->> 'count')::int <> s.count
           OR a.content ->> 'from' <> s.starts_on::text OR a.content ->> 'to' <> s.ends_on::text
        """,
    ),
    Validation(
        "statement_lines_are_as_imported",
        _("对账单的流水与导入时不一致：改动过、少了或多了。"),
        f"""
        SELECT 'bank_statement' AS record_kind, f.id AS record_id, f.number
        FROM (
            SELECT s.id, s.number, {LINES_DIGEST} AS digest, count(l.id) AS lines
            FROM cash_statement s
            LEFT JOIN cash_statement_line l ON l.organization_id = s.organization_id AND l.statement_id = s.id
            WHERE s.organization_id = %(organization)s
            GROUP BY s.organization_id, s.id, s.number
        ) f
        JOIN audit_event a ON a.organization_id = %(organization)s AND a.record_id = f.id
            AND a.record_kind = 'bank_statement' AND a.action = 'imported'
        WHERE a.content ->> 'lines' <> f.digest OR (a.content ->> 'new')::int <> f.lines
        """,
    ),
    Validation(
        "line_belongs_to_the_account_of_its_statement",
        _("流水不属于对账单的账户，或它的对账单不见了。"),
        """
        SELECT 'statement_line' AS record_kind, l.id AS record_id, left(l.reference, 64) AS number
        FROM cash_statement_line l
        LEFT JOIN cash_statement s ON s.organization_id = l.organization_id AND s.id = l.statement_id
        WHERE l.organization_id = %(organization)s
          AND (s.id IS NULL OR s.bank_account_id <> l.bank_account_id OR s.act_id <> l.act_id
               OR l.booked_on NOT BETWEEN s.starts_on AND s.ends_on)
        """,
    ),
    Validation(
        "bank_account_is_as_recorded",
        _("银行账户与最近一次登记或修改的审计事件不一致，或没有审计事件。"),
        """
        SELECT 'bank_account' AS record_kind, b.id AS record_id, b.code AS number
        FROM cash_bank_account b
        LEFT JOIN LATERAL (
            SELECT e.content FROM audit_event e
            JOIN audit_act t ON t.organization_id = e.organization_id AND t.id = e.act_id
            WHERE e.organization_id = b.organization_id AND e.record_kind = 'bank_account' AND e.record_id = b.id
            ORDER BY t.recorded_at DESC, e.id DESC LIMIT 1
        ) a ON true
        LEFT JOIN ledger_account k ON k.organization_id = b.organization_id AND k.id = b.account_id
        WHERE b.organization_id = %(organization)s
          AND (a.content IS NULL OR k.id IS NULL OR a.content ->> 'code' <> b.code OR a.content ->> 'name' <> b.name
               OR a.content ->> 'bank' <> b.bank OR a.content ->> 'currency' <> b.currency
               OR a.content ->> 'account' <> b.account_id::text
               OR (a.content ->> 'opening_balance')::numeric <> b.opening_balance
               OR a.content ->> 'closed_on' IS DISTINCT FROM b.closed_on::text)
        """,
    ),
    Validation(
        "reconciliation_is_as_confirmed",
        _("余额调节表与确认时的审计事件不一致，或没有审计事件，或不见了。"),
        """
        SELECT 'bank_reconciliation' AS record_kind, coalesce(r.id, a.record_id) AS record_id,
               coalesce(a.number, '') AS number
        FROM (SELECT * FROM cash_bank_reconciliation WHERE organization_id = %(organization)s) r
        FULL JOIN (
            SELECT record_id, act_id, number, content FROM audit_event
            WHERE organization_id = %(organization)s AND record_kind = 'bank_reconciliation' AND action = 'confirmed'
        ) a ON a.record_id = r.id
        WHERE r.id IS NULL OR a.record_id IS NULL OR a.act_id <> r.act_id
           OR a.content ->> 'bank_account' <> r.bank_account_id::text OR a.content ->> 'month' <> r.month::text
           OR (a.content ->> 'statement_balance')::numeric <> r.statement_balance
           OR (a.content ->> 'book_balance')::numeric <> r.book_balance OR a.content ->> 'memo' <> r.memo
        """,
    ),
)

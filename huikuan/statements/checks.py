"""What must hold of statements: the list that `huikuan check` runs over them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from huikuan.audit.checks import Validation
from huikuan.statements.operations.trail import DRAFTED_CONTENT

STATEMENT_VALIDATIONS: tuple[Validation, ...] = (
    Validation(
        "statement_says_what_it_said",
        _("对账单的内容与摘要值不符，或与起草时的审计事件不一致。"),
        f"""
        SELECT 'customer_statement' AS record_kind, coalesce(s.id, a.record_id) AS record_id,
               coalesce(s.number, a.number) AS number
        FROM (SELECT * FROM statements_statement WHERE organization_id = %(organization)s) s
        FULL JOIN (
            SELECT record_id, act_id, number, content FROM audit_event
            WHERE organization_id = %(organization)s AND record_kind = 'customer_statement' AND action = 'drafted'
        ) a ON a.record_id = s.id
        WHERE s.id IS NULL OR a.record_id IS NULL OR a.act_id <> s.act_id OR a.content <> {DRAFTED_CONTENT}
           OR s.digest <> encode(sha256(convert_to(s.content::text, 'UTF8')), 'hex')
        """,
    ),
    Validation(
        "statement_opens_as_the_last_closed",
        _("期初余额 %(opening)s 不等于上一张对账单 %(before)s 的期末余额 %(closed)s，或期间不衔接。"),
        """
        SELECT 'customer_statement' AS record_kind, s.id AS record_id, s.number, s.opening, p.number AS before,
               p.closing AS closed
        FROM statements_statement s
        JOIN statements_statement p ON p.organization_id = %(organization)s AND p.id = s.previous_id
        WHERE s.organization_id = %(organization)s AND s.state <> 'withdrawn'
          AND (s.opening <> p.closing OR s.starts_on <> p.ends_on + 1 OR p.state = 'withdrawn'
               OR p.customer_id <> s.customer_id OR p.currency <> s.currency)
        """,
    ),
    Validation(
        "statement_adds_up",
        _("对账单的明细之和 %(rows)s 不等于期末余额 %(closing)s。"),
        """
        SELECT 'customer_statement' AS record_kind, s.id AS record_id, s.number, s.closing, r.rows
        FROM statements_statement s
        CROSS JOIN LATERAL (
            SELECT (s.content #>> '{figures,opening}')::numeric + coalesce((
                SELECT sum((each ->> 'amount')::numeric)
                FROM jsonb_path_query(s.content, '$.figures.*[*] ? (exists (@.part))') each), 0) AS rows
        ) r
        WHERE s.organization_id = %(organization)s
          AND (r.rows <> s.closing OR s.closing <> (s.content #>> '{figures,closing}')::numeric)
        """,
    ),
    Validation(
        "answered_statement_has_its_answer",
        _("对账单的状态与登记的答复不一致。"),
        """
        SELECT 'customer_statement' AS record_kind, s.id AS record_id, s.number
        FROM statements_statement s
        LEFT JOIN LATERAL (
            SELECT agrees, "on", person FROM statements_answer a
            WHERE a.organization_id = %(organization)s AND a.statement_id = s.id ORDER BY a.id DESC LIMIT 1
        ) a ON true
        WHERE s.organization_id = %(organization)s
          AND CASE s.state WHEN 'confirmed' THEN a.agrees IS DISTINCT FROM true
                           WHEN 'differing' THEN a.agrees IS DISTINCT FROM false
                           WHEN 'withdrawn' THEN coalesce(a.agrees, false) ELSE a.agrees IS NOT NULL END
        """,
    ),
    Validation(
        "reconciliation_adds_up",
        _("双边核对：我方 %(ours)s 加差异 %(differences)s 不等于客户 %(theirs)s，或内容与摘要值不符。"),
        """
        SELECT 'reconciliation' AS record_kind, r.id AS record_id, r.made_on::text AS number, r.ours, r.theirs,
               coalesce(d.amount, 0) AS differences
        FROM statements_reconciliation r
        LEFT JOIN (
            SELECT reconciliation_id, sum(amount) AS amount FROM statements_difference
            WHERE organization_id = %(organization)s AND reconciliation_id IS NOT NULL GROUP BY reconciliation_id
        ) d ON d.reconciliation_id = r.id
        WHERE r.organization_id = %(organization)s
          AND (r.ours + coalesce(d.amount, 0) <> r.theirs
               OR r.digest <> encode(sha256(convert_to(r.findings::text, 'UTF8')), 'hex'))
        """,
    ),
)

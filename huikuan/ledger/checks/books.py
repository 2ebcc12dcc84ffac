"""Accounts, posting rules, periods, and the acts that the rows of the ledger name."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from huikuan.audit.checks import Validation
from huikuan.ledger.operations.books import ACCOUNT_CONTENT, RULE_CONTENT


def _latest(kind: str) -> str:
    """The last event of each record of a kind."""
    return f"""
        SELECT DISTINCT ON (e.record_id) e.record_id, e.action, e.number, e.content
        FROM audit_event e
        JOIN audit_act a ON a.organization_id = e.organization_id AND a.id = e.act_id
        WHERE e.organization_id = %(organization)s AND e.record_kind = '{kind}'
        ORDER BY e.record_id, a.recorded_at DESC, e.id DESC
    """


def as_recorded(kind: str, table: str, number: str, content: str) -> str:
    """Rows of `table` (with its alias) that differ from their last event, have none, or went without one."""
    name, alias = table.split()
    return f"""
        SELECT '{kind}' AS record_kind, coalesce({alias}.id, e.record_id) AS record_id,
               coalesce({number}, e.number) AS number
        FROM (SELECT * FROM {name} WHERE organization_id = %(organization)s) {alias}
        FULL JOIN ({_latest(kind)}) e ON e.record_id = {alias}.id
        WHERE {alias}.id IS NULL AND e.action <> 'removed' OR e.record_id IS NULL
           OR {alias}.id IS NOT NULL AND (e.number <> {number} OR NOT e.content @> {content})
    """


# When each period was closed: from the act that closed it to the one that opened it again.
_CLOSINGS: Final = """
    SELECT record_id, recorded_at AS shut_at, opened_at
    FROM (
        SELECT e.record_id, e.action, a.recorded_at,
               lead(a.recorded_at) OVER (PARTITION BY e.record_id ORDER BY a.recorded_at) AS opened_at
        FROM audit_event e
        JOIN audit_act a ON a.organization_id = e.organization_id AND a.id = e.act_id
        WHERE e.organization_id = %(organization)s AND e.record_kind = 'period'
    ) history
    WHERE action = 'closed'
"""

BOOK_VALIDATIONS: tuple[Validation, ...] = (
    Validation(
        "account_is_as_recorded",
        _("科目与审计记录不一致，或没有审计记录，或不见了。"),
        as_recorded("account", "ledger_account k", "k.code", ACCOUNT_CONTENT),
    ),
    Validation(
        "posting_rule_is_as_recorded",
        _("记账规则与审计记录不一致，或没有审计记录，或不见了。"),
        as_recorded("posting_rule", "ledger_posting_rule r", "r.event", RULE_CONTENT),
    ),
    Validation(
        "items_rest_on_a_control_account",
        _("应收项目记在不存在或不是统驭科目的科目上。"),
        """
        SELECT DISTINCT 'account' AS record_kind, i.account_id AS record_id, coalesce(k.code, '') AS number
        FROM ledger_open_item i
        LEFT JOIN ledger_account k ON k.organization_id = i.organization_id AND k.id = i.account_id
        WHERE i.organization_id = %(organization)s AND (k.id IS NULL OR k.control = '')
        """,
    ),
    Validation(
        "period_is_as_recorded",
        _("期间的关闭状态或时间与审计记录不一致。"),
        f"""
        SELECT 'period' AS record_kind, coalesce(p.id, e.record_id) AS record_id,
               coalesce(to_char(p.month, 'YYYY-MM'), e.number) AS number
        FROM (SELECT * FROM ledger_period WHERE organization_id = %(organization)s) p
        FULL JOIN ({_latest("period")}) e ON e.record_id = p.id
        WHERE p.id IS NULL OR e.number <> to_char(p.month, 'YYYY-MM')
           OR p.closed_at IS DISTINCT FROM
              CASE WHEN pg_input_is_valid(e.content ->> 'closed_at', 'timestamptz')
                   THEN (e.content ->> 'closed_at')::timestamptz END
        """,
    ),
    Validation(
        "posting_has_its_period",
        _("%(month)s 有记账，却没有这个期间。"),
        """
        SELECT 'period' AS record_kind, NULL::uuid AS record_id, to_char(used.month, 'YYYY-MM') AS number,
               to_char(used.month, 'YYYY-MM') AS month
        FROM (
            SELECT DISTINCT date_trunc('month', effective_on)::date AS month
            FROM ledger_journal_entry WHERE organization_id = %(organization)s
            UNION
            SELECT date_trunc('month', effective_on)::date
            FROM ledger_allocation WHERE organization_id = %(organization)s
        ) used
        LEFT JOIN ledger_period p ON p.organization_id = %(organization)s AND p.month = used.month
        WHERE p.id IS NULL
        """,
    ),
    Validation(
        "closed_period_takes_nothing",
        _("期间 %(month)s 关闭之后（%(shut_at)s）又记入了 %(effective_on)s 的业务。"),
        f"""
        SELECT posted.record_kind, posted.id AS record_id, (
                   SELECT number FROM ledger_document
                   WHERE organization_id = %(organization)s AND id = posted.document_id
               ) AS number, to_char(p.month, 'YYYY-MM') AS month,
               c.shut_at, posted.effective_on
        FROM ({_CLOSINGS}) c
        JOIN ledger_period p ON p.organization_id = %(organization)s AND p.id = c.record_id
        JOIN (
            SELECT 'journal_entry' AS record_kind, id, document_id, act_id, effective_on,
                   date_trunc('month', effective_on)::date AS month
            FROM ledger_journal_entry WHERE organization_id = %(organization)s
            UNION ALL
            SELECT 'allocation', id, NULL, act_id, effective_on, date_trunc('month', effective_on)::date
            FROM ledger_allocation WHERE organization_id = %(organization)s
        ) posted ON posted.month = p.month
        JOIN audit_act a ON a.organization_id = %(organization)s AND a.id = posted.act_id
        WHERE a.recorded_at > c.shut_at AND (c.opened_at IS NULL OR a.recorded_at < c.opened_at)
        """,
    ),
    Validation(
        "row_belongs_to_an_act",
        _("产生这一行的业务操作不存在。"),
        """
        SELECT r.record_kind, r.id AS record_id, r.number
        FROM (
            SELECT kind AS record_kind, id, number, act_id
            FROM ledger_document WHERE organization_id = %(organization)s
            UNION ALL
            SELECT 'allocation', id, '', act_id FROM ledger_allocation WHERE organization_id = %(organization)s
            UNION ALL
            SELECT 'journal_entry', id, '', act_id
            FROM ledger_journal_entry WHERE organization_id = %(organization)s
            UNION ALL
            SELECT 'item_change', id, '', act_id FROM ledger_item_change WHERE organization_id = %(organization)s
            UNION ALL
            SELECT 'revaluation', id, '', act_id FROM ledger_revaluation WHERE organization_id = %(organization)s
        ) r
        LEFT JOIN audit_act a ON a.organization_id = %(organization)s AND a.id = r.act_id
        WHERE a.id IS NULL
        """,
    ),
)

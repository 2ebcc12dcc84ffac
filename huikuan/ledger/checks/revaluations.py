"""Rates, revaluations, and what revalued items are carried at."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from huikuan.audit.checks import Validation
from huikuan.ledger.checks.books import as_recorded
from huikuan.ledger.operations.rates import RATE_CONTENT
from huikuan.ledger.operations.restatement import RATES_SET, REVALUATION_CONTENT, carried_sql, path_sql

# A revaluation `r` is called by the number of its document.
REVALUATION: Final = """'revaluation' AS record_kind, r.id AS record_id, coalesce((
            SELECT d.number FROM ledger_document d
            JOIN ledger_open_item i ON i.organization_id = d.organization_id AND i.document_id = d.id
            WHERE d.organization_id = %(organization)s AND i.id = r.item_id), '') AS number"""

_RATES: Final = """
    SELECT r.item_id, r.effective_on, r.kind, r.rate, false AS planned, r.id
    FROM ledger_revaluation r WHERE r.organization_id = %(organization)s AND r.kind <> 'settled'
"""

REVALUATION_VALIDATIONS: tuple[Validation, ...] = (
    Validation(
        "rate_is_as_recorded",
        _("汇率与审计记录不一致，或没有审计记录，或不见了。"),
        as_recorded("rate", "ledger_rate r", "r.currency", RATE_CONTENT),
    ),
    Validation(
        "revaluation_is_as_recorded",
        _("调汇与登记时的审计事件不一致，或没有审计事件，或不见了。"),
        f"""
        SELECT 'revaluation' AS record_kind, coalesce(r.id, e.record_id) AS record_id, coalesce(e.number, '') AS number
        FROM (SELECT * FROM ledger_revaluation WHERE organization_id = %(organization)s) r
        FULL JOIN (
            SELECT * FROM audit_event WHERE organization_id = %(organization)s AND record_kind = 'revaluation'
        ) e ON e.record_id = r.id AND e.act_id = r.act_id
        WHERE r.id IS NULL OR e.id IS NULL OR e.content <> {REVALUATION_CONTENT}
        """,
    ),
    Validation(
        "revaluation_is_of_a_foreign_item",
        _("调汇的项目以本位币计价，或调汇早于单据日期。"),
        f"""
        SELECT {REVALUATION}
        FROM ledger_revaluation r
        LEFT JOIN ledger_open_item i ON i.organization_id = r.organization_id AND i.id = r.item_id
        WHERE r.organization_id = %(organization)s
          AND (i.id IS NULL OR i.currency = %(currency)s OR r.effective_on < i.document_on)
        """,
    ),
    Validation(
        "revaluation_has_its_entry",
        _("调汇 %(base_change)s 的分录不见了，或日期、业务操作、金额、所属应收与它不符。"),
        f"""
        SELECT {REVALUATION}, r.base_change
        FROM ledger_revaluation r
        JOIN ledger_open_item i ON i.organization_id = r.organization_id AND i.id = r.item_id
        LEFT JOIN ledger_journal_entry e ON e.organization_id = r.organization_id AND e.id = r.entry_id
        LEFT JOIN (
            SELECT entry_id, count(*) AS lines, count(item_id) AS of_items, any_value(item_id) AS item_id,
                   sum(debit - credit) FILTER (WHERE item_id IS NOT NULL) AS booked
            FROM ledger_journal_line
            WHERE organization_id = %(organization)s AND entry_id IN (
                SELECT entry_id FROM ledger_revaluation WHERE organization_id = %(organization)s
            )
            GROUP BY entry_id
        ) l ON l.entry_id = r.entry_id
        WHERE r.organization_id = %(organization)s AND r.base_change <> 0
          AND ((e.event, e.effective_on, e.act_id) IS DISTINCT FROM ('revaluation', r.effective_on, r.act_id)
               OR (l.lines, l.of_items, l.item_id, l.booked) IS DISTINCT FROM (2, 1, r.item_id, i.side * r.base_change))
        """,
    ),
    Validation(
        "revaluation_entry_has_its_revaluation",
        _("调汇分录没有对应的调汇记录，或对应多条。"),
        """
        SELECT 'journal_entry' AS record_kind, e.id AS record_id, '' AS number
        FROM ledger_journal_entry e
        LEFT JOIN ledger_revaluation r ON r.organization_id = e.organization_id AND r.entry_id = e.id
        WHERE e.organization_id = %(organization)s AND e.event = 'revaluation'
        GROUP BY e.id HAVING count(r.id) <> 1
        """,
    ),
    # From the first closing on; with nothing open nothing is left in the books.
    Validation(
        "revalued_item_is_carried_at_the_rate_in_force",
        _("第 %(line)s 期在 %(day)s 的本位币余额是 %(open_base)s，按当日汇率应为 %(carried)s。"),
        f"""
        WITH revalued AS MATERIALIZED (
            SELECT item_id, min(effective_on) AS since
            FROM ledger_revaluation WHERE organization_id = %(organization)s GROUP BY item_id
        ), set_rate AS MATERIALIZED ({RATES_SET.format(rows=_RATES)}),
        path AS MATERIALIZED ({path_sql("revalued")}), judged AS (
            SELECT p.item_id, p.day, p.open_base, coalesce({carried_sql("p.open_amount")}, 0) AS carried
            FROM path p
            JOIN revalued n ON n.item_id = p.item_id AND p.day >= n.since
            JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = p.item_id
            LEFT JOIN set_rate s ON s.item_id = p.item_id AND s.since <= p.day AND (s.until IS NULL OR s.until > p.day)
        )
        SELECT DISTINCT ON (i.id) 'open_item' AS record_kind, i.id AS record_id, coalesce(d.number, '') AS number, i.line,
               j.day, j.open_base, j.carried
        FROM judged j
        JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = j.item_id
        LEFT JOIN ledger_document d ON d.organization_id = i.organization_id AND d.id = i.document_id
        WHERE j.open_base <> j.carried
        ORDER BY i.id, j.day
        """,
    ),
)

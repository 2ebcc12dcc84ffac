"""What must hold of the books: gapless numbers, entries in one voucher, vouchers that balance."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from huikuan.audit.checks import Validation
from huikuan.books.operations.making import VOUCHER_CONTENT
from huikuan.books.operations.manual import LINES_CONTENT

_NAME = "to_char(v.month, 'YYYY-MM ') || v.word || coalesce('-' || v.number, '')"

BOOKS_VALIDATIONS: tuple[Validation, ...] = (
    Validation(
        "voucher_numbers_are_gapless",
        _("%(month)s 的「%(word)s」字凭证：%(vouchers)s 张，最大号 %(highest)s，计数器 %(counted)s。"),
        """
        SELECT 'voucher_counter' AS record_kind, n.id AS record_id, coalesce(n.word, p.word) AS number,
               coalesce(n.word, p.word) AS word, to_char(coalesce(n.month, p.month), 'YYYY-MM') AS month,
               coalesce(p.vouchers, 0) AS vouchers, coalesce(p.highest, 0) AS highest, coalesce(n.last, 0) AS counted
        FROM (SELECT * FROM books_voucher_counter WHERE organization_id = %(organization)s) n
        FULL JOIN (
            SELECT month, word, count(*) AS vouchers, max(number) AS highest
            FROM books_voucher WHERE organization_id = %(organization)s AND state = 'posted' GROUP BY month, word
        ) p ON p.month = n.month AND p.word = n.word
        WHERE coalesce(p.vouchers, 0) <> coalesce(p.highest, 0) OR coalesce(p.highest, 0) <> coalesce(n.last, 0)
        """,
    ),
    Validation(
        "voucher_balances",
        _("凭证借方 %(debit)s、贷方 %(credit)s，应为 %(amount)s；分录 %(entries)s 条，应为 %(counted)s 条。"),
        f"""
        SELECT 'voucher' AS record_kind, v.id AS record_id, {_NAME} AS number, v.amount,
               v.entry_count AS counted, coalesce(e.entries, 0) AS entries,
               coalesce(l.debit, w.debit, 0) AS debit, coalesce(l.credit, w.credit, 0) AS credit
        FROM books_voucher v
        LEFT JOIN (
            SELECT x.voucher_id, count(*) AS entries
            FROM books_voucher_entry x WHERE x.organization_id = %(organization)s GROUP BY x.voucher_id
        ) e ON e.voucher_id = v.id
        LEFT JOIN (
            SELECT x.voucher_id, sum(l.debit) AS debit, sum(l.credit) AS credit
            FROM books_voucher_entry x
            JOIN ledger_journal_line l ON l.organization_id = x.organization_id AND l.entry_id = x.entry_id
            WHERE x.organization_id = %(organization)s GROUP BY x.voucher_id
        ) l ON l.voucher_id = v.id
        LEFT JOIN (
            SELECT voucher_id, sum(debit) AS debit, sum(credit) AS credit
            FROM books_voucher_line WHERE organization_id = %(organization)s GROUP BY voucher_id
        ) w ON w.voucher_id = v.id
        WHERE v.organization_id = %(organization)s
          AND (coalesce(l.debit, w.debit, 0) <> v.amount OR coalesce(l.credit, w.credit, 0) <> v.amount
               OR w.debit IS NOT NULL AND l.debit IS NOT NULL AND (w.debit <> l.debit OR w.credit <> l.credit)
               OR coalesce(e.entries, 0) <> v.entry_count)
        """,
    ),
    Validation(
        "entry_stands_in_a_voucher_of_its_month",
        _("凭证里的分录不存在，或凭证不存在，或分属不同的月份。"),
        """
        SELECT 'journal_entry' AS record_kind, x.entry_id AS record_id, coalesce(v.word, '') AS number
        FROM books_voucher_entry x
        LEFT JOIN books_voucher v ON v.organization_id = x.organization_id AND v.id = x.voucher_id
        LEFT JOIN ledger_journal_entry e ON e.organization_id = x.organization_id AND e.id = x.entry_id
        WHERE x.organization_id = %(organization)s
          AND (v.id IS NULL OR e.id IS NULL OR date_trunc('month', e.effective_on)::date <> v.month
               OR date_trunc('month', v.voucher_on)::date <> v.month)
        """,
    ),
    Validation(
        "voucher_is_as_recorded",
        _("凭证与审计记录不一致，或没有审计记录，或不见了。"),
        f"""
        SELECT 'voucher' AS record_kind, coalesce(v.id, e.record_id) AS record_id, coalesce({_NAME}, e.number) AS number
        FROM (SELECT * FROM books_voucher WHERE organization_id = %(organization)s) v
        FULL JOIN (
            SELECT DISTINCT ON (record_id) record_id, action, number, content
            FROM audit_event
            WHERE organization_id = %(organization)s AND record_kind = 'voucher'
              AND action IN ('recorded', 'posted', 'removed')
            ORDER BY record_id, CASE action WHEN 'removed' THEN 3 WHEN 'posted' THEN 2 ELSE 1 END DESC
        ) e ON e.record_id = v.id
        WHERE v.id IS NULL AND e.action <> 'removed' OR e.record_id IS NULL
           OR v.id IS NOT NULL AND (e.action = 'removed' OR NOT e.content @> {VOUCHER_CONTENT}
                                    OR (v.state = 'posted') <> (e.action = 'posted')
                                    OR e.action = 'posted' AND (e.content ->> 'number')::integer <> v.number)
        """,
    ),
    Validation(
        "written_voucher_is_as_recorded",
        _("手工凭证的行与登记时的审计事件不一致。"),
        f"""
        SELECT 'voucher' AS record_kind, v.id AS record_id, {_NAME} AS number
        FROM books_voucher v
        JOIN audit_event e ON e.organization_id = v.organization_id AND e.record_id = v.id
            AND e.record_kind = 'voucher' AND e.action = 'recorded'
        WHERE v.organization_id = %(organization)s AND v.source IN ('manual', 'opening', 'reversal')
          AND e.content -> 'lines' IS DISTINCT FROM {LINES_CONTENT}
        """,
    ),
    Validation(
        "closed_turnover_is_kept_right",
        _("%(month)s 关闭时保存的发生额（借 %(debit)s，贷 %(credit)s）与分录不符。"),
        """
        SELECT 'account' AS record_kind, coalesce(m.account_id, l.account_id) AS record_id, coalesce(k.code, '') AS number,
               to_char(coalesce(m.month, l.month), 'YYYY-MM') AS month, coalesce(m.debit, 0) AS debit,
               coalesce(m.credit, 0) AS credit
        FROM (
            SELECT m.* FROM books_account_month m
            JOIN ledger_period p ON p.organization_id = m.organization_id AND p.month = m.month
                AND p.closed_at = m.closed_at
            WHERE m.organization_id = %(organization)s
        ) m
        FULL JOIN (
            SELECT l.account_id, kept.month, sum(l.debit) AS debit, sum(l.credit) AS credit
            FROM (
                SELECT DISTINCT p.month FROM ledger_period p
                JOIN books_account_month m ON m.organization_id = p.organization_id AND m.month = p.month
                    AND m.closed_at = p.closed_at
                WHERE p.organization_id = %(organization)s
            ) kept
            JOIN ledger_journal_entry e ON e.organization_id = %(organization)s
                AND date_trunc('month', e.effective_on)::date = kept.month
            JOIN ledger_journal_line l ON l.organization_id = e.organization_id AND l.entry_id = e.id
            GROUP BY l.account_id, kept.month
        ) l ON l.account_id = m.account_id AND l.month = m.month
        LEFT JOIN ledger_account k ON k.organization_id = %(organization)s
            AND k.id = coalesce(m.account_id, l.account_id)
        WHERE m.debit IS DISTINCT FROM l.debit OR m.credit IS DISTINCT FROM l.credit
        """,
    ),
    Validation(
        "trial_balance_balances",
        _("全部分录借方 %(debit)s、贷方 %(credit)s 不相等。"),
        """
        SELECT 'trial_balance' AS record_kind, NULL::uuid AS record_id, '' AS number,
               sum(debit) AS debit, sum(credit) AS credit
        FROM ledger_journal_line WHERE organization_id = %(organization)s
        HAVING sum(debit) <> sum(credit)
        """,
    ),
)

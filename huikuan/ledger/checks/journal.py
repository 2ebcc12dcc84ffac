"""Entries: balanced, made by what they belong to, and in agreement with the open items."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from huikuan.audit.checks import Validation
from huikuan.ledger.operations.entries import ENTRY_CONTENT

# An entry `e` is called by the number of its document; one of an allocation has none.
ENTRY: Final = """'journal_entry' AS record_kind, e.id AS record_id, coalesce((
            SELECT number FROM ledger_document
            WHERE organization_id = %(organization)s AND id = e.document_id), '') AS number"""

# The entries an allocation makes: a transfer where its items lie on different accounts, and the realised
# exchange difference. `line` columns: position, account, debit, credit, item.
_PLANNED: Final = """
    of_moved_items AS MATERIALIZED (
        -- Items that lay on another account once: which one, at the time of the allocation, is not asked.
        SELECT a.debit_item_id, a.credit_item_id, a.id
        FROM ledger_item_change m
        JOIN ledger_allocation a ON a.organization_id = m.organization_id
            AND m.item_id IN (a.debit_item_id, a.credit_item_id)
        WHERE m.organization_id = %(organization)s AND m.account_id IS NOT NULL
    ), planned AS (
        SELECT a.id AS allocation_id, a.act_id, a.effective_on, a.debit_item_id, a.credit_item_id,
               a.debit_base, a.credit_base, d.account_id AS debit_account_id, c.account_id AS credit_account_id
        FROM ledger_allocation a
        JOIN ledger_open_item d ON d.organization_id = a.organization_id AND d.id = a.debit_item_id
        JOIN ledger_open_item c ON c.organization_id = a.organization_id AND c.id = a.credit_item_id
        WHERE a.organization_id = %(organization)s
          AND (d.account_id <> c.account_id AND a.credit_base <> 0 OR a.debit_base <> a.credit_base)
          AND (a.debit_item_id, a.credit_item_id) NOT IN (SELECT debit_item_id, credit_item_id FROM of_moved_items)
    ), planned_entry AS (
        SELECT *, 'apply_credit' AS event, credit_base AS amount
        FROM planned WHERE debit_account_id <> credit_account_id AND credit_base <> 0
        UNION ALL
        SELECT *, 'exchange_difference', debit_base - credit_base
        FROM planned WHERE debit_base <> credit_base
    )
"""

# Rules tell about entries recorded since the youngest rule of the event was; a rule is replaced, never edited.
_JUDGED: Final = """
    judged AS (
        SELECT e.id AS entry_id, e.document_id, d.event, d.base_amount, round(d.tax * d.rate, %(places)s) AS base_tax,
               said.content
        FROM ledger_journal_entry e
        JOIN ledger_document d ON d.organization_id = e.organization_id AND d.id = e.document_id
        JOIN audit_act a ON a.organization_id = e.organization_id AND a.id = e.act_id
        LEFT JOIN audit_event said ON said.organization_id = d.organization_id AND said.record_id = d.id
            AND said.action = 'recorded' AND (said.content ? 'legs' OR jsonb_path_exists(said.content, '$.items[*][3]'))
        JOIN (
            SELECT r.event, max(made.recorded_at) AS since
            FROM ledger_posting_rule r
            JOIN audit_event v ON v.organization_id = r.organization_id AND v.record_id = r.id
                AND v.record_kind = 'posting_rule'
            JOIN audit_act made ON made.organization_id = v.organization_id AND made.id = v.act_id
            WHERE r.organization_id = %(organization)s
            GROUP BY r.event
        ) rules ON rules.event = d.event AND a.recorded_at >= rules.since
        WHERE e.organization_id = %(organization)s
    )
"""

JOURNAL_VALIDATIONS: tuple[Validation, ...] = (
    Validation(
        "general_entry_is_as_recorded",
        _("没有单据的分录与登记时的审计事件不一致，或没有审计事件，或不见了。"),
        f"""
        SELECT 'journal_entry' AS record_kind, coalesce(e.id, said.record_id) AS record_id, '' AS number
        FROM (
            SELECT * FROM ledger_journal_entry
            WHERE organization_id = %(organization)s AND document_id IS NULL AND allocation_id IS NULL
        ) e
        FULL JOIN (
            SELECT * FROM audit_event
            WHERE organization_id = %(organization)s AND record_kind = 'journal_entry' AND action = 'recorded'
        ) said ON said.record_id = e.id AND said.act_id = e.act_id
        WHERE e.id IS NULL OR said.id IS NULL OR said.content <> {ENTRY_CONTENT}
        """,
    ),
    Validation(
        "entry_balances",
        _("分录不平：借方 %(debit)s，贷方 %(credit)s。"),
        f"""
        SELECT {ENTRY}, coalesce(l.debit, 0) AS debit, coalesce(l.credit, 0) AS credit
        FROM ledger_journal_entry e
        LEFT JOIN (
            SELECT entry_id, sum(debit) AS debit, sum(credit) AS credit
            FROM ledger_journal_line WHERE organization_id = %(organization)s
            GROUP BY entry_id
        ) l ON l.entry_id = e.id
        WHERE e.organization_id = %(organization)s AND l.debit IS DISTINCT FROM l.credit
           OR e.organization_id = %(organization)s AND l.entry_id IS NULL
        """,
    ),
    Validation(
        "line_belongs_to_an_entry",
        _("有分录行，却没有它的分录。"),
        """
        SELECT DISTINCT 'journal_entry' AS record_kind, l.entry_id AS record_id, '' AS number
        FROM ledger_journal_line l
        LEFT JOIN ledger_journal_entry e ON e.organization_id = l.organization_id AND e.id = l.entry_id
        WHERE l.organization_id = %(organization)s AND e.id IS NULL
        """,
    ),
    Validation(
        "document_has_one_entry",
        _("单据应有 %(expected)s 笔分录，实有 %(entries)s 笔。"),
        """
        SELECT d.kind AS record_kind, d.id AS record_id, d.number, coalesce(e.entries, 0) AS entries,
               CASE d.base_amount WHEN 0 THEN 0 ELSE 1 END AS expected
        FROM ledger_document d
        LEFT JOIN (
            SELECT document_id, count(*) AS entries
            FROM ledger_journal_entry WHERE organization_id = %(organization)s
            GROUP BY document_id
        ) e ON e.document_id = d.id
        WHERE d.organization_id = %(organization)s
          AND coalesce(e.entries, 0) <> CASE d.base_amount WHEN 0 THEN 0 ELSE 1 END
        """,
    ),
    Validation(
        "entry_follows_its_source",
        _("分录的事件、日期或业务操作与产生它的单据或核销不一致。"),
        f"""
        SELECT {ENTRY}
        FROM ledger_journal_entry e
        LEFT JOIN ledger_document d ON d.organization_id = e.organization_id AND d.id = e.document_id
        LEFT JOIN ledger_allocation a ON a.organization_id = e.organization_id AND a.id = e.allocation_id
        WHERE e.organization_id = %(organization)s
          AND coalesce(e.document_id, e.allocation_id) IS NOT NULL
          AND (coalesce(d.act_id, a.act_id) IS DISTINCT FROM e.act_id
               OR coalesce(d.document_on, a.effective_on) IS DISTINCT FROM e.effective_on
               OR d.event <> e.event)
        """,
    ),
    Validation(
        "entry_lines_follow_the_posting_rule",
        _("分录行的科目、金额、次序或所属应收与记账规则不符。"),
        f"""
        WITH {_JUDGED}, expected AS (
            SELECT j.entry_id, r.position * 100 + i.line AS position,
                   coalesce((j.content -> 'items' -> (i.line - 1) ->> 3)::uuid, r.account_id) AS account_id,
                   r.side, i.id AS item_id, CASE WHEN r.red THEN -i.base_amount ELSE i.base_amount END AS amount
            FROM judged j
            JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.document_id = j.document_id
            JOIN ledger_posting_rule r ON r.organization_id = %(organization)s AND r.event = j.event AND r.on_item
            UNION ALL
            SELECT j.entry_id, r.position * 100, r.account_id, r.side, NULL,
                   CASE r.measure WHEN 'gross' THEN j.base_amount WHEN 'tax' THEN j.base_tax
                                  ELSE j.base_amount - j.base_tax END * CASE WHEN r.red THEN -1 ELSE 1 END
            FROM judged j
            JOIN ledger_posting_rule r ON r.organization_id = %(organization)s AND r.event = j.event
                AND NOT r.on_item
            UNION ALL
            SELECT j.entry_id, 20000 + leg.place, (leg.content ->> 0)::uuid, sign((leg.content ->> 1)::numeric), NULL,
                   abs((leg.content ->> 1)::numeric)
            FROM judged j
            CROSS JOIN LATERAL jsonb_array_elements(j.content -> 'legs') WITH ORDINALITY leg (content, place)
        ), written AS (
            SELECT l.* FROM judged j
            JOIN ledger_journal_line l ON l.organization_id = %(organization)s AND l.entry_id = j.entry_id
        ), differing AS (
            SELECT DISTINCT entry_id
            FROM (SELECT * FROM expected WHERE amount <> 0) x
            FULL JOIN written l USING (entry_id, position)
            WHERE x.account_id IS DISTINCT FROM l.account_id OR x.item_id IS DISTINCT FROM l.item_id
               OR x.amount * (1 + x.side) / 2 IS DISTINCT FROM l.debit
               OR x.amount * (1 - x.side) / 2 IS DISTINCT FROM l.credit
        )
        SELECT {ENTRY}
        FROM differing f
        JOIN ledger_journal_entry e ON e.organization_id = %(organization)s AND e.id = f.entry_id
        """,
    ),
    Validation(
        "reversal_entry_mirrors_the_entry",
        _("冲销分录与被冲销单据的分录不是一正一负。"),
        f"""
        WITH pairs AS (
            SELECT n.id AS entry_id, o.id AS original_id
            FROM ledger_document d
            JOIN ledger_journal_entry o ON o.organization_id = d.organization_id AND o.document_id = d.id
            JOIN ledger_journal_entry n ON n.organization_id = d.organization_id AND n.document_id = d.voided_by_id
            WHERE d.organization_id = %(organization)s AND d.voided_by_id IS NOT NULL
        ), mirrored AS (
            SELECT p.entry_id, l.position, l.account_id, -l.debit AS debit, -l.credit AS credit
            FROM pairs p
            JOIN ledger_journal_line l ON l.organization_id = %(organization)s AND l.entry_id = p.original_id
        ), written AS (
            SELECT l.* FROM pairs p
            JOIN ledger_journal_line l ON l.organization_id = %(organization)s AND l.entry_id = p.entry_id
        ), differing AS (
            SELECT DISTINCT entry_id
            FROM mirrored x FULL JOIN written l USING (entry_id, position)
            WHERE x.account_id IS DISTINCT FROM l.account_id OR x.debit IS DISTINCT FROM l.debit
               OR x.credit IS DISTINCT FROM l.credit
        )
        SELECT {ENTRY}
        FROM differing f
        JOIN ledger_journal_entry e ON e.organization_id = %(organization)s AND e.id = f.entry_id
        """,
    ),
    Validation(
        "allocation_has_its_entries",
        _("核销应产生的分录（%(event)s）与实有的不一致。"),
        f"""
        WITH {_PLANNED}, written AS (
            SELECT * FROM ledger_journal_entry
            WHERE organization_id = %(organization)s AND allocation_id IS NOT NULL
              AND allocation_id NOT IN (SELECT id FROM of_moved_items)
        )
        SELECT CASE WHEN p.event IS NULL THEN 'journal_entry' ELSE 'allocation' END AS record_kind,
               CASE WHEN p.event IS NULL THEN min(e.id::text)::uuid ELSE allocation_id END AS record_id,
               '' AS number, event
        FROM planned_entry p
        FULL JOIN written e USING (allocation_id, event)
        GROUP BY allocation_id, event, p.event
        HAVING count(p.event) <> 1 OR count(e.id) <> 1
        """,
    ),
    Validation(
        "allocation_entry_lines_follow_the_allocation",
        _("核销分录行的科目、金额或所属应收与核销不符。"),
        f"""
        WITH {_PLANNED}, expected AS (
            SELECT e.id AS entry_id, s.position, s.account_id, s.debit, s.credit, s.item_id
            FROM planned_entry p
            JOIN ledger_journal_entry e ON e.organization_id = %(organization)s
                AND e.allocation_id = p.allocation_id AND e.event = p.event
            CROSS JOIN LATERAL (VALUES
                (1, CASE p.event WHEN 'apply_credit' THEN p.credit_account_id END, p.amount, 0,
                    CASE p.event WHEN 'apply_credit' THEN p.credit_item_id END),
                (2, p.debit_account_id, 0, p.amount, p.debit_item_id)
            ) s (position, account_id, debit, credit, item_id)
        ), written AS (
            SELECT l.*
            FROM ledger_journal_entry e
            JOIN ledger_journal_line l ON l.organization_id = e.organization_id AND l.entry_id = e.id
            WHERE e.organization_id = %(organization)s AND e.allocation_id IS NOT NULL
              AND e.allocation_id NOT IN (SELECT id FROM of_moved_items)
        ), difference_account AS (
            SELECT DISTINCT record_id FROM audit_event
            WHERE organization_id = %(organization)s AND record_kind = 'account'
              AND content ->> 'purpose' = 'financial_expense'
        ), differing AS (
            SELECT DISTINCT entry_id
            FROM expected x
            FULL JOIN written l USING (entry_id, position)
            WHERE x.debit IS DISTINCT FROM l.debit OR x.credit IS DISTINCT FROM l.credit
               OR x.item_id IS DISTINCT FROM l.item_id
               OR CASE WHEN x.account_id IS NULL
                       THEN NOT EXISTS (SELECT 1 FROM difference_account k WHERE k.record_id = l.account_id)
                       ELSE x.account_id IS DISTINCT FROM l.account_id END
        )
        SELECT {ENTRY}
        FROM differing f
        JOIN ledger_journal_entry e ON e.organization_id = %(organization)s AND e.id = f.entry_id
        """,
    ),
    Validation(
        "control_account_line_carries_its_item",
        _("分录第 %(position)s 行的科目不存在，或是统驭科目却没有所属应收。"),
        f"""
        SELECT {ENTRY}, l.position
        FROM ledger_journal_line l
        JOIN ledger_journal_entry e ON e.organization_id = l.organization_id AND e.id = l.entry_id
        LEFT JOIN ledger_account k ON k.organization_id = l.organization_id AND k.id = l.account_id
        WHERE l.organization_id = %(organization)s AND (k.id IS NULL OR k.control IN ('receivable', 'credit') AND l.item_id IS NULL)
        """,
    ),
    Validation(
        "item_is_booked_on_its_account",
        _("第 %(line)s 期的科目 %(account)s 与分录中它的科目不同。"),
        """
        SELECT DISTINCT 'open_item' AS record_kind, i.id AS record_id, d.number, i.line, k.code AS account
        FROM (
            SELECT l.item_id
            FROM ledger_journal_line l
            JOIN ledger_open_item i ON i.organization_id = l.organization_id AND i.id = l.item_id
            WHERE l.organization_id = %(organization)s AND i.account_id <> l.account_id
            GROUP BY l.item_id, l.account_id HAVING sum(l.debit - l.credit) <> 0
        ) elsewhere
        JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = elsewhere.item_id
        LEFT JOIN ledger_document d ON d.organization_id = i.organization_id AND d.id = i.document_id
        LEFT JOIN ledger_account k ON k.organization_id = i.organization_id AND k.id = i.account_id
        """,
    ),
    # Within one account an allocation makes no entry: what it moves lies between the two items' own lines.
    Validation(
        "item_ties_to_its_control_account",
        _("第 %(line)s 期：分录余额 %(booked)s 不等于未核销的本位币余额 %(open)s。"),
        """
        SELECT 'open_item' AS record_kind, i.id AS record_id, coalesce(d.number, '') AS number, i.line,
               coalesce(b.booked, 0) AS booked, i.side * i.open_base AS open
        FROM ledger_open_item i
        LEFT JOIN ledger_document d ON d.organization_id = i.organization_id AND d.id = i.document_id
        LEFT JOIN (
            SELECT item_id, sum(amount) AS booked
            FROM (
                SELECT item_id, debit - credit AS amount
                FROM ledger_journal_line WHERE organization_id = %(organization)s AND item_id IS NOT NULL
                UNION ALL
                SELECT s.item_id, s.amount
                FROM ledger_allocation a
                JOIN ledger_open_item d ON d.organization_id = a.organization_id AND d.id = a.debit_item_id
                JOIN ledger_open_item c ON c.organization_id = a.organization_id AND c.id = a.credit_item_id
                LEFT JOIN ledger_journal_entry e ON e.organization_id = a.organization_id AND e.allocation_id = a.id
                    AND e.event = 'apply_credit'
                CROSS JOIN LATERAL (VALUES (d.id, -a.credit_base), (c.id, a.credit_base)) s (item_id, amount)
                WHERE a.organization_id = %(organization)s AND e.id IS NULL
            ) moves
            GROUP BY item_id
        ) b ON b.item_id = i.id
        WHERE i.organization_id = %(organization)s AND coalesce(b.booked, 0) <> i.side * i.open_base
        """,
    ),
    Validation(
        "control_account_equals_open_items",
        _("统驭科目余额 %(booked)s 不等于其未核销项目之和 %(open)s。"),
        """
        SELECT 'account' AS record_kind, k.id AS record_id, k.code AS number,
               coalesce(l.booked, 0) AS booked, coalesce(i.open, 0) AS open
        FROM ledger_account k
        LEFT JOIN (
            SELECT account_id, sum(debit - credit) AS booked
            FROM ledger_journal_line
            WHERE organization_id = %(organization)s AND (item_id IS NOT NULL OR account_id NOT IN (
                SELECT id FROM ledger_account WHERE organization_id = %(organization)s AND control = 'shared'))
            GROUP BY account_id
        ) l ON l.account_id = k.id
        LEFT JOIN (
            SELECT account_id, sum(side * open_base) AS open
            FROM ledger_open_item WHERE organization_id = %(organization)s GROUP BY account_id
        ) i ON i.account_id = k.id
        WHERE k.organization_id = %(organization)s AND (k.control <> '' OR i.account_id IS NOT NULL)
          AND coalesce(l.booked, 0) <> coalesce(i.open, 0)
        """,
    ),
    Validation(
        "customer_ties_to_the_control_accounts",
        _("客户在统驭科目上的余额 %(booked)s 不等于其未核销项目之和 %(open)s。"),
        """
        SELECT 'customer' AS record_kind, customer_id AS record_id, coalesce(k.code, '') AS number,
               sum(booked) AS booked, sum(open) AS open
        FROM (
            SELECT i.customer_id, l.debit - l.credit AS booked, 0 AS open
            FROM ledger_journal_line l
            JOIN ledger_open_item i ON i.organization_id = l.organization_id AND i.id = l.item_id
            WHERE l.organization_id = %(organization)s
            UNION ALL
            -- What one customer of a group settles of another's within one account.
            SELECT s.customer_id, s.amount, 0
            FROM ledger_allocation a
            JOIN ledger_open_item d ON d.organization_id = a.organization_id AND d.id = a.debit_item_id
            JOIN ledger_open_item c ON c.organization_id = a.organization_id AND c.id = a.credit_item_id
                AND c.customer_id <> d.customer_id
            LEFT JOIN ledger_journal_entry e ON e.organization_id = a.organization_id AND e.allocation_id = a.id
                AND e.event = 'apply_credit'
            CROSS JOIN LATERAL (
                VALUES (d.customer_id, -a.credit_base), (c.customer_id, a.credit_base)
            ) s (customer_id, amount)
            WHERE a.organization_id = %(organization)s AND e.id IS NULL
            UNION ALL
            SELECT customer_id, 0, side * open_base
            FROM ledger_open_item WHERE organization_id = %(organization)s
        ) balances
        LEFT JOIN customers_customer k ON k.organization_id = %(organization)s AND k.id = customer_id
        GROUP BY customer_id, k.code
        HAVING sum(booked) <> sum(open)
        """,
    ),
)

"""Allocations and what they leave open."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from huikuan.audit.checks import Validation
from huikuan.ledger.operations.allocations import ALLOCATION_CONTENT


def _number(item: str) -> str:
    return f"""(SELECT number FROM ledger_document
        WHERE organization_id = %(organization)s AND id = (
            SELECT document_id FROM ledger_open_item WHERE organization_id = %(organization)s AND id = {item}))"""


# An allocation `a` is called by the numbers of its documents; asked only for the broken ones.
ALLOCATION: Final = (
    f"'allocation' AS record_kind, a.id AS record_id,"
    f" concat({_number('a.debit_item_id')}, ' ← ', {_number('a.credit_item_id')}) AS number"
)

# What each allocation takes from its two items.
MOVES: Final = """
    SELECT a.debit_item_id AS item_id, a.amount, a.debit_base AS base, a.effective_on
    FROM ledger_allocation a WHERE a.organization_id = %(organization)s
    UNION ALL
    SELECT a.credit_item_id, a.amount, a.credit_base, a.effective_on
    FROM ledger_allocation a WHERE a.organization_id = %(organization)s
"""

ALLOCATION_VALIDATIONS: tuple[Validation, ...] = (
    Validation(
        "open_amount_follows_from_allocations",
        _("第 %(line)s 期的未核销余额是 %(open_amount)s，按核销记录应为 %(left_open)s（或本位币余额不符）。"),
        f"""
        SELECT 'open_item' AS record_kind, i.id AS record_id, d.number, i.line, i.open_amount,
               i.amount - coalesce(m.amount, 0) AS left_open
        FROM ledger_open_item i
        LEFT JOIN ledger_document d ON d.organization_id = i.organization_id AND d.id = i.document_id
        LEFT JOIN (
            SELECT item_id, sum(amount) AS amount, sum(base) AS base
            FROM (
                {MOVES}
                UNION ALL
                SELECT r.item_id, 0, -r.base_change, r.effective_on
                FROM ledger_revaluation r WHERE r.organization_id = %(organization)s
            ) moves
            GROUP BY item_id
        ) m ON m.item_id = i.id
        WHERE i.organization_id = %(organization)s
          AND (i.open_amount <> i.amount - coalesce(m.amount, 0)
               OR i.open_base <> i.base_amount - coalesce(m.base, 0))
        """,
    ),
    Validation(
        "balance_stays_between_zero_and_the_amount",
        _("第 %(line)s 期在 %(effective_on)s 的已核销金额为 %(settled)s，超出 0 至 %(amount)s。"),
        f"""
        SELECT DISTINCT ON (i.id) 'open_item' AS record_kind, i.id AS record_id, d.number, i.line, m.effective_on,
               m.settled, i.amount
        FROM (
            SELECT item_id, effective_on, sum(amount) OVER (PARTITION BY item_id ORDER BY effective_on) AS settled
            FROM ({MOVES}) moves
        ) m
        JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = m.item_id
        LEFT JOIN ledger_document d ON d.organization_id = i.organization_id AND d.id = i.document_id
        WHERE m.settled < 0 OR m.settled > i.amount
        ORDER BY i.id, m.effective_on
        """,
    ),
    Validation(
        "base_currency_item_has_one_amount",
        _("第 %(line)s 期以本位币计价，但原币与本位币的金额或余额不同。"),
        """
        SELECT 'open_item' AS record_kind, i.id AS record_id, d.number, i.line
        FROM ledger_open_item i
        LEFT JOIN ledger_document d ON d.organization_id = i.organization_id AND d.id = i.document_id
        WHERE i.organization_id = %(organization)s AND i.currency = %(currency)s
          AND (i.base_amount <> i.amount OR i.open_base <> i.open_amount)
        """,
    ),
    Validation(
        "settled_item_has_nothing_left_in_the_books",
        _("第 %(line)s 期已全部核销，本位币余额却还有 %(open_base)s。"),
        """
        SELECT 'open_item' AS record_kind, i.id AS record_id, d.number, i.line, i.open_base
        FROM ledger_open_item i
        LEFT JOIN ledger_document d ON d.organization_id = i.organization_id AND d.id = i.document_id
        WHERE i.organization_id = %(organization)s AND i.open_amount = 0 AND i.open_base <> 0
        """,
    ),
    Validation(
        "allocation_has_its_event",
        _("这笔核销的业务操作中没有它的审计事件。"),
        f"""
        SELECT {ALLOCATION}
        FROM ledger_allocation a
        LEFT JOIN audit_event e ON e.organization_id = a.organization_id AND e.record_id = a.id
            AND e.act_id = a.act_id AND e.record_kind = 'allocation'
            AND e.action = CASE WHEN a.reverses_id IS NULL THEN 'allocated' ELSE 'unallocated' END
        WHERE a.organization_id = %(organization)s AND e.id IS NULL
        """,
    ),
    Validation(
        "recorded_allocation_exists",
        _("审计记录中的一笔核销不见了。"),
        """
        SELECT 'allocation' AS record_kind, e.record_id, e.number
        FROM audit_event e
        LEFT JOIN ledger_allocation a ON a.organization_id = e.organization_id AND a.id = e.record_id
        WHERE e.organization_id = %(organization)s AND e.record_kind = 'allocation' AND a.id IS NULL
        """,
    ),
    Validation(
        "allocation_is_as_recorded",
        _("核销与登记时的审计事件不一致：%(fields)s。"),
        f"""
        SELECT {ALLOCATION},
               (SELECT string_agg(f.key, ', ' ORDER BY f.key) FROM jsonb_each({ALLOCATION_CONTENT}) f
                WHERE e.content -> f.key IS DISTINCT FROM f.value) AS fields
        FROM ledger_allocation a
        JOIN audit_event e ON e.organization_id = a.organization_id AND e.record_id = a.id
            AND e.record_kind = 'allocation'
        WHERE a.organization_id = %(organization)s AND NOT e.content @> {ALLOCATION_CONTENT}
        """,
    ),
    Validation(
        "allocation_joins_a_debit_and_a_credit",
        _("核销的两边不是同币种的一借一贷，或核销日期早于单据日期。"),
        f"""
        SELECT {ALLOCATION}
        FROM ledger_allocation a
        LEFT JOIN ledger_open_item d ON d.organization_id = a.organization_id AND d.id = a.debit_item_id
        LEFT JOIN ledger_open_item c ON c.organization_id = a.organization_id AND c.id = a.credit_item_id
        WHERE a.organization_id = %(organization)s
          AND (d.side IS DISTINCT FROM 1 OR c.side IS DISTINCT FROM -1 OR d.currency <> c.currency
               OR a.effective_on < d.document_on OR a.effective_on < c.document_on)
        """,
    ),
    # Groups change; it is enough that the two once belonged together.
    Validation(
        "allocation_stays_with_the_customer_or_group",
        _("核销的两边不属于同一客户或同一集团。"),
        f"""
        WITH heads AS (
            SELECT id AS customer_id, coalesce(parent_id, id) AS head
            FROM customers_customer WHERE organization_id = %(organization)s
            UNION
            SELECT customer_id, coalesce(parent_id, customer_id)
            FROM customers_customer_change WHERE organization_id = %(organization)s
        ), across AS (
            SELECT a.*, d.customer_id AS debtor_id, c.customer_id AS creditor_id
            FROM ledger_allocation a
            JOIN ledger_open_item d ON d.organization_id = a.organization_id AND d.id = a.debit_item_id
            JOIN ledger_open_item c ON c.organization_id = a.organization_id AND c.id = a.credit_item_id
            WHERE a.organization_id = %(organization)s AND d.customer_id <> c.customer_id
        ), strangers AS (
            SELECT p.debtor_id, p.creditor_id
            FROM (SELECT DISTINCT debtor_id, creditor_id FROM across) p
            LEFT JOIN heads x ON x.customer_id = p.debtor_id
            LEFT JOIN heads y ON y.customer_id = p.creditor_id AND y.head = x.head
            GROUP BY 1, 2 HAVING count(y.head) = 0
        )
        SELECT {ALLOCATION} FROM across a JOIN strangers USING (debtor_id, creditor_id)
        """,
    ),
    Validation(
        "reversal_mirrors_its_allocation",
        _("反核销与它撤销的核销不符，或日期更早。"),
        f"""
        SELECT {ALLOCATION}
        FROM ledger_allocation a
        LEFT JOIN ledger_allocation o ON o.organization_id = a.organization_id AND o.id = a.reverses_id
        WHERE a.organization_id = %(organization)s AND a.reverses_id IS NOT NULL
          AND (o.id IS NULL OR o.reverses_id IS NOT NULL OR a.effective_on < o.effective_on
               OR (a.debit_item_id, a.credit_item_id, a.amount, a.debit_base, a.credit_base)
                  <> (o.debit_item_id, o.credit_item_id, -o.amount, -o.debit_base, -o.credit_base))
        """,
    ),
)

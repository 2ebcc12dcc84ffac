"""The lines of customers' items in the posted vouchers of a month, as auditors are given them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection

from huikuan.core.dates import add_months
from huikuan.core.postgres.tenancy import current_organization_id


@dataclass(frozen=True, slots=True)
class ReceivableRow:
    """A line of an account that items make up, with the balances of its customer on that account after it.

    `original` is the amount in the item's currency, signed as debit less credit; zero where only the base amount
    moved (an exchange difference). `settled_by` and `settled_on`: what settled the item last.
    """

    customer_code: str
    account_code: str
    on: date
    voucher_on: date
    word: str
    number: int
    summary: str
    debit: Decimal
    credit: Decimal
    balance: Decimal
    currency: str
    rate: Decimal
    original: Decimal
    original_balance: Decimal
    due_on: date | None
    document_kind: str
    document_number: str
    reference: str
    event: str
    settled: bool
    settled_by: str
    settled_on: date | None


def receivable_rows(month: date) -> list[ReceivableRow]:
    """The lines of the month that holds `month`, by account, customer and date."""
    first = month.replace(day=1)
    with connection.cursor() as cursor:
        cursor.execute(
            ROWS,
            {"organization": current_organization_id(), "month": first, "next": add_months(first, 1)},
        )
        return [ReceivableRow(*row) for row in cursor.fetchall()]


# Balances run from the beginning of the books; of the month only lines in posted vouchers are returned.
ROWS = """
    SELECT c.code, k.code, r.effective_on, v.voucher_on, v.word, v.number, v.summary, r.debit, r.credit, r.balance,
           r.currency, d.rate, r.original, r.original_balance, r.due_on, d.kind, d.number, d.reference, r.event,
           r.open_amount = 0, coalesce(other.number, ''), settled.effective_on
    FROM (
        SELECT e.id AS entry_id, e.effective_on, e.event, l.position, l.account_id, l.item_id, l.debit, l.credit,
               i.customer_id, i.currency, i.due_on, i.document_id, i.open_amount, i.side, original.amount AS original,
               sum(l.debit - l.credit) OVER (
                   PARTITION BY l.account_id, i.customer_id
                   ORDER BY e.effective_on, e.id, l.position ROWS UNBOUNDED PRECEDING) AS balance,
               sum(original.amount) OVER (
                   PARTITION BY l.account_id, i.customer_id, i.currency
                   ORDER BY e.effective_on, e.id, l.position ROWS UNBOUNDED PRECEDING) AS original_balance
        FROM ledger_journal_line l
        JOIN ledger_journal_entry e ON e.organization_id = l.organization_id AND e.id = l.entry_id
        JOIN ledger_open_item i ON i.organization_id = l.organization_id AND i.id = l.item_id
        LEFT JOIN ledger_allocation a ON a.organization_id = e.organization_id AND a.id = e.allocation_id
        CROSS JOIN LATERAL (
            SELECT CASE WHEN e.document_id IS NOT NULL THEN i.side * i.amount
                        WHEN e.event = 'apply_credit' THEN a.amount * sign(l.debit - l.credit) * sign(a.amount)
                        ELSE 0 END AS amount
        ) original
        WHERE l.organization_id = %(organization)s AND e.effective_on < %(next)s
    ) r
    JOIN books_voucher_entry x ON x.organization_id = %(organization)s AND x.entry_id = r.entry_id
    JOIN books_voucher v ON v.organization_id = %(organization)s AND v.id = x.voucher_id AND v.state = 'posted'
    JOIN ledger_account k ON k.organization_id = %(organization)s AND k.id = r.account_id
    JOIN customers_customer c ON c.organization_id = %(organization)s AND c.id = r.customer_id
    JOIN ledger_document d ON d.organization_id = %(organization)s AND d.id = r.document_id
    LEFT JOIN LATERAL (
        SELECT a.effective_on, CASE r.side WHEN 1 THEN a.credit_item_id ELSE a.debit_item_id END AS item_id
        FROM ledger_allocation a
        WHERE a.organization_id = %(organization)s AND a.amount > 0
          AND (r.side = 1 AND a.debit_item_id = r.item_id OR r.side = -1 AND a.credit_item_id = r.item_id)
        ORDER BY a.effective_on DESC, a.id DESC LIMIT 1
    ) settled ON true
    LEFT JOIN ledger_open_item o ON o.organization_id = %(organization)s AND o.id = settled.item_id
    LEFT JOIN ledger_document other ON other.organization_id = %(organization)s AND other.id = o.document_id
    WHERE r.effective_on >= %(month)s
    ORDER BY k.code, c.code, r.effective_on, r.entry_id, r.position
"""

"""明细账: the lines of an account, or of a customer, with the balance after each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import connection

from huikuan.books.queries.balances import GROUP_SETTLEMENTS
from huikuan.core.dates import add_months
from huikuan.core.postgres.tenancy import current_organization_id

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A line with the balance after it (debit less credit), its voucher and its document."""

    on: date
    event: str
    memo: str
    account_code: str
    voucher_id: UUID | None
    voucher_word: str
    voucher_number: int | None
    voucher_summary: str
    document_id: UUID | None
    document_number: str
    document_kind: str
    customer_id: UUID | None
    customer_name: str
    debit: Decimal
    credit: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Ledger:
    """Lines of a span, one page of them; the totals are of the whole span."""

    opening: Decimal
    debit: Decimal
    credit: Decimal
    count: int
    lines: tuple[LedgerLine, ...]

    @property
    def closing(self) -> Decimal:
        return self.opening + self.debit - self.credit


def ledger(
    *,
    since: date,
    until: date,
    account_id: UUID | None = None,
    customer_id: UUID | None = None,
    offset: int = 0,
    limit: int = 200,
) -> Ledger:
    """The ledger of an account, of a customer over all its accounts, or of a customer on one account.

    From the month of `since` to the month of `until`.
    """
    parameters = {
        "organization": current_organization_id(),
        "account": account_id,
        "customer": customer_id,
        "since": since.replace(day=1),
        "next": add_months(until.replace(day=1), 1),
        "offset": offset,
        "limit": limit,
    }
    source = CUSTOMER_LINES if customer_id else ACCOUNT_LINES
    with connection.cursor() as cursor:
        cursor.execute(TOTALS.format(source=source), parameters)
        opening, debit, credit, count = cursor.fetchone()
        cursor.execute(LINES.format(source=source), parameters | {"opening": opening})
        lines = tuple(LedgerLine(*row) for row in cursor.fetchall())
    return Ledger(opening=opening, debit=debit, credit=credit, count=count, lines=lines)


ACCOUNT_LINES = """
    SELECT e.effective_on, e.id AS entry_id, l.position, l.account_id, l.item_id, l.debit, l.credit,
           NULL::uuid AS allocation_id
    FROM ledger_journal_line l
    JOIN ledger_journal_entry e ON e.organization_id = l.organization_id AND e.id = l.entry_id
    WHERE l.organization_id = %(organization)s AND l.account_id = %(account)s AND e.effective_on < %(next)s
"""

# What a customer settled of another's of its group within an account has no entry: it is shown as a credit or as
# red ink on the same side.
CUSTOMER_LINES = f"""
    SELECT e.effective_on, e.id AS entry_id, l.position, l.account_id, l.item_id, l.debit, l.credit,
           NULL::uuid AS allocation_id
    FROM ledger_document d
    JOIN ledger_open_item i ON i.organization_id = d.organization_id AND i.document_id = d.id
    JOIN ledger_journal_line l ON l.organization_id = i.organization_id AND l.item_id = i.id
    JOIN ledger_journal_entry e ON e.organization_id = l.organization_id AND e.id = l.entry_id
    WHERE d.organization_id = %(organization)s AND d.customer_id = %(customer)s AND e.effective_on < %(next)s
      AND (%(account)s::uuid IS NULL OR l.account_id = %(account)s::uuid)
    UNION ALL
    SELECT effective_on, NULL, 0, account_id, item_id, 0, -amount, allocation_id
    FROM ({GROUP_SETTLEMENTS}) grouped
    WHERE customer_id = %(customer)s AND effective_on < %(next)s
      AND (%(account)s::uuid IS NULL OR account_id = %(account)s::uuid)
"""

TOTALS = """
    SELECT coalesce(sum(debit - credit) FILTER (WHERE effective_on < %(since)s), 0),
           coalesce(sum(debit) FILTER (WHERE effective_on >= %(since)s), 0),
           coalesce(sum(credit) FILTER (WHERE effective_on >= %(since)s), 0),
           count(*) FILTER (WHERE effective_on >= %(since)s)
    FROM ({source}) line
"""

LINES = """
    SELECT p.effective_on, coalesce(e.event, 'group_settlement'), coalesce(e.memo, ''), k.code, v.id,
           coalesce(v.word, ''), v.number, coalesce(v.summary, ''), d.id, coalesce(d.number, ''),
           coalesce(d.kind, ''), c.id, coalesce(c.name, ''), p.debit, p.credit, p.balance
    FROM (
        SELECT *, %(opening)s + sum(debit - credit) OVER (
                      ORDER BY effective_on, entry_id, position, allocation_id ROWS UNBOUNDED PRECEDING) AS balance
        FROM ({source}) line
        WHERE effective_on >= %(since)s
        ORDER BY effective_on, entry_id, position, allocation_id
        OFFSET %(offset)s LIMIT %(limit)s
    ) p
    JOIN ledger_account k ON k.organization_id = %(organization)s AND k.id = p.account_id
    LEFT JOIN ledger_journal_entry e ON e.organization_id = %(organization)s AND e.id = p.entry_id
    LEFT JOIN books_voucher_entry x ON x.organization_id = %(organization)s AND x.entry_id = p.entry_id
    LEFT JOIN books_voucher v ON v.organization_id = %(organization)s AND v.id = x.voucher_id
    LEFT JOIN ledger_open_item i ON i.organization_id = %(organization)s AND i.id = p.item_id
    LEFT JOIN ledger_document d ON d.organization_id = %(organization)s
        AND d.id = coalesce(e.document_id, i.document_id)
    LEFT JOIN customers_customer c ON c.organization_id = %(organization)s
        AND c.id = coalesce(i.customer_id, d.customer_id)
    ORDER BY p.effective_on, p.entry_id, p.position, p.allocation_id
"""

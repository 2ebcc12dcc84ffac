"""Vouchers as they are shown and taken elsewhere: with lines by account and customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q

from huikuan.books.closing import entries_without_voucher
from huikuan.books.models import Source, State, Voucher
from huikuan.books.rules.words import voucher_name
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.ledger.account_names import account_name

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """A line of a voucher as it is printed; `customer` where the account has customers."""

    summary: str
    account_id: UUID
    account_code: str
    account_name: str
    customer_code: str
    customer_name: str
    debit: Decimal
    credit: Decimal

    @property
    def account_label(self) -> str:
        """The account's name in the reader's language, where it is the standard's own."""
        return account_name(self.account_name)


@dataclass(frozen=True, slots=True)
class PrintedVoucher:
    """A voucher with its lines, in base currency."""

    id: UUID
    word: str
    number: int | None
    voucher_on: date
    month: date
    attachments: int
    summary: str
    state: str
    prepared_by: str
    reviewed_by: str
    posted_by: str
    lines: tuple[PrintedLine, ...]

    @property
    def name(self) -> str:
        return voucher_name(self.word, self.number)

    @property
    def debit(self) -> Decimal:
        return sum((line.debit for line in self.lines), ZERO)

    @property
    def credit(self) -> Decimal:
        return sum((line.credit for line in self.lines), ZERO)


def printed_vouchers(vouchers: Sequence[Voucher]) -> list[PrintedVoucher]:
    """Vouchers with their lines, in the order given; two statements for any number."""
    lines = _lines([voucher.pk for voucher in vouchers])
    return [
        PrintedVoucher(
            id=voucher.pk,
            word=voucher.word,
            number=voucher.number,
            voucher_on=voucher.voucher_on,
            month=voucher.month,
            attachments=voucher.attachments,
            summary=voucher.summary,
            state=voucher.state,
            prepared_by=voucher.prepared_by_name,
            reviewed_by=voucher.reviewed_by_name,
            posted_by=voucher.posted_by_name,
            lines=tuple(lines.get(voucher.pk, ())),
        )
        for voucher in vouchers
    ]


def posted_vouchers(month: date) -> list[PrintedVoucher]:
    """The posted vouchers of a month in the order of their numbers: what is taken into other systems."""
    found = Voucher.objects.filter(month=month.replace(day=1), state=State.POSTED)
    return printed_vouchers(list(found.order_by("word", "number")))


def _lines(keys: Sequence[UUID]) -> dict[UUID, list[PrintedLine]]:
    found: dict[UUID, list[PrintedLine]] = {}
    if not keys:
        return found
    with connection.cursor() as cursor:
        cursor.execute(LINES, {"organization": current_organization_id(), "vouchers": list(keys)})
        for voucher, *line in cursor.fetchall():
            found.setdefault(voucher, []).append(PrintedLine(*line))
    return found


# What was written by hand is shown as written. Lines of entries are joined by account, customer and side; what
# red ink took back within a voucher is left out.
LINES = """
    SELECT voucher_id, summary, account_id, code, name, customer_code, customer_name, debit, credit
    FROM (
        SELECT l.voucher_id, l.position AS place, 0 AS credit_side, l.summary, k.id AS account_id, k.code, k.name,
               coalesce(c.code, '') AS customer_code, coalesce(c.name, '') AS customer_name, l.debit, l.credit
        FROM books_voucher_line l
        JOIN ledger_account k ON k.organization_id = l.organization_id AND k.id = l.account_id
        LEFT JOIN customers_customer c ON c.organization_id = l.organization_id AND c.id = l.customer_id
        WHERE l.organization_id = %(organization)s AND l.voucher_id = ANY(%(vouchers)s)
        UNION ALL
        SELECT x.voucher_id, min(l.position), CASE WHEN l.credit <> 0 THEN 1 ELSE 0 END, v.summary, k.id, k.code,
               k.name, coalesce(c.code, ''), coalesce(c.name, ''), sum(l.debit), sum(l.credit)
        FROM books_voucher v
        JOIN books_voucher_entry x ON x.organization_id = v.organization_id AND x.voucher_id = v.id
        JOIN ledger_journal_line l ON l.organization_id = x.organization_id AND l.entry_id = x.entry_id
        JOIN ledger_account k ON k.organization_id = l.organization_id AND k.id = l.account_id
        LEFT JOIN ledger_open_item i ON i.organization_id = l.organization_id AND i.id = l.item_id
        LEFT JOIN customers_customer c ON c.organization_id = i.organization_id AND c.id = i.customer_id
        WHERE v.organization_id = %(organization)s AND v.id = ANY(%(vouchers)s)
          AND v.source NOT IN ('manual', 'opening', 'reversal')
        GROUP BY x.voucher_id, v.summary, k.id, k.code, k.name, c.code, c.name,
                 CASE WHEN l.credit <> 0 THEN 1 ELSE 0 END
        HAVING sum(l.debit) <> 0 OR sum(l.credit) <> 0
    ) line
    ORDER BY voucher_id, credit_side, place, code, customer_code
"""


@dataclass(frozen=True, slots=True)
class VoucherEntryRow:
    """An entry in a voucher, and the document that made it."""

    entry_id: UUID
    effective_on: date
    event: str
    memo: str
    document_id: UUID | None
    document_number: str
    document_kind: str
    customer_name: str
    amount: Decimal


def entries_of(voucher_id: UUID, *, limit: int = 200) -> list[VoucherEntryRow]:
    """The entries of a voucher in order of date, at most `limit`."""
    with connection.cursor() as cursor:
        cursor.execute(
            ENTRIES,
            {"organization": current_organization_id(), "voucher": voucher_id, "limit": limit},
        )
        return [VoucherEntryRow(*row) for row in cursor.fetchall()]


ENTRIES = """
    SELECT e.id, e.effective_on, e.event, e.memo, coalesce(d.id, settled.id),
           coalesce(d.number, settled.number, ''), coalesce(d.kind, settled.kind, ''), coalesce(c.name, ''), (
               SELECT sum(l.debit) FROM ledger_journal_line l
               WHERE l.organization_id = e.organization_id AND l.entry_id = e.id)
    FROM books_voucher_entry x
    JOIN ledger_journal_entry e ON e.organization_id = x.organization_id AND e.id = x.entry_id
    LEFT JOIN ledger_document d ON d.organization_id = e.organization_id AND d.id = e.document_id
    LEFT JOIN ledger_allocation a ON a.organization_id = e.organization_id AND a.id = e.allocation_id
    LEFT JOIN ledger_open_item i ON i.organization_id = a.organization_id AND i.id = a.debit_item_id
    LEFT JOIN ledger_document settled ON settled.organization_id = i.organization_id AND settled.id = i.document_id
    LEFT JOIN customers_customer c ON c.organization_id = e.organization_id
        AND c.id = coalesce(d.customer_id, settled.customer_id)
    WHERE x.organization_id = %(organization)s AND x.voucher_id = %(voucher)s
    ORDER BY e.effective_on, e.id
    LIMIT %(limit)s
"""


def vouchers_of_document(document_id: UUID) -> list[Voucher]:
    """The vouchers in which the entries of a document stand."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT x.voucher_id
            FROM ledger_journal_entry e
            JOIN books_voucher_entry x ON x.organization_id = e.organization_id AND x.entry_id = e.id
            WHERE e.organization_id = %(organization)s AND e.document_id = %(document)s
            """,
            {"organization": current_organization_id(), "document": document_id},
        )
        keys = [row[0] for row in cursor.fetchall()]
    return list(Voucher.objects.filter(pk__in=keys).order_by("voucher_on", "id"))


@dataclass(frozen=True, slots=True)
class MonthOfVouchers:
    """How far the vouchers of a month are; `waiting`: entries that stand in none."""

    month: date
    prepared: int
    reviewed: int
    posted: int
    waiting: int


def month_of_vouchers(month: date) -> MonthOfVouchers:
    """How far the month that holds `month` is."""
    first = month.replace(day=1)
    states = Voucher.objects.filter(month=first).aggregate(
        prepared=Count("pk", filter=Q(state=State.PREPARED)),
        reviewed=Count("pk", filter=Q(state=State.REVIEWED)),
        posted=Count("pk", filter=Q(state=State.POSTED)),
    )
    return MonthOfVouchers(month=first, waiting=entries_without_voucher(first).count, **states)


def unposted_by_hand(month: date) -> int:
    """How many vouchers by hand of the month or before are not posted: no statement has their amounts yet."""
    waiting = Voucher.objects.filter(source=Source.MANUAL, month__lte=month.replace(day=1))
    return waiting.exclude(state=State.POSTED).count()

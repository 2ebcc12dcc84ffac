"""余额调节: what explains the difference between the bank's balance of an account and the books'."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Min
from django.utils.translation import gettext as _

from huikuan.cash.bank_queries import Gap, Movement, lines_balance, month_end, movements, statement_gaps
from huikuan.cash.models import (
    BankAccount,
    BankReconciliation,
    LineUse,
    Statement,
    StatementLine,
    UseKind,
)
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.ledger.models import Document, JournalEntry, JournalLine
from huikuan.organizations.models import Organization

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Explained:
    """One item of the list: `amount` is by how much it lifts the bank's balance above that of the books."""

    on: date
    what: str
    amount: Decimal
    line_id: UUID | None = None
    document_id: UUID | None = None


@dataclass(frozen=True)
class Reconciliation:
    """余额调节表 of a month's end, in the currency of the account. `unexplained` is zero where the list explains the whole difference.

    `start`: what lay on the account before its first line, less what the books had by then.
    """

    account: BankAccount
    month: date
    on: date
    statement_balance: Decimal
    book_balance: Decimal
    start: Decimal
    started_on: date | None
    bank_only: tuple[Explained, ...]
    books_only: tuple[Explained, ...]
    gaps: tuple[Gap, ...]
    confirmed: BankReconciliation | None

    @property
    def difference(self) -> Decimal:
        return self.statement_balance - self.book_balance

    @property
    def unexplained(self) -> Decimal:
        listed = sum((each.amount for each in (*self.bank_only, *self.books_only)), ZERO)
        return self.difference - self.start - listed

    @property
    def stands(self) -> bool:
        """Whether both balances are still those that were confirmed."""
        found = self.confirmed
        return (
            found is not None
            and found.statement_balance == self.statement_balance
            and found.book_balance == self.book_balance
        )


@dataclass(frozen=True, slots=True)
class _Booked:
    """What a use of a line came to in the books."""

    entry_id: UUID
    amount: Decimal
    on: date


def reconciliation(account: BankAccount, month: date) -> Reconciliation:
    """Both balances at the end of a month, and what stands in only one of them by then."""
    on, month = month_end(month), month.replace(day=1)
    booked = _booked_by_line(account)
    started = _started_on(account)
    base = Organization.objects.values_list("currency", flat=True).get(pk=current_organization_id())
    moved = movements(account, on, base)
    before, books_only = _entries_without_line(moved, started, _standing(booked, account, on))
    return Reconciliation(
        account=account,
        month=month,
        on=on,
        statement_balance=lines_balance(account, on),
        book_balance=sum((each.amount for each in moved), ZERO),
        start=account.opening_balance - before,
        started_on=started,
        bank_only=tuple(_lines_without_entry(account, on, booked)),
        books_only=tuple(books_only),
        gaps=tuple(
            gap for gap in statement_gaps(account.pk) if gap.kind != "overlap" and gap.after.starts_on <= on
        ),
        confirmed=BankReconciliation.objects.filter(bank_account_id=account.pk, month=month)
        .select_related("act")
        .order_by("-id")
        .first(),
    )


def _started_on(account: BankAccount) -> date | None:
    """The day from which the bank's lines are here."""
    lines = StatementLine.objects.filter(bank_account_id=account.pk).aggregate(first=Min("booked_on"))[
        "first"
    ]
    statements = Statement.objects.filter(bank_account_id=account.pk).aggregate(first=Min("starts_on"))[
        "first"
    ]
    return min([day for day in (lines, statements) if day is not None], default=None)


def _booked_by_line(account: BankAccount) -> dict[UUID, list[_Booked]]:
    """Per line what its uses came to on the account; what undoes a use takes it back on the same entry."""
    uses = list(
        LineUse.objects.filter(line__bank_account_id=account.pk)
        .exclude(kind=UseKind.LEFT_OUT)
        .select_related("line", "unidentified")
    )
    documents = {document for use in uses if (document := _document_of(use)) is not None}
    made_of = JournalEntry.objects.filter(document_id__in=documents).values_list("document_id", "pk")
    of_document = dict(made_of)
    entry_of = {use.pk: _entry_of(use, of_document) for use in uses if use.undoes_id is None}
    entries = {entry for entry in entry_of.values() if entry}
    on_account = JournalLine.objects.filter(account_id=account.account_id, entry_id__in=entries)
    days = dict(on_account.values_list("entry_id", "entry__effective_on"))
    found: dict[UUID, list[_Booked]] = defaultdict(list)
    for use in uses:
        entry = entry_of.get(use.undoes_id or use.pk)
        if entry is not None and entry in days:
            amount = use.amount if use.line.amount > 0 else -use.amount
            found[use.line_id].append(_Booked(entry, amount, days[entry]))
    return dict(found)


def _document_of(use: LineUse) -> UUID | None:
    """The document whose entry moved the account: a bounce names the receipt, and what took it back besides."""
    if use.kind == UseKind.BOUNCE:
        made = use.settled_with.get("documents") or []
        return UUID(made[0]) if made else None
    key: UUID | None = use.document_id
    return key


def _entry_of(use: LineUse, of_document: dict[UUID, UUID]) -> UUID | None:
    if use.entry_id:
        entry: UUID = use.entry_id
        return entry
    if use.unidentified is not None:
        pooled: UUID = use.unidentified.entry_id
        return pooled
    document = _document_of(use)
    return of_document.get(document) if document is not None else None


def _lines_without_entry(
    account: BankAccount, on: date, booked: dict[UUID, list[_Booked]]
) -> list[Explained]:
    """企业未达: what the bank has moved by the day and the books have not."""
    lines = StatementLine.objects.filter(bank_account_id=account.pk, booked_on__lte=on)
    found = []
    for key, day, amount, counterparty, text in lines.order_by("booked_on", "id").values_list(
        "pk", "booked_on", "amount", "counterparty", "text"
    ):
        done = sum((each.amount for each in booked.get(key, ()) if each.on <= on), ZERO)
        if amount != done:
            found.append(Explained(day, counterparty or text, amount - done, line_id=key))
    return found


def _standing(booked: dict[UUID, list[_Booked]], account: BankAccount, on: date) -> set[UUID]:
    """Entries that a line of the bank stands for by the day, and that no undoing took back."""
    later = set(
        StatementLine.objects.filter(bank_account_id=account.pk, booked_on__gt=on).values_list(
            "pk", flat=True
        )
    )
    sums: dict[UUID, Decimal] = defaultdict(Decimal)
    for line, uses in booked.items():
        if line not in later:
            for each in uses:
                sums[each.entry_id] += each.amount
    return {entry for entry, amount in sums.items() if amount}


def _entries_without_line(
    booked: Sequence[Movement], started: date | None, known: set[UUID]
) -> tuple[Decimal, list[Explained]]:
    """银行未达: the books' balance before the first line, and later entries that no line of the bank stands for."""
    moved: dict[UUID, Decimal] = defaultdict(Decimal)
    told: dict[UUID, tuple[date, str, UUID | None]] = {}
    before = ZERO
    for each in booked:
        if each.entry_id in known:
            continue
        if started is not None and each.on < started:
            before += each.amount
            continue
        moved[each.entry_id] += each.amount
        told[each.entry_id] = (each.on, each.memo, each.document_id)
    documents = {document for _day, _memo, document in told.values() if document}
    numbers = {
        key: (number, voided_by)
        for key, number, voided_by in Document.objects.filter(pk__in=documents).values_list(
            "pk", "number", "voided_by_id"
        )
    }
    taken_back = {
        key
        for document, (_number, voided_by) in numbers.items()
        if voided_by in documents
        for key in (document, voided_by)
    }
    found = []
    for entry, amount in moved.items():
        day, memo, made_by = told[entry]
        if amount and made_by not in taken_back:
            number = numbers[made_by][0] if made_by else ""
            found.append(Explained(day, number or memo or _("分录"), -amount, document_id=made_by))
    return before, found

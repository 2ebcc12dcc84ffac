"""What lies on our accounts by the bank and by the books, and whether the statements leave anything out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, F, Max, Q, QuerySet, Sum
from django.db.models.functions import Abs

from huikuan.cash.models import BankAccount, LineUse, Statement, StatementLine
from huikuan.core.money import quantize
from huikuan.ledger.models import JournalLine

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Gap:
    """Where two statements of an account do not meet.

    `kind`: missing (the later one opens with another balance), unproven (days in between, and no balances to
    tell), overlap (both speak of the same days; their common lines stand once). `difference`: what moved in between.
    """

    kind: str
    before: Statement
    after: Statement
    difference: Decimal | None = None


@dataclass(frozen=True, slots=True)
class AccountStanding:
    """One account: by the lines of the bank up to a day, by the books (in base currency), lines not yet settled."""

    account: BankAccount
    by_statement: Decimal
    by_books: Decimal
    last_on: date | None
    open_count: int
    open_amount: Decimal


def bank_accounts(*, closed: bool = True) -> QuerySet[BankAccount]:
    """Our accounts by code."""
    found = BankAccount.objects.select_related("account").order_by("code")
    return found if closed else found.filter(closed_on=None)


def lines_balance(account: BankAccount, on: date) -> Decimal:
    """What the bank holds for us at the end of a day, by the lines that are here."""
    lines = StatementLine.objects.filter(bank_account_id=account.pk, booked_on__lte=on)
    total: Decimal | None = lines.aggregate(total=Sum("amount"))["total"]
    opening: Decimal = account.opening_balance
    return opening + (total or ZERO)


def book_balance(account: BankAccount, on: date) -> Decimal:
    """What the account of the chart holds at the end of a day, in base currency."""
    sums = JournalLine.objects.filter(account_id=account.account_id, entry__effective_on__lte=on).aggregate(
        debit=Sum("debit"), credit=Sum("credit")
    )
    return (sums["debit"] or ZERO) - (sums["credit"] or ZERO)


@dataclass(frozen=True, slots=True)
class Movement:
    """What an entry moved on the account of a bank account, in the currency of that account."""

    entry_id: UUID
    on: date
    memo: str
    document_id: UUID | None
    amount: Decimal


def movements(account: BankAccount, on: date, base: str) -> list[Movement]:
    """What the books moved on the account up to the end of a day, in its currency, by day and entry.

    The books are kept in `base`. Where the account is in another currency, the amount is that of the document
    or the bank line behind the entry; an entry without either only values the account anew, and moves nothing.
    """
    lines = JournalLine.objects.filter(account_id=account.account_id, entry__effective_on__lte=on).order_by(
        "entry__effective_on", "entry_id"
    )
    rows = lines.values_list("entry_id", "entry__effective_on", "entry__memo", "entry__document_id")
    if account.currency == base:
        amounts = rows.annotate(net=F("debit") - F("credit"))
        return [Movement(*row) for row in amounts]
    undone = LineUse.objects.exclude(undoes=None).values("undoes_id")
    uses = LineUse.objects.filter(
        line__bank_account_id=account.pk, entry__isnull=False, undoes_id=None
    ).exclude(pk__in=undone)
    direct = {use.entry_id: _signed(use) for use in uses.select_related("line")}
    found = []
    for entry, day, memo, document, net, currency, amount, whole in rows.annotate(
        net=F("debit") - F("credit")
    ).values_list(
        "entry_id", "entry__effective_on", "entry__memo", "entry__document_id", "net",
        "entry__document__currency", "entry__document__amount", "entry__document__base_amount",
    ):  # fmt: skip
        moved = direct.get(entry, ZERO)
        if currency == account.currency:
            moved = quantize(amount * net / whole, currency) if whole else ZERO
        found.append(Movement(entry, day, memo, document, moved))
    return found


def _signed(use: LineUse) -> Decimal:
    amount: Decimal = use.amount
    return amount if use.line.amount > 0 else -amount


def standings(on: date) -> list[AccountStanding]:
    """Every account as of a day; a handful of queries for any number."""
    rows = list(bank_accounts())
    moved: dict[UUID, Decimal] = dict(
        StatementLine.objects.filter(booked_on__lte=on)
        .values_list("bank_account_id")
        .annotate(total=Sum("amount"))
    )
    waiting: dict[UUID, tuple[int, Decimal]] = {
        key: (count, left)
        for key, count, left in StatementLine.objects.filter(~Q(used=Abs(F("amount"))))
        .values_list("bank_account_id")
        .annotate(count=Count("pk"), left=Sum(Abs(F("amount")) - F("used")))
    }
    ended = dict(Statement.objects.values_list("bank_account_id").annotate(last=Max("ends_on")))
    booked = {
        row["account_id"]: (row["debit"] or ZERO) - (row["credit"] or ZERO)
        for row in JournalLine.objects.filter(
            account_id__in=[row.account_id for row in rows], entry__effective_on__lte=on
        )
        .values("account_id")
        .annotate(debit=Sum("debit"), credit=Sum("credit"))
    }
    return [
        AccountStanding(
            account=row,
            by_statement=row.opening_balance + moved.get(row.pk, ZERO),
            by_books=booked.get(row.account_id, ZERO),
            last_on=ended.get(row.pk),
            open_count=waiting.get(row.pk, (0, ZERO))[0],
            open_amount=waiting.get(row.pk, (0, ZERO))[1],
        )
        for row in rows
    ]


def statement_gaps(bank_account_id: UUID) -> list[Gap]:
    """Where the statements of an account do not meet, earliest first; statements of equal content count once."""
    found = Statement.objects.filter(bank_account_id=bank_account_id).order_by("starts_on", "ends_on", "id")
    return _gaps(found)


def _gaps(statements: Iterable[Statement]) -> list[Gap]:
    gaps: list[Gap] = []
    before: Statement | None = None
    seen: set[tuple[date, date, Decimal | None, Decimal | None]] = set()
    for after in statements:
        shape = (after.starts_on, after.ends_on, after.opening, after.closing)
        if shape in seen:
            continue
        seen.add(shape)
        if before is not None:
            gap = _between(before, after)
            if gap is not None:
                gaps.append(gap)
        if before is None or after.ends_on >= before.ends_on:
            before = after
    return gaps


def _between(before: Statement, after: Statement) -> Gap | None:
    proven = before.closing is not None and after.opening is not None
    if proven and before.closing == after.opening:
        return None
    if after.starts_on <= before.ends_on and (after.starts_on, after.ends_on) != (
        before.ends_on,
        before.ends_on,
    ):
        return Gap("overlap", before, after)
    if proven:
        assert before.closing is not None
        assert after.opening is not None
        return Gap("missing", before, after, after.opening - before.closing)
    if after.starts_on > before.ends_on + timedelta(days=1):
        return Gap("unproven", before, after)
    return None


def month_end(month: date) -> date:
    """The last day of the month of a day."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)

"""What the accounts of profit and loss hold, and what of it was moved to 本年利润."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Sum

from huikuan.books.queries.balances import trial_balance
from huikuan.books.rules.presentation import is_profit, standard_of
from huikuan.core.dates import add_months
from huikuan.ledger.models import Account, JournalEntry, JournalLine

PROFIT_CLOSING = "profit_closing"


@dataclass(frozen=True, slots=True)
class ToClose:
    """An account of profit and loss; `balance` is debit less credit: an expense positive."""

    account_id: UUID
    code: str
    name: str
    balance: Decimal


def profit_to_close(month: date) -> list[ToClose]:
    """What stands on accounts of profit and loss at the end of the month, months before it included."""
    code = Account.objects.filter(purpose="revenue").values_list("code", flat=True).first()
    standard = standard_of(code or "")
    return [
        ToClose(row.account_id, row.code, row.name, row.closing)
        for row in trial_balance(since=month, until=month).rows
        if row.closing and is_profit(row.code, standard)
    ]


def closes_profit() -> bool:
    """Whether the organization ever moved its profit to 本年利润 (账结法; else the statements do it, 表结法)."""
    return JournalEntry.objects.filter(event=PROFIT_CLOSING).exists()


def closed_turnover(*, since: date, until: date) -> dict[UUID, tuple[Decimal, Decimal]]:
    """Account → what 结转损益 debited and credited, from the month of `since` to that of `until`."""
    lines = JournalLine.objects.filter(
        entry__event=PROFIT_CLOSING,
        entry__effective_on__gte=since.replace(day=1),
        entry__effective_on__lt=add_months(until.replace(day=1), 1),
    )
    summed = lines.values("account_id").annotate(debits=Sum("debit"), credits=Sum("credit")).order_by()
    return {row["account_id"]: (row["debits"], row["credits"]) for row in summed}

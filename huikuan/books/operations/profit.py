"""结转损益: what the accounts of profit and loss hold goes to 本年利润, and comes back when the month is opened again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.audit.operations import OpenAct, act
from huikuan.books.models import Source, State, Voucher, VoucherEntry
from huikuan.books.operations.making import make_vouchers
from huikuan.books.operations.refusals import VoucherRefused, hold_months_open
from huikuan.books.queries.profit import PROFIT_CLOSING, ToClose, closed_turnover, profit_to_close
from huikuan.core.dates import month_end
from huikuan.ledger.models import Account
from huikuan.ledger.operations import EntryLine, NewEntry, accounts_by_purpose, post_entries
from huikuan.organizations.actors import Actor

ZERO = Decimal(0)
BY_HAND = (Source.MANUAL, Source.OPENING, Source.REVERSAL)


@dataclass(frozen=True, slots=True)
class ClosedProfit:
    """What was moved: the profit (a loss negative), the entry, and the voucher that waits for its review."""

    profit: Decimal
    entry_id: UUID
    voucher_id: UUID


def close_profit(*, month: date, actor: Actor, today: date) -> ClosedProfit | None:
    """结转损益 at the end of a month: D 收入, C 费用, and the rest to 本年利润. None where nothing is left to move.

    Done again, it moves what has changed since. Refused before the month is over, and while vouchers entered by
    hand wait to be posted: they are not in the books yet. Its voucher is prepared with it.
    """
    actor.require("voucher.prepare")
    first = month.replace(day=1)
    if month_end(first) > today:
        raise VoucherRefused(_("期间 %s 还没有过完，不能结转损益。") % f"{first:%Y-%m}", code="future")
    with act("close_profit", actor=actor) as opened:
        hold_months_open([first])
        kept = accounts_by_purpose(["current_profit"])["current_profit"]
        # Two clerks at once would both move the balance: one waits for the other here.
        Account.objects.select_for_update(no_key=True).get(pk=kept)
        _require_posted(first)
        found = profit_to_close(first)
        if not found:
            return None
        entry_id = _post(_lines(found, kept), first, f"{first:%Y-%m}", opened)
        make_vouchers(entry_ids=[entry_id], grouping=Source.ENTRY.value, actor=actor)
        voucher_id = VoucherEntry.objects.values_list("voucher_id", flat=True).get(entry_id=entry_id)
    return ClosedProfit(-sum((each.balance for each in found), ZERO), entry_id, voucher_id)


def reopen_profit(month: date, opened: OpenAct) -> UUID | None:
    """冲回结转: in red ink, what was moved to 本年利润 at the end of a month that is open again."""
    first = month.replace(day=1)
    lines = [
        line
        for account, (debit, credit) in sorted(closed_turnover(since=first, until=first).items())
        for line in (EntryLine(account, debit=-debit), EntryLine(account, credit=-credit))
        if line.debit or line.credit
    ]
    return _post(tuple(lines), first, f"冲回 {first:%Y-%m}", opened) if lines else None


def _require_posted(month: date) -> None:
    waiting = Voucher.objects.filter(month=month, source__in=BY_HAND).exclude(state=State.POSTED).count()
    if waiting:
        raise VoucherRefused(
            _("%d 张手工凭证还没有记账，先审核、记账，再结转损益。") % waiting, code="vouchers_not_posted"
        )


def _lines(found: list[ToClose], kept: UUID) -> tuple[EntryLine, ...]:
    lines = [
        EntryLine(each.account_id, debit=-each.balance)
        if each.balance < 0
        else EntryLine(each.account_id, credit=each.balance)
        for each in found
    ]
    rest = sum((each.balance for each in found), ZERO)
    if rest:
        lines.append(EntryLine(kept, debit=max(rest, ZERO), credit=max(-rest, ZERO)))
    return tuple(lines)


def _post(lines: tuple[EntryLine, ...], month: date, memo: str, opened: OpenAct) -> UUID:
    [entry_id] = post_entries([NewEntry(PROFIT_CLOSING, month_end(month), lines, memo)], opened=opened)
    return entry_id

"""What happens to bills until they are paid: endorsed, discounted, collected, settled by the acceptor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.audit.operations import OpenAct, act
from huikuan.cash.errors import BillRefused
from huikuan.cash.models import Bill, BillEvent, BillState
from huikuan.cash.operations.bill_events import (
    entry_of,
    locked_bills,
    next_event,
    require,
    write_events,
)
from huikuan.cash.operations.bills import split_locked
from huikuan.cash.operations.spreading import base_currency
from huikuan.cash.queries import cash_policy
from huikuan.cash.rules import discount_interest
from huikuan.ledger.operations import NewEntry, accounts_by_purpose, post_entries
from huikuan.organizations.actors import Actor

ZERO = Decimal(0)
HIGHEST_RATE = Decimal("0.36")  # above it a rate was given as percent


@dataclass(frozen=True, slots=True)
class Endorsement:
    """A bill handed on, or `amount` of it, which is split off first."""

    bill_id: UUID
    amount: Decimal | None = None


def endorse_bills(
    endorsements: Sequence[Endorsement],
    *,
    endorsee: str,
    on: date,
    actor: Actor,
    today: date,
    derecognise: bool | None = None,
) -> list[Bill]:
    """背书: pay suppliers with bills. D 应付账款 | C 应收票据, or C 其他应付款 where the risk stays with us.

    `derecognise`: whether the bills leave the books; without, by the policy for the class of their acceptor.
    """
    actor.require("bill.write")
    if not endorsee.strip():
        raise BillRefused(_("请写明被背书人。"), code="endorsee_missing")
    with act("endorse_bills", actor=actor) as opened:
        bills = [
            _part(bill, new.amount, on, today, opened)
            for bill, new in zip(
                locked_bills([new.bill_id for new in endorsements]), _once(endorsements), strict=True
            )
        ]
        last = require(bills, [BillState.HELD], on, today)
        _require_before_maturity(bills, on)
        leaves = _leaving(bills, derecognise)
        accounts = accounts_by_purpose({"payables", "endorsement_liability", *_accounts(bills)})
        entries = post_entries(
            [
                entry_of(
                    accounts,
                    "bill_endorsed",
                    on,
                    bill.label,
                    payables=bill.face,
                    **{bill.account if leaves[bill.pk] else "endorsement_liability": -bill.face},
                )
                for bill in bills
            ],
            opened=opened,
        )
        events = []
        for bill, entry_id in zip(bills, entries, strict=True):
            event = next_event(
                bill, last[bill.pk], BillState.ENDORSED, on, opened, booked=not leaves[bill.pk]
            )
            event.counterparty, event.amount, event.entry_id = endorsee.strip()[:200], bill.face, entry_id
            events.append(event)
        write_events(events)
    return bills


def discount_bills(
    bill_ids: Sequence[UUID],
    *,
    bank: str,
    rate: Decimal,
    on: date,
    actor: Actor,
    today: date,
    derecognise: bool | None = None,
) -> list[BillEvent]:
    """贴现: sell bills to a bank at a yearly `rate` (a fraction). Interest = face × rate × days / 360.

    D 银行存款, 财务费用 | C 应收票据; where the risk stays with us, it is a loan: D 银行存款, 利息调整 | C 短期借款.
    """
    actor.require("bill.write")
    if not bank.strip():
        raise BillRefused(_("请写明贴现银行。"), code="bank_missing")
    if not rate.is_finite() or not 0 <= rate < HIGHEST_RATE:
        raise BillRefused(_("贴现年利率应在 0 与 36% 之间。"), code="rate_range")
    with act("discount_bills", actor=actor) as opened:
        bills = locked_bills(bill_ids)
        last = require(bills, [BillState.HELD], on, today)
        _require_before_maturity(bills, on)
        leaves = _leaving(bills, derecognise)
        currency = base_currency()
        interest = {bill.pk: discount_interest(bill.face, rate, on, bill.pays_on, currency) for bill in bills}
        accounts = accounts_by_purpose(
            {"bank", "financial_expense", "loan_discount", "short_term_loans", *_accounts(bills)}
        )
        entries = post_entries(
            [_discounted(accounts, bill, interest[bill.pk], on, leaves[bill.pk]) for bill in bills],
            opened=opened,
        )
        events = []
        for bill, entry_id in zip(bills, entries, strict=True):
            event = next_event(
                bill, last[bill.pk], BillState.DISCOUNTED, on, opened, booked=not leaves[bill.pk]
            )
            event.counterparty, event.rate, event.interest = bank.strip()[:200], rate, interest[bill.pk]
            event.amount, event.entry_id = bill.face - interest[bill.pk], entry_id
            events.append(event)
        write_events(events)
    return events


def collect_bills(bill_ids: Sequence[UUID], *, on: date, actor: Actor, today: date) -> list[Bill]:
    """托收: bills were paid at maturity. D 银行存款 | C 应收票据."""
    actor.require("bill.write")
    with act("collect_bills", actor=actor) as opened:
        bills = locked_bills(bill_ids)
        last = require(bills, [BillState.HELD], on, today)
        _require_mature(bills, on)
        accounts = accounts_by_purpose({"bank", *_accounts(bills)})
        entries = post_entries(
            [
                entry_of(
                    accounts, "bill_collected", on, bill.label, bank=bill.face, **{bill.account: -bill.face}
                )
                for bill in bills
            ],
            opened=opened,
        )
        events = []
        for bill, entry_id in zip(bills, entries, strict=True):
            event = next_event(bill, last[bill.pk], BillState.COLLECTED, on, opened, booked=False)
            event.amount, event.entry_id = bill.face, entry_id
            events.append(event)
        write_events(events)
    return bills


def settle_matured_bills(bill_ids: Sequence[UUID], *, on: date, actor: Actor, today: date) -> list[Bill]:
    """到期兑付: the acceptor paid bills that we had endorsed or discounted; they cannot come back any more.

    Those still in the books leave them: D 其他应付款 or 短期借款 | C 应收票据, D 财务费用 | C 利息调整.
    """
    actor.require("bill.write")
    with act("settle_matured_bills", actor=actor) as opened:
        bills = locked_bills(bill_ids)
        last = require(bills, [BillState.ENDORSED, BillState.DISCOUNTED], on, today)
        _require_mature(bills, on)
        accounts = accounts_by_purpose(
            {
                "endorsement_liability",
                "short_term_loans",
                "loan_discount",
                "financial_expense",
                *_accounts(bills),
            }
        )
        kept = [bill for bill in bills if last[bill.pk].booked]
        entries = [_matured(accounts, bill, on) for bill in kept]
        amortised = [
            interest_entry(accounts, bill, last[bill.pk].interest, on)
            for bill in kept
            if last[bill.pk].interest
        ]
        ids = dict(
            zip([bill.pk for bill in kept], post_entries([*entries, *amortised], opened=opened), strict=False)
        )
        events = []
        for bill in bills:
            event = next_event(bill, last[bill.pk], BillState.SETTLED, on, opened, booked=False)
            event.amount, event.entry_id = bill.face, ids.get(bill.pk)
            events.append(event)
        write_events(events)
    return bills


def interest_entry(accounts: dict[str, UUID], bill: Bill, interest: Decimal, on: date) -> NewEntry:
    """The interest of a loan against a bill, which becomes expense: D 财务费用 | C 利息调整."""
    return entry_of(
        accounts, "loan_interest", on, bill.label, financial_expense=interest, loan_discount=-interest
    )


def _discounted(accounts: dict[str, UUID], bill: Bill, interest: Decimal, on: date, leaves: bool) -> NewEntry:
    cost, source = ("financial_expense", bill.account) if leaves else ("loan_discount", "short_term_loans")
    amounts = {"bank": bill.face - interest, cost: interest, source: -bill.face}
    return entry_of(accounts, "bill_discounted", on, bill.label, **amounts)


def _matured(accounts: dict[str, UUID], bill: Bill, on: date) -> NewEntry:
    debt = "endorsement_liability" if bill.state == BillState.ENDORSED else "short_term_loans"
    return entry_of(accounts, "bill_matured", on, bill.label, **{debt: bill.face, bill.account: -bill.face})


def _part(bill: Bill, amount: Decimal | None, on: date, today: date, opened: OpenAct) -> Bill:
    if amount is None or amount == bill.face:
        return bill
    if not amount.is_finite() or not 0 < amount < bill.face:
        raise BillRefused(
            _("票据 %(bill)s 的票面金额是 %(face)s，不能背书 %(amount)s。")
            % {"bill": bill.label, "face": f"{bill.face:.2f}", "amount": amount},
            code="beyond_face",
        )
    return split_locked(bill, [amount, bill.face - amount], on=on, today=today, opened=opened)[0]


def _once(endorsements: Sequence[Endorsement]) -> Sequence[Endorsement]:
    if len({new.bill_id for new in endorsements}) != len(endorsements):
        raise BillRefused(_("同一张票据不能一次背书两遍。"), code="bill_twice")
    return endorsements


def _leaving(bills: Sequence[Bill], derecognise: bool | None) -> dict[UUID, bool]:
    classes = cash_policy().derecognises
    return {bill.pk: bill.acceptor_class in classes if derecognise is None else derecognise for bill in bills}


def _accounts(bills: Sequence[Bill]) -> set[str]:
    return {bill.account for bill in bills}


def _require_before_maturity(bills: Sequence[Bill], on: date) -> None:
    late = next((bill for bill in bills if on > bill.matures_on), None)
    if late is not None:
        raise BillRefused(_("票据 %s 已经到期，不能再背书或贴现。") % late.label, code="after_maturity")


def _require_mature(bills: Sequence[Bill], on: date) -> None:
    early = next((bill for bill in bills if on < bill.matures_on), None)
    if early is not None:
        raise BillRefused(
            _("票据 %(bill)s 到 %(day)s 才到期。") % {"bill": early.label, "day": early.matures_on},
            code="before_maturity",
        )

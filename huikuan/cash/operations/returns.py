"""Money that goes back: refunds to customers, and payments that bounced and are owed again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import F, Q
from django.utils.translation import gettext as _

from huikuan.audit.operations import OpenAct, act
from huikuan.cash.banking import LineUse, StatementLine, UseKind
from huikuan.cash.errors import LineRefused
from huikuan.cash.models import UnidentifiedReceipt
from huikuan.cash.operations.line_uses import (
    MEMO,
    in_base_words,
    left_of,
    locked_lines,
    new_use,
    require_unused,
    write_uses,
)
from huikuan.cash.operations.spreading import base_currency
from huikuan.cash.operations.undoing import active_allocations, made_beside
from huikuan.cash.queries import standing_uses, unclaimed_receipts
from huikuan.core.money import convert
from huikuan.ledger.models import Document, JournalLine, Kind, OpenItem
from huikuan.ledger.operations import (
    DocumentRefused,
    EntryLine,
    Leg,
    NewAllocation,
    NewDocument,
    NewEntry,
    accounts_by_purpose,
    post_entries,
)
from huikuan.ledger.operations.allocations import post_allocations, post_reversals
from huikuan.ledger.operations.documents import (
    ACCOUNT_REFUND,
    ADVANCE_EVENTS,
    BOUNCED,
    RecordedDocument,
    post_documents,
)
from huikuan.ledger.operations.rates import rates_on
from huikuan.organizations.actors import Actor

ZERO = Decimal(0)


def refund_line(
    line_id: UUID,
    *,
    customer_id: UUID,
    item_ids: Sequence[UUID] = (),
    memo: str = "",
    actor: Actor,
    today: date,
) -> LineUse:
    """退款: money on the line went back to a customer, out of what it has to its credit. D 应收账款 | C the account.

    `item_ids`: the credits it is taken from, in this order; without, the oldest first.
    """
    actor.require("receipt.record")
    with act("refund_line", actor=actor) as opened:
        line = _outgoing(line_id, today)
        amount, on = left_of(line), line.booked_on
        credits = _credits(customer_id, line.bank_account.currency, item_ids)
        if sum((item.open_amount for item in credits), ZERO) < amount:
            raise LineRefused(
                _("这个客户没有足够的未用款项可退：只有 %s。")
                % f"{sum((item.open_amount for item in credits), ZERO):.2f}",
                code="beyond_balance",
            )
        rate = _rate(line)
        base = convert(amount, rate, base_currency())
        [document] = post_documents(
            [
                NewDocument(
                    customer_id=customer_id,
                    document_on=on,
                    amount=amount,
                    currency=line.bank_account.currency,
                    rate=rate,
                    due_on=on,
                    legs=(Leg(line.bank_account.account_id, -base),),
                    reference=line.reference,
                    memo=" ".join(text for text in (line.counterparty, line.text, memo) if text)[:MEMO],
                )
            ],
            posting=ACCOUNT_REFUND,
            opened=opened,
        )
        planned, left = [], amount
        for item in credits:
            part = min(left, item.open_amount)
            if part:
                day = max(on, item.document_on)
                planned.append(NewAllocation(document.item_ids[0], item.pk, part, day))
                left -= part
        post_allocations(planned, today=today, opened=opened)
        use = new_use(line, UseKind.REFUND, amount, opened, document_id=document.id, memo=memo.strip()[:MEMO])
        write_uses([use])
    return use


def return_unidentified(
    line_id: UUID, *, receipt_id: UUID, memo: str = "", actor: Actor, today: date
) -> LineUse:
    """退回待认领款: money of nobody known went back whole. D 其他应付款 | C the account."""
    actor.require("receipt.record")
    with act("return_unidentified", actor=actor) as opened:
        line = _outgoing(line_id, today)
        row = UnidentifiedReceipt.objects.select_for_update(no_key=True).filter(pk=receipt_id).first()
        if row is None or not unclaimed_receipts().filter(pk=receipt_id).exists():
            raise LineRefused(_("这笔待认领款已经被认领或退回。"), code="already_claimed")
        base = base_currency()
        same = (row.currency or base) == line.bank_account.currency and row.amount == left_of(line)
        if not same or row.received_on > line.booked_on:
            raise LineRefused(
                _("退回的金额与待认领款 %(number)s 的 %(amount)s 不同，或早于它到账。")
                % {"number": row.number, "amount": f"{row.amount:.2f}"},
                code="other_amount",
            )
        accounts = accounts_by_purpose({"unidentified_receipts"})
        worth = convert(row.amount, row.rate, base)
        [key] = post_entries(
            [
                NewEntry(
                    "unidentified_returned",
                    line.booked_on,
                    (
                        EntryLine(accounts["unidentified_receipts"], debit=worth),
                        EntryLine(line.bank_account.account_id, credit=worth),
                    ),
                    f"{row.number} {row.payer}"[:200],
                )
            ],
            opened=opened,
        )
        use = new_use(
            line,
            UseKind.REFUND,
            row.amount,
            opened,
            unidentified_id=row.pk,
            entry_id=key,
            settled_with=in_base_words(line, worth),
            memo=memo.strip()[:MEMO],
        )
        write_uses([use])
    return use


def bounce_receipt(line_id: UUID, *, document_id: UUID, memo: str = "", actor: Actor, today: date) -> LineUse:
    """退票: a payment came back; what it had settled is owed again from that day, as old as it was.

    The line is the money that went out. D 应收账款 | C the account, and what was given up with the receipt (fee,
    discount, small difference) is taken back with it. Credits that had been offset beside it stay offset.
    """
    actor.require("receipt.record")
    actor.require("allocation.write")
    with act("bounce_receipt", actor=actor, reason=memo) as opened:
        line = _outgoing(line_id, today)
        receipt = _bounceable(document_id, line)
        beside = list(Document.objects.filter(pk__in=_differences_of(receipt), voided_by=None))
        settled = list(active_allocations([receipt.pk, *(document.pk for document in beside)]))
        gains = {document.pk for document in beside if document.event == "over_payment"}
        items = {item.pk: item for item in _items_of([receipt, *beside])}
        reopened = [row for row in settled if items_document(items, row.debit_item_id) not in gains]
        if any(row.effective_on > line.booked_on for row in reopened):
            raise LineRefused(_("退票日期之后还有核销，请先撤销那些核销。"), code="settled_since")
        post_reversals([row.pk for row in reopened], effective_on=line.booked_on, today=today, opened=opened)
        owed = _owed_again(receipt, beside, line, opened)
        credits = [item for item in items.values() if item.side < 0]
        kept = sum((document.amount for document in beside if document.pk in gains), ZERO)
        post_allocations(
            [
                NewAllocation(
                    owed.item_ids[0],
                    item.pk,
                    item.amount - (kept if item.document_id == receipt.pk else ZERO),
                    max(line.booked_on, item.document_on),
                )
                for item in credits
            ],
            today=today,
            opened=opened,
        )
        extra = {
            "documents": [str(owed.id)],
            "reopened": [
                [str(row.debit_item_id), str(row.credit_item_id), str(row.amount), line.booked_on.isoformat()]
                for row in reopened
            ],
        }
        use = new_use(
            line,
            UseKind.BOUNCE,
            left_of(line),
            opened,
            document_id=receipt.pk,
            settled_with=extra,
            memo=memo.strip()[:MEMO],
        )
        write_uses([use])
    return use


def items_document(items: dict[UUID, OpenItem], key: UUID) -> UUID | None:
    """The document of an item among `items`."""
    return items[key].document_id if key in items else None


def _outgoing(line_id: UUID, today: date) -> StatementLine:
    line = locked_lines([line_id])[line_id]
    require_unused(line, today)
    if line.amount > 0:
        raise LineRefused(_("这笔流水是收到的款项，不是付出的。"), code="money_came_in")
    return line


def _bounceable(document_id: UUID, line: StatementLine) -> Document:
    receipt = Document.objects.filter(pk=document_id, kind=Kind.RECEIPT, voided_by=None).first()
    if receipt is None:
        raise LineRefused(_("收款单不存在或已经冲销。"), code="unknown_receipt")
    if receipt.currency != line.bank_account.currency or receipt.amount != left_of(line):
        raise LineRefused(
            _("退票金额与收款单 %(number)s 的 %(amount)s 不同。")
            % {"number": receipt.number, "amount": f"{receipt.amount:.2f}"},
            code="other_amount",
        )
    if receipt.document_on > line.booked_on:
        raise LineRefused(_("退票不能早于收款。"), code="before_receipt")
    used = active_allocations([receipt.pk]).filter(
        debit_item__document__kind__in=[Kind.REFUND, Kind.DISHONOUR]
    )
    if used.exists():
        raise LineRefused(_("这笔收款已经退款或退票。"), code="paid_back")
    return receipt


def _differences_of(receipt: Document) -> set[UUID]:
    """What was settled beside the receipt as fee, discount or small difference, where it came of one line alone."""
    uses = list(standing_uses().filter(document_id=receipt.pk, kind=UseKind.RECEIPT))
    alone = [use for use in uses if not use.settled_with.get("lines")]
    return made_beside(alone)


def _items_of(documents: Sequence[Document]) -> list[OpenItem]:
    return list(
        OpenItem.objects.filter(document_id__in=[document.pk for document in documents]).order_by("pk")
    )


def _owed_again(
    receipt: Document, beside: Sequence[Document], line: StatementLine, opened: OpenAct
) -> RecordedDocument:
    """The debit that stands for the payment from now on; against it the bank, and what was given up with it."""
    total, legs = receipt.amount, [Leg(line.bank_account.account_id, -receipt.base_amount)]
    for document, account_id, debit in _given_up(beside):
        legs.append(Leg(account_id, -debit))
        total += document.amount if debit > 0 else -document.amount
    # In a foreign currency parts come to the whole but for cents: the last part takes them.
    rounding = convert(total, receipt.rate, base_currency()) + sum((leg.debit for leg in legs), ZERO)
    legs[-1] = replace(legs[-1], debit=legs[-1].debit - rounding)
    [owed] = post_documents(
        [
            NewDocument(
                customer_id=receipt.customer_id,
                document_on=line.booked_on,
                amount=total,
                currency=receipt.currency,
                rate=receipt.rate,
                salesperson_id=receipt.salesperson_id,
                due_on=line.booked_on,
                legs=_together(legs),
                reference=receipt.number,
                memo=" ".join(text for text in (line.counterparty, line.text) if text)[:MEMO],
            )
        ],
        posting=BOUNCED,
        opened=opened,
    )
    return owed


def _given_up(beside: Sequence[Document]) -> list[tuple[Document, UUID, Decimal]]:
    """The other side of each difference's entry: its account, and debit less credit."""
    by_id = {document.pk: document for document in beside}
    lines = JournalLine.objects.filter(entry__document_id__in=by_id, item=None).values_list(
        "entry__document_id", "account_id", "debit", "credit"
    )
    return [(by_id[key], account, debit - credit) for key, account, debit, credit in lines]


def _together(legs: Sequence[Leg]) -> tuple[Leg, ...]:
    sums: dict[Any, Decimal] = {}
    for leg in legs:
        sums[leg.account] = sums.get(leg.account, ZERO) + leg.debit
    return tuple(Leg(account, debit) for account, debit in sums.items() if debit)


def _credits(customer_id: UUID, currency: str, item_ids: Sequence[UUID]) -> list[OpenItem]:
    found = OpenItem.objects.filter(
        Q(customer_id=customer_id), side=-1, open_amount__gt=0, currency=currency
    ).exclude(document__event__in=ADVANCE_EVENTS)
    if item_ids:
        by_id = {item.pk: item for item in found.filter(pk__in=item_ids)}
        return [by_id[key] for key in dict.fromkeys(item_ids) if key in by_id]
    return list(found.order_by(F("document_on"), "pk"))


def _rate(line: StatementLine) -> Decimal:
    currency = line.bank_account.currency
    if currency == base_currency():
        return Decimal(1)
    found = rates_on([(currency, line.booked_on)]).get((currency, line.booked_on))
    if found is None:
        raise DocumentRefused(
            _("没有 %(currency)s 在 %(on)s 的汇率，请先维护汇率。")
            % {"currency": currency, "on": line.booked_on.isoformat()},
            code="rate_missing",
        )
    return found

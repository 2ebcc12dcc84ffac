"""拒付 and 追索: a bill was not paid, and what it had settled is owed again, with its own age."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import F
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
from huikuan.cash.operations.bill_moves import interest_entry
from huikuan.cash.operations.bills import receipt_items
from huikuan.ledger.models import Allocation, Kind, OpenItem
from huikuan.ledger.operations import (
    Leg,
    NewAllocation,
    NewDocument,
    NewEntry,
    accounts_by_purpose,
    post_entries,
)
from huikuan.ledger.operations.allocations import post_allocations, post_reversals
from huikuan.ledger.operations.documents import BILL_DISHONOURED, RecordedDocument, post_documents
from huikuan.organizations.actors import Actor

ZERO = Decimal(0)
MAY_FAIL = (BillState.HELD, BillState.ENDORSED, BillState.DISCOUNTED)


def dishonour_bills(
    bill_ids: Sequence[UUID], *, on: date, reason: str, actor: Actor, today: date
) -> list[RecordedDocument]:
    """拒付: bills were not paid; what they settled is undone from that day and open again as it was.

    A bill in the drawer: D 应收账款 | C 应收票据. One passed on comes back to us against money: D 应收账款 | C 银行存款;
    where it had stayed in the books, the loan or liability is repaid, and the bill leaves its account.
    """
    actor.require("bill.write")
    if not reason.strip():
        raise BillRefused(_("请写明拒付理由。"), code="reason_missing")
    with act("dishonour_bills", actor=actor, reason=reason) as opened:
        bills = locked_bills(bill_ids)
        last = require(bills, MAY_FAIL, on, today)
        documents = post_documents(
            [_owed_again(bill, last[bill.pk], on, reason) for bill in bills],
            posting=BILL_DISHONOURED,
            opened=opened,
        )
        _repay(bills, last, on, opened)
        _reopen(bills, documents, on, today, opened)
        events = []
        for bill, document in zip(bills, documents, strict=True):
            event = next_event(bill, last[bill.pk], BillState.DISHONOURED, on, opened, booked=False)
            event.amount, event.document_id, event.memo = bill.face, document.id, reason.strip()[:1000]
            events.append(event)
        write_events(events)
    return documents


def _owed_again(bill: Bill, last: BillEvent, on: date, reason: str) -> NewDocument:
    """The document; against the customer's debit stands the bill, or the money that the recourse cost."""
    return NewDocument(
        customer_id=bill.customer_id,
        document_on=on,
        amount=bill.face,
        due_on=on,
        legs=(Leg(bill.account if last.booked else "bank", -bill.face),),
        reference=bill.number,
        memo=reason.strip(),
    )


def _repay(bills: Sequence[Bill], last: dict[UUID, BillEvent], on: date, opened: OpenAct) -> None:
    """What is paid back for bills that had stayed in the books when they were passed on."""
    kept = [bill for bill in bills if last[bill.pk].booked and bill.state != BillState.HELD]
    if not kept:
        return
    accounts = accounts_by_purpose(
        {"bank", "endorsement_liability", "short_term_loans", "loan_discount", "financial_expense"}
    )
    entries: list[NewEntry] = []
    for bill in kept:
        debt = "endorsement_liability" if bill.state == BillState.ENDORSED else "short_term_loans"
        entries.append(
            entry_of(accounts, "bill_recourse", on, bill.label, **{debt: bill.face, "bank": -bill.face})
        )
        if last[bill.pk].interest:
            entries.append(interest_entry(accounts, bill, last[bill.pk].interest, on))
    post_entries(entries, opened=opened)


def _reopen(
    bills: Sequence[Bill], documents: Sequence[RecordedDocument], on: date, today: date, opened: OpenAct
) -> None:
    """Undo as much of what the receipts settled as is owed again, and settle the receipts with the dishonours."""
    items = receipt_items(bills)
    needed: dict[UUID, Decimal] = defaultdict(Decimal)
    for bill in bills:
        needed[items[bill.document_id]] += bill.face
    credits = {
        item.pk: item
        for item in OpenItem.objects.filter(pk__in=needed).order_by("pk").select_for_update(no_key=True)
    }
    active = _active(list(needed))
    undone: list[UUID] = []
    kept: list[NewAllocation] = []
    for key, amount in needed.items():
        free = credits[key].open_amount
        for row in active[key]:
            if free >= amount:
                break
            undone.append(row.pk)
            free += row.amount
            over = min(free - amount, row.amount)
            if over > 0:
                kept.append(NewAllocation(row.debit_item_id, key, over, on))
                free -= over
    post_reversals(undone, effective_on=on, today=today, opened=opened)
    post_allocations(
        [
            *kept,
            *(
                NewAllocation(document.item_ids[0], items[bill.document_id], bill.face, on)
                for bill, document in zip(bills, documents, strict=True)
            ),
        ],
        today=today,
        opened=opened,
    )


def _active(item_ids: Sequence[UUID]) -> dict[UUID, list[Allocation]]:
    """What the receipts settle, latest first; former dishonours of parts of a bill stay."""
    undone = Allocation.objects.exclude(reverses=None).values("reverses_id")
    found: dict[UUID, list[Allocation]] = defaultdict(list)
    rows = (
        Allocation.objects.filter(credit_item_id__in=item_ids, reverses=None)
        .exclude(pk__in=undone)
        .exclude(debit_item__document__kind=Kind.DISHONOUR)
        .order_by(F("effective_on").desc(), F("pk").desc())
    )
    for row in rows:
        found[row.credit_item_id].append(row)
    return found

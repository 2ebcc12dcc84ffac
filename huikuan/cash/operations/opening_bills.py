"""期初票据: bills that were in the drawer already when the books began."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from huikuan.audit.operations import act
from huikuan.cash.models import Bill
from huikuan.cash.operations.bills import NewBill, receive_bills
from huikuan.ledger.operations import NewDocument
from huikuan.ledger.operations.documents import OPENING_INVOICE, post_documents
from huikuan.organizations.actors import Actor


def receive_opening_bills(bills: Sequence[NewBill], *, actor: Actor, today: date) -> list[Bill]:
    """Bring in bills held on the day the books began, which is their `received_on`: D 应收票据 | C 期初余额.

    Each settles an opening receivable of its own, so that a bill which is dishonoured later is owed by its customer
    again. Nothing else of the customer is touched; `item_ids` say nothing here.
    """
    actor.require("bill.write")
    with act("receive_opening_bills", actor=actor) as opened:
        owed = post_documents(
            [
                NewDocument(
                    customer_id=new.customer_id,
                    document_on=new.received_on,
                    amount=new.face,
                    due_on=new.received_on,
                    memo=f"期初票据 {new.number}"[:200],
                )
                for new in bills
            ],
            posting=OPENING_INVOICE,
            opened=opened,
        )
        return receive_bills(
            [replace(new, item_ids=document.item_ids) for new, document in zip(bills, owed, strict=True)],
            actor=actor,
            today=today,
        )

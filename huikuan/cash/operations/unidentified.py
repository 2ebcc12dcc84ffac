"""待认领款: money without a customer waits in a pool until it is claimed, once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError
from django.utils.translation import gettext as _

from huikuan.audit.operations import Told, act, record_event, record_events
from huikuan.cash.errors import SettlingRefused
from huikuan.cash.models import UnidentifiedReceipt
from huikuan.cash.operations.bill_events import entry_of
from huikuan.cash.operations.offsets import require_day, require_positive
from huikuan.cash.operations.spreading import Credit, base_currency, settle
from huikuan.cash.queries import returned_receipts
from huikuan.core.lengths import first_too_long, lengths_of, too_long
from huikuan.core.money import convert
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.ledger.models import Document
from huikuan.ledger.operations import NewDocument, accounts_by_purpose, post_entries
from huikuan.ledger.operations.documents import CLAIMED_RECEIPT, RecordedDocument, post_documents
from huikuan.ledger.operations.numbers import take_numbers
from huikuan.organizations.actors import Actor

PREFIX = "DR"
LENGTHS = lengths_of(UnidentifiedReceipt, "payer", "bank_reference", "memo")


@dataclass(frozen=True, slots=True)
class NewUnidentified:
    """Money that came in, and what the bank says of it; `bank_reference` is unique, so that none comes in twice.

    `account_id`: the account of the chart that it came in on, 银行存款 where nothing is said. `currency`: empty for the
    organization's own, else with the `rate` of the day.
    """

    amount: Decimal
    on: date
    payer: str = ""
    bank_reference: str = ""
    memo: str = ""
    account_id: UUID | None = None
    currency: str = ""
    rate: Decimal = Decimal(1)


def receive_unidentified(
    receipts: Sequence[NewUnidentified], *, actor: Actor, today: date
) -> list[UnidentifiedReceipt]:
    """收到待认领款. D 银行存款 | C 其他应付款."""
    actor.require("receipt.record")
    for new in receipts:
        require_positive(new.amount)
        require_day(new.on, today)
        values = {"payer": new.payer, "bank_reference": new.bank_reference, "memo": new.memo}
        if name := first_too_long(values, LENGTHS):
            labels = {"payer": _("付款人"), "bank_reference": _("银行流水号"), "memo": _("摘要")}
            raise SettlingRefused(too_long(_("待认领款"), labels[name], LENGTHS[name]), code="text_too_long")
    with act("receive_unidentified", actor=actor) as opened:
        counts = Counter(new.on.replace(day=1) for new in receipts)
        given = {month: take_numbers(PREFIX, month, count) for month, count in sorted(counts.items())}
        numbers = [next(given[new.on.replace(day=1)]) for new in receipts]
        named = all(new.account_id for new in receipts)
        accounts = accounts_by_purpose({"unidentified_receipts", *(() if named else ("bank",))})
        base = base_currency()
        entries = post_entries(
            [
                entry_of(
                    accounts | ({"bank": new.account_id} if new.account_id else {}),
                    "unidentified_receipt",
                    new.on,
                    f"{number} {new.payer}",
                    bank=convert(new.amount, new.rate, base),
                    unidentified_receipts=-convert(new.amount, new.rate, base),
                )
                for new, number in zip(receipts, numbers, strict=True)
            ],
            opened=opened,
        )
        rows = [
            UnidentifiedReceipt(
                organization_id=current_organization_id(),
                act_id=opened.id,
                number=number,
                received_on=new.on,
                amount=new.amount,
                currency=new.currency if new.currency != base else "",
                rate=new.rate,
                payer=new.payer.strip(),
                bank_reference=new.bank_reference.strip(),
                memo=new.memo.strip(),
                entry_id=entry_id,
            )
            for new, number, entry_id in zip(receipts, numbers, entries, strict=True)
        ]
        try:
            UnidentifiedReceipt.objects.bulk_create(rows)
        except IntegrityError as error:
            if "bank_reference_is_unique" in str(error):
                raise SettlingRefused(_("这笔银行流水已经登记过。"), code="bank_reference_exists") from error
            raise
        record_events(
            (Told("recorded", "unidentified_receipt", row.pk, row.number, _content(row)) for row in rows),
            opened=opened,
        )
    return rows


def claim_receipt(
    *,
    receipt_id: UUID,
    customer_id: UUID,
    on: date,
    item_ids: tuple[UUID, ...] = (),
    settles: bool = True,
    actor: Actor,
    today: date,
) -> RecordedDocument:
    """认领: the money turns out to be a customer's, whole. D 其他应付款 | C 应收账款.

    `settles`: it settles the customer's items at once, the given ones or the earliest due; else it stays open.
    """
    actor.require("settlement.write")
    require_day(on, today)
    with act("claim_receipt", actor=actor) as opened:
        row = UnidentifiedReceipt.objects.select_for_update(no_key=True).filter(pk=receipt_id).first()
        if row is None:
            raise SettlingRefused(_("待认领款不存在，或不属于本组织。"), code="unknown_receipt")
        if returned_receipts().filter(pk=row.pk).exists():
            raise SettlingRefused(_("%s 已经退回或撤销，不在待认领之列。") % row.number, code="returned")
        if row.document_id and Document.objects.filter(pk=row.document_id, voided_by=None).exists():
            raise SettlingRefused(_("%s 已经被认领。") % row.number, code="already_claimed")
        if on < row.received_on:
            raise SettlingRefused(_("认领日期不能早于收款日期 %s。") % row.received_on, code="before_receipt")
        [document] = post_documents(
            [
                NewDocument(
                    customer_id=customer_id,
                    document_on=on,
                    amount=row.amount,
                    currency=row.currency,
                    rate=row.rate if row.currency else None,
                    due_on=on,
                    reference=row.number,
                    memo=" ".join(text for text in (row.payer, row.bank_reference) if text),
                )
            ],
            posting=CLAIMED_RECEIPT,
            opened=opened,
        )
        row.document_id = document.id
        row.save(update_fields=["document"])
        record_event(
            action="claimed",
            record_kind="unidentified_receipt",
            record_id=row.pk,
            number=row.number,
            content={"document": str(document.id), "customer": str(customer_id)},
        )
        if settles:
            settle(
                [Credit(document.item_ids[0], customer_id, row.amount, on, item_ids)],
                today=today,
                opened=opened,
                currency=row.currency,
            )
    return document


def _content(row: UnidentifiedReceipt) -> dict[str, str]:
    foreign = {"currency": row.currency, "rate": f"{row.rate:f}"} if row.currency else {}
    return foreign | {
        "on": row.received_on.isoformat(),
        "amount": f"{row.amount:.2f}",
        "payer": row.payer,
        "bank_reference": row.bank_reference,
        "memo": row.memo,
        "entry": str(row.entry_id),
    }

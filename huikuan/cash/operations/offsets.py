"""抵账 and 债务转让: what a customer owes is set off against what we owe it, or passes to another customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.audit.operations import act
from huikuan.cash.errors import SettlingRefused
from huikuan.cash.operations.spreading import Credit, settle
from huikuan.customers.models import Customer
from huikuan.ledger.models import OpenItem
from huikuan.ledger.operations import NewAllocation, NewDocument
from huikuan.ledger.operations.allocations import post_allocations
from huikuan.ledger.operations.documents import (
    OFFSET,
    TRANSFER_IN,
    TRANSFER_OUT,
    RecordedDocument,
    post_documents,
)
from huikuan.organizations.actors import Actor


@dataclass(frozen=True, slots=True)
class NewOffset:
    """`amount` that a customer owes is set off against payables, by the agreement called `agreement`.

    `item_ids`: what it settles, in this order; without, the customer's receivables, earliest due first.
    """

    customer_id: UUID
    amount: Decimal
    agreement: str
    on: date
    item_ids: tuple[UUID, ...] = ()
    memo: str = ""


@dataclass(frozen=True, slots=True)
class NewTransfer:
    """`amount` of an item (None: all that is open) is owed by another customer from a day on.

    `agreement`: the number of the agreement of all three parties.
    """

    item_id: UUID
    to_customer_id: UUID
    agreement: str
    on: date
    amount: Decimal | None = None
    memo: str = ""


def offset_payables(offsets: Sequence[NewOffset], *, actor: Actor, today: date) -> list[RecordedDocument]:
    """应收冲应付: by agreement, neither side pays. D 应付账款 | C 应收账款. Never beyond what is owed."""
    actor.require("settlement.write")
    for new in offsets:
        require_agreement(new.agreement)
        require_day(new.on, today)
        require_positive(new.amount)
    with act("offset_payables", actor=actor) as opened:
        documents = post_documents(
            [
                NewDocument(
                    customer_id=new.customer_id,
                    document_on=new.on,
                    amount=new.amount,
                    due_on=new.on,
                    reference=new.agreement.strip(),
                    memo=new.memo,
                )
                for new in offsets
            ],
            posting=OFFSET,
            opened=opened,
        )
        settle(
            [
                Credit(document.item_ids[0], new.customer_id, new.amount, new.on, new.item_ids, in_full=True)
                for new, document in zip(offsets, documents, strict=True)
            ],
            today=today,
            opened=opened,
        )
    return documents


def transfer_debts(
    transfers: Sequence[NewTransfer], *, actor: Actor, today: date
) -> list[tuple[RecordedDocument, RecordedDocument]]:
    """债务转让: another customer takes over a debt, as due as it was. D 应收账款—B | C 应收账款—A.

    Returns the documents of both sides, the giving one first.
    """
    actor.require("settlement.write")
    for new in transfers:
        require_agreement(new.agreement)
        require_day(new.on, today)
    with act("transfer_debts", actor=actor) as opened:
        items = _transferable(transfers)
        names = dict(
            Customer.objects.filter(
                pk__in={new.to_customer_id for new in transfers}
                | {item.customer_id for item in items.values()}
            ).values_list("pk", "name")
        )
        amounts = [_amount(new, items[new.item_id]) for new in transfers]
        given = post_documents(
            [
                _side(
                    new,
                    items[new.item_id],
                    amount,
                    items[new.item_id].customer_id,
                    _("转给 %s") % names.get(new.to_customer_id, "?"),
                )
                for new, amount in zip(transfers, amounts, strict=True)
            ],
            posting=TRANSFER_OUT,
            opened=opened,
        )
        taken = post_documents(
            [
                _side(
                    new,
                    items[new.item_id],
                    amount,
                    new.to_customer_id,
                    _("由 %s 转入") % names.get(items[new.item_id].customer_id, "?"),
                )
                for new, amount in zip(transfers, amounts, strict=True)
            ],
            posting=TRANSFER_IN,
            opened=opened,
        )
        post_allocations(
            [
                NewAllocation(new.item_id, document.item_ids[0], amount, new.on)
                for new, document, amount in zip(transfers, given, amounts, strict=True)
            ],
            today=today,
            opened=opened,
        )
    return list(zip(given, taken, strict=True))


def require_agreement(agreement: str) -> None:
    """Refuse an act that rests on an agreement nobody can find."""
    if not agreement.strip():
        raise SettlingRefused(_("请写明协议号。"), code="agreement_missing")


def require_day(on: date, today: date) -> None:
    """Refuse what would happen in the future."""
    if on > today:
        raise SettlingRefused(_("日期不能晚于今天。"), code="in_future")


def require_positive(amount: Decimal) -> None:
    """Refuse amounts of nothing, and less."""
    if not amount.is_finite() or amount <= 0:
        raise SettlingRefused(_("金额必须大于零。"), code="not_positive")


def _transferable(transfers: Sequence[NewTransfer]) -> dict[UUID, OpenItem]:
    found = {
        item.pk: item
        for item in OpenItem.objects.filter(pk__in=[new.item_id for new in transfers], side=1)
        .select_related("document")
        .order_by("pk")
    }
    for new in transfers:
        item = found.get(new.item_id)
        if item is None:
            raise SettlingRefused(_("要转让的应收不存在，或不属于本组织。"), code="unknown_item")
        if item.customer_id == new.to_customer_id:
            raise SettlingRefused(_("转入方和转出方不能是同一个客户。"), code="same_customer")
    return found


def _amount(new: NewTransfer, item: OpenItem) -> Decimal:
    amount = item.open_amount if new.amount is None else new.amount
    require_positive(amount)
    return amount


def _side(new: NewTransfer, item: OpenItem, amount: Decimal, customer_id: UUID, words: str) -> NewDocument:
    return NewDocument(
        customer_id=customer_id,
        document_on=new.on,
        amount=amount,
        currency=item.currency,
        rate=item.document.rate,
        due_on=item.due_on,
        effective_due_on=item.effective_due_on,
        reference=new.agreement.strip(),
        product=item.document.product,
        memo="；".join(text for text in (words, item.document.number, new.memo) if text)[:1000],
    )

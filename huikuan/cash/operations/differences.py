"""Receipts that do not come to the amount of the invoices: fees, shortfalls, excesses and cash discounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.audit.operations import OpenAct, act
from huikuan.cash.errors import SettlingRefused
from huikuan.cash.operations.offsets import require_day, require_positive
from huikuan.cash.operations.spreading import Credit, settle
from huikuan.cash.queries import Policy, cash_policy
from huikuan.core.money import quantize
from huikuan.ledger.operations import NewAllocation, NewDocument
from huikuan.ledger.operations.allocations import post_allocations
from huikuan.ledger.operations.documents import (
    BANK_FEE,
    CASH_DISCOUNT,
    CASH_DISCOUNT_EXPENSE,
    OVER_PAYMENT,
    RECEIPT,
    SHORT_PAYMENT,
    Posting,
    RecordedDocument,
    post_documents,
)
from huikuan.organizations.actors import Actor

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Difference:
    """What lies between the money and the invoices: bank fee, shortfall, excess, cash discount; none negative."""

    fee: Decimal = ZERO
    short: Decimal = ZERO
    over: Decimal = ZERO
    discount: Decimal = ZERO

    @property
    def settles(self) -> Decimal:
        """What it settles of the invoices besides the money."""
        return self.fee + self.short + self.discount


@dataclass(frozen=True, slots=True)
class NewReceipt:
    """Money from a customer that, with its differences, settles items in full: their order is kept."""

    customer_id: UUID
    amount: Decimal
    on: date
    item_ids: tuple[UUID, ...] = ()
    difference: Difference = Difference()
    reference: str = ""
    memo: str = ""


def cash_discount(net: Decimal, rate: Decimal, currency: str) -> Decimal:
    """现金折扣 at a `rate` (a fraction) of the amount without VAT: 2 % of 100,000.00 is 2,000.00."""
    return quantize(net * rate, currency)


def receive_with_differences(
    receipts: Sequence[NewReceipt], *, actor: Actor, today: date
) -> list[RecordedDocument]:
    """收款带尾差: receipts and what they lack settle invoices in one act; returns the receipts.

    D 银行存款, 财务费用 (fee), 营业外支出 (shortfall), 收入 or 财务费用 (discount) | C 应收账款. Above the tolerances
    of the organization's policy it is refused.
    """
    actor.require("settlement.write")
    for new in receipts:
        require_positive(new.amount)
        require_day(new.on, today)
    with act("receive_with_differences", actor=actor) as opened:
        documents = post_documents([_money(new) for new in receipts], posting=RECEIPT, opened=opened)
        parts = post_differences(
            [
                NewDifference(new.customer_id, new.on, new.difference, reference=new.reference, memo=new.memo)
                for new in receipts
            ],
            opened=opened,
        )
        credits = [
            _credit(new, document, amount)
            for new, made in zip(receipts, parts, strict=True)
            for document, amount in made.credits
        ]
        post_allocations(
            [
                NewAllocation(made.gain.item_ids[0], document.item_ids[0], new.difference.over, new.on)
                for new, document, made in zip(receipts, documents, parts, strict=True)
                if made.gain
            ],
            today=today,
            opened=opened,
        )
        money = [
            _credit(new, document, new.amount - new.difference.over)
            for new, document in zip(receipts, documents, strict=True)
        ]
        settle([*money, *credits], today=today, opened=opened)
    return documents


@dataclass(frozen=True, slots=True)
class NewDifference:
    """A difference that documents are made of; `currency` and `rate` as in `NewDocument`."""

    customer_id: UUID
    on: date
    difference: Difference
    currency: str = ""
    rate: Decimal | None = None
    reference: str = ""
    memo: str = ""


@dataclass(frozen=True, slots=True)
class DifferenceDocuments:
    """What a difference became: documents that settle invoices with their amounts, and the gain that used money up."""

    credits: tuple[tuple[RecordedDocument, Decimal], ...] = ()
    gain: RecordedDocument | None = None


def post_differences(wanted: Sequence[NewDifference], *, opened: OpenAct) -> list[DifferenceDocuments]:
    """Make the documents of differences inside an open act, one result for each; allocating them is the caller's.

    Above the tolerances of the organization's policy it is refused.
    """
    policy = cash_policy()
    for new in wanted:
        require_within(new.difference, policy)
    credits: list[list[tuple[RecordedDocument, Decimal]]] = [[] for _new in wanted]
    for posting, amounts in _kinds([new.difference for new in wanted], policy):
        for place, document in _post_parts(wanted, amounts, posting, opened):
            credits[place].append((document, amounts[place]))
    # 长款: what came in too much is our gain, within the tolerance. D 应收账款 | C 营业外收入.
    gains = dict(_post_parts(wanted, [new.difference.over for new in wanted], OVER_PAYMENT, opened))
    return [DifferenceDocuments(tuple(made), gains.get(place)) for place, made in enumerate(credits)]


def _post_parts(
    wanted: Sequence[NewDifference], amounts: Sequence[Decimal], posting: Posting, opened: OpenAct
) -> list[tuple[int, RecordedDocument]]:
    places = [place for place, amount in enumerate(amounts) if amount]
    made = post_documents(
        [_document(wanted[place], amounts[place]) for place in places], posting=posting, opened=opened
    )
    return list(zip(places, made, strict=True))


def settle_difference(
    *,
    customer_id: UUID,
    item_ids: tuple[UUID, ...],
    difference: Difference,
    on: date,
    reference: str = "",
    memo: str = "",
    actor: Actor,
    today: date,
) -> int:
    """Settle what is left of items, after money was allocated, as fee, shortfall or discount; returns allocations."""
    actor.require("settlement.write")
    require_day(on, today)
    if difference.over or not difference.settles:
        raise SettlingRefused(_("请填写手续费、短款或现金折扣的金额。"), code="nothing_to_settle")
    new = NewReceipt(customer_id, ZERO, on, item_ids, difference, reference, memo)
    with act("settle_difference", actor=actor) as opened:
        [made] = post_differences(
            [NewDifference(customer_id, on, difference, reference=reference, memo=memo)], opened=opened
        )
        credits = [_credit(new, document, amount) for document, amount in made.credits]
        return settle(credits, today=today, opened=opened)


def _kinds(differences: Sequence[Difference], policy: Policy) -> list[tuple[Posting, list[Decimal]]]:
    discount = CASH_DISCOUNT_EXPENSE if policy.discount_is_expense else CASH_DISCOUNT
    return [
        (BANK_FEE, [each.fee for each in differences]),
        (SHORT_PAYMENT, [each.short for each in differences]),
        (discount, [each.discount for each in differences]),
    ]


def require_within(difference: Difference, policy: Policy) -> None:
    """Refuse differences that cannot be, or are above what the policy allows."""
    parts = (difference.fee, difference.short, difference.over, difference.discount)
    if any(not part.is_finite() or part < 0 for part in parts):
        raise SettlingRefused(_("尾差金额不能为负。"), code="negative_difference")
    if difference.short and difference.over:
        raise SettlingRefused(_("不能同时有短款和长款。"), code="short_and_over")
    for amount, most, words in (
        (difference.short + difference.over, policy.difference_tolerance, _("尾差")),
        (difference.fee, policy.fee_tolerance, _("手续费")),
    ):
        if amount > most:
            raise SettlingRefused(
                _("%(what)s %(amount)s 超过允许的 %(most)s，请另行处理。")
                % {"what": words, "amount": f"{amount:.2f}", "most": f"{most:.2f}"},
                code="above_tolerance",
            )


def _money(new: NewReceipt) -> NewDocument:
    return NewDocument(
        customer_id=new.customer_id,
        document_on=new.on,
        amount=new.amount,
        due_on=new.on,
        reference=new.reference,
        memo=new.memo,
    )


def _document(new: NewDifference, amount: Decimal) -> NewDocument:
    return NewDocument(
        customer_id=new.customer_id,
        document_on=new.on,
        amount=amount,
        currency=new.currency,
        rate=new.rate,
        due_on=new.on,
        reference=new.reference,
        memo=new.memo,
    )


def _credit(new: NewReceipt, document: RecordedDocument, amount: Decimal) -> Credit:
    return Credit(document.item_ids[0], new.customer_id, amount, new.on, new.item_ids, in_full=True)

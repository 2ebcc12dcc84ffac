"""认领: somebody says whose money in the pool is, and why; finance confirms it, or sends it back with an answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from huikuan.approvals.queries import transaction_time
from huikuan.audit.operations import act, record_event
from huikuan.cash.banking import StatementLine, UseKind
from huikuan.cash.errors import SettlingRefused
from huikuan.cash.models import UnidentifiedReceipt
from huikuan.cash.operations.payers import Payer, learn_payers
from huikuan.cash.operations.spreading import base_currency
from huikuan.cash.operations.unidentified import claim_receipt
from huikuan.cash.proposals import ClaimState, ReceiptClaim
from huikuan.cash.queries import standing_uses, unclaimed_receipts
from huikuan.core.lengths import lengths_of
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.customers.models import Customer
from huikuan.customers.queries import visible_salespeople
from huikuan.ledger.models import OpenItem
from huikuan.ledger.operations.documents import RecordedDocument
from huikuan.notices.operations import send_notices
from huikuan.notices.wording import CLAIM_ASKED, CLAIM_CONFIRMED, CLAIM_REFUSED
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Membership, MembershipRole, Organization

LENGTHS = lengths_of(ReceiptClaim, "evidence", "answer")


def ask_claim(
    *,
    receipt_id: UUID,
    customer_id: UUID,
    evidence: str,
    item_ids: Sequence[UUID] = (),
    actor: Actor,
    today: date,
) -> ReceiptClaim:
    """申请认领: this money is of a customer of mine, for these items; finance is told. Nothing is booked yet."""
    actor.require("receipt.claim")
    if not evidence.strip():
        raise SettlingRefused(_("请写明认领的依据，如合同、回单或对方确认。"), code="evidence_missing")
    with act("ask_claim", actor=actor, reason=evidence[:200]) as opened:
        row = _waiting(receipt_id)
        customer = _own(customer_id, actor)
        items = OpenItem.objects.filter(
            pk__in=item_ids,
            customer=customer,
            side=1,
            open_amount__gt=0,
            currency=row.currency or base_currency(),
        )
        if items.count() != len(set(item_ids)):
            raise SettlingRefused(_("要核销的单据不存在，或不属于本组织。"), code="unknown_item")
        claim = ReceiptClaim(
            organization_id=current_organization_id(),
            act_id=opened.id,
            unidentified=row,
            customer=customer,
            item_ids=[str(key) for key in item_ids],
            evidence=evidence.strip()[: LENGTHS["evidence"]],
            asked_by_id=actor.user_id,
            asked_by_name=actor.name,
        )
        _save(claim)
        _record("claim_asked", claim, row)
        _tell(_deciders(actor), CLAIM_ASKED, claim, row, actor)
    return claim


def confirm_claim(
    claim_id: UUID, *, on: date, actor: Actor, today: date, settles: bool = True
) -> RecordedDocument:
    """确认认领: the money is the customer's; other claims to it are sent back. D 其他应付款 | C 应收账款.

    It settles the items named in the claim, or the earliest due. Who paid is remembered where a line tells it.
    """
    actor.require("settlement.write")
    with act("confirm_claim", actor=actor):
        claim = _asked(claim_id)
        made = claim_receipt(
            receipt_id=claim.unidentified_id,
            customer_id=claim.customer_id,
            on=on,
            item_ids=tuple(UUID(key) for key in claim.item_ids),
            settles=settles,
            actor=actor,
            today=today,
        )
        _decide(claim, ClaimState.CONFIRMED, "", actor, CLAIM_CONFIRMED)
        others = ReceiptClaim.objects.filter(
            unidentified_id=claim.unidentified_id, state=ClaimState.ASKED
        ).order_by("pk")
        for other in others.select_for_update(no_key=True):
            _decide(other, ClaimState.REFUSED, _("这笔款项已由别的客户认领。"), actor, CLAIM_REFUSED)
        uses = standing_uses().filter(unidentified_id=claim.unidentified_id, kind=UseKind.POOL)
        lines = StatementLine.objects.filter(pk__in=uses.values("line_id"))
        learn_payers([Payer(claim.customer_id, line) for line in lines])
    return made


def refuse_claim(claim_id: UUID, *, answer: str, actor: Actor) -> ReceiptClaim:
    """退回认领: with an answer for who claimed; the money waits on."""
    actor.require("settlement.write")
    if not answer.strip():
        raise SettlingRefused(_("请写明退回的原因。"), code="answer_missing")
    with act("refuse_claim", actor=actor, reason=answer[:200]):
        claim = _asked(claim_id)
        _decide(claim, ClaimState.REFUSED, answer, actor, CLAIM_REFUSED)
    return claim


def withdraw_claim(claim_id: UUID, *, actor: Actor) -> ReceiptClaim:
    """撤回认领: by who claimed."""
    actor.require("receipt.claim")
    with act("withdraw_claim", actor=actor):
        claim = _asked(claim_id)
        if claim.asked_by_id != actor.user_id:
            raise SettlingRefused(_("只能撤回自己的认领。"), code="claim_of_somebody_else")
        _decide(claim, ClaimState.WITHDRAWN, "", actor, "")
    return claim


def _waiting(receipt_id: UUID) -> UnidentifiedReceipt:
    row = UnidentifiedReceipt.objects.select_for_update(no_key=True).filter(pk=receipt_id).first()
    if row is None or not unclaimed_receipts().filter(pk=receipt_id).exists():
        raise SettlingRefused(_("这笔款项已经被认领或退回。"), code="already_claimed")
    return row


def _own(customer_id: UUID, actor: Actor) -> Customer:
    """The customer, if it is one of those that the actor sees."""
    seen = visible_salespeople(actor)
    found = Customer.objects.filter(pk=customer_id)
    customer = (found if seen is None else found.filter(salesperson_id__in=seen)).first()
    if customer is None:
        raise SettlingRefused(_("客户不存在，或不是您的客户。"), code="unknown_customer")
    return customer


def _save(claim: ReceiptClaim) -> None:
    try:
        with transaction.atomic():
            claim.save(force_insert=True)
    except IntegrityError as error:
        if "one_open_claim_per_customer" in str(error):
            raise SettlingRefused(_("已经为这个客户申请认领，正在等待确认。"), code="claim_exists") from error
        raise


def _asked(claim_id: UUID) -> ReceiptClaim:
    claim = (
        ReceiptClaim.objects.select_related("unidentified", "customer")
        .select_for_update(of=("self",), no_key=True)
        .filter(pk=claim_id)
        .first()
    )
    if claim is None or claim.state != ClaimState.ASKED:
        raise SettlingRefused(_("这次认领已经处理过。"), code="claim_decided")
    return claim


def _decide(claim: ReceiptClaim, state: ClaimState, answer: str, actor: Actor, notice: str) -> None:
    claim.state, claim.answer = state.value, answer.strip()[: LENGTHS["answer"]]
    claim.decided_by_name = actor.name
    claim.save(update_fields=["state", "answer", "decided_by_name"])
    _record(f"claim_{state.value}", claim, claim.unidentified)
    if notice and claim.asked_by_id and claim.asked_by_id != actor.user_id:
        asker = Membership.objects.filter(user_id=claim.asked_by_id, active=True)
        _tell(asker.values_list("pk", flat=True), notice, claim, claim.unidentified, actor)


def _deciders(actor: Actor) -> list[UUID]:
    """Those who may confirm a claim, but for who makes it."""
    held = MembershipRole.objects.filter(
        role__permissions__contains="settlement.write",
        membership__active=True,
        membership__user__is_active=True,
    )
    people = held.values_list("membership_id", flat=True).distinct()
    return [member for member in people if member != actor.membership_id]


def _tell(
    people: Iterable[UUID], kind: str, claim: ReceiptClaim, row: UnidentifiedReceipt, actor: Actor
) -> None:
    organization = Organization.objects.get(pk=current_organization_id())
    send_notices(
        people,
        kind=kind,
        parameters={
            "author": actor.name,
            "record": f"{row.number} {row.payer} {row.amount:,.2f} {row.currency}",
            "customer": claim.customer.name,
            "excerpt": (claim.answer or claim.evidence)[:200],
        },
        path=reverse("claim", args=[organization.code, row.pk]),
        now=transaction_time(),
    )


def _record(action: str, claim: ReceiptClaim, row: UnidentifiedReceipt) -> None:
    record_event(
        action=action,
        record_kind="unidentified_receipt",
        record_id=row.pk,
        number=row.number,
        content={
            "claim": str(claim.pk),
            "customer": str(claim.customer_id),
            "items": claim.item_ids,
            "evidence": claim.evidence,
            "answer": claim.answer,
        },
    )

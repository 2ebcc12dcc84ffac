"""合同预收: an advance on a contract, the part without VAT apart from the VAT, applied and paid back alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.audit.operations import act
from huikuan.cash.errors import SettlingRefused
from huikuan.cash.operations.offsets import require_day, require_positive
from huikuan.cash.operations.spreading import base_currency
from huikuan.cash.rules import share
from huikuan.core.money import gross_to_net
from huikuan.ledger.models import OpenItem
from huikuan.ledger.operations import Instalment, Leg, NewAllocation, NewDocument
from huikuan.ledger.operations.allocations import post_allocations
from huikuan.ledger.operations.documents import (
    ADVANCE_EVENTS,
    CONTRACT_ADVANCE,
    RecordedDocument,
    post_documents,
)
from huikuan.ledger.operations.settlements import CONTRACT_ADVANCE_REFUND
from huikuan.organizations.actors import Actor


@dataclass(frozen=True, slots=True)
class NewAdvance:
    """Money for a contract, VAT of `tax_rate` (a fraction) included."""

    customer_id: UUID
    amount: Decimal
    contract: str
    on: date
    tax_rate: Decimal = Decimal("0.13")
    memo: str = ""


def receive_contract_advances(
    advances: Sequence[NewAdvance], *, actor: Actor, today: date
) -> list[RecordedDocument]:
    """预收合同款. D 银行存款 | C 合同负债, 待转销项税额: the VAT in it is not owed to the customer."""
    actor.require("receipt.record")
    currency = base_currency()
    for new in advances:
        require_positive(new.amount)
        require_day(new.on, today)
        if not new.contract.strip():
            raise SettlingRefused(_("请写明合同号。"), code="contract_missing")
        if not 0 <= new.tax_rate < 1:
            raise SettlingRefused(_("税率应在 0 与 100% 之间。"), code="rate_range")
    with act("receive_contract_advances", actor=actor) as opened:
        return post_documents(
            [
                advance_document(
                    new.customer_id,
                    *gross_to_net(new.amount, new.tax_rate, currency),
                    new.on,
                    new.contract,
                    new.memo,
                )
                for new in advances
            ],
            posting=CONTRACT_ADVANCE,
            opened=opened,
        )


def apply_contract_advance(
    *,
    document_id: UUID,
    item_ids: Sequence[UUID],
    on: date,
    amount: Decimal | None = None,
    actor: Actor,
    today: date,
) -> Decimal:
    """预收冲应收: the advance (or `amount` of it) settles invoices. D 合同负债, 待转销项税额 | C 应收账款.

    Returns what was applied; both parts are used up in the same proportion.
    """
    actor.require("settlement.write")
    with act("apply_contract_advance", actor=actor) as opened:
        parts = _parts(document_id)
        debits = _debits(item_ids)
        most = sum((item.open_amount for item in debits), Decimal(0))
        open_amount = sum((part.open_amount for part in parts), Decimal(0))
        wanted = min(most, open_amount) if amount is None else amount
        shares = _shares(parts, wanted, open_amount)
        if wanted > most:
            raise SettlingRefused(
                _("未核销的应收只有 %(open)s，不足 %(amount)s。")
                % {"open": f"{most:.2f}", "amount": f"{wanted:.2f}"},
                code="beyond_balance",
            )
        planned = []
        left = {item.pk: item.open_amount for item in debits}
        for part, rest in zip(parts, shares, strict=True):
            for item in debits:
                taken = min(rest, left[item.pk])
                if taken > 0:
                    planned.append(NewAllocation(item.pk, part.pk, taken, on))
                    left[item.pk] -= taken
                    rest -= taken
        post_allocations(planned, today=today, opened=opened)
    return wanted


def refund_contract_advance(
    *, document_id: UUID, amount: Decimal | None, on: date, reason: str, actor: Actor, today: date
) -> RecordedDocument:
    """退还合同预收: what is open of it (or `amount`) is paid back, both parts. D 合同负债, 待转销项税额 | C 银行存款."""
    actor.require("receipt.record")
    if not reason.strip():
        raise SettlingRefused(_("退款必须写明原因。"), code="reason_missing")
    require_day(on, today)
    with act("refund_contract_advance", actor=actor, reason=reason) as opened:
        parts = _parts(document_id)
        open_amount = sum((part.open_amount for part in parts), Decimal(0))
        wanted = open_amount if amount is None else amount
        shares = _shares(parts, wanted, open_amount)
        source = parts[0].document
        vat = sum((value for part, value in zip(parts, shares, strict=True) if part.line > 1), Decimal(0))
        [refunded] = post_documents(
            [advance_document(source.customer_id, wanted - vat, vat, on, source.number, reason)],
            posting=CONTRACT_ADVANCE_REFUND,
            opened=opened,
        )
        made = {item.line: item.pk for item in OpenItem.objects.filter(document_id=refunded.id)}
        both = vat and wanted > vat
        post_allocations(
            [
                NewAllocation(made[part.line if both else 1], part.pk, value, on)
                for part, value in zip(parts, shares, strict=True)
                if value
            ],
            today=today,
            opened=opened,
        )
    return refunded


def advance_document(
    customer_id: UUID,
    net: Decimal,
    vat: Decimal,
    on: date,
    reference: str,
    memo: str,
    *,
    legs: tuple[Leg, ...] = (),
) -> NewDocument:
    """An advance, or its refund: the part without VAT, and the VAT in it."""
    parts = [Instalment(net, None)] if net else []
    if vat:
        parts.append(Instalment(vat, None, account="deferred_vat"))
    return NewDocument(
        customer_id=customer_id,
        document_on=on,
        amount=net + vat,
        instalments=tuple(parts),
        reference=reference.strip(),
        memo=memo.strip(),
        legs=legs,
    )


def _parts(document_id: UUID) -> list[OpenItem]:
    """The parts of an advance, locked: the one without VAT first."""
    parts = list(
        OpenItem.objects.filter(document_id=document_id, document__event__in=ADVANCE_EVENTS, side=-1)
        .select_related("document")
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )
    if not parts:
        raise SettlingRefused(_("合同预收不存在，或不属于本组织。"), code="unknown_item")
    return sorted(parts, key=lambda part: part.line)


def _debits(item_ids: Sequence[UUID]) -> list[OpenItem]:
    found = {
        item.pk: item
        for item in OpenItem.objects.filter(pk__in=item_ids, side=1)
        .order_by("pk")
        .select_for_update(no_key=True)
    }
    if len(found) != len(set(item_ids)):
        raise SettlingRefused(_("要核销的单据不存在，或不属于本组织。"), code="unknown_item")
    return [found[key] for key in dict.fromkeys(item_ids)]


def _shares(parts: Sequence[OpenItem], wanted: Decimal, open_amount: Decimal) -> list[Decimal]:
    """`wanted` over the parts by what is open of them; the first takes what rounding leaves."""
    if not wanted.is_finite() or not 0 < wanted <= open_amount:
        raise SettlingRefused(
            _("预收只有 %(open)s 未用，不能处理 %(wanted)s。")
            % {"open": f"{open_amount:.2f}", "wanted": wanted},
            code="beyond_balance",
        )
    currency = base_currency()
    others = [share(part.open_amount, wanted, open_amount, currency) for part in parts[1:]]
    return [wanted - sum(others, Decimal(0)), *others]

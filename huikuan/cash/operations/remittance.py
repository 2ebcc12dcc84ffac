"""付款通知: what a payer says a payment is for, kept until the money comes; it wins over guesses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from huikuan.audit.operations import act, record_event
from huikuan.cash.banking import LineUse
from huikuan.cash.errors import SettlingRefused
from huikuan.cash.matching.references import bare_number
from huikuan.cash.operations.offsets import require_positive
from huikuan.cash.operations.spreading import base_currency
from huikuan.cash.proposals import RemittanceAdvice, RemittanceLine
from huikuan.core.lengths import lengths_of
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.customers.models import Customer
from huikuan.ledger.models import OpenItem
from huikuan.organizations.actors import Actor

MEMO = lengths_of(RemittanceAdvice, "memo")["memo"]


@dataclass(frozen=True, slots=True)
class NewAdvice:
    """Who pays (where known), when, how much, and for which references with which amounts; negative: a credit."""

    lines: tuple[tuple[str, Decimal], ...]
    amount: Decimal
    customer_id: UUID | None = None
    paid_on: date | None = None
    currency: str = ""
    file_name: str = ""
    file_sha256: str = ""
    memo: str = ""


def record_advice(new: NewAdvice, *, actor: Actor, today: date) -> RemittanceAdvice:
    """登记付款通知: its lines are recognised as open items by their numbers; nothing is booked.

    The next matching takes it for the money of that amount. The same file once.
    """
    actor.require("receipt.record")
    require_positive(new.amount)
    if not new.lines:
        raise SettlingRefused(_("付款通知没有写明任何单据。"), code="no_lines")
    with act("record_advice", actor=actor) as opened:
        same = RemittanceAdvice.objects.filter(file_sha256=new.file_sha256).exclude(file_sha256="")
        if same.exists():
            raise SettlingRefused(_("这个文件已经登记过付款通知。"), code="advice_exists")
        items = recognised([reference for reference, _amount in new.lines], new.customer_id)
        advice = RemittanceAdvice.objects.create(
            organization_id=current_organization_id(),
            act_id=opened.id,
            customer_id=new.customer_id or _only_customer(items),
            paid_on=new.paid_on,
            amount=new.amount,
            currency=new.currency or base_currency(),
            file_name=new.file_name[:255],
            file_sha256=new.file_sha256,
            memo=new.memo.strip()[:MEMO],
        )
        RemittanceLine.objects.bulk_create(
            RemittanceLine(
                organization_id=current_organization_id(),
                advice=advice,
                position=position,
                reference=reference[:140],
                amount=amount,
                item=items.get(reference),
            )
            for position, (reference, amount) in enumerate(new.lines, start=1)
        )
        record_event(
            action="recorded",
            record_kind="remittance_advice",
            record_id=advice.pk,
            content={
                "amount": f"{new.amount:.2f}",
                "currency": advice.currency,
                "customer": str(advice.customer_id or ""),
                "lines": [[reference, f"{amount:.2f}"] for reference, amount in new.lines],
            },
        )
    return advice


def recognised(references: Sequence[str], customer_id: UUID | None) -> dict[str, OpenItem]:
    """The open items that references name, whole but for separators; those that name several are left out."""
    wanted = {bare_number(reference) for reference in references}
    items = OpenItem.objects.filter(open_amount__gt=0).select_related("document", "customer")
    if customer_id is not None:
        head = Customer.objects.filter(pk=customer_id).values_list("parent_id", flat=True).first()
        family = head or customer_id
        items = items.filter(
            Q(customer_id=customer_id) | Q(customer_id=family) | Q(customer__parent_id=family)
        )
    else:
        items = items.filter(Q(document__number__in=references) | Q(document__reference__in=references))
    by_number: dict[str, list[OpenItem]] = defaultdict(list)
    for item in items:
        for number in {bare_number(item.document.number), bare_number(item.document.reference)} & wanted:
            by_number[number].append(item)
    return {
        reference: found[0]
        for reference in references
        if len(found := by_number.get(bare_number(reference), [])) == 1
    }


def note_advices(uses: Sequence[LineUse]) -> None:
    """Lines that were settled as an advice said: the advice is about that money and waits no longer."""
    advised = [
        use
        for use in uses
        if use.document is not None and any(reason.get("code") == "advice" for reason in use.reasons)
    ]
    if not advised:
        return
    waiting = list(
        RemittanceAdvice.objects.filter(
            line=None, amount__in={use.line.amount for use in advised}
        ).select_for_update(no_key=True, of=("self",))
    )
    changed = []
    for use in advised:
        customer = use.document.customer_id if use.document else None
        found = [
            each
            for each in waiting
            if each.line_id is None
            and each.amount == use.line.amount
            and each.customer_id in (None, customer)
        ]
        if found:
            found[0].line_id = use.line_id
            changed.append(found[0])
    RemittanceAdvice.objects.bulk_update(changed, ["line"])


def free_advices(line_ids: Sequence[UUID]) -> None:
    """Advices about lines whose settlement was undone wait again."""
    RemittanceAdvice.objects.filter(line_id__in=line_ids).update(line=None)


def _only_customer(items: dict[str, OpenItem]) -> UUID | None:
    customers = {item.customer_id for item in items.values()}
    return customers.pop() if len(customers) == 1 else None

"""Some customers of the demo company object to what they owe; two of the disputes are ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from huikuan.core.money import quantize
from huikuan.disputes.models import DisputeState
from huikuan.disputes.operations import NewDispute, open_dispute, resolve_dispute
from huikuan.ledger.models import Kind, OpenItem, Side
from huikuan.organizations.actors import Actor


@dataclass(frozen=True, slots=True)
class _Said:
    """A dispute of the demo: who noted it so many days ago, over which share, and how it ended."""

    reason: str
    text: str
    who: str
    days: int
    share: Decimal
    end: DisputeState | None = None
    outcome: str = ""


SAID = (
    _Said("quality.damage", "到货时三箱外包装破损，内件划伤，已拍照", "collector", 6, Decimal("0.3")),
    _Said("price.agreed", "客户称合同价含运费，运费部分不认", "ar_accountant", 14, Decimal("0.08")),
    _Said("paper.receipt", "缺 9 月两张签收单，补齐后付款", "ar_accountant", 3, Decimal(1)),
    _Said("quantity.short", "清点少 12 件，待与物流核对", "collector", 11, Decimal("0.15")),
    _Said("invoice.title", "抬头少一个字，要求重开", "ar_accountant", 9, Decimal(1)),
    _Said(
        "delivery.late",
        "延期五天，客户要求扣违约金",
        "collector",
        25,
        Decimal("0.05"),
        DisputeState.REJECTED,
        "合同约定不可抗力免责，客户同意全额付款",
    ),
    _Said(
        "quality.defect",
        "两台运行异响",
        "collector",
        30,
        Decimal("0.2"),
        DisputeState.REPLACED,
        "已换货，客户验收合格",
    ),
)


def object_to_invoices(staff: Mapping[str, Actor], *, today: date) -> None:
    """Disputes of the last weeks about invoices that were open by then, each of another customer."""
    found = OpenItem.objects.filter(
        side=Side.DEBIT, open_amount__gt=20_000, document__kind=Kind.INVOICE, account__purpose="receivable"
    ).order_by("customer_id", "document_on", "pk")
    first = found.distinct("customer_id").values_list("pk", flat=True)
    items = OpenItem.objects.filter(pk__in=list(first)).order_by("-document_on", "pk")
    older = [item for item in items if item.document_on < today - timedelta(days=31)]
    for said, item in zip(SAID, older, strict=False):
        on = today - timedelta(days=said.days)
        new = NewDispute(
            item.pk, said.reason, quantize(item.open_amount * said.share, item.currency), said.text
        )
        made = open_dispute(new, actor=staff[said.who], today=on)
        if said.end is not None:
            ended = on + timedelta(days=8)
            resolve_dispute(
                made.pk, state=said.end, outcome=said.outcome, actor=staff["ar_accountant"], today=ended
            )

"""What customers owe today, in base currency."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, Sum

from huikuan.ledger.models import OpenItem, Side

ZERO = Decimal(0)
BUCKETS: tuple[tuple[str, int | None, int | None], ...] = (
    ("not_due", None, 0),
    ("1-30", 1, 30),
    ("31-60", 31, 60),
    ("61-90", 61, 90),
    ("91-180", 91, 180),
    ("181-365", 181, 365),
    (">365", 366, None),
)


@dataclass(frozen=True)
class Balance:
    """Debts by bucket of days overdue, and credits not yet applied (positive)."""

    buckets: dict[str, Decimal]
    unallocated: Decimal = ZERO

    @property
    def gross(self) -> Decimal:
        return sum(self.buckets.values(), ZERO)

    @property
    def overdue(self) -> Decimal:
        return self.gross - self.buckets.get("not_due", ZERO)

    @property
    def net(self) -> Decimal:
        return self.gross - self.unallocated


NOTHING = Balance({name: ZERO for name, _from, _until in BUCKETS})


def balances(customer_ids: Collection[UUID], today: date) -> dict[UUID, Balance]:
    """The balances of these customers in one query; who owes nothing and has no credit is left out."""
    sums = {
        f"b{position}": Sum("open_base", filter=_in_bucket(low, high, today), default=ZERO)
        for position, (_name, low, high) in enumerate(BUCKETS)
    }
    rows = (
        OpenItem.objects.filter(customer_id__in=customer_ids, open_amount__gt=0, document_on__lte=today)
        .values("customer_id")
        .annotate(credit=Sum("open_base", filter=Q(side=Side.CREDIT), default=ZERO), **sums)
    )
    return {
        row["customer_id"]: Balance(
            {name: row[f"b{position}"] for position, (name, _from, _until) in enumerate(BUCKETS)},
            row["credit"],
        )
        for row in rows
    }


def _in_bucket(low: int | None, high: int | None, today: date) -> Q:
    """Debits whose days overdue lie within the bounds; without a due date nothing is due yet."""
    condition = Q(side=Side.DEBIT)
    if low is None:
        return condition & (Q(effective_due_on__isnull=True) | Q(effective_due_on__gte=today))
    condition &= Q(effective_due_on__lte=today - timedelta(days=low))
    if high is not None:
        condition &= Q(effective_due_on__gte=today - timedelta(days=high))
    return condition

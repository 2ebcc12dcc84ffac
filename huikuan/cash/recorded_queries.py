"""Money in the books that a line may be: receipts, advances, refunds and money in the pool that no line stands for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from huikuan.cash.banking import StatementLine
from huikuan.cash.models import UnidentifiedReceipt
from huikuan.cash.operations.linking import CAME_IN, WENT_OUT
from huikuan.cash.operations.spreading import base_currency
from huikuan.cash.queries import returned_receipts, standing_uses
from huikuan.ledger.models import Document, JournalLine

WITHIN = timedelta(days=45)
NEAR = Decimal("0.1")
MOST = 50


@dataclass(frozen=True, slots=True)
class Recorded:
    """One of them; `equal`: its amount is that of the line, so that it can be linked."""

    key: UUID
    number: str
    name: str
    on: date
    amount: Decimal
    reference: str
    pooled: bool
    equal: bool


def recorded_near(line: StatementLine, left: Decimal, words: str = "") -> list[Recorded]:
    """What was recorded on the account of the line's bank about its day, equal amounts and near days first.

    With `words` (a number, a name, the bank's reference) of any amount, else about the amount `left` of the line.
    """
    amounts = Q() if words else Q(amount__gte=left * (1 - NEAR), amount__lte=left * (1 + NEAR))
    found = [*_documents(line, amounts, words), *_pooled(line, amounts, words)]
    rows = [
        Recorded(key, number, name, on, amount, reference, pooled, amount == left)
        for key, number, name, on, amount, reference, pooled in found
    ]
    return sorted(
        rows,
        key=lambda row: (not row.equal, abs(row.on - line.booked_on), abs(row.amount - left), row.number),
    )[:MOST]


_Row = tuple[UUID, str, str, date, Decimal, str, bool]


def _documents(line: StatementLine, amounts: Q, words: str) -> list[_Row]:
    moved = JournalLine.objects.filter(
        entry__document_id=OuterRef("pk"), account_id=line.bank_account.account_id
    )
    named = Q(number__icontains=words) | Q(reference__icontains=words) | Q(customer__name__icontains=words)
    found = Document.objects.filter(
        amounts,
        named if words else Q(),
        Exists(moved),
        kind__in=CAME_IN if line.amount > 0 else WENT_OUT,
        currency=line.bank_account.currency,
        voided_by=None,
        document_on__range=(line.booked_on - WITHIN, line.booked_on + WITHIN),
    ).exclude(pk__in=standing_uses().exclude(document=None).values("document_id"))
    rows = found.select_related("customer").order_by("document_on", "pk")[: 4 * MOST]
    return [
        (row.pk, row.number, row.customer.name, row.document_on, row.amount, row.reference, False)
        for row in rows
    ]


def _pooled(line: StatementLine, amounts: Q, words: str) -> list[_Row]:
    if line.amount < 0:
        return []
    own = line.bank_account.currency == base_currency()
    moved = JournalLine.objects.filter(entry_id=OuterRef("entry_id"), account_id=line.bank_account.account_id)
    named = Q(number__icontains=words) | Q(bank_reference__icontains=words) | Q(payer__icontains=words)
    found = (
        UnidentifiedReceipt.objects.filter(
            amounts,
            named if words else Q(),
            Exists(moved),
            currency="" if own else line.bank_account.currency,
            received_on__range=(line.booked_on - WITHIN, line.booked_on + WITHIN),
        )
        .exclude(pk__in=standing_uses().exclude(unidentified=None).values("unidentified_id"))
        .exclude(pk__in=returned_receipts().values("pk"))
    )
    rows = found.order_by("received_on", "pk")[: 4 * MOST]
    return [
        (row.pk, row.number, row.payer, row.received_on, row.amount, row.bank_reference, True) for row in rows
    ]

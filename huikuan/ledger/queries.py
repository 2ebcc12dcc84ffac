"""Reads of the ledger: documents by number, what settles what."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from huikuan.core.errors import HuikuanError
from huikuan.ledger.models import Allocation, Document, OpenItem, Side
from huikuan.ledger.operations import AllocationRefused, NewAllocation


class UnknownDocument(HuikuanError):
    """No document, or more than one, has this number."""

    code = "unknown_document"


def document_by_number(number: str, *, debit: bool) -> Document:
    """The document of the debit (or credit) kinds called `number`; a voided one is not found."""
    side = Side.DEBIT if debit else Side.CREDIT
    ids = OpenItem.objects.filter(side=side, line=1).values("document_id")
    found = list(Document.objects.filter(number=number, voided_by=None, pk__in=ids)[:2])
    if not found:
        raise UnknownDocument(_("没有单号为 %s 的单据。") % number)
    if len(found) > 1:
        raise UnknownDocument(_("单号 %s 对应多张单据。") % number, code="ambiguous_document")
    return found[0]


def items_to_settle(document: Document) -> QuerySet[OpenItem]:
    """The open items of a document, earliest due first."""
    return OpenItem.objects.filter(document=document, open_amount__gt=0).order_by(
        F("effective_due_on").asc(nulls_last=True), "line"
    )


def spread_over_items(
    *, debit_document: Document, credit_document: Document, amount: Decimal, on: date
) -> list[NewAllocation]:
    """`amount` over the items of both documents, earliest due first on each side.

    Raises AllocationRefused when the open items of either do not cover it.
    """
    if amount <= 0:
        raise AllocationRefused(_("核销金额必须大于零。"), code="not_positive")
    debits, credits = list(items_to_settle(debit_document)), list(items_to_settle(credit_document))
    for document, items, code in (
        (debit_document, debits, "beyond_debit"),
        (credit_document, credits, "beyond_credit"),
    ):
        left = sum((item.open_amount for item in items), Decimal(0))
        if amount > left:
            raise AllocationRefused(
                _("核销金额 %(amount)s 超过 %(number)s 的未核销余额 %(open)s。")
                % {"amount": amount, "number": document.number, "open": left.normalize()},
                code=code,
            )
    allocations = []
    credit_left = {item.pk: item.open_amount for item in credits}
    for debit in debits:
        wanted = min(debit.open_amount, amount)
        amount -= wanted
        for credit in credits:
            part = min(wanted, credit_left[credit.pk])
            if part > 0:
                allocations.append(NewAllocation(debit.pk, credit.pk, part, on))
                credit_left[credit.pk] -= part
                wanted -= part
    return allocations


def active_allocations_between(
    *, debit_document: Document, credit_document: Document
) -> QuerySet[Allocation]:
    """Allocations between two documents that have not been reversed."""
    reversed_ids = Allocation.objects.filter(reverses__isnull=False).values("reverses_id")
    return Allocation.objects.filter(
        debit_item__document=debit_document, credit_item__document=credit_document, reverses__isnull=True
    ).exclude(pk__in=reversed_ids)

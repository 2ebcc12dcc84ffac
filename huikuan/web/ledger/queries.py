"""One document with everything that happened to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from django.db.models import F, Q, QuerySet, Sum

from huikuan.audit.models import Event
from huikuan.customers.models import Customer
from huikuan.ledger.models import Allocation, Document, JournalEntry, JournalLine, OpenItem, Revaluation, Side


@dataclass(frozen=True)
class Settlement:
    """An allocation seen from one document: the other document, and the row that undid it, if any."""

    row: Allocation
    other: Document
    own_item: OpenItem
    undone: Allocation | None

    @property
    def amount(self) -> Decimal:
        return Decimal(self.row.amount)


@dataclass(frozen=True)
class Entry:
    """A journal entry with its lines, in the organization's currency."""

    head: JournalEntry
    lines: list[JournalLine]

    @property
    def total(self) -> Decimal:
        return sum((line.debit for line in self.lines), Decimal(0))


@dataclass(frozen=True)
class DocumentFile:
    """A document, its instalments, what settled it, what it posted and its trail."""

    document: Document
    items: list[OpenItem]
    settlements: list[Settlement] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    trail: list[Event] = field(default_factory=list)

    @property
    def is_debit(self) -> bool:
        return bool(self.items) and self.items[0].side == Side.DEBIT

    @property
    def open_amount(self) -> Decimal:
        return sum((item.open_amount for item in self.items), Decimal(0))

    @property
    def open_base(self) -> Decimal:
        return sum((item.open_base for item in self.items), Decimal(0))


def visible_documents(visible: Collection[UUID] | None) -> QuerySet[Document]:
    """Documents of customers whose salesperson is among `visible`; None: all."""
    documents = Document.objects.select_related("customer", "salesperson", "act", "voided_by")
    return documents if visible is None else documents.filter(customer__salesperson_id__in=visible)


def document_file(document: Document, *, with_trail: bool) -> DocumentFile:
    """Everything about one document, in a fixed number of queries."""
    items = list(OpenItem.objects.filter(document=document).select_related("account").order_by("line"))
    settlements = _settlements(document)
    rows = [settlement.row.pk for settlement in settlements]
    rows += [settlement.undone.pk for settlement in settlements if settlement.undone]
    return DocumentFile(
        document=document,
        items=items,
        settlements=settlements,
        entries=_entries(document, rows),
        trail=_trail([document.pk, *rows]) if with_trail else [],
    )


def _settlements(document: Document) -> list[Settlement]:
    rows = list(
        Allocation.objects.filter(Q(debit_item__document=document) | Q(credit_item__document=document))
        .select_related("act", "debit_item__document__customer", "credit_item__document__customer")
        .order_by("effective_on", "act__recorded_at", "pk")
    )
    undone = {row.reverses_id: row for row in rows if row.reverses_id}
    settlements = []
    for row in rows:
        if row.reverses_id:
            continue
        own, other = row.debit_item, row.credit_item
        if own.document_id != document.pk:
            own, other = other, own
        settlements.append(Settlement(row, other.document, own, undone.get(row.pk)))
    return settlements


def _entries(document: Document, allocation_ids: Collection[UUID]) -> list[Entry]:
    of_document = Q(document=document) | Q(allocation_id__in=allocation_ids)
    if document.rate != 1:
        revalued = Revaluation.objects.filter(item__document=document, entry__isnull=False)
        of_document |= Q(pk__in=list(revalued.values_list("entry_id", flat=True)))
    heads = list(JournalEntry.objects.filter(of_document).order_by("effective_on", "pk"))
    lines: dict[UUID, list[JournalLine]] = defaultdict(list)
    found = JournalLine.objects.filter(entry_id__in=[head.pk for head in heads]).select_related("account")
    for line in found.order_by("entry_id", "position"):
        lines[line.entry_id].append(line)
    return [Entry(head, lines[head.pk]) for head in heads]


def _trail(record_ids: Collection[UUID]) -> list[Event]:
    return list(
        Event.objects.filter(record_id__in=record_ids)
        .select_related("act")
        .order_by("act__recorded_at", "pk")
    )


@dataclass(frozen=True)
class Counterpart:
    """A document on the other side that still has something open, and how much."""

    document: Document
    open_amount: Decimal


def counterparts(
    file: DocumentFile, visible: Collection[UUID] | None, *, limit: int = 200
) -> list[Counterpart]:
    """What may settle a document, or be settled by it: the same customer's first, then the group's; oldest first."""
    document = file.document
    customer = document.customer
    group = customer.parent_id or customer.pk
    family = Customer.objects.filter(Q(pk=group) | Q(parent_id=group)).values("pk")
    side = Side.CREDIT if file.is_debit else Side.DEBIT
    sums = dict(
        OpenItem.objects.filter(
            side=side, currency=document.currency, open_amount__gt=0, customer_id__in=family
        )
        .values_list("document_id")
        .annotate(open=Sum("open_amount"))
        .order_by(F("open").desc())[:limit]
    )
    found = visible_documents(visible).filter(pk__in=sums, voided_by=None).order_by("document_on", "pk")
    each = [Counterpart(found_document, sums[found_document.pk]) for found_document in found]
    return sorted(each, key=lambda other: other.document.customer_id != customer.pk)

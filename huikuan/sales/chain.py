"""The whole chain of a document: what it came from and what came of it, stage by stage."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, Sum

from huikuan.ledger.models import Allocation, Document, Kind
from huikuan.sales.contracts import Contract, PlanBilling, TaxInvoice, TaxInvoiceLink
from huikuan.sales.models import Delivery, Invoice, InvoiceLine, Order

CONTRACT = "contract"
ORDER = "order"
DELIVERY = "delivery"
DOCUMENT = "document"
TAX_INVOICE = "tax_invoice"
INVOICE_STAGE = "invoice"
CREDIT_STAGE = "credit_note"
RECEIPT_STAGE = "receipt"
DEBITS = (Kind.INVOICE.value, Kind.DEBIT_NOTE.value)
SHOWN = 4
MOST = 200


@dataclass(frozen=True)
class Link:
    """One document of a chain. `kind`: contract, order, delivery, document or tax_invoice."""

    kind: str
    id: UUID
    number: str
    on: date
    amount: Decimal | None
    currency: str
    document_kind: str = ""


@dataclass(frozen=True)
class Stage:
    """The documents of one stage, the earliest first; `more` of them are not listed."""

    name: str
    links: tuple[Link, ...]
    more: int = 0


@dataclass(frozen=True)
class Chain:
    """All stages that have documents: contract, order, delivery, invoice, credit note, tax invoice, receipt."""

    stages: tuple[Stage, ...]
    document_ids: tuple[UUID, ...]


def chain_of(kind: str, key: UUID, *, shown: int = SHOWN) -> Chain:
    """The chain of a contract, order, delivery, tax invoice, or document of the ledger (receipts too).

    Its middle are the receivables that the document belongs to; at most 200 of them are followed.
    """
    middle = _receivables(kind, key)
    invoices = list(Invoice.objects.filter(document_id__in=middle).values_list("pk", "order_id"))
    contracts = _own(kind, key, CONTRACT) | set(
        PlanBilling.objects.filter(invoice__document_id__in=middle).values_list(
            "line__contract_id", flat=True
        )
    )
    deliveries = _own(kind, key, DELIVERY) | _deliveries_of([pk for pk, _order in invoices])
    orders = _own(kind, key, ORDER) | {order for _pk, order in invoices if order}
    orders |= set(Delivery.objects.filter(pk__in=deliveries).values_list("order_id", flat=True))
    orders |= set(
        Contract.objects.filter(pk__in=contracts, order__isnull=False).values_list("order_id", flat=True)
    )
    if kind == ORDER:
        deliveries |= set(
            Delivery.objects.filter(order_id=key, voided=False).values_list("pk", flat=True)[:MOST]
        )
        contracts |= set(Contract.objects.filter(order_id=key).values_list("pk", flat=True))
    credits = _credits_of(middle) | (_own(kind, key, DOCUMENT) - set(middle))
    documents = list(Document.objects.filter(pk__in=[*middle, *credits]).order_by("document_on", "number"))
    tax = _own(kind, key, TAX_INVOICE) | _tax_invoices_of([*middle, *credits])
    stages = (
        _stage(CONTRACT, Contract.objects.filter(pk__in=contracts).order_by("signed_on", "number"), shown),
        _stage(ORDER, Order.objects.filter(pk__in=orders).order_by("ordered_on", "number"), shown),
        _stage(
            DELIVERY, Delivery.objects.filter(pk__in=deliveries).order_by("delivered_on", "number"), shown
        ),
        _stage(INVOICE_STAGE, [each for each in documents if each.kind in DEBITS], shown),
        _stage(CREDIT_STAGE, [each for each in documents if each.kind == Kind.CREDIT_NOTE], shown),
        _stage(TAX_INVOICE, TaxInvoice.objects.filter(pk__in=tax).order_by("issued_on", "number"), shown),
        _stage(
            RECEIPT_STAGE,
            [each for each in documents if each.kind not in DEBITS and each.kind != Kind.CREDIT_NOTE],
            shown,
        ),
    )
    return Chain(tuple(stage for stage in stages if stage.links), tuple(each.pk for each in documents))


def _own(kind: str, key: UUID, wanted: str) -> set[UUID]:
    return {key} if kind == wanted else set()


def _receivables(kind: str, key: UUID) -> list[UUID]:
    """The invoices and debit notes, as documents, that the document belongs to."""
    found: Iterable[UUID | None]
    if kind == CONTRACT:
        rows = PlanBilling.objects.filter(line__contract_id=key).exclude(invoice__state="void")
        found = rows.values_list("invoice__document_id", flat=True)
    elif kind == ORDER:
        rows_of_order = Invoice.objects.filter(order_id=key, kind="invoice").exclude(state="void")
        found = rows_of_order.values_list("document_id", flat=True)
    elif kind == DELIVERY:
        lines = InvoiceLine.objects.filter(delivery_line__delivery_id=key).exclude(invoice__state="void")
        found = lines.values_list("invoice__document_id", flat=True)
    elif kind == TAX_INVOICE:
        links = TaxInvoiceLink.objects.filter(tax_invoice_id=key, ended_act=None)
        found = [
            each
            for document in links.values_list("document_id", flat=True)
            for each in _of_document(document)
        ]
    else:
        found = _of_document(key)
    return sorted({each for each in found if each is not None})[:MOST]


def _of_document(key: UUID) -> list[UUID]:
    """The receivable that a document is, takes back, or settles."""
    document = Document.objects.filter(pk=key).values_list("kind", flat=True).first()
    if document in DEBITS:
        return [key]
    settled = _pairs(credit_item__document_id=key).values_list("debit_item__document_id", flat=True)
    originals = Invoice.objects.filter(document_id=key, original__isnull=False)
    return [*settled[:MOST], *originals.values_list("original__document_id", flat=True)]


def _pairs(**wanted: Any) -> QuerySet[Any, Any]:
    """What still settles what, by documents: reversed allocations sum to nothing."""
    rows = Allocation.objects.filter(**wanted).order_by()
    return (
        rows.values("debit_item__document_id", "credit_item__document_id")
        .annotate(settled=Sum("amount"))
        .filter(settled__gt=0)
    )


def _credits_of(middle: Collection[UUID]) -> set[UUID]:
    settled = _pairs(debit_item__document_id__in=middle).values_list("credit_item__document_id", flat=True)
    notes = Invoice.objects.filter(original__document_id__in=middle, state="posted")
    found = {*settled[:MOST], *notes.values_list("document_id", flat=True)}
    return {each for each in found if each is not None}


def _deliveries_of(invoices: Collection[UUID]) -> set[UUID]:
    lines = InvoiceLine.objects.filter(invoice_id__in=invoices, delivery_line__isnull=False)
    return set(lines.values_list("delivery_line__delivery_id", flat=True).distinct())


def _tax_invoices_of(documents: Collection[UUID]) -> set[UUID]:
    links = TaxInvoiceLink.objects.filter(document_id__in=documents, ended_act=None)
    return set(links.values_list("tax_invoice_id", flat=True))


def _stage(name: str, found: Iterable[Any], shown: int) -> Stage:
    rows = list(found)
    return Stage(name, tuple(_link(row) for row in rows[:shown]), max(len(rows) - shown, 0))


def _link(row: Any) -> Link:
    match row:
        case Contract():
            return Link(CONTRACT, row.pk, row.number, row.signed_on, row.amount, row.currency)
        case Order():
            return Link(ORDER, row.pk, row.number, row.ordered_on, row.amount, row.currency)
        case Delivery():
            return Link(DELIVERY, row.pk, row.number, row.delivered_on, None, "")
        case TaxInvoice():
            return Link(
                TAX_INVOICE, row.pk, row.number, row.issued_on, -row.total if row.red else row.total, "CNY"
            )
        case _:
            return Link(DOCUMENT, row.pk, row.number, row.document_on, row.amount, row.currency, row.kind)

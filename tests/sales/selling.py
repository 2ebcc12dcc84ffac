"""A small vocabulary for tests of sales: lines, drafts, posted invoices by text amounts."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from huikuan.ledger.models import Document, OpenItem
from huikuan.sales.models import Invoice, InvoiceLine
from huikuan.sales.operations import (
    BillingRun,
    CreditLine,
    NewCredit,
    NewDelivery,
    NewInvoice,
    NewLine,
    NewOrder,
    RecordedOrder,
    bill_deliveries,
    create_orders,
    draft_credit_notes,
    draft_invoices,
    post_invoices,
    record_deliveries,
)
from tests.trade import Books, day


def line(quantity: str, price: str, *, text: str = "机加工件", **values: Any) -> NewLine:
    return NewLine(quantity=Decimal(quantity), unit_price=Decimal(price), description=text, **values)


@dataclass
class Selling:
    """Sales of one organization, spoken to in lines and text amounts."""

    books: Books

    def draft(self, *lines: NewLine, on: str = "2026-05-20", customer: str = "C1", **values: Any) -> UUID:
        new = NewInvoice(
            customer_id=self.books.customer(customer).pk, invoice_on=day(on), lines=lines, **values
        )
        return draft_invoices([new], actor=self.books.actor)[0]

    def post(self, *keys: UUID) -> list[Document]:
        posted = post_invoices(keys, actor=self.books.actor, today=self.books.today)
        documents = {document.pk: document for document in Document.objects.all()}
        return [documents[each.document_id] for each in posted]

    def invoice(self, *lines: NewLine, **values: Any) -> Invoice:
        key = self.draft(*lines, **values)
        self.post(key)
        return Invoice.objects.get(pk=key)

    def credit(self, invoice: Invoice, *parts: tuple[int, dict[str, str]], on: str = "2026-06-01") -> UUID:
        """A draft against lines by their position: (1, {"quantity": "1"})."""
        lines = {each.position: each.pk for each in InvoiceLine.objects.filter(invoice=invoice)}
        asked = [
            CreditLine(lines[position], **{name: Decimal(text) for name, text in values.items()})
            for position, values in parts
        ]
        new = NewCredit(invoice.pk, day(on), asked, "退货")
        return draft_credit_notes([new], actor=self.books.actor)[0]

    def items(self, document: Document) -> list[tuple[str, str]]:
        """The instalments of a document: (amount, due date)."""
        found = OpenItem.objects.filter(document=document).order_by("line")
        return [(f"{item.amount:.2f}", str(item.due_on)) for item in found]

    def order(
        self, *lines: NewLine, on: str = "2026-05-01", customer: str = "C1", **values: Any
    ) -> RecordedOrder:
        new = NewOrder(
            customer_id=self.books.customer(customer).pk, ordered_on=day(on), lines=lines, **values
        )
        return create_orders([new], actor=self.books.actor, today=self.books.today)[0]

    def deliver(self, order: RecordedOrder, *quantities: str, on: str = "2026-05-10") -> UUID:
        """Deliver quantities of the order's lines, by their order; "" leaves a line out."""
        lines = [(key, Decimal(text)) for key, text in zip(order.line_ids, quantities, strict=False) if text]
        new = NewDelivery(order_id=order.id, delivered_on=day(on), lines=lines)
        return record_deliveries([new], actor=self.books.actor, today=self.books.today)[0].id

    def bill(self, *, on: str = "2026-05-31", **values: Any) -> BillingRun:
        values.setdefault("until", day(on))
        return bill_deliveries(on=day(on), actor=self.books.actor, today=self.books.today, **values)

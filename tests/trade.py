"""A small vocabulary for tests: record documents by number, allocate by number, read balances and entries."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from huikuan.customers.models import Customer
from huikuan.ledger.models import Allocation, Document, JournalLine, OpenItem
from huikuan.ledger.operations import (
    NewAllocation,
    NewDocument,
    NewRate,
    Revalued,
    allocate,
    record_advances,
    record_credit_notes,
    record_invoices,
    record_rates,
    record_receipts,
    refund,
    revalue,
    reverse_allocations,
    undo_revaluation,
    write_off,
)


def day(text: str) -> date:
    return date.fromisoformat(text)


@dataclass
class Books:
    """One organization's books, spoken to in document numbers and text amounts."""

    organization: Any
    actor: Any
    today: date
    customers: dict[str, Customer] = field(default_factory=dict)

    def customer(self, code: str = "C1", **values: Any) -> Customer:
        if code not in self.customers:
            values.setdefault("name", f"客户{code}")
            self.customers[code] = Customer.objects.create(
                organization_id=self.organization.pk, code=code, **values
            )
        return self.customers[code]

    def _document(
        self, number: str, on: str, amount: str, due: str | None, customer: str, **values: Any
    ) -> NewDocument:
        return NewDocument(
            customer_id=self.customer(customer).pk,
            number=number,
            document_on=day(on),
            amount=Decimal(amount),
            due_on=day(due) if due else None,
            **values,
        )

    def invoice(
        self,
        number: str,
        on: str,
        amount: str,
        *,
        due: str | None = None,
        tax: str = "0",
        customer: str = "C1",
        **values: Any,
    ) -> Document:
        new = self._document(number, on, amount, due or on, customer, tax=Decimal(tax), **values)
        [recorded] = record_invoices([new], actor=self.actor)
        return Document.objects.get(pk=recorded.id)

    def credit_note(
        self, number: str, on: str, amount: str, *, tax: str = "0", customer: str = "C1", **values: Any
    ) -> Document:
        new = self._document(number, on, amount, on, customer, tax=Decimal(tax), **values)
        [recorded] = record_credit_notes([new], actor=self.actor)
        return Document.objects.get(pk=recorded.id)

    def receipt(self, number: str, on: str, amount: str, *, customer: str = "C1", **values: Any) -> Document:
        [recorded] = record_receipts(
            [self._document(number, on, amount, on, customer, **values)], actor=self.actor
        )
        return Document.objects.get(pk=recorded.id)

    def advance(self, number: str, on: str, amount: str, *, customer: str = "C1", **values: Any) -> Document:
        [recorded] = record_advances(
            [self._document(number, on, amount, on, customer, **values)], actor=self.actor
        )
        return Document.objects.get(pk=recorded.id)

    def item(self, number: str, line: int = 1) -> OpenItem:
        return OpenItem.objects.get(document__number=number, document__voided_by=None, line=line)

    def allocate(self, credit: str, debit: str, amount: str, on: str) -> None:
        new = NewAllocation(self.item(debit).pk, self.item(credit).pk, Decimal(amount), day(on))
        allocate([new], actor=self.actor, today=self.today)

    def unallocate(self, credit: str, debit: str, on: str) -> None:
        undone = Allocation.objects.exclude(reverses=None).values("reverses_id")
        ids = Allocation.objects.filter(
            debit_item=self.item(debit), credit_item=self.item(credit), reverses=None
        ).exclude(pk__in=undone)
        reverse_allocations(
            list(ids.values_list("pk", flat=True)), effective_on=day(on), actor=self.actor, today=self.today
        )

    def write_off(self, number: str, on: str, amount: str | None = None, reason: str = "客户注销") -> None:
        write_off(
            document_id=Document.objects.get(number=number).pk,
            amount=Decimal(amount) if amount else None,
            effective_on=day(on),
            reason=reason,
            actor=self.actor,
            today=self.today,
        )

    def refund(self, number: str, on: str, amount: str | None = None) -> None:
        refund(
            document_id=Document.objects.get(number=number).pk,
            amount=Decimal(amount) if amount else None,
            effective_on=day(on),
            reason="多付退回",
            actor=self.actor,
            today=self.today,
        )

    def rate(self, currency: str, on: str, rate: str) -> None:
        record_rates([NewRate(currency, day(on), Decimal(rate))], actor=self.actor)

    def revalue(self, month: str) -> Revalued:
        return revalue(month=day(f"{month}-01"), actor=self.actor, today=self.today)

    def undo_revaluation(self, month: str) -> Revalued:
        return undo_revaluation(month=day(f"{month}-01"), actor=self.actor, reason="汇率有误")

    def open(self, number: str) -> Decimal:
        items = OpenItem.objects.filter(document__number=number, document__voided_by=None)
        return sum((item.open_amount for item in items), Decimal(0))

    def carried(self, number: str) -> Decimal:
        """What the books hold of the open items of a document."""
        items = OpenItem.objects.filter(document__number=number, document__voided_by=None)
        return sum((item.open_base for item in items), Decimal(0))

    def entries(self, event: str) -> list[str]:
        """The lines of the entries of an event, such as `D1122 113000.00`, in the order they were written."""
        lines = (
            JournalLine.objects.filter(entry__event=event)
            .order_by("entry_id", "position")
            .values_list("account__code", "debit", "credit")
        )
        return [f"D{code} {debit:.2f}" if debit else f"C{code} {credit:.2f}" for code, debit, credit in lines]

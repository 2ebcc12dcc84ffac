"""The state of the ledger at any moment worked out row by row, straight from the rows and the definitions."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from huikuan.audit.models import Act
from huikuan.customers.models import Customer, CustomerChange, Salesperson
from huikuan.ledger.models import Allocation, ItemChange, OpenItem, Revaluation
from huikuan.ledger.rules import Basis, aging_buckets
from huikuan.reports.aging import By

Figures = dict[str, Decimal]


@dataclass
class PlainState:
    """One moment of one organization; `known_at` None: everything is known."""

    organization: Any
    as_of: date
    known_at: datetime | None

    def __post_init__(self) -> None:
        self.recorded = dict(Act.objects.values_list("pk", "recorded_at"))

    def known(self, row: Any, effective_on: date) -> bool:
        if self.known_at is None:
            return True
        live_on = self.organization.live_on
        if live_on and effective_on < live_on:
            return effective_on <= self.known_at.astimezone(ZoneInfo(self.organization.time_zone)).date()
        return bool(self.recorded[row.act_id] <= self.known_at)

    def counts(self, row: Any, effective_on: date) -> bool:
        return effective_on <= self.as_of and self.known(row, effective_on)

    def items(self) -> list[tuple[Any, Decimal, Decimal]]:
        """(item as it was known, open amount, open base) of the items that were open."""
        allocations = [row for row in Allocation.objects.all() if self.counts(row, row.effective_on)]
        revaluations = [row for row in Revaluation.objects.all() if self.counts(row, row.effective_on)]
        found = []
        for item in OpenItem.objects.select_related("document"):
            if not self.counts(item, item.document_on):
                continue
            amount = item.amount - sum(
                row.amount for row in allocations if item.pk in (row.debit_item_id, row.credit_item_id)
            )
            base = item.base_amount - sum(
                row.debit_base if row.debit_item_id == item.pk else row.credit_base
                for row in allocations
                if item.pk in (row.debit_item_id, row.credit_item_id)
            )
            base += sum(row.base_change for row in revaluations if row.item_id == item.pk)
            if amount or base:
                found.append((self.as_known(item), amount, base))
        return found

    def as_known(self, item: OpenItem) -> OpenItem:
        if self.known_at is None:
            return item
        later = [
            change
            for change in ItemChange.objects.filter(item=item)
            if self.recorded[change.act_id] > self.known_at
        ]
        if later:
            first = min(later, key=lambda change: (self.recorded[change.act_id], change.pk))
            item.effective_due_on, item.due_on = first.effective_due_on, first.due_on
            item.salesperson_id = first.salesperson_id
        return item

    def customer(self, customer: Customer) -> tuple[Any, str]:
        """(parent's id, region) at the moment."""
        unknown = [
            change
            for change in CustomerChange.objects.filter(customer=customer)
            if not self.counts(change, change.effective_on)
        ]
        if unknown:
            first = min(unknown, key=lambda change: (self.recorded[change.act_id], change.pk))
            return first.parent_id, first.region
        return customer.parent_id, customer.region

    def keys(self, by: By) -> Any:
        """A function from an item to the key of its row."""
        customers = {customer.pk: customer for customer in Customer.objects.all()}
        sellers = {person.pk: person.code for person in Salesperson.objects.all()}
        parties = {key: self.customer(customer) for key, customer in customers.items()}

        def key(item: Any) -> str:
            parent, region = parties[item.customer_id]
            return str(
                {
                    By.CUSTOMER: customers[item.customer_id].code,
                    By.GROUP: customers[parent or item.customer_id].code,
                    By.SALESPERSON: sellers.get(item.salesperson_id, ""),
                    By.REGION: region,
                    By.CURRENCY: item.currency,
                    By.NONE: "",
                }[by]
            )

        return key

    def aging(self, by: By, basis: Basis, bounds: tuple[int, ...]) -> dict[str, Figures]:
        """The figures that are not zero, by key of the row."""
        key = self.keys(by)
        rows: dict[str, Figures] = defaultdict(lambda: defaultdict(Decimal))
        for item, amount, base in self.items():
            measure = amount if by is By.CURRENCY else base
            row = rows[key(item)]
            if item.side < 0:
                row["unallocated"] -= measure
                row["net"] -= measure
            elif item.effective_due_on is None:
                row["untriggered"] += measure
            else:
                aged = item.effective_due_on if basis is Basis.DUE else item.document_on
                [name] = [b.name for b in aging_buckets(self.as_of, basis, bounds) if b.holds(aged)]
                row[name] += measure
                row["gross"] += measure
                row["net"] += measure
        return {name: {cell: value for cell, value in row.items() if value} for name, row in rows.items()}

"""A company in which anything may happen: random acts, and the moments between them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.models import Customer, Salesperson
from huikuan.customers.operations import CustomerFacts, change_customers
from huikuan.ledger.models import Allocation, OpenItem
from huikuan.ledger.operations import (
    ItemFacts,
    NewAllocation,
    NewDocument,
    NewRate,
    allocate,
    change_items,
    record_advances,
    record_credit_notes,
    record_invoices,
    record_rates,
    record_receipts,
    revalue,
    reverse_allocations,
    undo_revaluation,
)
from huikuan.reports.moments import moment
from tests.conftest import make_organization

FIRST, TODAY = date(2026, 1, 1), date(2026, 12, 31)
CODES = ("C1", "C2", "C3")


def items_in_order() -> QuerySet[OpenItem]:
    """By number: as they lie in their table they come in an order in which other tests have a part, and chance chooses others."""
    return OpenItem.objects.order_by("document__number", "line")


class Trader:
    """Does random acts; refused ones leave nothing behind. Remembers the moments between them."""

    def __init__(self, organization: Any, actor: Any, seed: int) -> None:
        self.organization, self.actor = organization, actor
        self.random = random.Random(seed)
        self.sellers = [
            Salesperson.objects.create(organization_id=organization.pk, code=code, name=code)
            for code in ("S1", "S2")
        ]
        self.customers = [
            Customer.objects.create(organization_id=organization.pk, code=code, name=code, region=region)
            for code, region in zip(CODES, ("华东", "", "华东"), strict=True)
        ]
        self.moments: list[datetime | None] = [None]
        self.number = 0

    def day(self, first: date = FIRST) -> date:
        return first + timedelta(days=self.random.randint(0, (TODAY - first).days))

    def act(self) -> None:
        """One act, most of them documents and allocations."""
        acts = (
            self.record, self.record, self.settle, self.settle, self.undo, self.agree, self.move, self.close,
        )  # fmt: skip
        try:
            with transaction.atomic():
                self.random.choice(acts)()
        except HuikuanError:
            return
        self.moments.append(moment(TODAY).known_at)

    def record(self) -> None:
        operation = self.random.choice(
            (
                record_invoices,
                record_invoices,
                record_invoices,
                record_receipts,
                record_credit_notes,
                record_advances,
            )
        )
        on = self.day()
        foreign = self.random.random() < 0.4
        self.number += 1
        document = NewDocument(
            customer_id=self.random.choice(self.customers).pk,
            document_on=on,
            number=f"N{self.number}",
            amount=Decimal(self.random.randint(1, 9999)) / 100,
            currency="USD" if foreign else "",
            rate=Decimal(self.random.randint(50000, 90000)) / 10000 if foreign else None,
            due_on=None if self.random.random() < 0.1 else on + timedelta(days=self.random.randint(0, 200)),
            salesperson_id=self.random.choice([None, *(seller.pk for seller in self.sellers)]),
        )
        operation([document], actor=self.actor)

    def settle(self) -> None:
        pairs = [
            (debit, credit)
            for debit in items_in_order().filter(side=1, open_amount__gt=0)
            for credit in items_in_order().filter(side=-1, open_amount__gt=0)
            if debit.currency == credit.currency and debit.customer_id == credit.customer_id
        ]
        if not pairs:
            return
        debit, credit = self.random.choice(pairs)
        most = min(debit.open_amount, credit.open_amount)
        amount = (
            most if self.random.random() < 0.5 else max(Decimal("0.01"), (most / 3).quantize(Decimal("0.01")))
        )
        on = self.day(max(debit.document_on, credit.document_on))
        allocate([NewAllocation(debit.pk, credit.pk, amount, on)], actor=self.actor, today=TODAY)

    def undo(self) -> None:
        rows = list(
            Allocation.objects.filter(reverses=None).order_by(
                "debit_item__document__number", "credit_item__document__number", "effective_on", "amount"
            )
        )
        if rows:
            row = self.random.choice(rows)
            on = self.day(row.effective_on)
            reverse_allocations([row.pk], effective_on=on, actor=self.actor, today=TODAY)

    def agree(self) -> None:
        items = list(items_in_order())
        if items:
            due = self.day()
            seller = self.random.choice([None, *(seller.pk for seller in self.sellers)])
            facts = ItemFacts(self.random.choice(items).pk, due, due, seller)
            change_items([facts], actor=self.actor, reason="另行约定")

    def close(self) -> None:
        month = self.day()
        if self.random.random() < 0.3:
            undo_revaluation(month=month, actor=self.actor, reason="汇率有误")
            return
        per = Decimal(self.random.randint(50000, 90000)) / 10000
        record_rates([NewRate("USD", month.replace(day=1), per)], actor=self.actor)
        revalue(month=month, actor=self.actor, today=TODAY)

    def move(self) -> None:
        customer = Customer.objects.get(code=self.random.choice(CODES[1:]))
        facts = CustomerFacts(
            customer.code,
            region=self.random.choice(("华东", "华南", "")),
            parent_id=self.random.choice((None, self.customers[0].pk)),
        )
        change_customers([(customer, facts)], actor=self.actor, effective_on=self.day())


@contextmanager
def company(actor: Any, seed: int, acts: int, live_on: date | None) -> Iterator[Trader]:
    """A new organization in which some acts were done; it vanishes afterwards."""
    with transaction.atomic():
        organization = make_organization(actor, live_on=live_on)
        with tenant(organization.pk):
            trader = Trader(organization, actor, seed)
            for _each in range(acts):
                trader.act()
            yield trader
        transaction.set_rollback(True)

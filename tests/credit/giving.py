"""A small vocabulary for tests of credit: limits, orders that ask for credit, in text amounts."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from huikuan.credit.models import Limit, Reservation
from huikuan.credit.operations import (
    Asked,
    Decision,
    NewLimit,
    NewSecurity,
    check_credit,
    record_security,
    reserve_credit,
    set_limit,
)
from tests.trade import Books, day


@dataclass
class Giving:
    """Credit of one organization."""

    books: Books

    def limit(self, amount: str, *, customer: str = "C1", on: str = "2026-01-01", **values: Any) -> Limit:
        new = NewLimit(
            customer_id=self.books.customer(customer).pk,
            amount=Decimal(amount),
            starts_on=day(on),
            reason=values.pop("reason", "年度授信"),
            **values,
        )
        return set_limit(new, actor=self.books.actor, today=self.books.today)

    def security(self, amount: str, *, until: str, customer: str = "C1", **values: Any) -> Any:
        new = NewSecurity(
            customer_id=self.books.customer(customer).pk,
            kind=values.pop("kind", "collateral"),
            description="厂房抵押",
            amount=Decimal(amount),
            starts_on=day(values.pop("on", "2026-01-01")),
            expires_on=day(until),
            **values,
        )
        return record_security(new, actor=self.books.actor, today=values.pop("today", self.books.today))

    def asked(self, reference: str, amount: str, *, customer: str = "C1", **values: Any) -> Asked:
        key = self.books.customer(customer).pk
        return Asked(customer_id=key, amount=Decimal(amount), reference=reference, **values)

    def reserve(self, reference: str, amount: str, **values: Any) -> Decision:
        asked = [self.asked(reference, amount, **values)]
        return reserve_credit(asked, actor=self.books.actor, today=self.books.today)[0]

    def check(self, amount: str, *, reference: str = "", **values: Any) -> Decision:
        asked = self.asked(reference, amount, **values)
        return check_credit(asked, actor=self.books.actor, today=self.books.today)

    def reserved(self, customer: str = "C1") -> Decimal:
        rows = Reservation.objects.filter(customer=self.books.customer(customer), state="held")
        return sum((row.remaining for row in rows), Decimal(0))

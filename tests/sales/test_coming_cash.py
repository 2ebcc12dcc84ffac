"""What orders and billing plans will bring: only what is not invoiced, when it is expected, and due by the terms."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from huikuan.customers.models import PaymentTerm
from huikuan.customers.rules import term_from_days
from huikuan.risk.payments.planned import planned_debts
from huikuan.sales.coming_cash import ComingDebt, coming_debts
from tests.sales.agreeing import bill, happened, plan_line, sign
from tests.sales.selling import Selling, line

pytestmark = pytest.mark.django_db


def said(found: list[ComingDebt]) -> list[tuple[str, str, date, date]]:
    return [(each.kind, f"{each.amount:.2f}", each.issue_on, each.due_on) for each in found]


def thirty_days(books: Any) -> PaymentTerm:
    return PaymentTerm.objects.create(
        organization_id=books.organization.pk, code="N30", name="30 天", rule=term_from_days(30).to_data()
    )


def test_an_order_until_it_is_invoiced(selling: Selling) -> None:
    """Half delivered: what was delivered comes with the next invoice, the rest as long after the order as usual."""
    books, today = selling.books, selling.books.today
    books.customer(term_id=thirty_days(books).pk)
    order = selling.order(line("10", "100"), on=str(today - timedelta(days=2)))
    tomorrow = today + timedelta(days=1)
    assert said(coming_debts(today)) == [("order", "1130.00", tomorrow, tomorrow + timedelta(days=30))]
    selling.deliver(order, "5", on=str(today))
    assert (
        sorted(said(coming_debts(today)))
        == [("order", "565.00", tomorrow, tomorrow + timedelta(days=30))] * 2
    )
    selling.bill(on=str(today))
    [left] = coming_debts(today)
    assert (left.amount, left.number) == (Decimal("565.00"), order.number)


def test_an_advance_is_not_expected_again(selling: Selling) -> None:
    books, today = selling.books, selling.books.today
    selling.order(line("10", "100"), on=str(today))
    books.advance("A1", str(today), "1000.00")
    assert [each.amount for each in planned_debts(today)] == [Decimal("130.00")]
    books.advance("A2", str(today), "500.00")
    assert planned_debts(today) == []


def test_a_plan_brings_what_has_a_day(books: Any) -> None:
    """Lines with a day, and those whose milestone has come; what waits for acceptance brings nothing yet."""
    today = books.today
    later = today + timedelta(days=40)
    contract = sign(
        books,
        plan_line("date", "30%", name="预付款", bill_on=str(today)),
        plan_line("date", "30%", name="进度款", bill_on=str(later), days=15),
        plan_line("milestone", "40%", name="验收款", milestone="验收", days=30),
        amount="100000.00",
        on=str(today - timedelta(days=5)),
    )
    tomorrow = today + timedelta(days=1)
    assert said(coming_debts(today)) == [
        ("plan", "30000.00", tomorrow, tomorrow),
        ("plan", "30000.00", later, later + timedelta(days=15)),
    ]
    bill(books, str(today))
    assert said(coming_debts(today)) == [("plan", "30000.00", later, later + timedelta(days=15))]
    happened(books, contract, "验收", str(today))
    assert ("plan", "40000.00", tomorrow, today + timedelta(days=30)) in said(coming_debts(today))

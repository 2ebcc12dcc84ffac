"""An order that belongs to a contract is billed by the plan, never by its deliveries as well."""

from __future__ import annotations

from typing import Any

import pytest

from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import tenant
from huikuan.sales.contracts import Contract
from huikuan.sales.errors import SalesRefused
from huikuan.sales.models import Invoice, OrderLine
from huikuan.sales.operations import bill_deliveries, cancel_contract, void_drafts
from huikuan.sales.queries import billing_preview, contracts_of_orders, delivered_not_invoiced
from tests.conftest import TODAY, make_organization
from tests.ledger.checking import assert_nothing_broken, check
from tests.ledger.test_races import at_once, books_of
from tests.sales.agreeing import bill, plan_line, sign
from tests.sales.selling import Selling, line
from tests.superuser import superuser
from tests.trade import Books, day

MAY_END = day("2026-05-31")
TWO = (
    plan_line("date", "40%", name="预付款", bill_on="2026-05-01"),
    plan_line("milestone", "60%", name="验收款", milestone="验收", days=30),
)


def ordered(selling: Selling) -> Any:
    """An order of 1,130 with tax, delivered in May."""
    order = selling.order(line("10", "100"))
    selling.deliver(order, "4")
    return order


def for_order(books: Books, order: Any, **values: Any) -> Contract:
    return sign(books, *TWO, amount="1130.00", on="2026-05-01", order_id=order.id, **values)


@pytest.mark.django_db
class TestWhoBills:
    def test_deliveries_are_left_to_the_plan(self, selling: Selling) -> None:
        order, other = ordered(selling), ordered(selling)
        contract = for_order(selling.books, order)
        assert contracts_of_orders([order.id, other.id]) == {order.id: contract}
        assert [row.orders for row in billing_preview(until=MAY_END, per_order=True)] == [1]
        assert [row.order_id for row in delivered_not_invoiced(as_of=MAY_END)] == [other.id]
        run = selling.bill()
        assert [each.order_id for each in Invoice.objects.filter(order__isnull=False)] == [other.id]
        assert run.invoices == 1
        bill(selling.books, "2026-05-31")
        assert OrderLine.objects.get(order_id=order.id).billed == 0
        assert_nothing_broken(selling.books.organization)

    def test_asked_for_by_name_the_order_is_refused(self, selling: Selling) -> None:
        order = ordered(selling)
        contract = for_order(selling.books, order)
        with pytest.raises(SalesRefused, match=contract.number) as refused:
            selling.bill(order_ids=[order.id])
        assert refused.value.code == "order_of_contract"

    def test_what_deliveries_billed_cannot_be_signed_for(self, selling: Selling) -> None:
        order = ordered(selling)
        draft = selling.bill(post=False).drafts
        with pytest.raises(SalesRefused, match="按发货开过票") as refused:
            for_order(selling.books, order)
        assert refused.value.code == "order_billed_by_deliveries"
        void_drafts(draft, actor=selling.books.actor, reason="改由合同开票")
        assert for_order(selling.books, order).order_id == order.id

    def test_an_order_belongs_to_one_contract(self, selling: Selling) -> None:
        order = ordered(selling)
        first = for_order(selling.books, order)
        with pytest.raises(SalesRefused, match=first.number):
            for_order(selling.books, order)

    def test_a_contract_that_ended_unbilled_lets_its_order_go(self, selling: Selling) -> None:
        order = ordered(selling)
        contract = for_order(selling.books, order)
        cancel_contract(
            contract.pk, revision=contract.revision, reason="改签", actor=selling.books.actor, today=TODAY
        )
        assert contracts_of_orders([order.id]) == {}
        assert selling.bill(order_ids=[order.id]).invoices == 1
        assert_nothing_broken(selling.books.organization)

    def test_one_that_ended_after_billing_keeps_it(self, selling: Selling) -> None:
        order = ordered(selling)
        contract = for_order(selling.books, order)
        bill(selling.books, "2026-05-31")
        contract.refresh_from_db()
        cancel_contract(
            contract.pk, revision=contract.revision, reason="不再交货", actor=selling.books.actor, today=TODAY
        )
        assert selling.bill().invoices == 0


@pytest.mark.django_db(transaction=True, databases=["default", "admin"])
def test_of_signing_and_billing_at_once_one_is_refused(actor: Any) -> None:
    company = make_organization(actor)
    with books_of(company, actor) as books:
        selling = Selling(books)
        orders = [ordered(selling) for _ in range(6)]
        books.customer("C1")
    said: list[str] = []

    def work(number: int) -> None:
        for order in orders:
            try:
                with books_of(company, actor) as books:
                    books.customers["C1"] = selling.books.customers["C1"]
                    if number % 2:
                        for_order(books, order)
                    else:
                        bill_deliveries(
                            until=MAY_END, on=MAY_END, order_ids=[order.id], actor=actor, today=TODAY
                        )
            except HuikuanError as error:
                said.append(error.code)

    at_once(work, threads=2)
    with tenant(company.id):
        of_contract = contracts_of_orders([order.id for order in orders])
        billed = set(OrderLine.objects.filter(billed__gt=0).values_list("order_id", flat=True))
        assert of_contract.keys() | billed == {order.id for order in orders}
        assert not of_contract.keys() & billed
        # A billing run that begins after the signing leaves the order out without a word.
        assert len(said) <= len(orders)
        assert set(said) <= {"order_of_contract", "order_billed_by_deliveries"}
        assert_nothing_broken(company)


@pytest.mark.django_db(transaction=True, databases=["default", "admin"])
def test_the_check_names_a_contract_whose_order_was_billed_too(actor: Any) -> None:
    company = make_organization(actor)
    with books_of(company, actor) as books:
        contract = for_order(books, ordered(Selling(books)))
    with superuser() as connection:
        sql = f"UPDATE sales_order_line SET billed = 1 WHERE organization_id = '{company.id}'::uuid"
        assert connection.execute(sql).rowcount == 1
    with tenant(company.id):
        rows = {row.validation: row.number for row in check(company)}
        assert rows["order_is_billed_by_its_contract_alone"] == contract.number

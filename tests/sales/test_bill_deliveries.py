"""The billing run: what was delivered becomes invoices, once, with the dates and people of the orders."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from huikuan.core.errors import HuikuanError
from huikuan.customers.models import PaymentTerm, Salesperson
from huikuan.ledger.models import Document
from huikuan.sales.models import Invoice, InvoiceLine, OrderLine
from huikuan.sales.operations import Per, reverse_invoices, void_drafts
from huikuan.sales.queries import billing_preview, delivered_not_invoiced
from tests.ledger.checking import assert_nothing_broken
from tests.sales.selling import Selling, line
from tests.trade import day

pytestmark = pytest.mark.django_db
D = Decimal


def test_one_invoice_per_order_with_its_dates_and_salesperson(selling: Selling) -> None:
    organization = selling.books.organization.pk
    seller = Salesperson.objects.create(organization_id=organization, code="S1", name="韩雪")
    on_delivery = PaymentTerm.objects.create(
        organization_id=organization,
        code="T",
        name="签收后15天",
        rule={"kind": "net_days", "days": 15, "base_event": "delivery"},
    )
    order = selling.order(line("10", "100"), salesperson_id=seller.pk, term_id=on_delivery.pk)
    selling.deliver(order, "4", on="2026-05-10")
    selling.deliver(order, "6", on="2026-05-28")
    other = selling.order(line("1", "9"))
    selling.deliver(other, "1")
    run = selling.bill(on="2026-05-31")
    assert (run.invoices, run.lines, run.net, run.tax) == (2, 3, 1009, D("131.17"))
    invoice = Invoice.objects.get(order_id=order.id)
    document = Document.objects.get(pk=invoice.document_id)
    assert (document.reference, document.salesperson_id) == (order.number, seller.pk)
    assert selling.items(document) == [("1130.00", "2026-06-12")], "15 days from the last sign-off"
    assert OrderLine.objects.get(order_id=order.id).billed == 10
    assert selling.bill(on="2026-05-31").invoices == 0, "nothing is billed twice"
    assert_nothing_broken(selling.books.organization)


def test_one_invoice_per_customer_and_way_of_pricing(selling: Selling) -> None:
    for customer, inclusive in (("C1", False), ("C1", False), ("C1", True), ("C2", False)):
        order = selling.order(line("1", "100"), customer=customer, prices_include_tax=inclusive)
        selling.deliver(order, "1")
    preview = billing_preview(until=day("2026-05-31"), per_order=False)
    assert [(row.customer_code, row.orders, row.gross) for row in preview] == [
        ("C1", 2, 226), ("C1", 1, 100), ("C2", 1, 113),
    ]  # fmt: skip
    run = selling.bill(per=Per.CUSTOMER)
    amounts = sorted(Invoice.objects.values_list("customer__code", "amount"))
    assert (run.invoices, amounts) == (3, [("C1", 100), ("C1", 226), ("C2", 113)])
    assert_nothing_broken(selling.books.organization)


def test_only_what_was_signed_for_by_then(selling: Selling) -> None:
    order = selling.order(line("10", "100"))
    selling.deliver(order, "4", on="2026-05-10")
    selling.deliver(order, "6", on="2026-06-02")
    assert selling.bill(on="2026-05-31").net == 400
    with pytest.raises(HuikuanError) as refused:
        selling.bill(on="2026-05-31", until=day("2026-06-30"))
    assert refused.value.code == "billed_before_delivery"


def test_foreign_orders_without_a_rate_stay_drafts(selling: Selling) -> None:
    for currency in ("USD", "EUR", "CNY"):
        selling.deliver(selling.order(line("1", "100", tax_code="0"), currency=currency), "1")
    run = selling.bill(rates={"USD": D("7.1")})
    assert (len(run.posted), len(run.drafts)) == (2, 1)
    assert Invoice.objects.get(pk=run.drafts[0]).currency == "EUR"


def test_delivered_is_invoiced_drafted_or_waiting(selling: Selling) -> None:
    order = selling.order(line("10", "100"))
    selling.deliver(order, "4", on="2026-05-10")
    selling.bill(on="2026-05-31")
    selling.deliver(order, "3", on="2026-06-02")
    drafts = selling.bill(on="2026-06-03", post=False).drafts
    selling.deliver(order, "2", on="2026-06-20")
    [row] = delivered_not_invoiced(as_of=day("2026-06-30"))
    assert (row.delivered, row.invoiced, row.drafted, row.waiting) == (1017, 452, 339, 226)
    assert (row.waiting_net, row.since) == (200, day("2026-06-20"))
    [then] = delivered_not_invoiced(as_of=day("2026-05-30"))
    assert (then.delivered, then.waiting) == (452, 452), "before the invoice of the 31st"
    assert delivered_not_invoiced(as_of=day("2026-06-10")) == []
    void_drafts(drafts, actor=selling.books.actor, reason="改单")
    [row] = delivered_not_invoiced(as_of=day("2026-06-30"))
    assert (row.drafted, row.waiting) == (0, 565)
    assert_nothing_broken(selling.books.organization)


def test_a_reversed_invoice_is_billed_again(selling: Selling) -> None:
    selling.deliver(selling.order(line("10", "100")), "4")
    [posted] = selling.bill().posted
    reverse_invoices([posted.id], actor=selling.books.actor, reason="开错", today=selling.books.today)
    assert OrderLine.objects.get().billed == 0
    assert selling.bill().net == 400
    assert_nothing_broken(selling.books.organization)


def test_a_discount_is_spread_over_the_deliveries(selling: Selling) -> None:
    order = selling.order(line("3", "100", discount_amount=D(10)))
    for on in ("2026-05-10", "2026-05-11", "2026-05-12"):
        selling.deliver(order, "1", on=on)
    selling.bill()
    lines = InvoiceLine.objects.order_by("position").values_list("discount_amount", "net")
    assert list(lines) == [(D("3.33"), D("96.67")), (D("3.34"), D("96.66")), (D("3.33"), D("96.67"))]
    assert Invoice.objects.get().net == 290


def test_a_run_costs_as_many_statements_for_many_orders(selling: Selling) -> None:
    def run(count: int) -> int:
        for _ in range(count):
            selling.deliver(selling.order(line("1", "1"), line("2", "2")), "1", "2")
        with CaptureQueriesContext(connection) as queries:
            assert selling.bill().invoices == count
        return len(queries)

    assert run(1) == run(12)


def test_a_clerk_needs_the_permission(selling: Selling) -> None:
    from dataclasses import replace

    selling.books.actor = replace(selling.books.actor, permissions=frozenset({"order.write"}))
    selling.deliver(selling.order(line("1", "1")), "1")
    with pytest.raises(HuikuanError) as refused:
        selling.bill()
    assert refused.value.code == "not_permitted"

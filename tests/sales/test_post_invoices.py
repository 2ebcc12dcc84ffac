"""Drafts become receivables: what they come to, when they fall due, and what is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from huikuan.core.errors import HuikuanError
from huikuan.customers.models import PaymentTerm
from huikuan.ledger.models import Document, Kind, OpenItem
from huikuan.ledger.operations import close_period
from huikuan.sales.models import Invoice, InvoiceLine, InvoiceState, Product
from huikuan.sales.operations import (
    NewInvoice,
    NewLine,
    change_draft,
    draft_invoices,
    post_invoices,
    reverse_invoices,
    void_drafts,
)
from tests.ledger.checking import assert_nothing_broken
from tests.sales.selling import Selling, line
from tests.trade import day

pytestmark = pytest.mark.django_db

D = Decimal


def test_lines_of_several_rates_make_one_receivable(selling: Selling) -> None:
    key = selling.draft(
        line("2", "100"),
        line("1", "50", tax_code="9", discount_percent=D(10)),
        line("1", "30", tax_code="exempt"),
        on="2026-05-20",
    )
    assert not Document.objects.exists(), "nothing is owed before it is posted"
    [document] = selling.post(key)
    invoice = Invoice.objects.get(pk=key)
    assert (invoice.state, invoice.number) == (InvoiceState.POSTED, document.number)
    assert document.number == "YS202605000001"
    assert (document.net, document.tax, document.amount) == (D(275), D("30.05"), D("305.05"))
    assert selling.books.entries("sale") == ["D1122 305.05", "C6001 275.00", "C22210105 30.05"]
    lines = InvoiceLine.objects.filter(invoice_id=key).order_by("position")
    assert [(each.net, each.tax) for each in lines] == [(200, 26), (45, D("4.05")), (30, 0)]
    assert_nothing_broken(selling.books.organization)


def test_the_due_date_follows_the_customers_term(selling: Selling) -> None:
    term = PaymentTerm.objects.create(
        organization_id=selling.books.organization.pk,
        code="T",
        name="30/60/10",
        rule={},
        instalments=[
            {"percent": "30", "rule": {"kind": "net_days", "days": 0}},
            {"percent": "60", "rule": {"kind": "period_months", "months": 1}},
            {"percent": "10", "rule": {"kind": "retention", "months": 12}},
        ],
    )
    selling.books.customer("C1", term=term)
    [document] = selling.post(
        selling.draft(line("1", "1000000.01"), on="2026-01-15", prices_include_tax=True)
    )
    assert selling.items(document) == [
        ("300000.00", "2026-01-15"),
        ("600000.01", "2026-02-28"),
        ("100000.00", "None"),
    ]


def test_own_due_dates_by_percentage(selling: Selling) -> None:
    own = [{"percent": "50", "due_on": "2026-06-01"}, {"percent": "50", "due_on": "2026-07-01"}]
    [document] = selling.post(selling.draft(line("1", "0.03"), prices_include_tax=True, instalments=own))
    assert selling.items(document) == [("0.02", "2026-06-01"), ("0.01", "2026-07-01")]


def test_a_foreign_invoice_needs_its_rate(selling: Selling) -> None:
    draft = selling.draft(line("1", "10000", tax_code="0"), currency="USD")
    with pytest.raises(HuikuanError) as refused:
        selling.post(draft)
    assert refused.value.code == "rate_missing"
    assert Invoice.objects.get(pk=draft).state == InvoiceState.DRAFT
    [document] = selling.post(selling.draft(line("1", "10000", tax_code="0"), currency="USD", rate=D("7.10")))
    assert document.base_amount == D("71000.00")
    assert selling.books.entries("sale") == ["D1122 71000.00", "C6001 71000.00"]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"quantity": D(-1)}, "line_quantity_not_positive"),
        ({"quantity": D("NaN")}, "not_a_number"),
        ({"quantity": D("0.0000001")}, "too_precise"),
        ({"unit_price": D(-1)}, "line_unit_price_negative"),
        ({"tax_code": "17"}, "unknown_tax_rate"),
        ({"description": ""}, "line_without_text"),
        ({"description": "长" * 201}, "text_too_long"),
        ({"product_id": "018f0000-0000-7000-8000-000000000000"}, "unknown_product"),
        ({"tax": D("12.99")}, "tax_does_not_add_up"),
        ({"net": D("99.99")}, "tax_does_not_add_up"),
        ({"unit_price": D("99999999999"), "quantity": D("99999999999")}, "amount_too_large"),
    ],
)
def test_lines_that_are_refused(selling: Selling, values: dict[str, Any], code: str) -> None:
    from uuid import UUID

    if "product_id" in values:
        values = {"product_id": UUID(values["product_id"])}
    new = {"quantity": D(1), "unit_price": D(100), "description": "件", **values}
    with pytest.raises(HuikuanError) as refused:
        selling.draft(line("1", "1"), NewLine(**new))
    assert refused.value.code == code
    assert not Invoice.objects.exists(), "nothing half done"


def test_a_total_that_does_not_add_up_is_refused(selling: Selling) -> None:
    with pytest.raises(HuikuanError) as refused:
        selling.draft(line("1", "100"), amount=D("113.01"))
    assert refused.value.code == "tax_does_not_add_up"


def test_what_is_empty_comes_from_the_product(selling: Selling) -> None:
    product = Product.objects.create(
        organization_id=selling.books.organization.pk, code="P1", name="注塑机", unit="台", tax_code="9"
    )
    key = selling.draft(NewLine(quantity=D(1), unit_price=D(100), product_id=product.pk))
    [found] = InvoiceLine.objects.filter(invoice_id=key)
    assert (found.description, found.unit, found.tax_code, found.tax) == ("注塑机", "台", "9", 9)


def test_a_closed_period_takes_nothing(selling: Selling) -> None:
    selling.invoice(line("1", "100"), on="2026-05-01")
    close_period(month=day("2026-05-01"), actor=selling.books.actor)
    draft = selling.draft(line("1", "100"), on="2026-05-20")
    with pytest.raises(HuikuanError) as refused:
        selling.post(draft)
    assert refused.value.code == "period_closed"


def test_tomorrow_is_not_posted(selling: Selling) -> None:
    with pytest.raises(HuikuanError) as refused:
        selling.post(selling.draft(line("1", "100"), on="2026-11-22"))
    assert refused.value.code == "invoice_in_future"


def test_a_draft_is_changed_with_its_lines(selling: Selling) -> None:
    key = selling.draft(line("1", "100"), line("2", "5"))
    new = NewInvoice(
        customer_id=selling.books.customer("C2").pk, invoice_on=day("2026-06-01"), lines=[line("3", "7")]
    )
    change_draft(key, new, revision=1, actor=selling.books.actor)
    draft = Invoice.objects.get(pk=key)
    assert (draft.customer.code, draft.net, draft.revision) == ("C2", 21, 2)
    assert InvoiceLine.objects.filter(invoice=draft).count() == 1
    with pytest.raises(HuikuanError) as refused:
        change_draft(key, new, revision=1, actor=selling.books.actor)
    assert refused.value.code == "draft_changed", "somebody else's change is not overwritten"


def test_a_void_draft_is_neither_changed_nor_posted(selling: Selling) -> None:
    key = selling.draft(line("1", "100"))
    void_drafts([key], actor=selling.books.actor, reason="重复")
    for again in (
        lambda: selling.post(key),
        lambda: void_drafts([key], actor=selling.books.actor, reason="重复"),
    ):
        with pytest.raises(HuikuanError) as refused:
            again()
        assert refused.value.code == "already_void"


def test_one_bad_draft_posts_none_of_the_set(selling: Selling) -> None:
    good, bad = selling.draft(line("1", "1")), selling.draft(line("1", "1"), on="2026-12-01")
    with pytest.raises(HuikuanError):
        selling.post(good, bad)
    assert set(Invoice.objects.values_list("state", flat=True)) == {InvoiceState.DRAFT}
    assert not Document.objects.exists()


def test_a_posted_invoice_is_not_changed_by_anybody(selling: Selling) -> None:
    invoice = selling.invoice(line("1", "100"))
    with pytest.raises(HuikuanError) as refused:
        void_drafts([invoice.pk], actor=selling.books.actor, reason="x")
    assert refused.value.code == "already_posted"
    for change in (
        lambda: Invoice.objects.filter(pk=invoice.pk).update(memo="x"),
        lambda: InvoiceLine.objects.filter(invoice=invoice)._raw_delete("default"),
        lambda: InvoiceLine.objects.bulk_create(
            [
                InvoiceLine(
                    organization_id=invoice.organization_id, invoice=invoice, position=9, description="x",
                    quantity=1, unit_price=0, tax_code="0", tax_rate=0, net=0, tax=0, gross=0,
                )
            ]
        ),
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_reversing_gives_everything_back(selling: Selling) -> None:
    invoice = selling.invoice(line("1", "100"))
    reverse_invoices([invoice.pk], actor=selling.books.actor, reason="开错", today=selling.books.today)
    assert Invoice.objects.get(pk=invoice.pk).state == InvoiceState.VOID
    assert not OpenItem.objects.filter(open_amount__gt=0).exists()
    assert_nothing_broken(selling.books.organization)
    with pytest.raises(HuikuanError) as refused:
        reverse_invoices([invoice.pk], actor=selling.books.actor, reason="开错", today=selling.books.today)
    assert refused.value.code == "not_posted"


def test_an_invoice_with_a_receipt_is_not_reversed(selling: Selling) -> None:
    invoice = selling.invoice(line("1", "100"))
    selling.books.receipt("R1", "2026-06-01", "50")
    selling.books.allocate("R1", invoice.number, "50", "2026-06-01")
    with pytest.raises(HuikuanError) as refused:
        reverse_invoices([invoice.pk], actor=selling.books.actor, reason="开错", today=selling.books.today)
    assert refused.value.code == "rests_on_it"


def test_a_set_costs_as_many_statements_as_one(selling: Selling) -> None:
    def post(count: int) -> int:
        new = [
            NewInvoice(
                customer_id=selling.books.customer().pk,
                invoice_on=day("2026-05-20"),
                lines=[line("1", "1"), line("2", "2"), line("3", "3")],
            )
            for _ in range(count)
        ]
        with CaptureQueriesContext(connection) as queries:
            keys = draft_invoices(new, actor=selling.books.actor)
            post_invoices(keys, actor=selling.books.actor, today=selling.books.today)
        return len(queries)

    assert post(1) == post(50)
    assert Document.objects.filter(kind=Kind.INVOICE).count() == 51
    assert_nothing_broken(selling.books.organization)

"""Many at once, in real transactions: a draft is posted once, a line credited once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import tenant
from huikuan.ledger.models import Document, Kind
from huikuan.sales.models import Invoice, InvoiceLine
from huikuan.sales.operations import NewDelivery, Per, bill_deliveries, post_invoices, record_deliveries
from tests.conftest import TODAY, make_organization
from tests.ledger.checking import assert_nothing_broken
from tests.ledger.test_races import THREADS, at_once, books_of
from tests.sales.selling import Selling, line
from tests.trade import day

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def company(actor: Any) -> Any:
    return make_organization(actor)


def test_a_draft_is_posted_by_one(company: Any, actor: Any) -> None:
    with books_of(company, actor) as books:
        selling = Selling(books)
        shared = selling.draft(line("1", "100"))
        own = [selling.draft(line("1", "1")) for _ in range(THREADS)]
    refused: list[str] = []

    def work(number: int) -> None:
        try:
            with tenant(company.id):
                post_invoices([own[number], shared], actor=actor, today=TODAY)
        except HuikuanError as error:
            refused.append(error.code)

    at_once(work)
    assert refused == ["already_posted"] * (THREADS - 1)
    with tenant(company.id):
        assert Document.objects.count() == 2, "the winner's two; nothing of the others"
        assert Invoice.objects.filter(state="posted").count() == 2
        assert_nothing_broken(company)


def test_a_line_is_credited_once(company: Any, actor: Any) -> None:
    with books_of(company, actor) as books:
        selling = Selling(books)
        invoice = selling.invoice(line("10", "10"), line("10", "20"))
        credits = [
            selling.credit(invoice, (1, {"quantity": "3"}), (2, {"quantity": "3"})) for _ in range(THREADS)
        ]
    refused: list[str] = []

    def work(number: int) -> None:
        try:
            with tenant(company.id):
                post_invoices([credits[number]], actor=actor, today=TODAY)
        except HuikuanError as error:
            refused.append(error.code)

    at_once(work)
    assert refused == ["credited_never_above_the_original"] * (THREADS - 3)
    with tenant(company.id):
        assert Document.objects.filter(kind=Kind.CREDIT_NOTE).count() == 3
        assert {each.credited_quantity for each in InvoiceLine.objects.filter(invoice=invoice)} == {9}
        assert_nothing_broken(company)


def test_deliveries_are_billed_once(company: Any, actor: Any) -> None:
    with books_of(company, actor) as books:
        selling = Selling(books)
        for _ in range(20):
            selling.deliver(selling.order(line("1", "100"), line("2", "5")), "1", "2")
    made: list[int] = []

    def work(_number: int) -> None:
        with tenant(company.id):
            run = bill_deliveries(
                until=day("2026-05-31"), on=day("2026-05-31"), actor=actor, today=TODAY, per=Per.ORDER
            )
        made.append(run.invoices)

    at_once(work, threads=4)
    assert sorted(made) == [0, 0, 0, 20]
    with tenant(company.id):
        assert Invoice.objects.count() == 20
        assert_nothing_broken(company)


def test_the_last_piece_is_delivered_once(company: Any, actor: Any) -> None:
    with books_of(company, actor) as books:
        selling = Selling(books)
        order = selling.order(line("3", "100"))
    refused: list[str] = []

    def work(_number: int) -> None:
        try:
            with tenant(company.id):
                new = NewDelivery(
                    order_id=order.id, delivered_on=day("2026-05-10"), lines=[(order.line_ids[0], Decimal(1))]
                )
                record_deliveries([new], actor=actor, today=TODAY)
        except HuikuanError as error:
            refused.append(error.code)

    at_once(work)
    assert refused == ["beyond_order"] * (THREADS - 3)
    with tenant(company.id):
        assert_nothing_broken(company)

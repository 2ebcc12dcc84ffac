"""Pages of disputes: opened on an invoice, seen by who may see the customer, ended with an outcome."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from huikuan.customers.models import Customer, Salesperson
from huikuan.disputes.models import Dispute
from huikuan.disputes.operations import NewDispute, open_dispute
from huikuan.ledger.models import Document
from huikuan.notices.models import Notice
from huikuan.organizations.models import Membership
from tests.cash.lines import line, option, propose
from tests.trade import Books
from tests.web.people import member, signed_in

pytestmark = pytest.mark.django_db


def text(client: Client, url: str, **query: Any) -> str:
    answer = client.get(url, query)
    assert answer.status_code == 200, url
    return answer.content.decode()


def test_opened_on_an_invoice_answered_and_ended(books: Books) -> None:
    invoice = books.invoice("YS1", "2026-05-01", "1000")
    code = books.organization.code
    accountant = signed_in(member(books.organization, "ar_accountant"))
    served = member(books.organization, "customer_service")
    page = f"/o/{code}/documents/{invoice.pk}/"
    assert f"{page}dispute/" in text(accountant, page)
    asked = text(accountant, f"{page}dispute/")
    assert "运输破损" in asked
    wrong = accountant.post(f"{page}dispute/", {"reason": "quality.damage", "amount": "1000.01"})
    assert (wrong.status_code, "1,000.00" in wrong.content.decode()) == (422, True)
    done = accountant.post(
        f"{page}dispute/", {"reason": "quality.damage", "amount": "300", "text": "三箱破损"}
    )
    made = Dispute.objects.get()
    assert done.url == f"/o/{code}/disputes/{made.pk}/"
    assert (made.amount, made.text) == (Decimal("300.00"), "三箱破损")
    assert list(Notice.objects.values_list("recipient__user_id", flat=True)) == [served.pk]
    service = signed_in(served)
    assert made.number in text(service, f"/o/{code}/disputes/")
    assert made.number in text(accountant, page)
    assert made.number not in text(service, f"/o/{code}/disputes/", state="late")
    customer = text(service, f"/o/{code}/customers/{invoice.customer_id}/")
    assert f"/o/{code}/disputes/{made.pk}/" in customer
    one = text(service, done.url)
    assert "三箱破损" in one
    assert "客服" in one
    assert service.post(f"{done.url}resolve/", {"state": "replaced", "outcome": ""}).status_code == 422
    ended = service.post(f"{done.url}resolve/", {"state": "replaced", "outcome": "补发三箱"})
    assert ended.url == done.url
    assert "补发三箱" in text(service, done.url)
    assert made.number not in text(service, f"/o/{code}/disputes/")
    assert made.number in text(service, f"/o/{code}/disputes/", state="ended")


def test_where_all_is_in_dispute_no_more_is_asked(books: Books) -> None:
    invoice = books.invoice("YS1", "2026-05-01", "1000")
    code = books.organization.code
    client = signed_in(member(books.organization, "ar_accountant"))
    open_dispute(NewDispute(books.item("YS1").pk, "price"), actor=books.actor, today=books.today)
    page = text(client, f"/o/{code}/documents/{invoice.pk}/dispute/")
    assert "没有可以争议的金额" in page


def test_a_salesperson_sees_and_ends_only_disputes_of_own_customers(books: Books) -> None:
    seller = member(books.organization, "salesperson")
    own = Salesperson.objects.create(
        organization_id=books.organization.pk,
        code="S1",
        name="业务员",
        membership=Membership.objects.get(user_id=seller.pk),
    )
    books.invoice("YS1", "2026-05-01", "1000")
    books.invoice("YS2", "2026-05-01", "1000", customer="C2")
    Customer.objects.filter(code="C1").update(salesperson=own)
    mine, other = (
        open_dispute(NewDispute(books.item(number).pk, "price"), actor=books.actor, today=books.today)
        for number in ("YS1", "YS2")
    )
    assert list(Notice.objects.values_list("path", flat=True)) == [
        f"/o/{books.organization.code}/disputes/{mine.pk}/"
    ]
    client, base = signed_in(seller), f"/o/{books.organization.code}/disputes/"
    page = text(client, base)
    assert (mine.number in page, other.number in page) == (True, False)
    assert client.get(f"{base}{other.pk}/").status_code == 404
    values = {"state": "rejected", "outcome": "x"}
    assert client.post(f"{base}{other.pk}/resolve/", values).status_code == 404
    document = Document.objects.get(number="YS2").pk
    asked = client.post(f"/o/{books.organization.code}/documents/{document}/dispute/", {"reason": "price"})
    assert asked.status_code == 404
    assert client.post(f"{base}{mine.pk}/resolve/", values).status_code == 302


def test_the_workbench_opens_one_for_what_is_missing(books: Books) -> None:
    books.invoice("YS1", "2026-05-01", "1000")
    row = line(books, "2026-06-01", "700.00", "客户C1")
    propose(row, option(books, ("YS1", "700.00")))
    client = signed_in(member(books.organization, "ar_accountant"))
    base = f"/o/{books.organization.code}/bank/workbench/"
    assert 'name="dispute_reason"' in text(client, base, line=str(row.pk))
    answer = client.post(
        f"{base}{row.pk}/accept/",
        {
            "place": "0",
            "short_reason": "dispute",
            "dispute_reason": "quantity.short",
            "memo": "少两箱",
        },
    )
    assert answer.status_code == 302
    made = Dispute.objects.get()
    assert (made.amount, made.reason, made.text) == (Decimal("300.00"), "quantity.short", "少两箱")

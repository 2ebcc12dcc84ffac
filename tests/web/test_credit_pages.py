"""Pages of credit: an order that waits is asked for, released by somebody else, and goes on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from huikuan.credit.models import OrderHold, Reservation
from huikuan.credit.operations import change_setting
from huikuan.customers.models import Customer, Salesperson
from huikuan.organizations.models import Membership
from huikuan.sales.operations import LineChange, change_order_lines
from tests.credit.giving import Giving
from tests.sales.agreeing import sign
from tests.sales.selling import Selling, line
from tests.web.people import member, signed_in


@pytest.fixture
def selling(books: Any) -> Selling:
    change_setting(checks_orders=True, actor=books.actor)
    Giving(books).limit("1000")
    return Selling(books)


def own(books: Any, user: Any) -> None:
    """The customers are this salesperson's."""
    seller = Salesperson.objects.create(
        organization_id=books.organization.pk,
        code="S1",
        name="业务员",
        membership=Membership.objects.get(user_id=user.pk),
    )
    Customer.objects.update(salesperson=seller)


def text(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.content.decode()


def test_held_asked_for_released_and_delivered(selling: Selling) -> None:
    books = selling.books
    seller = member(books.organization, "salesperson")
    own(books, seller)
    made = selling.order(line("10", "100"), salesperson_id=Salesperson.objects.get().pk)
    hold = OrderHold.objects.get()
    code = books.organization.code
    sales, credit = signed_in(seller), signed_in(member(books.organization, "credit_controller"))
    order = f"/o/{code}/sales/orders/{made.id}/"
    page = text(sales, order)
    assert "超出信用额度 130.00" in page
    assert f"/o/{code}/credit/holds/{hold.pk}/ask/" in page
    refused = sales.post(f"{order}deliver/", {"on": books.today, str(made.line_ids[0]): "1", "memo": ""})
    assert refused.status_code == 422
    assert "因信用被暂缓" in refused.content.decode()
    asked = sales.post(f"/o/{code}/credit/holds/{hold.pk}/ask/", {"argument": "客户月底回款"})
    assert asked.status_code == 302
    assert sales.get(f"/o/{code}/credit/holds/{hold.pk}/release/").status_code == 403
    queue = text(credit, f"/o/{code}/credit/holds/")
    assert "客户月底回款" in queue
    assert "超出信用额度 130.00" in queue
    one = text(credit, f"/o/{code}/credit/holds/{hold.pk}/")
    assert f"/o/{code}/credit/holds/{hold.pk}/release/" in one
    assert credit.post(f"/o/{code}/credit/holds/{hold.pk}/release/", {"reason": ""}).status_code == 422
    done = credit.post(f"/o/{code}/credit/holds/{hold.pk}/release/", {"reason": "已电话确认"})
    assert done.status_code == 302
    assert Reservation.objects.get().forced
    assert "因信用被暂缓" not in text(sales, order)
    sent = sales.post(f"{order}deliver/", {"on": books.today, str(made.line_ids[0]): "1", "memo": ""})
    assert sent.status_code == 302
    change_order_lines(
        [LineChange(made.line_ids[0], quantity=Decimal(11))], actor=books.actor, today=books.today
    )
    assert "超出信用额度" in text(sales, order), "a changed order is looked at again"


def test_who_sells_does_not_see_others_orders_that_wait(selling: Selling) -> None:
    selling.order(line("10", "100"))
    hold = OrderHold.objects.get()
    code = selling.books.organization.code
    stranger = signed_in(member(selling.books.organization, "salesperson"))
    assert stranger.get(f"/o/{code}/credit/holds/{hold.pk}/").status_code == 404
    assert hold.reference not in text(stranger, f"/o/{code}/credit/holds/")


def test_recheck_lets_go_what_passes_now(selling: Selling) -> None:
    selling.order(line("10", "100"))
    Giving(selling.books).limit("5000", on="2026-11-02")
    code = selling.books.organization.code
    credit = signed_in(member(selling.books.organization, "credit_controller"))
    assert credit.post(f"/o/{code}/credit/holds/recheck/").status_code == 302
    assert OrderHold.objects.get().state == "cleared"


def test_the_customer_page_shows_limit_used_and_available(selling: Selling) -> None:
    books = selling.books
    books.invoice("F1", "2026-11-01", "300", due="2026-12-31")
    customer = books.customer().pk
    code = books.organization.code
    page = text(
        signed_in(member(books.organization, "credit_controller")), f"/o/{code}/customers/{customer}/"
    )
    assert 'id="credit"' in page
    assert "300.00 / 1,000.00" in page
    clerk = signed_in(member(books.organization, "customer_service"))
    assert 'id="credit"' not in text(clerk, f"/o/{code}/customers/{customer}/")


def test_a_limit_is_set_and_a_customer_stopped_and_resumed(selling: Selling) -> None:
    books = selling.books
    client = signed_in(member(books.organization, "credit_controller"))
    address = f"/o/{books.organization.code}/credit/customers/{books.customer().pk}/"
    today = date.today()
    values = {"kind": "permanent", "amount": "88000", "starts_on": today, "ends_on": "", "reason": "年审"}
    assert client.post(f"{address}limit/", values).status_code == 302
    assert "88,000.00" in text(client, address)
    contract = sign(books, amount="5000.00")
    of_contract = {**values, "amount": "3000", "contract_id": str(contract.pk)}
    assert client.post(f"{address}limit/", of_contract).status_code == 302
    for shown in (address, f"/o/{books.organization.code}/credit/limits/"):
        assert f"固定额度（合同 {contract.number}）" in text(client, shown)
    refused = client.post(f"{address}limit/", {**values, "kind": "temporary"})
    assert refused.status_code == 422
    assert "最长 90 天" in refused.content.decode()
    assert client.post(f"{address}stop/", {"reason": "涉诉"}).status_code == 302
    assert "涉诉" in text(client, address)
    assert client.post(f"{address}resume/", {"reason": "和解"}).status_code == 302

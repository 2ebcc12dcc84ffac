"""Pages of bills and settlements: a bill from receipt to dishonour, an offset, a claim, a difference."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from huikuan.cash.models import Bill, UnidentifiedReceipt
from huikuan.ledger.models import Document
from tests.cash.bills import ICBC, NUMBER, receive
from tests.cash.records import one_of_each
from tests.web.people import member, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(organization: Any, books: Any) -> Iterator[Client]:
    yield signed_in(member(organization, "finance_manager"))


def address(books: Any, path: str) -> str:
    return f"/o/{books.organization.code}/{path}"


def post(client: Client, books: Any, path: str, **values: Any) -> Any:
    return client.post(address(books, path), values)


def text(client: Client, books: Any, path: str) -> str:
    response = client.get(address(books, path))
    assert response.status_code == 200, response.status_code
    return str(response.content.decode())


BILL = {
    "number": NUMBER,
    "face": "50,000.00",
    "acceptor": ICBC,
    "issued_on": "2026-01-10",
    "matures_on": "2026-07-15",
    "received_on": "2026-01-15",
}


def test_a_bill_from_its_receipt_to_its_dishonour(client: Client, books: Any) -> None:
    books.invoice("I1", "2026-01-05", "50000.00", due="2026-02-04")
    assert "下一步" in text(client, books, "bills/new/")
    assert client.get(address(books, "bills/new/?customer=NOBODY")).status_code == 404
    assert "I1" in text(client, books, "bills/new/?customer=C1")
    assert post(client, books, "bills/new/?customer=C1", **{**BILL, "number": "12"}).status_code == 422
    assert post(client, books, "bills/new/?customer=C1", **BILL).status_code == 302
    bill = Bill.objects.get()
    assert books.open("I1") == 0
    refused = post(client, books, "bills/new/?customer=C1", **BILL)
    assert refused.status_code == 422 and "已经登记过" in refused.content.decode()
    shown = text(client, books, f"bills/{bill.pk}/")
    assert NUMBER in shown and "高信用银行" in shown and "拒付" in shown
    discounted = post(
        client, books, f"bills/{bill.pk}/discount/", bank="招行", rate="2.4", on="2026-04-16", derecognise=""
    )
    assert discounted.status_code == 302
    assert "300.00" in text(client, books, f"bills/{bill.pk}/")
    # From another state it leads back with the reason.
    assert post(client, books, f"bills/{bill.pk}/endorse/", endorsee="甲").status_code == 302
    assert client.get(address(books, f"bills/{bill.pk}/burn/")).status_code == 404
    ended = post(client, books, f"bills/{bill.pk}/dishonour/", on="2026-07-15", reason="余额不足")
    assert ended.status_code == 302
    assert books.open("I1") == 50000
    assert "余额不足" in text(client, books, f"bills/{bill.pk}/")


def test_a_part_is_endorsed(client: Client, books: Any) -> None:
    bill = receive(books, "100.00", range_from=1, range_to=10_000)
    values = {"endorsee": "甲", "amount": "30.00", "on": "2026-03-02", "derecognise": "no"}
    assert post(client, books, f"bills/{bill.pk}/endorse/", **values).status_code == 302
    part = Bill.objects.get(state="endorsed")
    assert part.face == 30 and "不终止确认" in text(client, books, f"bills/{part.pk}/")
    assert "3001–10000" in text(client, books, f"bills/{bill.pk}/")


def test_the_lists_show_what_there_is(client: Client, books: Any) -> None:
    one_of_each(books)
    assert "…5000000001" in text(client, books, "bills/?state=present")
    assert "…5000000001" not in text(client, books, "bills/?state=collected")
    assert "50,000.00" in text(client, books, "bills/calendar/")
    hub = text(client, books, "settlements/")
    assert "BL1" in hub and "合同预收" in hub
    assert "DR202606000001" in text(client, books, "claims/")


def test_what_others_customers_owe_is_not_seen(organization: Any, books: Any) -> None:
    bill = receive(books)
    stranger = signed_in(member(organization, "salesperson"))
    assert stranger.get(address(books, f"bills/{bill.pk}/")).status_code == 404
    assert "…5000000001" not in stranger.get(address(books, "bills/")).content.decode()
    assert "50,000.00" not in stranger.get(address(books, "bills/calendar/")).content.decode()


def test_money_is_claimed_on_the_page(client: Client, books: Any) -> None:
    books.invoice("I1", "2026-01-05", "500.00")
    values = {"amount": "500.00", "on": "2026-01-20", "payer": "某人", "bank_reference": "B1"}
    assert post(client, books, "claims/new/", **values).status_code == 302
    assert "已经登记过" in post(client, books, "claims/new/", **values).content.decode()
    row = UnidentifiedReceipt.objects.get()
    assert post(client, books, f"claims/{row.pk}/?customer=C1", on="2026-01-22").status_code == 302
    assert books.open("I1") == 0
    made = Document.objects.get(event="claimed_receipt")
    assert made.number in text(client, books, f"claims/{row.pk}/")


def test_an_offset_a_transfer_and_a_difference(client: Client, books: Any) -> None:
    invoice = books.invoice("I1", "2026-01-05", "100.00")
    books.customer("C2")
    offset = {"amount": "50.00", "agreement": "DZ-1", "on": "2026-02-01"}
    assert post(client, books, "settlements/offset/?customer=C1", **offset).status_code == 302
    transfer = {
        "item": str(books.item("I1").pk),
        "to": "C2",
        "amount": "45.00",
        "agreement": "三方",
        "on": "2026-02-01",
    }
    assert post(client, books, "settlements/transfer/?customer=C1", **transfer).status_code == 302
    too_much = post(client, books, f"documents/{invoice.pk}/difference/", short="10.01", on="2026-02-01")
    assert too_much.status_code == 422 and "超过允许的" in too_much.content.decode()
    assert "核销尾差" in text(client, books, f"documents/{invoice.pk}/")
    done = post(client, books, f"documents/{invoice.pk}/difference/", short="5.00", on="2026-02-01")
    assert done.status_code == 302
    assert books.open("I1") == 0


def test_a_receipt_short_by_10_with_a_fee_of_20(client: Client, books: Any) -> None:
    books.invoice("I1", "2026-01-05", "11300.00")
    values = {"amount": "11,270.00", "fee": "20", "short": "10", "on": "2026-02-01"}
    assert post(client, books, "settlements/receipt/?customer=C1", **values).status_code == 302
    assert books.open("I1") == 0
    assert Document.objects.filter(kind="difference").count() == 2


def test_factoring_and_advances(client: Client, books: Any) -> None:
    keys = one_of_each(books)
    loan = keys["settlements-factored"]["key"]
    values = {"by_customer": "yes", "amount": "1000.00", "on": "2026-07-01"}
    assert post(client, books, f"settlements/factored/{loan}/", **values).status_code == 302
    assert books.open("BL1") == 0
    books.invoice("I2", "2026-06-05", "100.00", customer="FACTORED")
    advance = keys["settlements-advance-use"]["key"]
    use = {"what": "apply", "amount": "100.00", "on": "2026-06-10", "items": [str(books.item("I2").pk)]}
    assert post(client, books, f"settlements/advances/{advance}/", **use).status_code == 302
    back = {"what": "refund", "amount": "13.00", "on": "2026-06-10"}
    assert post(client, books, f"settlements/advances/{advance}/", **back).status_code == 422
    back["reason"] = "取消"
    assert post(client, books, f"settlements/advances/{advance}/", **back).status_code == 302


def test_the_policy_is_kept(client: Client, books: Any) -> None:
    from huikuan.cash.queries import cash_policy

    values = {
        "derecognises": ["major_bank", "other_bank"],
        "difference_tolerance": "5",
        "fee_tolerance": "50",
    }
    assert post(client, books, "settlements/policy/", **values).status_code == 302
    assert (cash_policy().derecognises, cash_policy().difference_tolerance) == (
        ("major_bank", "other_bank"),
        5,
    )
    assert post(client, books, "settlements/policy/", **{**values, "fee_tolerance": "-1"}).status_code == 422


def test_a_bill_held_when_the_books_began_is_entered_as_such(client: Client, books: Any) -> None:
    books.invoice("I1", "2026-01-05", "50000.00")
    assert post(client, books, "bills/new/?customer=C1", **{**BILL, "opening": "on"}).status_code == 302
    assert Bill.objects.get().number == NUMBER
    assert books.open("I1") == 50000
    assert books.entries("opening_debit")[1].startswith("C4199")

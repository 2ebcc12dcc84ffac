"""One document's page, and the acts on it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from huikuan.ledger.models import Allocation, Document
from tests.trade import Books
from tests.web.people import member, seller, signed_in


@pytest.fixture
def accountant(organization: Any) -> Client:
    return signed_in(member(organization, "ar_accountant", name="林会计"))


@pytest.fixture
def finance(organization: Any) -> Client:
    return signed_in(member(organization, "finance_manager", name="沈经理"))


def address(books: Books, number: str, rest: str = "") -> str:
    document = Document.objects.get(number=number)
    return f"/o/{books.organization.code}/documents/{document.pk}/{rest}"


def text(answer: Any) -> str:
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())


def test_the_page_tells_what_settled_it_and_what_was_undone(books: Books, finance: Client) -> None:
    books.invoice("YS1", "2026-05-01", "1000", due="2026-05-31", tax="115.04")
    books.receipt("SK1", "2026-06-01", "400")
    books.receipt("SK2", "2026-06-02", "300")
    books.allocate("SK1", "YS1", "400", "2026-06-01")
    books.allocate("SK2", "YS1", "300", "2026-06-02")
    books.unallocate("SK1", "YS1", "2026-06-05")
    page = text(finance.get(address(books, "YS1")))
    for words in (
        "YS1",
        "应收单",
        "客户C1",
        "SK1",
        "SK2",
        "已反核销",
        "2026-06-05",
        "700.00",
        "884.96",
        "115.04",
    ):
        assert words in page, words
    assert "主营业务收入" in page
    assert page.count("反核销：") == 1
    assert address(books, "SK2") in page


def test_the_trail_is_for_those_who_may_read_it(books: Books, accountant: Client, finance: Client) -> None:
    books.invoice("YS1", "2026-05-01", "1000")
    assert 'id="trail"' in text(finance.get(address(books, "YS1")))
    assert 'id="trail"' not in text(accountant.get(address(books, "YS1")))


def test_settling_an_invoice_with_a_receipt(books: Books, accountant: Client) -> None:
    books.invoice("YS1", "2026-05-01", "1000")
    books.receipt("SK1", "2026-06-01", "400")
    form = address(books, "YS1", "allocate/")
    assert "SK1" in text(accountant.get(form))
    values = {"counterpart": Document.objects.get(number="SK1").pk, "amount": "1,50.00", "on": "2026-06-10"}
    answer = accountant.post(form, values)
    assert answer.status_code == 422, "a separator in the wrong place is not read as an amount"
    answer = accountant.post(form, values | {"amount": "400.00"})
    assert answer["Location"] == address(books, "YS1")
    assert books.open("YS1") == 600
    assert books.open("SK1") == 0
    assert Allocation.objects.get().act.actor_name == "林会计"


def test_settling_works_from_the_receipts_side_too(books: Books, accountant: Client) -> None:
    books.invoice("YS1", "2026-05-01", "1000")
    books.receipt("SK1", "2026-06-01", "400")
    values = {"counterpart": Document.objects.get(number="YS1").pk, "amount": "50", "on": "2026-06-10"}
    assert accountant.post(address(books, "SK1", "allocate/"), values).status_code == 302
    assert books.open("SK1") == 350


@pytest.mark.parametrize(
    ("amount", "on", "said"),
    [
        ("400.01", "2026-06-10", "超过"),
        ("10", "2026-05-20", "早于单据日期"),
        ("10", "2999-01-01", "晚于今天"),
        ("0", "2026-06-10", "必须大于零"),
        ("1e3", "2026-06-10", "请填写数字金额"),
        ("٣", "2026-06-10", "请填写数字金额"),
        ("0.001", "2026-06-10", "小数"),
        ("10", "2026-02-30", "日期应写成"),
    ],
)
def test_a_refused_allocation_changes_nothing_and_says_why(
    books: Books, accountant: Client, amount: str, on: str, said: str
) -> None:
    books.invoice("YS1", "2026-05-01", "1000")
    books.receipt("SK1", "2026-06-01", "400")
    values = {"counterpart": Document.objects.get(number="SK1").pk, "amount": amount, "on": on}
    answer = accountant.post(address(books, "YS1", "allocate/"), values)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert "没有保存" in answer.content.decode()
    assert not Allocation.objects.exists()


def test_only_open_documents_of_the_customer_and_its_group_are_offered(
    books: Books, accountant: Client
) -> None:
    head = books.customer("C0")
    books.customer("C1", parent=head)
    books.invoice("YS1", "2026-05-01", "1000")
    books.receipt("SK1", "2026-06-01", "400")
    books.receipt("SK2", "2026-06-01", "400", customer="C0")
    books.receipt("SK3", "2026-06-01", "400", customer="C9")
    books.receipt("SK4", "2026-06-01", "100", currency="USD", rate=Decimal("7"))
    page = text(accountant.get(address(books, "YS1", "allocate/")))
    offered = [number for number in ("SK1", "SK2", "SK3", "SK4") if number in page]
    assert offered == ["SK1", "SK2"]


def test_undoing_an_allocation(books: Books, accountant: Client) -> None:
    books.invoice("YS1", "2026-05-01", "1000")
    books.receipt("SK1", "2026-06-01", "400")
    books.allocate("SK1", "YS1", "400", "2026-06-01")
    form = address(books, "YS1", f"allocations/{Allocation.objects.get().pk}/undo/")
    assert form in text(accountant.get(address(books, "YS1")))
    assert accountant.post(form, {"on": "2026-06-05"}).status_code == 422, "a reason is asked for"
    assert accountant.post(form, {"on": "2026-05-30", "reason": "认错"}).status_code == 422
    assert books.open("YS1") == 600
    assert accountant.post(form, {"on": "2026-06-05", "reason": "认错了客户"}).status_code == 302
    assert books.open("YS1") == 1000
    assert "认错了客户" in text(accountant.get(address(books, "YS1")))
    assert accountant.post(form, {"on": "2026-06-05", "reason": "再来"}).status_code == 404


def test_writing_off_needs_a_reason_and_the_right(books: Books, accountant: Client, finance: Client) -> None:
    books.invoice("YS1", "2026-05-01", "1000")
    form = address(books, "YS1", "write-off/")
    today = timezone.localdate().isoformat()
    assert "还不能申请" in text(accountant.get(form))  # may ask, but nobody agrees to anything here
    assert accountant.post(form, {"amount": "10", "on": today, "reason": "x"}).status_code == 422
    assert finance.post(form, {"amount": "10", "on": today, "reason": "  "}).status_code == 422
    assert finance.post(form, {"amount": "1000.01", "on": today, "reason": "注销"}).status_code == 422
    assert books.open("YS1") == 1000
    assert finance.post(form, {"amount": "200", "on": today, "reason": "法院终结执行"}).status_code == 302
    assert books.open("YS1") == 800
    page = text(finance.get(address(books, "YS1")))
    assert "法院终结执行" in page
    assert "坏账核销" in page


def test_a_receipt_cannot_be_written_off(books: Books, finance: Client) -> None:
    books.receipt("SK1", "2026-06-01", "400")
    assert finance.get(address(books, "SK1", "write-off/")).status_code == 404


def test_buttons_are_shown_only_to_those_who_may(books: Books, organization: Any) -> None:
    books.invoice("YS1", "2026-05-01", "1000")
    reader = signed_in(member(organization, "collector"))
    page = text(reader.get(address(books, "YS1")))
    assert "allocate/" not in page
    assert "write-off/" not in page


def test_a_settled_invoice_offers_nothing_more(books: Books, finance: Client) -> None:
    books.invoice("YS1", "2026-05-01", "1000")
    books.receipt("SK1", "2026-06-01", "1000")
    books.allocate("SK1", "YS1", "1000", "2026-06-01")
    page = text(finance.get(address(books, "YS1")))
    assert "已结清" in page
    assert "/allocate/" not in page
    assert "没有可以核销的余额" in text(finance.get(address(books, "YS1", "allocate/")))


def test_what_a_customer_writes_is_shown_as_text(books: Books, finance: Client) -> None:
    books.customer("C1", name="<script>alert(1)</script>")
    books.invoice("YS1", "2026-05-01", "1000", memo="<img src=x onerror=alert(1)>")
    page = text(finance.get(address(books, "YS1")))
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_a_salesperson_reaches_documents_of_own_customers_only(books: Books, organization: Any) -> None:
    user, salesperson = seller(organization)
    books.customer("C1", salesperson=salesperson)
    books.invoice("YS1", "2026-05-01", "1000")
    books.invoice("YS2", "2026-05-01", "1000", customer="C2")
    client = signed_in(user)
    assert client.get(address(books, "YS1")).status_code == 200
    assert client.get(address(books, "YS2")).status_code == 404


def test_the_page_costs_the_same_whatever_happened(
    books: Books, finance: Client, django_assert_max_num_queries: Any
) -> None:
    books.invoice("YS1", "2026-05-01", "1000")
    for number in range(12):
        books.receipt(f"SK{number}", "2026-06-01", "10")
        books.allocate(f"SK{number}", "YS1", "10", "2026-06-02")
    finance.get(address(books, "YS1"))
    with django_assert_max_num_queries(47):
        finance.get(address(books, "YS1"))


def test_the_register_lists_documents_with_their_total(books: Books, finance: Client) -> None:
    books.invoice("YS1", "2026-05-01", "1000")
    books.receipt("SK1", "2026-06-01", "400")
    books.advance("YK1", "2026-06-02", "50.25")
    asked = "kind=received&since=2026-06-01"
    page = text(finance.get(f"/o/{books.organization.code}/documents/?{asked}"))
    assert "450.25" in text(finance.get(f"/o/{books.organization.code}/documents/total?{asked}"))
    assert "YS1" not in page

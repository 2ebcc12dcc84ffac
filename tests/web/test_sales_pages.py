"""The pages of sales: writing an invoice, posting it, taking it back; orders; the billing run."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from huikuan.sales.models import Invoice, InvoiceLine, Order, OrderLine, OrderState, Product
from tests.sales.selling import Selling, line
from tests.trade import Books
from tests.web.people import member, seller, signed_in

HEAD = {
    "customer": "C1",
    "invoice_on": "2026-05-20",
    "event": "sale",
    "prices": "net",
    "currency": "CNY",
}


@pytest.fixture
def selling(books: Books) -> Selling:
    books.customer("C1")
    return Selling(books)


@pytest.fixture
def accountant(organization: Any) -> Client:
    return signed_in(member(organization, "ar_accountant", name="林会计"))


def at(selling: Selling, rest: str) -> str:
    return f"/o/{selling.books.organization.code}/sales/{rest}"


def typed(*rows: tuple[str, ...], **more: str) -> dict[str, Any]:
    """A posted form: (product, text, quantity, unit, price, discount, tax) per row."""
    names = ("product", "text", "quantity", "unit", "price", "discount", "tax")
    columns = {f"line_{name}": [row[at] for row in rows] for at, name in enumerate(names)}
    return {**HEAD, **columns, **more}


def words(answer: Any) -> str:
    return str(answer.content.decode())


def test_from_the_form_to_the_receivable(selling: Selling, accountant: Client) -> None:
    data = typed(
        ("", "机加工件", "2", "件", "1,000", "5%", "13"),
        ("", "安装", "1", "次", "100", "10", "6"),
        ("", "", "", "", "", "", "13"),
    )
    answer = accountant.post(at(selling, "invoices/add/"), data)
    assert answer.status_code == 302, words(answer)
    draft = Invoice.objects.get()
    assert (draft.net, draft.tax) == (1990, Decimal("252.40"))
    page = words(accountant.get(answer["Location"]))
    assert "2,242.40" in page and "草稿还不是应收" in page
    posted = accountant.post(at(selling, f"invoices/{draft.pk}/post/"), {"go": "1"})
    draft.refresh_from_db()
    document = words(accountant.get(posted["Location"]))
    assert draft.number in document and "安装" in document and "开红字" in document
    again = accountant.post(at(selling, f"invoices/{draft.pk}/post/"), {"go": "1"})
    assert again.status_code == 422 and "已经过账" in words(again)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (("", "件", "-1", "", "10", "", "13"), "数量必须大于零"),
        (("", "件", "一", "", "10", "", "13"), "数量不是数字"),
        (("", "件", "1e9", "", "10", "", "13"), "数量不是数字"),
        (("", "件", "1", "", "", "", "13"), "请填写单价"),
        (("P9", "", "1", "", "10", "", "13"), "没有这个产品"),
        (("", "件", "1", "", "10", "11", "13"), "折扣超过了价款"),
        (("", "件", "1", "", "10", "", "17"), "不认识的税率"),
    ],
)
def test_a_wrong_row_keeps_what_was_typed(
    selling: Selling, accountant: Client, row: tuple[str, ...], said: str
) -> None:
    good = ("", "别的货", "1", "", "1", "", "13")
    answer = accountant.post(at(selling, "invoices/add/"), typed(good, row))
    assert answer.status_code == 422
    assert said in words(answer) and "别的货" in words(answer)
    assert not Invoice.objects.exists()


def test_a_form_without_lines_or_customer(selling: Selling, accountant: Client) -> None:
    answer = accountant.post(at(selling, "invoices/add/"), typed(customer="C9"))
    assert answer.status_code == 422 and "没有这个客户" in words(answer)
    answer = accountant.post(at(selling, "invoices/add/"), typed())
    assert "至少要有一行" in words(answer)


def test_the_server_sums_while_typing(selling: Selling, accountant: Client) -> None:
    data = typed(("", "件", "3", "", "33.33", "", "13"), prices="gross")
    answer = words(accountant.post(at(selling, "invoices/sums/"), data))
    assert "88.49" in answer and "11.50" in answer and "99.99" in answer
    assert 'id="line-sum-0"' in answer and "hx-swap-oob" in answer


def test_rows_come_go_and_fill_themselves(selling: Selling, accountant: Client) -> None:
    Product.objects.create(
        organization_id=selling.books.organization.pk,
        code="P1",
        name="注塑机",
        unit="台",
        tax_code="9",
        price=500,
    )
    first = ("", "甲", "1", "", "1", "", "13")
    second = ("P1", "", "", "", "", "", "13")
    lines = at(selling, "invoices/lines/")
    more = words(accountant.post(lines, typed(first, second, add="1")))
    assert more.count('name="line_text"') == 3
    less = words(accountant.post(lines, typed(first, second, remove="0")))
    assert less.count('name="line_text"') == 1 and "P1" in less
    filled = words(accountant.post(lines, typed(first, second, filled="1")))
    assert 'value="注塑机"' in filled and 'value="500.00"' in filled and "545.00" in filled


def test_a_credit_note_by_line(selling: Selling, accountant: Client) -> None:
    invoice = selling.invoice(line("10", "10000"))
    [found] = InvoiceLine.objects.filter(invoice=invoice)
    form = at(selling, f"invoices/{invoice.pk}/credit/")
    assert "可红冲 10" in words(accountant.get(form))
    beyond = accountant.post(form, {"on": "2026-06-01", "reason": "退货", f"quantity_{found.pk}": "11"})
    assert beyond.status_code == 422 and "还可红冲的数量" in words(beyond)
    made = accountant.post(form, {"on": "2026-06-01", "reason": "退货", f"quantity_{found.pk}": "1"})
    assert made.status_code == 302
    credit = Invoice.objects.get(kind="credit_note")
    assert credit.amount == 11300


def test_a_posted_invoice_is_reversed(selling: Selling, accountant: Client) -> None:
    invoice = selling.invoice(line("1", "100"))
    page = f"/o/{selling.books.organization.code}/documents/{invoice.document_id}/"
    assert accountant.get(page).content.decode().count("/void/") == 1
    form = f"{page}void/"
    assert accountant.post(form, {"reason": ""}).status_code == 422
    answer = accountant.post(form, {"reason": "开错"})
    assert "已冲销" in words(accountant.get(answer["Location"]))
    invoice.refresh_from_db()
    assert invoice.state == "void"


def test_an_order_from_entry_to_invoice(selling: Selling, accountant: Client) -> None:
    data = typed(("", "机加工件", "10", "件", "100", "", "13"))
    made = accountant.post(at(selling, "orders/add/"), data)
    assert made.status_code == 302, words(made)
    order = Order.objects.get()
    found = OrderLine.objects.get()
    deliver = at(selling, f"orders/{order.pk}/deliver/")
    beyond = accountant.post(deliver, {"on": "2026-05-25", str(found.pk): "11"})
    assert beyond.status_code == 422 and "只剩 10 未发" in words(beyond)
    assert accountant.post(deliver, {"on": "2026-05-25", str(found.pk): "4"}).status_code == 302
    change = at(selling, f"orders/{order.pk}/change/")
    assert accountant.post(change, {str(found.pk): "3"}).status_code == 422
    assert accountant.post(change, {str(found.pk): "8"}).status_code == 302
    bill = accountant.post(at(selling, f"orders/{order.pk}/bill/"), {"on": "2026-05-31"})
    assert "452.00" in words(accountant.get(bill["Location"]))
    page = words(accountant.get(made["Location"]))
    assert "已发未开票（暂估）" in page and "FH202605000001" in page
    accountant.post(at(selling, f"orders/{order.pk}/close/"), {"reason": "客户取消"})
    order.refresh_from_db()
    assert order.state == OrderState.CLOSED


def test_the_billing_run_shows_what_it_will_do(selling: Selling, accountant: Client) -> None:
    for customer in ("C1", "C1", "C2"):
        selling.deliver(selling.order(line("1", "100"), customer=customer), "1")
    page = words(accountant.get(at(selling, "billing/") + "?until=2026-05-31&per=customer"))
    assert "226.00" in page and "339.00" in page
    data = {"until": "2026-05-31", "on": "2026-05-31", "per": "customer", "post": "post"}
    answer = accountant.post(at(selling, "billing/"), data)
    assert answer.status_code == 302
    assert sorted(Invoice.objects.values_list("amount", "state")) == [(113, "posted"), (226, "posted")]
    assert "没有待开票的发货" in words(accountant.get(at(selling, "billing/")))


def test_a_salesperson_sees_their_own_customers_only(selling: Selling) -> None:
    user, salesperson = seller(selling.books.organization)
    selling.books.customer("C2", salesperson=salesperson)
    theirs, others = selling.order(line("1", "1"), customer="C2"), selling.order(line("1", "1"))
    draft = selling.draft(line("1", "1"))
    client = signed_in(user)
    page = words(client.get(at(selling, "orders/")))
    assert theirs.number in page and others.number not in page
    assert client.get(at(selling, f"orders/{others.id}/")).status_code == 404
    assert client.get(at(selling, f"orders/{others.id}/close/")).status_code == 404
    assert client.get(at(selling, f"invoices/{draft}/")).status_code == 404


def test_drafts_are_posted_from_the_list(selling: Selling, accountant: Client) -> None:
    keys = [selling.draft(line("1", "1")) for _ in range(3)]
    act = at(selling, "invoices/act/post")
    data = {"query": "", "key": [str(key) for key in keys[:2]], "confirmed": "1"}
    accountant.post(act, data)
    assert Invoice.objects.filter(state="posted").count() == 2


def test_interest_for_paying_late_becomes_a_draft(selling: Selling, accountant: Client) -> None:
    books = selling.books
    books.invoice("YS1", "2026-05-01", "100000.00", due="2026-05-31")
    books.invoice("YS2", "2026-05-01", "500.00", due="2999-01-01")
    page = at(selling, "invoices/interest/?customer=C1")
    offered = words(accountant.get(page))
    assert "YS1" in offered and "YS2" not in offered and 'value="0.05"' in offered
    item = str(books.item("YS1").pk)
    asked = {"items": item, "rate": "0.05", "until": "2026-07-15", "on": "2026-07-15", "tax_code": "13"}
    assert "日期" in words(accountant.post(page, {**asked, "until": ""}))
    assert accountant.post(page, {**asked, "items": str(books.item("YS2").pk)}).status_code == 422
    answer = accountant.post(page, asked)
    draft = Invoice.objects.get(event="late_interest")
    assert answer["Location"] == at(selling, f"invoices/{draft.pk}/")
    assert (draft.amount, draft.tax, draft.kind) == (2250, Decimal("258.85"), "debit_note")
    assert "其中 45 天已计收" in words(accountant.get(page))


def test_a_note_typed_by_hand_asks_for_its_days(selling: Selling, accountant: Client) -> None:
    books = selling.books
    books.invoice("YS1", "2026-05-01", "100000.00", due="2026-05-31")
    note = selling.invoice(
        line("1", "100", text="违约金"), kind="debit_note", event="late_interest", on="2026-06-10"
    )
    shown = reverse("document", args=[books.organization.code, note.document_id])
    asked = at(selling, f"invoices/{note.pk}/late-days/")
    assert asked in words(accountant.get(shown))
    charging = at(selling, "invoices/interest/?customer=C1")
    assert note.number in words(accountant.get(charging))
    item = str(books.item("YS1").pk)
    assert accountant.post(asked, {"items": item, "until": "2026-06-11"}).status_code == 422
    answer = accountant.post(asked, {"items": item, "first": "", "until": "2026-06-10"})
    assert answer["Location"] == shown
    after = words(accountant.get(shown))
    assert asked not in after and "2026-06-01" in after and "计收违约金的天数" in after
    assert note.number not in words(accountant.get(charging))

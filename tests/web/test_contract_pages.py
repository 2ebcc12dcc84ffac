"""Pages of contracts and tax invoices: signing with a live check, milestones, billing, uploads, links, the chain."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from huikuan.customers.models import Customer
from huikuan.ledger.models import Document
from huikuan.sales.contracts import Contract, PlanEvent, PlanLine, TaxInvoice, TaxInvoiceLink
from huikuan.sales.models import Invoice
from tests.sales.agreeing import happened, sign
from tests.sales.selling import Selling, line
from tests.sales.tax_invoice_samples import NUMBER, ofd, xml
from tests.web.people import member, seller, signed_in

pytestmark = pytest.mark.django_db
PLAN = {
    "line-0-name": "预付款",
    "line-0-trigger": "date",
    "line-0-size": "30%",
    "line-0-bill_on": "2026-01-05",
    "line-3-name": "验收款",
    "line-3-trigger": "milestone",
    "line-3-size": "79,100.00",
    "line-3-milestone": "验收",
    "line-3-days": "30",
    "line-4-name": "",
    "line-4-size": "",
}
HEAD = {
    "customer": "C1",
    "name": "数控机床",
    "amount": "113,000.00",
    "tax_code": "13",
    "currency": "CNY",
    "signed_on": "2026-01-05",
}


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Any) -> None:
    settings.FILES_FOLDER = str(tmp_path)


@pytest.fixture
def accountant(books: Any) -> Client:
    books.customer("C1")
    return signed_in(member(books.organization, "ar_accountant"))


def at(books: Any, *parts: object) -> str:
    return f"/o/{books.organization.code}/" + "".join(f"{part}/" for part in parts)


def text_of(response: Any) -> str:
    return str(response.content.decode())


def test_a_contract_is_signed_with_its_plan(books: Any, accountant: Client) -> None:
    assert accountant.get(at(books, "contracts", "new")).status_code == 200
    response = accountant.post(at(books, "contracts", "new"), HEAD | PLAN, follow=True)
    contract = Contract.objects.get()
    assert response.redirect_chain == [(at(books, "contracts", contract.pk), 302)]
    assert [f"{line.amount:.2f}" for line in PlanLine.objects.order_by("position")] == [
        "33900.00",
        "79100.00",
    ]
    assert "未触发" in text_of(response)
    assert contract.number in text_of(accountant.get(at(books, "contracts")))


def test_a_plan_that_does_not_add_up_is_said_while_typing_and_refused(books: Any, accountant: Client) -> None:
    wrong = HEAD | PLAN | {"line-0-size": "29%"}
    assert "还差 1,130.00" in text_of(accountant.post(at(books, "contracts", "plan-check"), wrong))
    right = text_of(accountant.post(at(books, "contracts", "plan-check"), HEAD | PLAN))
    assert "计划与合同金额相符" in right
    assert "33,900.00" in right
    response = accountant.post(at(books, "contracts", "new"), wrong)
    assert response.status_code == 422
    assert "还差 1,130.00" in text_of(response)
    assert not Contract.objects.exists()


@pytest.mark.parametrize("size", ["", "abc", "-5%", "1e400", "NaN", "٣٠%"])
def test_sizes_that_are_no_numbers(books: Any, accountant: Client, size: str) -> None:
    wrong = HEAD | PLAN | {"line-0-size": size}
    assert accountant.post(at(books, "contracts", "plan-check"), wrong).status_code == 200
    assert accountant.post(at(books, "contracts", "new"), wrong).status_code == 422
    assert not Contract.objects.exists()


def test_a_milestone_is_confirmed_and_billed_at_once_and_only_once(books: Any, accountant: Client) -> None:
    contract = sign(books)
    line = PlanLine.objects.get(contract=contract, name="验收款")
    url = at(books, "contracts", contract.pk, "lines", line.pk, "milestone")
    answer = {"on": "2026-02-01", "note": "验收单 7"}
    response = accountant.post(url, answer, follow=True)
    invoice = Invoice.objects.get()
    assert invoice.amount == Decimal("113000.00")
    assert f"已开应收单 {invoice.number}" in text_of(response)
    again = accountant.post(url, answer)
    assert again.status_code == 422
    assert "没有重复确认" in text_of(again)
    assert PlanEvent.objects.count() == Invoice.objects.count() == 1


def test_a_salesperson_confirms_on_the_way_and_finance_bills(books: Any) -> None:
    user, person = seller(books.organization)
    Customer.objects.filter(pk=books.customer("C1").pk).update(salesperson=person)
    contract, hidden = sign(books), sign(books, customer="C2")
    client = signed_in(user)
    line = PlanLine.objects.get(contract=contract, name="验收款")
    client.post(
        at(books, "contracts", contract.pk, "lines", line.pk, "milestone"),
        {"on": "2026-02-01", "note": "签收"},
    )
    assert PlanEvent.objects.get().by_name == user.name
    assert not Invoice.objects.exists()
    assert client.get(at(books, "contracts", hidden.pk)).status_code == 404
    assert hidden.number not in text_of(client.get(at(books, "contracts")))
    assert client.get(at(books, "contracts", "billing")).status_code == 403


def test_the_run_shows_what_it_will_bill_and_bills_it_once(books: Any, accountant: Client) -> None:
    sign(books)
    sign(books)
    preview = text_of(accountant.get(at(books, "contracts", "billing")))
    assert "2 份合同待开票，合计 CNY 67,800.00" in preview
    accountant.post(at(books, "contracts", "billing"), {"on": "2026-06-01"})
    accountant.post(at(books, "contracts", "billing"), {"on": "2026-06-01"})
    assert Invoice.objects.count() == 2
    assert "没有到期未开票的款项" in text_of(accountant.get(at(books, "contracts", "billing")))


def test_change_and_cancel_by_page(books: Any, accountant: Client) -> None:
    contract = sign(books)
    url = at(books, "contracts", contract.pk, "change")
    assert "5650.00" in text_of(accountant.get(url))
    answer = PLAN | {"amount": "100000.00", "reason": "减少", "revision": "1", "line-3-size": "70%"}
    assert accountant.post(url, answer).status_code == 302
    assert accountant.post(url, answer).status_code == 422
    page = text_of(accountant.get(at(books, "contracts", contract.pk)))
    assert "变更记录" in page
    assert "减少" in page
    cancel = at(books, "contracts", contract.pk, "cancel")
    assert accountant.post(cancel, {"reason": "停产", "revision": "2"}).status_code == 302
    assert Contract.objects.get().amount == 0


def test_uploads_say_what_became_of_each_file(books: Any, accountant: Client) -> None:
    files = [
        SimpleUploadedFile("一.ofd", ofd()),
        SimpleUploadedFile("二.xml", xml(number="26312000000000000018", buyer="生人")),
        SimpleUploadedFile("三.xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"),
        SimpleUploadedFile("四.xml", xml()),
    ]
    page = text_of(accountant.post(at(books, "tax-invoices", "upload"), {"file": files}))
    assert "购买方不在客户档案里" in page
    assert "文档类型或实体声明" in page
    assert "已经上传过" in page
    assert TaxInvoice.objects.count() == 2
    assert NUMBER in text_of(accountant.get(at(books, "tax-invoices")))


def test_a_tax_invoice_is_linked_and_the_document_shows_the_whole_chain(
    books: Any, accountant: Client
) -> None:
    contract = sign(books)
    happened(books, contract, "验收", "2026-02-01")
    accountant.post(at(books, "contracts", contract.pk, "bill"), {})
    document = Document.objects.get()
    accountant.post(at(books, "tax-invoices", "upload"), {"file": [SimpleUploadedFile("一.xml", xml())]})
    invoice = TaxInvoice.objects.get()
    url = at(books, "tax-invoices", invoice.pk)
    assert document.number in text_of(accountant.get(url))
    too_much = accountant.post(f"{url}link/", {"document": str(document.pk), "amount": "113000.01"})
    assert "可以关联" in text_of(too_much)
    assert too_much.status_code == 422
    assert (
        accountant.post(f"{url}link/", {"document": str(document.pk), "amount": "113,000.00"}).status_code
        == 302
    )
    page = text_of(accountant.get(at(books, "documents", document.pk)))
    chain = page[page.index('class="chain"') : page.index("</ol>", page.index('class="chain"'))]
    for part in (contract.number, document.number, NUMBER):
        assert part in chain
    assert at(books, "contracts", contract.pk) in chain
    link = TaxInvoiceLink.objects.get()
    undo = f"{url}links/{link.pk}/undo/"
    assert accountant.post(undo, {"reason": "错"}).status_code == 302
    assert accountant.post(undo, {"reason": "错"}).status_code == 404


def test_what_does_not_exist(books: Any, accountant: Client) -> None:
    for path in (
        at(books, "contracts", uuid4()),
        at(books, "tax-invoices", uuid4()),
        at(books, "contracts", sign(books).pk, "lines", uuid4(), "milestone"),
    ):
        assert accountant.get(path).status_code == 404


def test_a_contract_for_an_order_is_signed_from_its_page(books: Any, accountant: Client) -> None:
    selling = Selling(books)
    order = selling.order(line("100", "1000"))
    selling.deliver(order, "10")
    page = text_of(accountant.get(at(books, "sales", "orders", order.id)))
    new = at(books, "contracts", "new") + f"?order={order.number}"
    assert new in page and "已发未开票" in page
    offered = text_of(accountant.get(new))
    assert order.number in offered and "113000.00" in offered
    person = seller(books.organization)[1]
    wrong = HEAD | PLAN | {"order": "DD-0", "salesperson": str(person.pk)}
    assert "没有订单 DD-0" in text_of(accountant.post(new, wrong))
    accountant.post(new, wrong | {"order": order.number})
    contract = Contract.objects.get()
    assert (contract.order_id, contract.salesperson_id) == (order.id, person.pk)
    page = text_of(accountant.get(at(books, "sales", "orders", order.id)))
    assert at(books, "contracts", contract.pk) in page and new not in page
    assert "已发未开票" not in page and at(books, "sales", "orders", order.id, "bill") not in page


def test_an_advance_is_taken_from_the_page_of_its_contract(books: Any, accountant: Client) -> None:
    contract = sign(books, tax_code="9")
    page = text_of(accountant.get(at(books, "contracts", contract.pk)))
    advance = at(books, "settlements", "advances", "new") + f"?customer=C1&contract={contract.number}"
    assert advance.replace("&", "&amp;") in page
    form = text_of(accountant.get(advance))
    assert f'value="{contract.number}"' in form and 'value="9" selected' in form

"""The customers' pages, what an empty company is told, and files that are taken."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.test import Client

from huikuan.audit.models import Event
from huikuan.customers.models import CustomerName
from huikuan.customers.operations import ContactFacts, CustomerFacts, add_contacts, create_customers
from tests.trade import Books
from tests.web.people import member, signed_in


@pytest.fixture
def clerk(organization: Any) -> Client:
    return signed_in(member(organization, "ar_accountant", name="林会计"))


def text(answer: Any) -> str:
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.mark.parametrize("words", ["机械", "K01", "nbjx", "老名字", "ＮＢＪＸ"])
def test_a_customer_is_found_by_any_of_its_names(books: Books, clerk: Client, words: str) -> None:
    facts = [CustomerFacts(code="K01", name="宁波机械有限公司"), CustomerFacts(code="Z02", name="上海纺织厂")]
    machines, _cloth = create_customers(facts, actor=books.actor)
    CustomerName.objects.create(
        organization_id=books.organization.pk, customer=machines, kind="former", name="老名字工厂"
    )
    html = text(clerk.get(f"/o/{books.organization.code}/customers/", {"q": words}))
    assert "宁波机械" in html
    assert "上海纺织厂" not in html


def test_the_largest_debtor_can_come_first(books: Books, clerk: Client) -> None:
    for code, amount in (("C1", "10"), ("C2", "300"), ("C3", "20")):
        books.invoice(f"YS{code}", "2026-01-05", amount, customer=code)
    html = text(clerk.get(f"/o/{books.organization.code}/customers/?sort=-balance"))
    assert html.index("客户C2") < html.index("客户C3") < html.index("客户C1")


def test_contacts_are_masked_until_somebody_may_and_asks(books: Books, clerk: Client) -> None:
    customer = books.customer("C1")
    person = ContactFacts(customer_id=customer.pk, name="李杰", phone="13812345678", email="li@example.com")
    add_contacts([person], actor=books.actor)
    address = f"/o/{books.organization.code}/customers/{customer.pk}/"
    html = text(clerk.get(address))
    assert "138****5678" in html
    assert "13812345678" not in html
    assert "li@example.com" not in html

    reader = signed_in(member(books.organization, "customer_service"))
    assert "contacts/" not in text(reader.get(address))
    assert reader.post(f"{address}contacts/").status_code == 403
    assert not Event.objects.filter(action="revealed").exists()

    html = text(clerk.post(f"{address}contacts/"))
    assert "13812345678" in html
    assert "li@example.com" in html
    assert Event.objects.get(action="revealed").act.actor_name == "林会计"


def test_the_page_shows_balance_names_and_group(books: Books, clerk: Client) -> None:
    head = books.customer("C0", name="母公司")
    customer = books.customer("C1", parent=head)
    books.invoice("YS1", "2026-01-05", "100.50", due="2026-02-05")
    books.receipt("SK1", "2026-01-06", "40")
    html = text(clerk.get(f"/o/{books.organization.code}/customers/{customer.pk}/"))
    for words in ("100.50", "−40.00", "60.50", "母公司", "YS1", "SK1"):
        assert words in html, words


def test_without_the_ledger_no_amounts_are_shown(books: Books, organization: Any) -> None:
    from huikuan.organizations.models import Role

    Role.objects.filter(code="customer_service").update(permissions=["customer.read"])
    books.invoice("YS1", "2026-01-05", "123.45")
    reader = signed_in(member(organization, "customer_service"))
    base = f"/o/{organization.code}/customers/"
    assert "123.45" not in text(reader.get(base))
    assert "123.45" not in text(reader.get(f"{base}{books.customers['C1'].pk}/"))


def test_an_empty_company_is_told_what_to_do_first(organization: Any, clerk: Client) -> None:
    html = text(clerk.get(f"/o/{organization.code}/"))
    assert "从导入开始" in html
    assert "kind=customers" in html
    assert "kind=invoices" in html
    reader = signed_in(member(organization, "executive"))
    assert "kind=customers" not in text(reader.get(f"/o/{organization.code}/"))


def test_a_file_runs_no_formula_and_names_who_took_it(books: Books, clerk: Client) -> None:
    books.customer("=1+1", name='=HYPERLINK("http://evil.example")')
    books.invoice("YS1", "2026-01-05", "1234.50", customer="=1+1")
    books.receipt("SK1", "2026-01-06", "34.50", customer="=1+1")
    base = f"/o/{books.organization.code}/aging/file"
    answer = clerk.get(f"{base}.csv")
    assert answer["Content-Disposition"].startswith("attachment")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    [row] = [row for row in rows if "1+1" in row[0]]
    assert row[:3] == ["'=1+1", '\'=HYPERLINK("http://evil.example")', "CNY"]
    assert row[-3:] == ["1234.50", "-34.50", "1200.00"]
    event = Event.objects.get(action="exported")
    assert event.act.actor_name == "林会计"
    assert event.content["rows"] == 1


def test_the_workbook_keeps_text_as_text_and_amounts_as_numbers(books: Books, clerk: Client) -> None:
    from python_calamine import CalamineWorkbook

    books.customer("007", name="=1+1")
    books.invoice("YS1", "2026-01-05", "1234.50", customer="007")
    answer = clerk.get(f"/o/{books.organization.code}/aging/file.xlsx")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    [row] = [row for row in rows if row[0] == "007"]
    assert row[1] == "=1+1"
    assert row[-1] == 1234.5

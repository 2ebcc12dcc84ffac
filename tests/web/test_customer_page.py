"""One customer's page, its timeline and bars, and looking customers up on the phone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from huikuan.audit.models import Event
from huikuan.customers.models import Customer
from huikuan.customers.operations import (
    ContactFacts,
    CustomerFacts,
    add_contacts,
    change_customers,
    create_customers,
)
from huikuan.web.customers.timeline import KINDS, timeline
from tests.conftest import TODAY
from tests.files.contents import PDF
from tests.trade import Books
from tests.web.people import member, seller, signed_in

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.FILES_FOLDER = str(tmp_path / "files")


@pytest.fixture
def clerk(organization: Any) -> Client:
    return signed_in(member(organization, "ar_accountant", name="林会计"))


@pytest.fixture
def customer(books: Books) -> Customer:
    """A customer with a debt that is overdue, one that was paid late, and a credit."""
    [made] = create_customers([CustomerFacts(code="K1", name="宁波机械", region="华东")], actor=books.actor)
    books.customers["K1"] = made
    books.invoice("YS1", "2026-01-05", "100.50", due="2026-02-05", customer="K1")
    books.invoice("YS2", "2026-03-05", "70", due="2026-04-05", customer="K1")
    books.receipt("SK1", "2026-04-25", "110", customer="K1")
    books.allocate("SK1", "YS2", "70", "2026-04-25")
    return made


def address(books: Books, customer: Customer, more: str = "") -> str:
    return f"/o/{books.organization.code}/customers/{customer.pk}/{more}"


def html(answer: Any) -> str:
    assert answer.status_code == 200
    return str(answer.content.decode())


def titles(text: str) -> list[str]:
    found = re.findall(r'<span class="track-title">(.*?)</span>', text, flags=re.DOTALL)
    return [re.sub(r"<.*?>", "", each).strip() for each in found]


def test_one_screen_answers_a_call(books: Books, clerk: Client, customer: Customer) -> None:
    text = html(clerk.get(address(books, customer)))
    for words in ("100.50", "−40.00", "净额 60.50", "已逾期", "华东", "YS1", "K1"):
        assert words in text, words
    assert "YS2" not in text, "paid: in the timeline, not among what is open"


def test_the_tiles_are_the_totals_of_the_lists_behind_them(
    books: Books, clerk: Client, customer: Customer
) -> None:
    text = html(clerk.get(address(books, customer)))
    tiles = re.findall(r'tile-link" href="([^"]+)">(.*?)</a>.*?tile-value[^>]*>(.*?)</div>', text, re.DOTALL)
    assert [label for _url, label, _value in tiles] == ["应收余额", "其中逾期", "未核销贷项"]
    for url, _label, value in tiles:
        path, _mark, query = url.replace("&amp;", "&").partition("?")
        total = html(clerk.get(f"{path}total?{query}", headers=HTMX))
        assert value in re.sub(r"<.*?>", "", total), (url, value)


def test_how_late_it_pays(books: Books, clerk: Client, customer: Customer) -> None:
    text = html(clerk.get(address(books, customer, "payments"), headers=HTMX))
    assert text.count('class="spark-slow"') == 1
    assert "YS2 · 70.00 · 到期 2026-04-05 · 付清 2026-04-25 · 晚 20 天" in text
    assert "20 天" in text.split('id="behaviour"')[0], "the tile"
    page = html(clerk.get(address(books, customer)))
    assert "付清 2026-04-25" not in page, "the bars come after the page"


def test_the_timeline_tells_everything_the_latest_first(
    books: Books, clerk: Client, customer: Customer
) -> None:
    change_customers(
        [(customer, CustomerFacts(code="K1", region="华南"))], actor=books.actor, effective_on=TODAY
    )
    base = f"/o/{books.organization.code}"
    clerk.post(f"{base}/notes/customer/{customer.pk}/", {"text": "月底付款"})
    clerk.post(
        f"{base}/files/customer/{customer.pk}/", {"file": SimpleUploadedFile("合同.pdf", PDF)}, headers=HTMX
    )
    text = html(clerk.get(address(books, customer, "timeline"), headers=HTMX))
    today = {"变更档案：地区", "备注", "上传附件：合同.pdf", "建立客户档案"}
    found = titles(text)
    assert set(found[:4]) == today
    assert found[4:] == [
        "核销：收款单 SK1 → 应收单 YS2",
        "收款单 SK1",
        "应收单 YS2",
        "应收单 YS1",
    ]
    assert "月底付款" in text
    days = re.findall(r'<time class="date" datetime="([^"]+)"', text)
    assert days == sorted(days, reverse=True)


def test_chips_narrow_the_timeline(books: Books, clerk: Client, customer: Customer) -> None:
    for kind, expected in (
        ("document", ["应收单 YS2", "应收单 YS1"]),
        ("money", ["收款单 SK1"]),
        ("settlement", ["核销：收款单 SK1 → 应收单 YS2"]),
        ("change", ["建立客户档案"]),
        ("note", []),
        ("file", []),
    ):
        assert titles(html(clerk.get(address(books, customer, f"timeline?kind={kind}"), headers=HTMX))) == (
            expected
        ), kind


def test_an_undone_allocation_stays_in_the_timeline(books: Books, clerk: Client, customer: Customer) -> None:
    books.unallocate("SK1", "YS2", "2026-05-06")
    found = titles(html(clerk.get(address(books, customer, "timeline?kind=settlement"), headers=HTMX)))
    assert found == ["反核销：收款单 SK1 → 应收单 YS2", "核销：收款单 SK1 → 应收单 YS2"]


def test_pages_of_the_timeline_join_without_gap(books: Books, customer: Customer) -> None:
    for number in range(7):
        books.invoice(f"Z{number}", "2026-05-05", "10", customer="K1")
        books.receipt(f"R{number}", "2026-05-05", "10", customer="K1")
        books.allocate(f"R{number}", f"Z{number}", "10", "2026-05-05")
    options = {"kinds": KINDS, "with_documents": True, "time_zone": "Asia/Shanghai"}
    whole = timeline(customer.pk, size=200, **options)
    assert len(whole.entries) == 7 * 3 + 5
    assert whole.earlier == ""
    read, before = [], ""
    for _page in range(20):
        page = timeline(customer.pk, size=4, before=before, **options)
        read += [entry.key for entry in page.entries]
        before = page.earlier
        if not before:
            break
    assert read == [entry.key for entry in whole.entries]
    assert timeline(customer.pk, before="nonsense", **options).entries[0].key == read[0]


def test_one_receipt_for_many_debts_is_one_entry(books: Books, clerk: Client, customer: Customer) -> None:
    from decimal import Decimal

    from huikuan.ledger.operations import NewAllocation, allocate
    from tests.trade import day

    books.receipt("SK9", "2026-06-05", "30", customer="K1")
    news = []
    for number in ("Z1", "Z2", "Z3"):
        books.invoice(number, "2026-05-05", "10", customer="K1")
        news.append(
            NewAllocation(books.item(number).pk, books.item("SK9").pk, Decimal(10), day("2026-06-05"))
        )
    allocate(news, actor=books.actor, today=TODAY)
    text = html(clerk.get(address(books, customer, "timeline?kind=settlement"), headers=HTMX))
    assert titles(text)[0] == "核销：收款单 SK9 → 3 张应收单"
    assert "30.00" in text


def test_a_payment_of_the_group_shows_on_the_member(books: Books, clerk: Client) -> None:
    head = books.customer("H", name="母公司")
    daughter = books.customer("D", name="子公司", parent=head)
    books.invoice("YS1", "2026-01-05", "50", customer="D")
    books.receipt("SK1", "2026-02-05", "50", customer="H")
    books.allocate("SK1", "YS1", "50", "2026-02-05")
    for each in (head, daughter):
        found = titles(html(clerk.get(address(books, each, "timeline?kind=settlement"), headers=HTMX)))
        assert found == ["核销：收款单 SK1 → 应收单 YS1"]


def test_without_the_ledger_there_is_no_money_in_the_timeline(
    books: Books, clerk: Client, customer: Customer
) -> None:
    base = f"/o/{books.organization.code}"
    invoice = books.invoice("YS7", "2026-05-05", "10", customer="K1")
    clerk.post(f"{base}/notes/document/{invoice.pk}/", {"text": "发票备注"})
    found = timeline(customer.pk, kinds=KINDS, with_documents=False, time_zone="Asia/Shanghai")
    assert {entry.kind for entry in found.entries} == {"change"}
    everything = timeline(customer.pk, kinds=("note",), with_documents=True, time_zone="Asia/Shanghai")
    assert [entry.number for entry in everything.entries] == ["YS7"]


def test_timeline_and_bars_without_scripts(books: Books, clerk: Client, customer: Customer) -> None:
    text = html(clerk.get(address(books, customer, "timeline")))
    assert "<html" in text
    assert "应收单 YS1" in text


def test_others_customers_have_no_page(books: Books, clerk: Client, customer: Customer) -> None:
    user, own = seller(books.organization)
    salesperson = signed_in(user)
    for more in ("", "payments", "timeline"):
        assert salesperson.get(address(books, customer, more)).status_code == 404
    for more in ("contacts/", "phones"):
        assert salesperson.post(address(books, customer, more)).status_code == 404
    assert "宁波机械" not in html(salesperson.get(f"/o/{books.organization.code}/customers/lookup/?q=nb"))
    Customer.objects.filter(pk=customer.pk).update(salesperson=own)
    assert "宁波机械" in html(salesperson.get(f"/o/{books.organization.code}/customers/lookup/?q=nb"))
    assert salesperson.get(address(books, customer, "timeline")).status_code == 200


def test_the_lookup_shows_most_overdue_first_and_calls(
    books: Books, clerk: Client, customer: Customer
) -> None:
    books.invoice("YS8", "2026-01-05", "900", due="2026-02-05", customer="C8")
    person = ContactFacts(customer_id=customer.pk, name="李杰", phone="138 1234 5678", email="li@example.com")
    add_contacts([person], actor=books.actor)
    lookup = f"/o/{books.organization.code}/customers/lookup/"
    text = html(clerk.get(lookup))
    assert text.index("客户C8") < text.index("宁波机械")
    assert "5678" not in text
    assert text.count("reach-button") == 1, "only who has a contact can be called"
    assert "客户C8" not in html(clerk.get(lookup, {"q": "宁波"}))

    answer = html(clerk.post(address(books, customer, "phones"), headers=HTMX))
    assert 'href="tel:' in answer
    assert "mailto:li@example.com" in answer
    assert Event.objects.get(action="revealed").act.actor_name == "林会计"
    contacts = html(clerk.post(address(books, customer, "contacts/"), headers=HTMX))
    assert "<html" not in contacts
    assert 'href="tel:' in contacts
    reader = signed_in(member(books.organization, "customer_service"))
    assert "reach-button" not in html(reader.get(lookup))
    assert reader.post(address(books, customer, "phones")).status_code == 403


def test_the_statement_is_what_is_open(books: Books, clerk: Client, customer: Customer) -> None:
    books.invoice("YS8", "2026-01-05", "900", customer="C8")
    text = html(clerk.get(address(books, customer)))
    [query] = re.findall(r'name="query" value="([^"]*)"', text.split("quick")[1].split("</header>")[0])
    answer = clerk.post(f"/o/{books.organization.code}/items/file", {"query": query, "form": "csv"})
    content = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert "YS1" in content
    assert "YS2" not in content
    assert "YS8" not in content
    assert timezone.is_aware(Event.objects.get(action="exported").act.recorded_at)

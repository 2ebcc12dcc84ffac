"""Notes on pages, the bell, and the page of notices."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from huikuan.notices.models import Note, Notice
from huikuan.organizations.models import User
from tests.trade import Books
from tests.web.people import member, seller, signed_in


@pytest.fixture
def manager(organization: Any) -> User:
    return member(organization, "finance_manager", name="沈经理")


def post(client: Client, books: Books, text: str, *, code: str = "C1") -> str:
    address = f"/o/{books.organization.code}/notes/customer/{books.customers[code].pk}/"
    answer = client.post(address, {"text": text}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_a_note_stands_on_the_customer_as_text(books: Books, manager: User) -> None:
    books.customer("C1")
    clerk = signed_in(manager)
    card = post(clerk, books, "<script>alert(1)</script> & 月底付款")
    page = clerk.get(f"/o/{books.organization.code}/customers/{books.customers['C1'].pk}/").content.decode()
    for html in (card, page):
        assert "<script>alert" not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; 月底付款" in html


def test_a_document_carries_notes_too(books: Books, manager: User) -> None:
    key = books.invoice("YS1", "2026-05-01", "100").pk
    clerk = signed_in(manager)
    base = f"/o/{books.organization.code}"
    answer = clerk.post(f"{base}/notes/document/{key}/", {"text": "已对账"})
    assert answer.status_code == 302
    assert answer["Location"] == f"{base}/documents/{key}/#notes"
    assert "已对账" in clerk.get(f"{base}/documents/{key}/").content.decode()


def test_a_mention_rings_the_bell_in_the_readers_language(books: Books, manager: User) -> None:
    user, salesperson = seller(books.organization)
    User.objects.filter(pk=user.pk).update(name="周销售")
    books.customer("C1", salesperson=salesperson)
    assert "mention" in post(signed_in(manager), books, "@周销售 请跟进")
    base = f"/o/{books.organization.code}"
    reader = signed_in(user)
    assert "1 条未读通知" in reader.get(f"{base}/notices/bell").content.decode()
    assert "沈经理 在 客户C1 的备注中提到了您" in reader.get(f"{base}/notices/latest").content.decode()
    answer = reader.post(f"{base}/notices/{Notice.objects.get().pk}/open")
    assert answer["Location"].startswith(f"{base}/customers/{books.customers['C1'].pk}/#note-")
    assert "没有未读通知" in reader.get(f"{base}/notices/bell").content.decode()


def test_somebody_elses_notice_is_not_shown_nor_opened(books: Books, manager: User) -> None:
    user, salesperson = seller(books.organization)
    User.objects.filter(pk=user.pk).update(name="周销售")
    books.customer("C1", salesperson=salesperson)
    post(signed_in(manager), books, "@周销售 请跟进")
    other = signed_in(member(books.organization, "auditor"))
    base = f"/o/{books.organization.code}"
    assert "客户C1" not in other.get(f"{base}/notices/").content.decode()
    notice = Notice.objects.get()
    assert other.post(f"{base}/notices/{notice.pk}/open")["Location"] == f"{base}/notices/"
    notice.refresh_from_db()
    assert notice.read_at is None


def test_a_salesperson_of_others_cannot_be_mentioned(books: Books, manager: User) -> None:
    user, _salesperson = seller(books.organization)
    User.objects.filter(pk=user.pk).update(name="周销售")
    books.customer("C1")
    card = post(signed_in(manager), books, "@周销售 请跟进")
    assert "周销售 无权查看这条记录" in card
    assert "@周销售 请跟进</textarea>" in card, "what was typed is not lost"
    assert not Note.objects.exists()


def test_notes_of_others_customers_do_not_exist(books: Books, manager: User) -> None:
    books.customer("C1")
    post(signed_in(manager), books, "机密")
    user, _salesperson = seller(books.organization)
    reader = signed_in(user)
    base = f"/o/{books.organization.code}/notes/customer/{books.customers['C1'].pk}/"
    assert reader.get(f"{base}card").status_code == 404
    assert reader.post(base, {"text": "x"}).status_code == 404
    assert reader.get(f"{base}people").status_code == 404
    first = Note.objects.get().first
    assert reader.post(f"/o/{books.organization.code}/notes/{first}/remove").status_code == 404


def test_colleagues_are_offered_by_name_and_pinyin(books: Books, manager: User) -> None:
    user, salesperson = seller(books.organization)
    User.objects.filter(pk=user.pk).update(name="周销售")
    member(books.organization, "salesperson", name="周别处")
    books.customer("C1", salesperson=salesperson)
    clerk = signed_in(manager)
    address = f"/o/{books.organization.code}/notes/customer/{books.customers['C1'].pk}/people"
    for words in ("周", "zxs", "zhou", ""):
        assert clerk.get(address, {"q": words}).json() == {
            "people": [{"handle": "周销售", "name": "周销售"}]
        }, words
    assert clerk.get(address, {"q": "李"}).json() == {"people": []}

"""Files through pages: who may fetch them, and what the browser is told about them."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from huikuan.core.postgres.tenancy import tenant
from huikuan.files import storage
from huikuan.files.models import AttachedFile
from tests.conftest import make_organization
from tests.files import contents as c
from tests.trade import Books
from tests.web.people import member, seller, signed_in


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.FILES_FOLDER = str(tmp_path / "files")


@pytest.fixture
def clerk(organization: Any) -> Client:
    return signed_in(member(organization, "ar_accountant", name="林会计"))


def base(books: Books) -> str:
    return f"/o/{books.organization.code}"


def send(client: Client, books: Books, *files: tuple[str, bytes], htmx: bool = True, **data: str) -> Any:
    sent = [SimpleUploadedFile(name, content) for name, content in files]
    address = f"{base(books)}/files/customer/{books.customer('C1').pk}/"
    headers = {"HX-Request": "true"} if htmx else {}
    return client.post(address, {"file": sent, **data}, headers=headers)


def test_a_file_is_attached_shown_and_fetched(books: Books, clerk: Client) -> None:
    card = send(clerk, books, ("2026年 框架合同.pdf", c.PDF), note="盖章版").content.decode()
    page = clerk.get(f"{base(books)}/customers/{books.customers['C1'].pk}/").content.decode()
    for html in (card, page):
        assert "2026年 框架合同.pdf" in html
        assert "盖章版" in html
        assert "林会计" in html
    file = AttachedFile.objects.get()
    answer = clerk.get(f"{base(books)}/files/{file.pk}/content")
    assert answer.content == c.PDF
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''" + quote("2026年 框架合同.pdf")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("sandbox;")
    assert "no-store" in answer["Cache-Control"]


def test_only_pictures_and_pdf_are_shown_in_the_browser(books: Books, clerk: Client) -> None:
    send(clerk, books, ("a.png", c.PNG), ("b.xml", c.XML))
    dispositions = {
        file.name: clerk.get(f"{base(books)}/files/{file.pk}/content?view=1")["Content-Disposition"].split(
            ";"
        )[0]
        for file in AttachedFile.objects.all()
    }
    assert dispositions == {"a.png": "inline", "b.xml": "attachment"}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a; filename=evil.exe", "a; filename=evil.exe.pdf"),
        ("../../etc/cron.d/x.pdf", "x.pdf"),
        ("合同（终稿）'1'.pdf", "合同（终稿）'1'.pdf"),
        ("a\u202efdp.exe.pdf", "afdp.exe.pdf"),
    ],
)
def test_odd_names_stay_names(books: Books, clerk: Client, name: str, shown: str) -> None:
    send(clerk, books, (name, c.PDF))
    file = AttachedFile.objects.get()
    assert file.name == shown
    header = clerk.get(f"{base(books)}/files/{file.pk}/content")["Content-Disposition"]
    assert "\n" not in header and "\r" not in header
    assert header.isascii()
    assert header.count("filename") == 1 + shown.count("filename")


def test_each_file_stands_for_itself(books: Books, clerk: Client) -> None:
    html = send(clerk, books, ("合同.pdf", b"MZ\x90"), ("好的.pdf", c.PDF)).content.decode()
    assert "“合同.pdf”是程序" in html
    assert [file.name for file in AttachedFile.objects.all()] == ["好的.pdf"]
    assert "没有收到文件" in send(clerk, books).content.decode()


def test_without_scripts(books: Books, clerk: Client) -> None:
    answer = send(clerk, books, ("a.pdf", c.PDF), htmx=False)
    assert answer.status_code == 302
    assert answer["Location"].endswith(f"/customers/{books.customers['C1'].pk}/#files")
    refused = send(clerk, books, ("a.pdf", b"MZ"), htmx=False)
    assert refused.status_code == 422
    assert "是程序" in refused.content.decode()


def test_removing_says_why(books: Books, clerk: Client) -> None:
    send(clerk, books, ("a.pdf", c.PDF))
    file = AttachedFile.objects.get()
    address = f"{base(books)}/files/{file.pk}/remove"
    htmx = {"HX-Request": "true"}
    assert "请说明移除的原因" in clerk.post(address, headers=htmx).content.decode()
    assert "a.pdf" not in clerk.post(address, {"reason": "传错"}, headers=htmx).content.decode()
    assert clerk.get(f"{base(books)}/files/{file.pk}/content").status_code == 404
    file.refresh_from_db()
    assert (file.removed_reason, file.removed_by_name) == ("传错", "林会计")


def test_a_salesperson_gets_nothing_of_somebody_elses_customer(books: Books, clerk: Client) -> None:
    user, own = seller(books.organization)
    send(clerk, books, ("机密.pdf", c.PDF))
    invoice = books.invoice("YS1", "2026-05-01", "100")
    clerk.post(
        f"{base(books)}/files/document/{invoice.pk}/", {"file": SimpleUploadedFile("送货单.png", c.PNG)}
    )
    salesperson = signed_in(user)
    files = list(AttachedFile.objects.all())
    assert len(files) == 2
    for file in files:
        place = f"{base(books)}/files/{file.record_kind}/{file.record_id}/"
        assert salesperson.get(f"{base(books)}/files/{file.pk}/content").status_code == 404
        assert salesperson.post(f"{base(books)}/files/{file.pk}/remove", {"reason": "x"}).status_code == 404
        assert salesperson.get(f"{place}card").status_code == 404
        assert salesperson.post(place, {"file": SimpleUploadedFile("x.pdf", c.PDF)}).status_code == 404
    assert not AttachedFile.objects.exclude(removed_at=None).exists()
    books.customers["C1"].salesperson = own
    books.customers["C1"].save()
    for file in files:
        assert salesperson.get(f"{base(books)}/files/{file.pk}/content").status_code == 200


def test_reading_is_for_those_who_see_the_record_writing_for_fewer(books: Books, clerk: Client) -> None:
    send(clerk, books, ("a.pdf", c.PDF))
    file = AttachedFile.objects.get()
    auditor = signed_in(member(books.organization, "auditor"))
    assert auditor.get(f"{base(books)}/files/{file.pk}/content").status_code == 200
    assert send(auditor, books, ("b.pdf", c.PDF)).status_code == 403
    card = auditor.get(f"{base(books)}/files/customer/{file.record_id}/card").content.decode()
    assert "a.pdf" in card
    assert "<form" not in card
    administrator = signed_in(member(books.organization, "administrator"))
    assert administrator.get(f"{base(books)}/files/{file.pk}/content").status_code == 403


def test_other_organizations_do_not_know_it(books: Books, clerk: Client, actor: Any) -> None:
    send(clerk, books, ("a.pdf", c.PDF))
    other = make_organization(actor)
    stranger = signed_in(member(other, "finance_manager"))
    key = AttachedFile.objects.get().pk
    assert stranger.get(f"/o/{other.code}/files/{key}/content").status_code == 404
    assert stranger.get(f"{base(books)}/files/{key}/content").status_code == 404
    with tenant(other.pk):
        assert not AttachedFile.objects.exists()


def test_an_altered_file_is_not_served(books: Books, clerk: Client) -> None:
    send(clerk, books, ("a.pdf", c.PDF))
    file = AttachedFile.objects.get()
    storage.place(books.organization.pk, file.sha256).write_bytes(c.PDF + b"x")
    answer = clerk.get(f"{base(books)}/files/{file.pk}/content")
    assert answer.status_code == 409
    assert "被改动" in answer.content.decode()
    assert c.PDF not in answer.content

"""Pages of statements: a period drafted, sent, answered; a list dropped, its columns said, its differences disputed."""

from __future__ import annotations

import io
from typing import Any

import pytest
import python_calamine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pypdf import PdfReader

from huikuan.audit.models import Event
from huikuan.customers.models import Customer
from huikuan.statements.models import Reconciliation, Statement, StatementSetting
from tests.statements.stated import LIST, compared, objected, stated
from tests.trade import Books
from tests.web.people import member, seller, signed_in

pytestmark = pytest.mark.django_db


def text(client: Client, url: str, **query: Any) -> str:
    answer = client.get(url, query)
    assert answer.status_code == 200, url
    return answer.content.decode()


@pytest.fixture
def home(books: Books) -> str:
    books.invoice("YS1", "2026-05-01", "1000")
    books.invoice("YS2", "2026-10-02", "70", customer="C2")
    return f"/o/{books.organization.code}/statements/"


@pytest.fixture
def accountant(books: Books) -> Client:
    return signed_in(member(books.organization, "ar_accountant"))


def test_a_period_from_the_draft_to_the_answer(books: Books, home: str, accountant: Client) -> None:
    form = {"starts_on": "2026-10-01", "ends_on": "2026-10-31", "customers": ""}
    assert accountant.post(f"{home}draft", {**form, "customers": "C1 NONE"}).status_code == 422
    done = accountant.post(f"{home}draft", form)
    batch = text(accountant, done.url)
    first, second = Statement.objects.order_by("number")
    assert first.number in batch and second.number in batch
    assert "DZ202610000001" in text(accountant, home, month="2026-10")
    assert "DZ202610000001" not in text(accountant, home, month="2026-09")
    pdf = accountant.get(f"{done.url}batch.pdf")
    assert len(PdfReader(io.BytesIO(pdf.content)).pages) == 2
    assert Event.objects.filter(action="exported", record_kind="statement_batch").count() == 1
    sent = accountant.post(f"{done.url}send?by=paper")
    assert sent.url == done.url
    page = f"{home}{first.pk}/"
    assert "1,000.00" in text(accountant, page)
    first.refresh_from_db()
    answer = {"agrees": "yes", "person": "王会计", "on": str(first.sent_on), "row-TOTAL_FORMS": "4",
              "row-INITIAL_FORMS": "0"}  # fmt: skip
    wrong = accountant.post(f"{page}answer", {**answer, "agrees": "no"})
    assert (wrong.status_code, "请写明差异" in wrong.content.decode()) == (422, True)
    row = {"row-0-kind": "amount", "row-0-number": "YS1", "row-0-amount": ""}
    assert accountant.post(f"{page}answer", {**answer, **row, "agrees": "no"}).status_code == 422
    assert accountant.post(f"{page}answer", answer).url == page
    first.refresh_from_db()
    assert (first.state, first.answered_by) == ("confirmed", "王会计")
    assert "王会计" in text(accountant, page)
    assert accountant.post(f"{page}withdraw", {"reason": "录错"}).status_code == 422
    customer = text(accountant, f"/o/{books.organization.code}/customers/{first.customer_id}/")
    assert page in customer


def test_one_click_makes_a_difference_a_dispute(books: Books, home: str, accountant: Client) -> None:
    row = stated(books)
    difference = objected(books, row)
    assert f"differences/{difference.pk}/dispute" in text(accountant, f"{home}{row.pk}/")
    done = accountant.post(f"{home}differences/{difference.pk}/dispute")
    assert done.url == f"{home}{row.pk}/"
    difference.refresh_from_db()
    assert difference.dispute is not None
    assert difference.dispute.number in text(accountant, done.url)


def test_a_dropped_list_is_mapped_and_compared(books: Books, home: str, accountant: Client) -> None:
    about = {"customer": "C1", "mode": "movements", "starts_on": "2026-01-01", "ends_on": "2026-11-20",
             "currency": "cny"}  # fmt: skip
    new = f"{home}compare/new"
    assert "C1" in text(accountant, new, customer="C1")
    assert accountant.post(new, about).status_code == 422
    assert accountant.post(new, {**about, "customer": "?", "file": upload(LIST)}).status_code == 422
    done = accountant.post(new, {**about, "file": upload(LIST.replace("900", "九百"))})
    page = text(accountant, done.url)
    assert "发票号" in page and "NEU-1" in page
    columns = {"column-0": "number", "column-1": "on", "column-2": "amount", "sign": ""}
    refused = accountant.post(done.url, columns)
    assert (refused.status_code, "第 2 行" in refused.content.decode()) == (422, True)
    assert not Reconciliation.objects.exists()
    result = accountant.post(done.url, {**columns, "leave": "1"})
    found = Reconciliation.objects.get()
    assert result.url == f"{home}compare/{found.pk}/"
    page = text(accountant, result.url)
    assert "结果不完整" in page and "YS1" in page and "NEU-1" in page
    assert "NEU-1" not in text(accountant, result.url, kind="missing_there")
    assert str(found.pk) in text(accountant, f"{home}compare/")
    missing = accountant.post(done.url, {"column-0": "number"})
    assert missing.status_code == 422


def upload(content: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("list.csv", content.encode(), content_type="text/csv")


def test_the_workbook_says_what_the_page_says(books: Books, home: str, accountant: Client) -> None:
    found = compared(books)
    answer = accountant.get(f"{home}compare/{found.pk}/result.xlsx")
    book = python_calamine.load_workbook(io.BytesIO(answer.content))
    rows = book.get_sheet_by_name(book.sheet_names[0]).to_python()
    flat = [cell for row in rows for cell in row]
    assert [rows[place][3] for place in (3, 4, 5)] == [1000, -95, 905]
    assert "NEU-1" in flat and "签章" in flat
    assert ["合计", *[""] * 7, -95] in [row[:9] for row in rows]
    every = book.get_sheet_by_name("全部明细").to_python()
    assert every[-1][8] == every[-1][6] - every[-1][3] == -95
    assert Event.objects.filter(action="exported", record_kind="reconciliation").count() == 1


def test_a_salesperson_sees_the_statements_of_own_customers_only(books: Books, home: str) -> None:
    user, person = seller(books.organization)
    Customer.objects.filter(code="C1").update(salesperson=person)
    mine, other = stated(books, "C1"), stated(books, "C2")
    client = signed_in(user)
    board = text(client, home)
    assert mine.number in board and other.number not in board
    assert client.get(f"{home}{other.pk}/").status_code == 404
    assert client.get(f"{home}{other.pk}/statement.pdf").status_code == 404
    assert client.get(f"{home}{mine.pk}/statement.pdf").status_code == 200
    assert client.get(f"{home}compare/{compared(books, 'C2').pk}/").status_code == 404
    assert client.get(f"{home}batches/{mine.batch_id}/").status_code == 403
    assert client.post(f"{home}{mine.pk}/send").status_code == 403


def test_reminders_and_requests_for_confirmation(books: Books, home: str, accountant: Client) -> None:
    days = {"remind_after": "5", "remind_again": "9", "reminders": "3"}
    assert accountant.post(f"{home}reminders", {**days, "remind_after": "0"}).status_code == 422
    assert accountant.post(f"{home}reminders", days).url == home
    assert StatementSetting.objects.get().remind_after == 5
    form = {"customers": "C1,C2", "until": "2026-10-31", "auditor": "天平会计师事务所"}
    assert accountant.post(f"{home}confirmation", {**form, "customers": "NONE"}).status_code == 422
    pdf = accountant.post(f"{home}confirmation", form)
    assert len(PdfReader(io.BytesIO(pdf.content)).pages) == 2

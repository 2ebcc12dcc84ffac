"""Pages of bank accounts and statements: an account, files dropped, lines, the reconciliation."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from huikuan.cash.models import BankAccount, BankReconciliation, StatementLine
from tests.cash.formats.files import CCB, MT940
from tests.cash.statement_files import NUMBER, account, bring, line, statement
from tests.web.people import member, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(organization: Any, books: Any) -> Iterator[Client]:
    yield signed_in(member(organization, "finance_manager"))


def address(books: Any, path: str) -> str:
    return f"/o/{books.organization.code}/bank/{path}"


def text(client: Client, books: Any, path: str) -> str:
    response = client.get(address(books, path))
    assert response.status_code == 200, response.status_code
    return str(response.content.decode())


def test_an_account_is_added_changed_and_closed(client: Client, books: Any) -> None:
    assert "还没有银行账户" in text(client, books, "")
    values = {"name": "工行基本户", "code": "icbc", "kind": "bank", "number": NUMBER, "currency": "CNY"}
    assert client.post(address(books, "accounts/new/"), {**values, "currency": "XX"}).status_code == 422
    assert client.post(address(books, "accounts/new/"), values).status_code == 302
    row = BankAccount.objects.get()
    assert client.post(address(books, "accounts/new/"), {**values, "code": "b"}).status_code == 422
    shown = text(client, books, f"accounts/{row.pk}/")
    assert NUMBER not in shown and "6222" in shown
    changed = {"name": "工行", "code": "icbc", "number": NUMBER, "closed_on": "2026-11-01"}
    assert client.post(address(books, f"accounts/{row.pk}/edit/"), changed).status_code == 302
    row.refresh_from_db()
    assert (row.name, str(row.closed_on)) == ("工行", "2026-11-01")
    assert "已销户" in text(client, books, "")


@pytest.mark.django_db(transaction=True)
def test_files_are_dropped_and_told(client: Client, books: Any) -> None:
    account(books)
    good = SimpleUploadedFile("三月.csv", CCB.encode("gb18030"))
    bad = SimpleUploadedFile("坏.sta", MT940.replace("C500,00", "C5x0,00").encode())
    response = client.post(address(books, "upload/"), {"file": [good, bad]})
    shown = response.content.decode()
    assert response.status_code == 200
    assert "三月.csv" in shown and "坏.sta" in shown and "第 5 行" in shown
    assert StatementLine.objects.count() == 3
    again = client.post(
        address(books, "upload/"), {"file": [SimpleUploadedFile("三月.csv", CCB.encode("gb18030"))]}
    )
    assert "以前导入过" in again.content.decode()
    assert client.post(address(books, "upload/"), {}).status_code == 422
    table = SimpleUploadedFile("x.csv", b"Wann,Rein,Raus\n2026-03-09,1.00,\n")
    mapped = {"file": [table], "account": "icbc", "day": "Wann", "in": "Rein", "out": "Raus"}
    assert client.post(address(books, "upload/"), mapped).status_code == 200
    assert StatementLine.objects.filter(amount=1).count() == 1


def test_lines_are_found_and_shown(client: Client, books: Any) -> None:
    account(books)
    bring(
        books,
        statement(
            line(
                "2026-03-02",
                "500.00",
                reference="B1",
                counterparty="甲公司",
                counterparty_account="31001234567",
            ),
            line("2026-03-03", "-5.50", kind="fee", text="手续费"),
            opening="0",
        ),
    )
    assert "甲公司" in text(client, books, "lines/")
    assert "甲公司" not in text(client, books, "lines/?direction=out")
    assert "甲公司" not in text(client, books, "lines/?state=used")
    assert "甲公司" in text(client, books, "lines/?q=B1&account=icbc&state=waiting&kind=transfer")
    found = StatementLine.objects.get(reference="B1")
    shown = text(client, books, f"lines/{found.pk}/")
    assert "甲公司" in shown and "31001234567" not in shown and "还没有处理" in shown
    assert "a.sta" in text(client, books, "statements/?account=icbc")
    assert "494.50" in text(client, books, "lines/total?account=icbc")
    assert "甲公司" in text(client, books, f"lines/?statement={found.statement_id}")


def test_the_month_is_reconciled_and_confirmed(client: Client, books: Any) -> None:
    row = account(books)
    books.receipt("SK1", "2026-03-20", "70.00")
    bring(books, statement(line("2026-03-02", "500.00", counterparty="甲公司"), opening="0"))
    path = f"accounts/{row.pk}/reconciliation/?month=2026-03"
    shown = text(client, books, path)
    assert "甲公司" in shown and "SK1" in shown
    wrong = client.post(address(books, path), {"seen": "1.00"})
    assert wrong.status_code == 422
    assert client.post(address(books, path), {"seen": "430.00", "memo": "次月处理"}).status_code == 302
    confirmed = BankReconciliation.objects.get()
    assert (confirmed.statement_balance, confirmed.book_balance) == (Decimal("500.00"), Decimal("70.00"))
    assert [each["amount"] for each in confirmed.explained] == ["500.0000", "-70.0000"]
    assert "次月处理" in text(client, books, path)
    books.receipt("SK2", "2026-03-21", "1.00")
    assert "之后变了" in text(client, books, path)
    assert client.get(address(books, f"accounts/{row.pk}/reconciliation/?month=x")).status_code == 404

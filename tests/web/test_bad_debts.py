"""坏账台账 on pages: what is still claimed, recovering, and the ground of the deduction."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from huikuan.ledger.models import Document
from huikuan.risk.models import WriteOffGround
from tests.ledger.checking import assert_nothing_broken
from tests.trade import Books
from tests.web.people import member, signed_in
from tests.web.test_provisions import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(organization: Any) -> Client:
    return signed_in(member(organization, "finance_manager"))


@pytest.fixture
def write_off(books: Books) -> Document:
    """20,000 due in December 2024, written off in May 2026."""
    books.invoice("BAD", "2024-12-01", "20000")
    books.write_off("BAD", "2026-05-10", reason="客户失联")
    return Document.objects.get(kind="write_off")


def address(write_off: Document, books: Books, more: str = "") -> str:
    return f"/o/{books.organization.code}/bad-debts/{write_off.pk}/{more}"


def test_the_register_lists_the_claim(client: Client, write_off: Document, books: Books) -> None:
    said = text_of(client.get(f"/o/{books.organization.code}/bad-debts/"))
    assert f"{write_off.number} 客户C1 2026-05-10 20,000.00 — 20,000.00 — 未判断" in said


def test_a_recovery_is_owed_again(client: Client, write_off: Document, books: Books) -> None:
    values = {"amount": "5,000.00", "on": "2026-06-01", "memo": "法院执行回款"}
    assert client.post(address(write_off, books, "recover/"), values).status_code == 302
    made = Document.objects.get(kind="recovery")
    assert books.entries("recovery") == ["D1122 5000.00", "C1231 5000.00"]
    said = text_of(client.get(address(write_off, books)))
    assert f"{made.number} 2026-06-01 5,000.00 法院执行回款 已逾期" in said
    assert "账外债权 15,000.00" in said
    beyond = client.post(address(write_off, books, "recover/"), {**values, "amount": "15000.01"})
    assert beyond.status_code == 422
    assert "还可收回" in beyond.content.decode()
    assert_nothing_broken(books.organization)


def test_the_ground_that_holds_by_age_is_pointed_out(
    client: Client, write_off: Document, books: Books
) -> None:
    said = text_of(client.get(address(write_off, books)))
    assert "按账龄和金额已经满足：逾期一年以上且金额小" in said


def test_a_ten_thousandth_of_the_years_revenue_is_small_too(client: Client, books: Books) -> None:
    books.invoice("BAD", "2024-12-01", "60000")
    books.write_off("BAD", "2026-05-10")
    debt = Document.objects.get(kind="write_off")
    said = "按账龄和金额已经满足"
    books.invoice("YS1", "2026-03-01", "677999999.98", tax="77999999.99")
    books.invoice("OLD", "2025-03-01", "900000000")  # of another year
    assert said not in text_of(client.get(address(debt, books)))
    books.invoice("YS2", "2026-06-01", "0.01")
    assert f"{said}：逾期一年以上且金额小" in text_of(client.get(address(debt, books)))


def test_judging_the_ground_lists_what_is_missing(client: Client, write_off: Document, books: Books) -> None:
    here = address(write_off, books)
    page = client.get(here, {"ground": "bankruptcy"}).content.decode()
    assert "法院的破产、清算公告" in page
    assert "专项报告" not in page
    values = {"ground": "bankruptcy", "evidence": ["contract", "court_notice"]}
    assert client.post(here, values).status_code == 302
    row = WriteOffGround.objects.get()
    assert (row.ground, row.evidence) == ("bankruptcy", ["contract", "court_notice"])
    said = text_of(client.get(f"/o/{books.organization.code}/bad-debts/"))
    assert "债务人破产、清算 还缺：清算分配方案或终结裁定 缺 1 项" in said
    wrong = client.post(here, {"ground": "bankruptcy", "evidence": ["judgement"]})
    assert wrong.status_code == 422
    values["evidence"].append("liquidation")
    client.post(here, values)
    assert "证据齐备" in client.get(here).content.decode()


def test_who_only_reads_sees_the_list_of_evidence(client: Client, write_off: Document, books: Books) -> None:
    client.post(address(write_off, books), {"ground": "deregistered", "evidence": ["contract"]})
    reader = signed_in(member(books.organization, "auditor"))
    page = reader.get(address(write_off, books)).content.decode()
    assert '<form method="post" id="ground-form"' not in page
    assert "注销、吊销营业执照的证明" in page
    refused = reader.post(address(write_off, books), {"ground": "death"})
    assert refused.status_code == 403
    assert reader.get(address(write_off, books, "recover/")).status_code == 403
    assert WriteOffGround.objects.get().ground == "deregistered"


def test_another_kind_of_document_is_no_bad_debt(client: Client, write_off: Document, books: Books) -> None:
    invoice = Document.objects.get(number="BAD")
    assert client.get(address(invoice, books)).status_code == 404
    assert Decimal(20000) == write_off.base_amount

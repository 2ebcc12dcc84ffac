"""Rules of the matching, its quality by month, and remittance advices on their pages."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from huikuan.cash.banking import LineUse
from huikuan.cash.match_quality import match_quality
from huikuan.cash.operations import Choice, apply_matches, undo_uses
from huikuan.cash.proposals import MatchPolicy, RemittanceAdvice
from tests.cash.lines import line, option
from tests.trade import day
from tests.web.people import member, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(organization: Any, books: Any) -> Client:
    return signed_in(member(organization, "ar_accountant"))


def address(books: Any, path: str) -> str:
    return f"/o/{books.organization.code}/bank/{path}"


def test_rules_of_the_organization_and_of_one_customer(client: Client, books: Any) -> None:
    books.customer("C1")
    url = address(books, "workbench/policy/")
    assert client.post(url, {"automatic": "on", "cap": "-1", "order": "none"}).status_code == 422
    saved = client.post(url, {"automatic": "on", "cap": "50,000.00", "order": "oldest", "pools": "on"})
    assert saved.status_code == 302
    general = MatchPolicy.objects.get(customer=None)
    assert (general.automatic, general.cap, general.order, general.pools) == (True, 50000, "oldest", True)
    assert "50000.00" in client.get(url).content.decode()
    own = f"{url}?customer=C1"
    assert client.post(own, {"order": "contract"}).status_code == 302
    row = MatchPolicy.objects.get(customer__code="C1")
    assert (row.automatic, row.order) == (False, "contract")
    assert "客户C1" in client.get(url).content.decode()
    assert client.post(own, {"what": "remove"}).status_code == 302
    assert not MatchPolicy.objects.filter(customer__code="C1").exists()
    assert client.get(f"{url}?customer=NOBODY").status_code == 404


def test_quality_counts_what_stood_and_what_was_undone(client: Client, books: Any) -> None:
    for number in range(4):
        books.invoice(f"I{number}", "2026-01-05", "10.00")
        row = line(books, "2026-10-01", "10.00")
        automatic, place = number < 3, 0 if number < 3 else 1
        tier = "sure" if automatic else "likely"
        settles = option(books, (f"I{number}", "10.00"), tier=tier)
        choice = Choice(row.pk, settles, automatic=automatic, place=place)
        apply_matches([choice], actor=books.actor, today=books.today)
    line(books, "2026-10-02", "10.00")
    wrong = LineUse.objects.filter(automatic=True).first()
    assert wrong is not None
    undo_uses([wrong.pk], actor=books.actor, today=books.today)
    [month] = match_quality(since=day("2026-10-01"))
    assert (month.lines, month.automatic, month.by_people, month.waiting) == (5, 2, 1, 2)
    assert month.straight_through == Decimal("0.4")
    sure, likely = month.tiers
    assert (sure.tier, sure.settled, sure.undone, sure.automatic_undone) == ("sure", 3, 1, 1)
    assert round(sure.precision or 0, 4) == Decimal("0.6667")
    assert (likely.tier, likely.confirmed, likely.first, likely.precision) == ("likely", 1, 0, 1)
    shown = client.get(address(books, "workbench/quality/")).content.decode()
    assert "40.0%" in shown and "66.67%" in shown


def test_an_advice_is_pasted_or_uploaded(client: Client, books: Any) -> None:
    books.invoice("FP-2026-0001", "2026-01-05", "100.00")
    url = address(books, "advices/new/")
    assert "请选择文件" in client.post(url, {}).content.decode()
    assert "没有认出" in client.post(url, {"text": "谢谢"}).content.decode()
    pasted = client.post(url, {"text": "FP-2026-0001 100.00", "customer": "C1"}, follow=True)
    assert "认出 1 张单据" in pasted.content.decode()
    values = {"file": SimpleUploadedFile("a.csv", b"FP-2026-0001,60.00\n")}
    assert client.post(url, values).status_code == 302
    again = {"file": SimpleUploadedFile("b.csv", b"FP-2026-0001,60.00\n")}
    assert "已经登记过" in client.post(url, again).content.decode()
    assert RemittanceAdvice.objects.count() == 2
    listed = client.get(address(books, "advices/")).content.decode()
    assert "客户C1" in listed and "等待到账" in listed

"""The command palette: what it finds, for whom, and what it marks."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.models import CustomerName
from huikuan.customers.operations import CustomerFacts, create_customers
from huikuan.customers.search import customers_found
from huikuan.web.palette import marked
from tests.conftest import make_organization
from tests.trade import Books
from tests.web.people import member, seller, signed_in


@pytest.fixture
def company(books: Books) -> Books:
    """宁波海翔机械 (formerly 老名字工厂) and 上海纺织厂, with an invoice each."""
    facts = [
        CustomerFacts(code="K01", name="宁波海翔机械有限公司"),
        CustomerFacts(code="Z_02", name="上海纺织厂"),
        CustomerFacts(code="W9", name="<script>alert(1)</script>"),
    ]
    machines, cloth, bad = create_customers(facts, actor=books.actor)
    CustomerName.objects.create(
        organization_id=books.organization.pk, customer=machines, kind="former", name="老名字工厂"
    )
    books.customers |= {"K01": machines, "Z_02": cloth, "W9": bad}
    books.invoice("YS20260001", "2026-05-01", "1000", customer="K01")
    books.invoice("YS20260002", "2026-05-01", "1000", customer="Z_02")
    return books


def found(client: Client, books: Books, words: str) -> str:
    answer = client.get(f"/o/{books.organization.code}/search", {"q": words}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    return str(answer.content.decode())


def names(words: str, **options: Any) -> list[str]:
    options.setdefault("salespeople", None)
    return [customer.name for customer in customers_found(words, **options)]


@pytest.mark.parametrize(
    "words", ["nb", "宁波", "宁", "海翔机械", "k01", "K01", "nbhx", "ningbohai", "haixiang", "老名字", "ＮＢ"]
)
def test_a_customer_answers_to_each_of_its_names(company: Books, words: str) -> None:
    assert names(words) == ["宁波海翔机械有限公司"]


@pytest.mark.parametrize("words", ["%", "_", "\\", "没有", "", "%%%", "'; drop"])
def test_signs_of_patterns_mean_themselves(company: Books, words: str) -> None:
    assert names(words) == (["上海纺织厂"] if words == "_" else [])


def test_the_code_itself_comes_first(company: Books) -> None:
    create_customers(
        [CustomerFacts(code="K012", name="甲"), CustomerFacts(code="X1", name="K01")], actor=company.actor
    )
    assert names("k01")[0] == "宁波海翔机械有限公司"


def test_another_organization_is_not_searched(company: Books, actor: Any) -> None:
    other = make_organization(actor)
    with tenant(other.pk):
        assert names("宁波") == []
    assert names("宁波") != []


def test_a_salesperson_finds_own_customers_only(company: Books) -> None:
    user, salesperson = seller(company.organization)
    machines = company.customers["K01"]
    machines.salesperson = salesperson
    machines.save(update_fields=["salesperson"])
    clerk = signed_in(user)
    mine = found(clerk, company, "nb")
    assert f"/customers/{machines.pk}/" in mine
    for words in ("上海", "shfzc", "YS20260002", "fangzhi", "Z_02"):
        assert f"{company.customers['Z_02'].pk}" not in found(clerk, company, words), words
        assert "上海纺织厂" not in found(clerk, company, words), words
    assert "YS20260002" not in found(clerk, company, "YS2026")
    assert "YS20260001" in found(clerk, company, "ys2026").replace("<mark>", "").replace("</mark>", "")


def test_documents_pages_and_actions(company: Books) -> None:
    clerk = signed_in(member(company.organization, "finance_manager"))
    assert "/documents/" in found(clerk, company, "YS20260001")
    code = company.organization.code
    for words in ("zlfx", "账龄", "zhangling", "aging", "Aging"):
        assert f'href="/o/{code}/aging/"' in found(clerk, company, words), words
    assert f'href="/o/{code}/import/"' in found(clerk, company, "导入文件")
    assert 'data-theme-choice="dark"' in found(clerk, company, "深色")
    assert "data-language-choice=&quot;en&quot;" in found(clerk, company, "english")
    nothing = found(clerk, company, "qqqqqq<b>")
    assert 'role="option"' not in nothing
    assert "没有找到" in nothing
    assert "<b>」" not in nothing


def test_only_what_may_be_opened_is_offered(company: Books) -> None:
    administrator = signed_in(member(company.organization, "administrator"))
    html = (
        found(administrator, company, "nb")
        + found(administrator, company, "YS2026")
        + found(administrator, company, "")
    )
    assert "宁波海翔" not in html
    assert "/documents/" not in html
    assert "/import/" not in html


def test_names_are_data_not_markup(company: Books) -> None:
    clerk = signed_in(member(company.organization, "finance_manager"))
    html = found(clerk, company, "alert")
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_without_scripts_it_is_a_page(company: Books) -> None:
    clerk = signed_in(member(company.organization, "finance_manager"))
    html = clerk.get(f"/o/{company.organization.code}/search", {"q": "nb"}).content.decode()
    assert "宁波" in html
    assert "shell-nav" in html


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("宁波海翔机械", "nbhx", "宁波海翔"),
        ("翰域（宁波）礼品", "nb", "宁波"),
        ("宁波海翔机械", "haixiang", "海翔"),
        ("宁波海翔机械", "海翔", "海翔"),
        ("YS20260001", "ys2026", "YS2026"),
        ("宁波海翔机械", "zz", None),
    ],
)
def test_what_was_typed_is_marked(text: str, words: str, expected: str | None) -> None:
    parts = marked(text, words)
    assert "".join(part for part, _hit in parts) == text
    assert [part for part, hit in parts if hit] == ([expected] if expected else [])

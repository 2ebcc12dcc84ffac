"""What every page owes its reader: where one is, in which currency, and what to do where nothing is yet."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.utils import translation

from huikuan.organizations.permissions import role_names
from tests.trade import Books
from tests.web.people import member, signed_in


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("items/", "没有未结清的应收"),
        ("documents/", "还没有单据"),
        ("customers/", "还没有客户"),
        ("customers/lookup/", "还没有客户"),
        ("credit/grades/", "还没有客户"),
    ],
)
def test_an_empty_list_says_so_and_leads_to_the_import(organization: Any, path: str, title: str) -> None:
    html = (
        signed_in(member(organization, "finance_manager"))
        .get(f"/o/{organization.code}/{path}")
        .content.decode()
    )
    assert title in html
    assert f'class="btn btn-primary" href="/o/{organization.code}/import/"' in html


def test_a_filter_without_rows_does_not_say_that_there_is_nothing_yet(books: Books) -> None:
    books.invoice("I1", "2026-04-01", "10", customer="C1")
    client = signed_in(member(books.organization, "finance_manager"))
    base = f"/o/{books.organization.code}"
    assert "没有符合条件的应收" in client.get(f"{base}/items/?customer=nobody").content.decode()
    assert "没有符合条件的单据" in client.get(f"{base}/documents/?customer=nobody").content.decode()


def test_the_currency_stands_once_in_the_head_and_foreign_amounts_name_their_own(books: Books) -> None:
    books.invoice("I1", "2026-04-01", "10", customer="C1")
    html = signed_in(member(books.organization, "finance_manager")).get(
        f"/o/{books.organization.code}/documents/"
    )
    head, body = html.content.decode().split("</thead>")
    assert re.search(r'金额\s*<span class="head-code">CNY</span>', head)
    assert "money-code" not in body.split("</tbody>")[0]


@pytest.mark.parametrize(("path", "current"), [("", "总览"), ("customers/", "客户"), ("guide/", None)])
def test_the_navigation_marks_the_page_one_is_on_and_nothing_else(
    organization: Any, path: str, current: str | None
) -> None:
    html = (
        signed_in(member(organization, "finance_manager"))
        .get(f"/o/{organization.code}/{path}")
        .content.decode()
    )
    marked = re.findall(r'shell-nav-link"[^>]*aria-current="page">.*?<span>(.*?)</span>', html, re.DOTALL)
    assert marked == ([current] if current else [])


def test_roles_of_an_act_are_named_in_the_readers_language() -> None:
    with translation.override("en"):
        assert (
            role_names("finance_manager,ar_accountant,made-here")
            == "Finance manager, AR accountant, made-here"
        )
    with translation.override("zh-hans"):
        assert role_names("finance_manager") == "财务经理"
    assert role_names("") == ""

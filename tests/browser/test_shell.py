"""The frame in a real browser: palette and notes by keyboard, and two browsers that follow the same books."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import timezone

from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.operations import CustomerFacts, create_customers
from huikuan.organizations.models import Membership
from tests.browser.conftest import CHROMIUM, WITHOUT_CHROMIUM, Visit
from tests.cli.shell import COMMAND
from tests.cli.test_serve import _wait_for_address
from tests.trade import Books
from tests.web.people import PASSWORD, member

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM, reason=WITHOUT_CHROMIUM),
]


@pytest.fixture
def books(own_organization: Any, actor: Any) -> Books:
    """A company that sells to 宁波海翔机械 and others."""
    books = Books(organization=own_organization, actor=actor, today=timezone.localdate())
    with tenant(own_organization.pk):
        facts = [
            CustomerFacts(code="K01", name="宁波海翔机械有限公司"),
            CustomerFacts(code="K02", name="上海纺织厂"),
        ]
        for customer in create_customers(facts, actor=actor):
            books.customers[customer.code] = customer
        books.invoice("YS1", "2026-01-05", "5000", customer="K01")
    return books


@pytest.fixture
def clerk(books: Books) -> str:
    return member(books.organization, "finance_manager", name="沈经理").email


@pytest.mark.parametrize("width", [1440, 390])
def test_the_palette_finds_by_initials_with_the_keyboard_alone(
    visit: Callable[..., Visit], books: Books, clerk: str, width: int
) -> None:
    window = visit(width=width)
    window.sign_in(clerk, PASSWORD)
    page = window.page
    page.keyboard.press("Control+k")
    page.locator("#palette[open]").wait_for()
    page.keyboard.type("nb")
    first = page.locator("#palette .find[aria-selected=true]")
    page.locator("#palette .find mark", has_text="宁波").wait_for()
    assert "宁波海翔机械" in first.inner_text()
    assert page.locator("#palette-input").get_attribute("aria-activedescendant") == first.get_attribute("id")
    for _ in range(12):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "palette-input", "the focus stays inside"
    page.keyboard.press("Escape")
    page.locator("#palette").wait_for(state="hidden")
    page.keyboard.press("/")
    page.keyboard.type("nb")
    page.keyboard.press("Enter")  # before the answer is there
    page.wait_for_url("**/customers/*-*/")
    assert "宁波海翔" in page.locator("h1").inner_text()
    page.keyboard.press("Control+k")
    page.locator("#palette [aria-labelledby=finds-recent] .find", has_text="宁波海翔").wait_for()
    assert window.overflow() <= 0


def test_a_note_mentions_a_colleague_by_keyboard(
    visit: Callable[..., Visit], books: Books, clerk: str
) -> None:
    reader = member(books.organization, "auditor", name="周审计")
    window = visit()
    window.sign_in(clerk, PASSWORD)
    page = window.page
    window.open(f"/o/{books.organization.code}/customers/{books.customers['K01'].pk}/")
    page.locator("[data-note-field]").focus()
    page.keyboard.type("<b>请 @zsj")
    page.locator(".mention-menu .dropdown-item", has_text="周审计").wait_for()
    page.keyboard.press("Enter")
    page.keyboard.type("月底对账")
    page.keyboard.press("Control+Enter")
    page.locator(".note-text", has_text="<b>请 @周审计 月底对账").wait_for()
    other = visit()
    other.sign_in(reader.email, PASSWORD)
    assert other.page.locator(".bell-count").inner_text() == "1"
    other.page.locator("#bell-menu button").first.click()
    other.page.locator(".notice-row", has_text="宁波海翔").click()
    other.page.wait_for_url("**/customers/*-*/#note-*")
    assert other.page.locator(".bell-count").count() == 0


def test_help_opens_where_one_is(visit: Callable[..., Visit], books: Books, clerk: str) -> None:
    window = visit()
    window.sign_in(clerk, PASSWORD)
    page = window.page
    window.open(f"/o/{books.organization.code}/aging/")
    page.keyboard.press("?")
    page.locator("#help h1", has_text="账龄").wait_for()
    page.keyboard.press("Escape")
    page.locator("#help").wait_for(state="hidden")


@pytest.fixture
def server(books: Books) -> Iterator[str]:
    """The address of a real `huikuan serve` over the database of this run."""
    process = subprocess.Popen(
        [*COMMAND, "serve", "--port", "0", "--no-worker"],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ.copy(),
    )
    try:
        yield _wait_for_address(process).rstrip("/")
    finally:
        process.terminate()
        process.wait(30)


@pytest.mark.skipif(sys.platform != "linux", reason="ends the server as Linux does")
def test_a_receipt_moves_the_tile_of_another_browser(
    chromium: Any, server: str, books: Books, clerk: str, actor: Any
) -> None:
    reader = member(books.organization, "executive").email
    windows = []
    for login in (clerk, reader):
        window = Visit(chromium.new_context(locale="zh-CN", reduced_motion="reduce").new_page(), server)
        window.page.set_default_timeout(15_000)
        window.page.goto(server + "/sign-in")
        window.page.locator("[data-sign-in-login]").fill(login)
        window.page.locator("[data-sign-in-password]").fill(PASSWORD)
        window.page.locator("form[data-sign-in] button").last.click()
        window.page.wait_for_url(f"**/o/{books.organization.code}/")
        windows.append(window.page)
    for page in windows:
        page.wait_for_timeout(1500)  # the streams are open
        page.evaluate("window.stayed = true")
        assert "2,345" not in page.locator(".tiles").first.inner_text()
    with tenant(books.organization.pk):
        books.receipt("SK1", books.today.isoformat(), "2345.67", customer="K01")
    for page in windows:
        page.locator(".tiles", has_text="2,345.67").first.wait_for(timeout=4000)
        assert page.evaluate("window.stayed") is True, "without loading the page again"
        page.context.close()
    with tenant(books.organization.pk):
        assert Membership.objects.count() == 2

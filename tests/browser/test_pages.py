"""The pages in a real browser: from the dashboard to the invoice with equal totals, on a phone, without errors."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from huikuan.core.postgres.tenancy import tenant
from huikuan.ledger.models import Document
from tests.browser.conftest import CHROMIUM, WITHOUT_CHROMIUM, Visit
from tests.trade import Books
from tests.web.people import PASSWORD, member

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM, reason=WITHOUT_CHROMIUM),
]

LONG = "内蒙古呼伦贝尔市鄂温克族自治旗巴彦托海镇草原牧业机械销售服务有限责任公司"


def amount(text: str) -> Decimal:
    [found] = re.findall(r"[−-]?[\d,]+\.\d\d", text)
    return Decimal(found.replace(",", "").replace("−", "-"))


@pytest.fixture
def company(own_organization: Any, actor: Any) -> Any:
    """A small company with debts of several ages, a long name and a credit."""
    today = timezone.localdate()
    with tenant(own_organization.pk):
        books = Books(organization=own_organization, actor=actor, today=today)
        books.customer("K1", name=LONG)
        books.customer("K2", name="Müller & Söhne Maschinenbau GmbH & Co. KG")
        for number, ago in enumerate((-20, 2, 45, 200)):
            due = (today - timezone.timedelta(days=ago)).isoformat()
            for code in ("K1", "K2"):
                books.invoice(f"YS-{code}-{number}", "2025-06-05", f"1234{number}.56", due=due, customer=code)
        books.receipt("SK-1", today.isoformat(), "999.99", customer="K1")
    return own_organization


@pytest.fixture
def clerk(company: Any) -> str:
    """The login of a finance manager of the company."""
    return member(company, "finance_manager", name="沈经理").email


def test_from_the_overdue_tile_to_the_invoice(visit: Callable[..., Visit], company: Any, clerk: str) -> None:
    window = visit()
    window.sign_in(clerk, PASSWORD)
    page = window.page
    assert page.url.endswith(f"/o/{company.code}/")
    tile = page.locator(".tile", has_text="逾期").first
    overdue = amount(tile.locator(".tile-value").inner_text())
    assert overdue > 0
    tile.locator("a").click()
    page.wait_for_load_state("networkidle")
    assert amount(page.locator("tfoot").inner_text().split()[-1]) == overdue

    page.locator(".shell-nav-link", has_text="账龄分析").click()
    page.wait_for_load_state("networkidle")
    buckets = [amount(text) for text in page.locator("tfoot a").all_inner_texts()]
    assert sum(buckets[1:4]) == overdue, "not due, three ages with debts"
    page.locator("tbody a", has_text="12,342.56").first.click()
    page.wait_for_load_state("networkidle")
    assert amount(page.locator("tfoot").inner_text().split()[-1]) == Decimal("12342.56")
    page.locator("tbody tr td").nth(5).click()  # anywhere in the row
    page.wait_for_url("**/documents/**")
    assert page.locator("h1").inner_text().startswith("YS-K")
    assert "12,342.56" in page.locator("main").inner_text()
    assert "主营业务收入" in page.locator("main").inner_text()


def test_the_figures_of_the_chart_lead_to_their_items(
    visit: Callable[..., Visit], company: Any, clerk: str
) -> None:
    window = visit()
    window.sign_in(clerk, PASSWORD)
    page = window.page
    chart = page.locator("#aging-chart")
    chart.locator(".plot-canvas canvas").wait_for()
    chart.locator(".plot-data summary").click()
    figure = chart.locator(".plot-data td.num a").nth(1)
    expected = amount(figure.inner_text())
    figure.click()
    page.wait_for_load_state("networkidle")
    assert "cell=1-30" in page.url
    assert amount(page.locator("tfoot").inner_text().split()[-1]) == expected


def test_filters_apply_at_once_and_stay_in_the_address(
    visit: Callable[..., Visit], company: Any, clerk: str
) -> None:
    window = visit()
    window.sign_in(clerk, PASSWORD)
    page = window.page
    window.open(f"/o/{company.code}/customers/")
    assert page.locator("tbody tr").count() == 2
    page.locator("input[name=q]").last.fill("müller")
    page.wait_for_url("**q=m%C3%BCller**")
    page.wait_for_function("() => document.querySelectorAll('tbody tr').length === 1")
    page.keyboard.press("Escape")
    page.locator("tbody a").first.click()
    page.wait_for_url("**/customers/*-*/")
    assert "Müller" in page.locator("h1").inner_text()


def test_the_search_key_finds_a_document(visit: Callable[..., Visit], company: Any, clerk: str) -> None:
    window = visit()
    window.sign_in(clerk, PASSWORD)
    page = window.page
    page.keyboard.press("Control+k")
    page.keyboard.type("YS-K2-1")
    page.keyboard.press("Enter")
    page.wait_for_url("**/documents/**")
    assert page.locator("h1").inner_text() == "YS-K2-1"


def test_settling_in_the_browser(visit: Callable[..., Visit], company: Any, clerk: str) -> None:
    window = visit()
    window.sign_in(clerk, PASSWORD)
    with tenant(company.pk):
        invoice = Document.objects.get(number="YS-K1-1").pk
    page = window.page
    window.open(f"/o/{company.code}/documents/{invoice}/")
    page.locator(".page-heading-actions a", has_text="核销").last.click()
    page.wait_for_url("**/allocate/")
    page.locator("main form button").click()
    page.wait_for_url("**/documents/*/")
    assert "已核销 999.99" in page.locator("#toasts").inner_text()
    assert "11,341.57" in page.locator("main").inner_text()


@pytest.mark.parametrize("dark", [False, True])
def test_nothing_is_wider_than_a_phone(
    visit: Callable[..., Visit], company: Any, clerk: str, dark: bool
) -> None:
    window = visit(width=390, dark=dark)
    window.sign_in(clerk, PASSWORD)
    with tenant(company.pk):
        document = Document.objects.get(number="YS-K1-2")
    base = f"/o/{company.code}"
    for address in (
        "/",
        "/customers/",
        f"/customers/{document.customer_id}/",
        "/items/",
        "/documents/",
        f"/documents/{document.pk}/",
        f"/documents/{document.pk}/allocate/",
        "/aging/",
    ):
        window.open(base + address)
        assert window.overflow() <= 0, address
        expected = "dark" if dark else "light"
        assert window.page.locator("html").get_attribute("data-bs-theme") == expected

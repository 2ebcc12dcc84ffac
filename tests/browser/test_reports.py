"""From a figure of the management to the note that a customer signed, in a real browser: the same amount at every step."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from huikuan.core.postgres.tenancy import tenant
from huikuan.sales.operations import bill_deliveries
from tests.browser.conftest import CHROMIUM, WITHOUT_CHROMIUM, Visit
from tests.sales.selling import Selling, line
from tests.trade import Books
from tests.web.people import PASSWORD, member

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM, reason=WITHOUT_CHROMIUM),
]


def amounts(text: str) -> list[Decimal]:
    return [
        Decimal(each.replace(",", "").replace("−", "-")) for each in re.findall(r"[−-]?[\d,]+\.\d\d", text)
    ]


@pytest.fixture
def company(own_organization: Any, actor: Any) -> Any:
    """Two customers with orders, delivered, billed and overdue."""
    today: date = timezone.localdate()
    sold = today - timedelta(days=60)
    with tenant(own_organization.pk):
        books = Books(organization=own_organization, actor=actor, today=today)
        selling = Selling(books)
        for code, price in (("K1", "1234.56"), ("K2", "777.70")):
            books.customer(code, name=f"客户 {code}")
            order = selling.order(line("3", price), on=sold.isoformat(), customer=code)
            selling.deliver(order, "3", on=sold.isoformat())
        assert len(bill_deliveries(on=sold, until=sold, actor=actor, today=today).posted) == 2
    return own_organization


def test_from_the_overdue_tile_to_the_delivery(visit: Callable[..., Visit], company: Any) -> None:
    chief = member(company, "executive", name="总经理")
    window = visit()
    window.sign_in(chief.email, PASSWORD)
    page = window.page
    tile = page.locator(".tile", has_text="逾期").first
    [overdue] = amounts(tile.locator(".tile-value").inner_text())
    assert overdue > 0
    tile.locator("a").click()
    page.wait_for_load_state("networkidle")
    assert amounts(page.locator("tfoot").inner_text())[-1] == overdue
    rows = [amounts(text)[-1] for text in page.locator("tbody tr").all_inner_texts()]
    assert sum(rows) == overdue

    page.locator("tbody tr", has_text="客户 K1").locator("a").first.click()
    page.wait_for_url("**/documents/**")
    page.wait_for_load_state("networkidle")
    owed = max(rows)
    assert owed in amounts(page.locator("main").inner_text())
    stage = page.locator(".chain-stage", has_text="发货")
    stage.locator("a").click()
    page.wait_for_url("**/deliveries/**")
    page.wait_for_load_state("networkidle")
    assert amounts(page.locator("#lines tfoot").inner_text())[-1] == owed
    assert "机加工件" in page.locator("#lines").inner_text()
    page.locator(".chain-stage", has_text="应收单").locator("a").first.click()
    page.wait_for_url("**/documents/**")


@pytest.mark.parametrize("width", [1440, 390])
def test_a_cell_of_a_report_is_the_sum_of_its_items(
    visit: Callable[..., Visit], company: Any, width: int
) -> None:
    window = visit(width=width)
    window.sign_in(member(company, "executive").email, PASSWORD)
    window.open(f"/o/{company.code}/reports/aging/?by=customer")
    page = window.page
    [total] = {amounts(text)[-1] for text in page.locator("#table-0 tfoot tr").all_inner_texts()}
    cell = page.locator("#table-0 tfoot a").last
    assert amounts(cell.inner_text()) == [total]
    cell.click()
    page.wait_for_load_state("networkidle")
    assert amounts(page.locator("tfoot").inner_text())[-1] == total
    assert window.overflow() <= 0

"""A salesperson in a real browser: own customers and nobody else's, in lists, counts, the palette and files."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.operations import CustomerFacts, create_customers
from tests.browser.conftest import CHROMIUM, WITHOUT_CHROMIUM, Visit
from tests.trade import Books
from tests.web.people import PASSWORD, seller

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM, reason=WITHOUT_CHROMIUM),
]
OWN, OTHERS = "宁波海翔机械", "宁波东海塑料"


@pytest.fixture
def login(own_organization: Any, actor: Any) -> str:
    """The login of a salesperson with one of two customers; each owes."""
    user, own = seller(own_organization)
    with tenant(own_organization.pk):
        books = Books(organization=own_organization, actor=actor, today=timezone.localdate())
        facts = [
            CustomerFacts(code="K1", name=OWN, salesperson_id=own.pk),
            CustomerFacts(code="K2", name=OTHERS),
        ]
        mine, other = create_customers(facts, actor=actor)
        books.customers = {"K1": mine, "K2": other}
        books.invoice("YS1", "2026-01-05", "1000.00", customer="K1")
        books.invoice("YS2", "2026-01-05", "7777.00", customer="K2")
    return str(user.email)


@pytest.mark.parametrize("area", ["customers", "items", "documents"])
def test_only_own_customers_are_listed_counted_and_taken_away(
    visit: Callable[..., Visit], own_organization: Any, login: str, tmp_path: Path, area: str
) -> None:
    window = visit()
    window.sign_in(login, PASSWORD)
    window.open(f"/o/{own_organization.code}/{area}/")
    page = window.page
    page.locator(".paging-text", has_text="本页 1 行，共 1 行").wait_for()
    assert OTHERS not in page.locator("main").inner_text()
    assert "7,777.00" not in page.locator("main").inner_text()
    page.locator(".list-tools .dropdown button").first.click()
    with page.expect_download() as coming:
        page.locator("[data-list-file=csv]").click()
    path = tmp_path / "list.csv"
    coming.value.save_as(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 1
    assert OWN in rows[0].values()


def test_the_palette_and_the_dashboard_know_only_the_own(
    visit: Callable[..., Visit], own_organization: Any, login: str
) -> None:
    window = visit()
    window.sign_in(login, PASSWORD)
    window.open(f"/o/{own_organization.code}/")
    page = window.page
    assert "1,000.00" in page.locator("main").inner_text()
    assert "8,777.00" not in page.locator("main").inner_text()
    page.keyboard.press("Control+k")
    page.keyboard.type("nb")
    page.locator("#palette .find", has_text=OWN).wait_for()
    assert OTHERS not in page.locator("#palette").inner_text()

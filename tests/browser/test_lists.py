"""Lists in a real browser: a view survives, the keyboard works, a file equals the list, a phone shows cards."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.models import Customer, Salesperson
from tests.browser.conftest import CHROMIUM, WITHOUT_CHROMIUM, Visit
from tests.trade import Books
from tests.web.people import PASSWORD, member

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM, reason=WITHOUT_CHROMIUM),
]


@pytest.fixture
def company(own_organization: Any, actor: Any) -> Any:
    """Seventy customers of two regions, each with an invoice."""
    from datetime import date

    with tenant(own_organization.pk):
        books = Books(organization=own_organization, actor=actor, today=date(2026, 11, 21))
        for number in range(70):
            code = f"K{number:02}"
            books.customer(code, sort_key=code, region="华东" if number < 60 else "华南")
            books.invoice(f"YS-{code}", "2026-01-05", f"{number + 1}.10", customer=code)
        Salesperson.objects.create(organization_id=own_organization.pk, code="S9", name="新人")
    return own_organization


@pytest.fixture
def clerk(company: Any) -> str:
    return str(member(company, "finance_manager", name="沈经理").email)


def expect(locator: Any) -> Any:
    """Playwright's own waiting: the content policy lets no text be run as a script."""
    from playwright.sync_api import expect as expected

    return expected(locator)


def at_list(visit: Callable[..., Visit], company: Any, clerk: str, **options: Any) -> Visit:
    window = visit(**options)
    window.sign_in(clerk, PASSWORD)
    window.open(f"/o/{company.code}/customers/")
    return window


def leads(page: Any) -> list[str]:
    return [text.strip() for text in page.locator("tbody .cell-lead .cell-link").all_inner_texts()]


def test_a_view_survives_signing_out(visit: Callable[..., Visit], company: Any, clerk: str) -> None:
    window = at_list(visit, company, clerk)
    page = window.page
    page.locator("[name=region]").select_option("华南")
    expect(page.locator("tbody tr")).to_have_count(10)
    page.locator("th a", has_text="客户").click()
    page.wait_for_load_state("networkidle")
    page.locator("[data-dialog-open=list-columns]").click()
    page.locator("[data-column=salesperson] input").uncheck()
    page.locator("[data-column=overdue] [data-move=up]").press("Enter")
    page.locator("#list-columns .btn-primary").click()
    page.wait_for_url("**cols=**")
    heads = page.locator("thead th").all_inner_texts()
    assert "业务员" not in heads
    page.locator(".list-tabs-end .dropdown button").first.click()
    page.locator("[data-dialog-open=list-save]").click()
    page.locator("#list-save-name").fill("华南倒序")
    page.locator("#list-save .btn-primary").click()
    page.wait_for_url("**view=**")
    page.wait_for_load_state("networkidle")
    kept = leads(page)
    assert kept[0] == "客户K69"

    again = at_list(visit, company, clerk)
    assert len(leads(again.page)) == 50
    again.page.locator(".list-tab", has_text="华南倒序").click()
    again.page.wait_for_load_state("networkidle")
    assert leads(again.page) == kept
    assert again.page.locator("thead th").all_inner_texts() == heads


def test_rows_are_walked_chosen_and_opened_with_keys(
    visit: Callable[..., Visit], company: Any, clerk: str
) -> None:
    window = at_list(visit, company, clerk)
    page = window.page
    for key in ("j", "j", "j", "k", "x", "j", "x"):
        page.keyboard.press(key)
    bar = page.locator("[data-selection]")
    assert "已选 2 行" in bar.inner_text()
    assert "合计 5.20" in bar.inner_text()  # 2.10 and 3.10
    page.keyboard.press("Escape")
    assert bar.is_hidden()
    page.keyboard.press("/")
    page.keyboard.type("K05")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.keyboard.press("Tab")
    page.locator("h1").click()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/customers/*-*/")
    assert "客户K05" in page.locator("h1").inner_text()


def test_all_filtered_rows_are_changed_at_once(visit: Callable[..., Visit], company: Any, clerk: str) -> None:
    window = at_list(visit, company, clerk)
    page = window.page
    page.locator("[name=region]").select_option("华东")
    expect(page.locator("[data-list-total]")).to_have_attribute("data-count", "60")
    page.locator("[data-select-page]").check()
    page.locator("[data-select-all]").click()
    assert "已选 60 行" in page.locator("[data-selection]").inner_text()
    assert "合计 1,836.00" in page.locator("[data-selection]").inner_text()
    page.locator("[data-act-url]", has_text="指定业务员").click()
    page.locator("#list-dialog .btn-primary").click()
    page.locator(".hk-toast", has_text="已更改 60 个客户").wait_for()
    with tenant(company.pk):
        assert Customer.objects.filter(salesperson__name="新人").count() == 60


def test_a_file_equals_the_list(
    visit: Callable[..., Visit], company: Any, clerk: str, tmp_path: Path
) -> None:
    window = at_list(visit, company, clerk)
    page = window.page
    page.locator("[name=region]").select_option("华南")
    expect(page.locator("tbody tr")).to_have_count(10)
    page.locator(".list-tools .dropdown button").first.click()
    with page.expect_download() as coming:
        page.locator("[data-list-file=csv]").click()
    path = tmp_path / "list.csv"
    coming.value.save_as(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["客户"] for row in rows] == leads(page)
    balances = page.locator("tbody tr td:nth-child(6)").all_inner_texts()
    assert [row["应收余额"] for row in rows] == [text.strip() for text in balances]
    page.locator(".hk-toast", has_text="文件已生成：10 行").wait_for()


def test_pages_follow_each_other_with_the_count_behind(
    visit: Callable[..., Visit], company: Any, clerk: str
) -> None:
    window = at_list(visit, company, clerk)
    page = window.page
    assert re.search(r"本页 50 行，共 70 行", page.locator(".paging-text").inner_text())
    page.locator("[rel=next]").click()
    page.wait_for_load_state("networkidle")
    assert len(leads(page)) == 20
    page.locator("[rel=prev]").click()
    page.wait_for_load_state("networkidle")
    assert leads(page)[0] == "客户K00"


@pytest.mark.parametrize("name", ["customers", "items", "due", "documents", "import"])
def test_on_a_narrow_phone(visit: Callable[..., Visit], company: Any, clerk: str, name: str) -> None:
    window = at_list(visit, company, clerk, width=360, dark=True)
    window.open(f"/o/{company.code}/{name}/")
    assert window.overflow() <= 0


def test_a_phone_shows_compact_rows_and_filters_on_a_sheet(
    visit: Callable[..., Visit], company: Any, clerk: str
) -> None:
    page = at_list(visit, company, clerk, width=390).page
    assert page.locator("tbody tr").first.bounding_box()["height"] < 110
    expect(page.locator("[name=region]")).to_be_hidden()
    page.locator(".filter-open").click()
    page.locator("[name=region]").select_option("华南")
    expect(page.locator("tbody tr")).to_have_count(10)
    first = leads(page)[0]
    page.locator("[name=sort]").select_option("-name")
    page.wait_for_url("**sort=-name**")
    expect(page.locator("tbody .cell-lead .cell-link").last).to_contain_text(first)
    page.locator(".filter-done").click()
    expect(page.locator("[name=region]")).to_be_hidden()
    page.locator("tbody tr").nth(1).locator(".cell-select").click()
    expect(page.locator("tr.row-chosen")).to_have_count(1)

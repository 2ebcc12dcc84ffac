"""A clerk in a real browser: import a file with bad rows, put one right in place, arrive at the invoice."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from huikuan.core.postgres.tenancy import tenant
from huikuan.organizations.models import User
from huikuan.organizations.operations import add_member

PASSWORD = "correct horse battery"
FILE = (
    "应收明细,,,,,\n"
    "客户编码,客户名称,发票号,开票日期,到期日,含税金额\n"
    'K1,宁波甲机械有限公司,INV-1,2026-01-05,2026-02-05,"1,130.00"\n'
    "K1,宁波甲机械有限公司,INV-2,2026-01-07,2025-12-01,500.00\n"
    "K2,杭州乙贸易行,INV-3,2026-01-08,2026-02-08,一百元\n"
)

pytestmark = pytest.mark.browser


@pytest.fixture
def clerk(own_organization: Any) -> str:
    """The e-mail of a person who may import; the password is PASSWORD."""
    email = f"{uuid4().hex[:12]}@example.com"
    user = User.objects.create_user(name="王会计", password=PASSWORD, email=email)
    with tenant(own_organization.pk):
        add_member(user=user, role_codes=["finance_manager"])
    return email


@pytest.fixture
def page(visit: Callable[..., Any], own_organization: Any, clerk: str) -> Any:
    """The import page with the clerk before it."""
    window = visit()
    window.sign_in(clerk, PASSWORD)
    window.open(f"/o/{own_organization.code}/import/")
    return window.page


def test_from_a_file_with_bad_rows_to_the_invoice(page: Any, tmp_path: Path) -> None:
    file = tmp_path / "一月应收.csv"
    file.write_text(FILE, encoding="gb18030")

    page.locator("input[type=file]").set_input_files(file)
    assert page.locator("[data-file-name]").inner_text() == "一月应收.csv"
    page.get_by_role("button", name="上传并检查").click()

    page.get_by_text("按列名认出：这是应收单").wait_for()
    page.locator("#column-2").select_option("")  # without the invoice number: looked at again by itself
    page.locator(".column-ignored").first.wait_for()
    page.locator("#column-2").select_option("number")
    page.locator(".column-ignored").first.wait_for(state="detached")
    page.get_by_role("button", name="下一步：逐行检查").click()

    verdict = page.locator("#verdict")
    verdict.get_by_text("将导入", exact=True).wait_for()
    assert page.locator(".wizard [aria-current=step]").inner_text().endswith("检查")
    assert page.locator(".cell-wrong input").input_value() == "一百元"
    assert page.locator(".cell-doubtful input").input_value() == "2025-12-01"
    page.get_by_role("button", name="开始导入 1 行").click()

    wrong = page.locator("#row-5")
    wrong.locator("input[aria-invalid=true]").fill("100.00")
    page.locator("#row-4").get_by_label("到期日").fill("2026-03-01")
    wrong.get_by_role("button", name="更正后导入").click()
    page.get_by_text("已导入 1 行").wait_for()
    assert page.locator("#row-5").count() == 0
    # What was typed in another row is still there.
    assert page.locator("#row-4").get_by_label("到期日").input_value() == "2026-03-01"
    page.locator("#row-4").get_by_role("button", name="更正后导入").click()
    page.get_by_text("有问题的行都已处理").or_(page.get_by_text("这里没有行了")).first.wait_for()

    page.get_by_role("link", name="账龄分析").click()
    page.get_by_text("1,730.00").first.wait_for()
    page.get_by_role("link", name="应收明细").first.click()
    page.get_by_role("link", name="INV-3").first.click()
    page.get_by_role("heading", name=re.compile("INV-3")).wait_for()
    assert "杭州乙贸易行" in page.locator("#content").inner_text()


def test_the_page_of_a_large_import_follows_its_job(
    page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huikuan.integrations import jobs
    from huikuan.web.imports import views

    queued: list[dict[str, Any]] = []
    monkeypatch.setattr(views, "IN_REQUEST_ROWS", 1)
    monkeypatch.setattr(jobs.take_in, "defer", lambda **values: queued.append(values))
    file = tmp_path / "large.csv"
    file.write_text(FILE, encoding="utf-8")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="上传并检查").click()
    page.get_by_role("button", name="下一步：逐行检查").click()
    page.get_by_role("button", name="开始导入").click()
    page.get_by_text("正在等待后台任务开始").wait_for()
    jobs.take_in(**queued[0])
    page.locator("#problems").wait_for()
    assert page.locator(".verdict-sums b").first.inner_text() == "1"


def test_problems_are_corrected_in_the_grid_with_the_keyboard_before_the_import(
    page: Any, tmp_path: Path
) -> None:
    file = tmp_path / "二月应收.csv"
    file.write_text(FILE, encoding="utf-8")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="上传并检查").press("Enter")
    page.get_by_role("button", name="下一步：逐行检查").press("Enter")

    wrong = page.get_by_label("第 5 行 含税金额")
    wrong.wait_for()
    assert wrong.get_attribute("aria-invalid") == "true"
    wrong.fill("100.00")
    page.get_by_label("没有错，照样导入").first.check()
    page.get_by_label("第 5 行 含税金额").press("Enter")
    page.get_by_role("button", name="开始导入 3 行").click()
    page.get_by_text("导入前更正了 1 行").wait_for()
    assert page.locator("#problems").count() == 0
    page.locator(".made-list").get_by_role("link", name="INV-3").click()
    page.get_by_role("heading", name=re.compile("INV-3")).wait_for()


def test_a_dropped_file_goes_straight_to_its_columns(page: Any) -> None:
    data = page.evaluate_handle(
        """content => { const data = new DataTransfer();
        data.items.add(new File([content], "三月.csv", { type: "text/csv" })); return data; }""",
        FILE,
    )
    page.dispatch_event("body", "drop", {"dataTransfer": data})
    page.get_by_text("按列名认出：这是应收单").wait_for()
    assert page.locator("h1").inner_text() == "三月.csv"

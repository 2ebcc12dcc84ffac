"""A pivot in a real browser: built, kept, put on the first page, scheduled; its figures lead to items with their total."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from huikuan.core.postgres.tenancy import tenant
from huikuan.reports.models import ReportSchedule, SavedPivot
from huikuan.reports.pivots.saved import report_name
from tests.browser.test_workbench import PASSWORD, person
from tests.conftest import TODAY
from tests.trade import Books

pytestmark = pytest.mark.browser


def test_build_save_and_schedule(visit: Callable[..., Any], own_organization: Any, actor: Any) -> None:
    organization = own_organization
    with tenant(organization.pk):
        books = Books(organization=organization, actor=actor, today=TODAY)
        books.customer("C1", name="宁波海翔机械有限公司", region="华东")
        books.customer("C2", name="深圳远航电子有限公司", region="华南")
        books.invoice("F1", "2026-02-03", "30000.00", customer="C1")
        books.invoice("F2", "2026-05-06", "12000.00", customer="C1")
        books.invoice("F3", "2026-05-20", "500.00", customer="C2")
    window = visit()
    window.sign_in(person(organization, "finance_manager", "沈经理"), PASSWORD)
    page = window.page
    window.open(f"/o/{organization.code}/reports/")
    page.get_by_role("link", name="自定义透视表").click()
    page.locator("select[name=column]").select_option("quarter")
    page.get_by_role("columnheader", name="2026-Q2").first.wait_for()
    page.get_by_label("逾期率", exact=True).uncheck()
    page.get_by_label("逾期", exact=True).uncheck()
    page.wait_for_url(re.compile(r"measures=receivable(?!.*measures=overdue)"))
    page.locator("select[name=chart]").select_option("bar")
    page.locator(".report-charts [data-chart]").wait_for()
    row = page.get_by_role("row", name=re.compile("华东"))
    row.get_by_text("42,000.00").first.wait_for()
    # Above the table: what is taken as a file is what is shown.
    assert "column=quarter" in str(
        page.locator(".page-heading-actions a", has_text="Excel").get_attribute("href")
    )
    page.get_by_role("button", name="保存透视表").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("名称").fill("地区季报")
    dialog.get_by_label("放到总览页").check()
    dialog.get_by_label("销售经理").check()
    dialog.get_by_role("button", name="保存").click()
    page.get_by_role("heading", name="地区季报", level=1).wait_for()
    assert window.overflow() <= 0
    with tenant(organization.pk):
        saved = SavedPivot.objects.get()
        assert saved.roles == ["sales_manager"]
        assert saved.words["measures"] == "receivable"

    page.locator(".page-heading-actions").get_by_role("button", name="更多").click()
    page.get_by_role("link", name="定时发送").click()
    page.get_by_label("收件人").fill("cfo@example.com")
    page.get_by_role("button", name="开始定时发送").click()
    page.get_by_role("link", name="地区季报").wait_for()
    with tenant(organization.pk):
        assert ReportSchedule.objects.get().report == report_name(saved.pk)

    window.open(f"/o/{organization.code}/")
    tile = page.get_by_role("region", name="地区季报")
    tile.locator("[data-chart]").wait_for()
    tile.get_by_role("link", name="查看全部").click()
    cell = page.get_by_role("row", name=re.compile("华东")).get_by_role("link", name="42,000.00").last
    cell.click()
    page.get_by_text("42,000.00").first.wait_for()
    assert page.get_by_text("F1").first.is_visible()
    assert page.get_by_text("F3").count() == 0


def test_on_a_phone(visit: Callable[..., Any], own_organization: Any, actor: Any) -> None:
    with tenant(own_organization.pk):
        books = Books(organization=own_organization, actor=actor, today=TODAY)
        books.customer("C1", name="一个名字非常非常长的客户有限责任公司宁波分公司第三销售处", region="华东")
        books.invoice("F1", "2026-02-03", "30000.00", customer="C1")
    window = visit(width=390, dark=True)
    window.sign_in(person(own_organization, "finance_manager", "沈经理"), PASSWORD)
    page = window.page
    window.open(
        f"/o/{own_organization.code}/reports/pivot/?by=customer&column=month&measures=receivable&measures=sold"
    )
    page.get_by_role("columnheader", name="2026-02").wait_for()
    assert window.overflow() <= 0
    box = page.locator(".pivot-scroll")
    box.evaluate("element => element.scrollLeft = 600")
    name = page.get_by_role("cell", name=re.compile("一个名字")).bounding_box()
    assert name is not None
    assert name["x"] >= 0, "the name stays while the figures move"

"""A collection policy in a real browser: built in the editor, simulated, changed, and put in force."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from huikuan.collection.models import CollectionRun, PolicyStep, PolicyVersion
from huikuan.core.postgres.tenancy import tenant
from tests.browser.conftest import Visit
from tests.trade import Books
from tests.web.people import PASSWORD, member

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_built_simulated_and_put_in_force(
    visit: Callable[..., Visit], own_organization: Any, actor: Any
) -> None:
    today = timezone.localdate()
    with tenant(own_organization.pk):
        books = Books(organization=own_organization, actor=actor, today=today)
        sold, due = ((today - timedelta(days=days)).isoformat() for days in (100, 60))
        for code, amount in (("K1", "400000"), ("K2", "90")):
            books.customer(code, name=f"客户{code}")
            books.invoice(f"F-{code}", sold, amount, due=due, customer=code)
    home = f"/o/{own_organization.code}/collection/policies/"
    window = visit()
    window.sign_in(member(own_organization, "finance_manager", name="孙经理").email, PASSWORD)
    page = window.page
    window.open(home)
    page.get_by_role("link", name="新建策略").click()
    page.locator("[name=code]").fill("big")
    page.locator("[name=name]").fill("大额客户")
    page.locator("[name=priority]").fill("10")
    page.locator("[name=minimum]").fill("100")
    page.locator("[name=step-0-name]").fill("先打电话")
    page.locator("[name=step-0-days]").fill("3")
    page.locator("[name=step-0-channels][value=phone]").check()
    page.locator("[name=step-0-sender]").select_option("salesperson")
    page.locator("[name=try]").click()
    page.wait_for_url("**/simulate/**")
    page.locator("#weeks-chart canvas, #weeks-chart svg").first.wait_for()
    told = page.locator("#list tbody tr")
    assert [row.count("客户K") for row in told.all_inner_texts()] == [1]
    assert "客户K1" in told.inner_text()

    page.locator(".shell-crumbs a", has_text="大额客户").click()
    page.locator(".page-heading-actions a", has_text="编辑草稿").click()
    page.locator("[name=step-1-name]").fill("再打一次")
    page.locator("[name=step-1-days]").fill("10")
    page.locator("[name=step-1-channels][value=phone]").check()
    page.locator("[name=try]").click()
    page.wait_for_url("**/simulate/**")
    assert told.count() == 2
    page.locator(".shell-crumbs a", has_text="大额客户").click()
    page.locator(".page-heading-actions a", has_text="启用草稿").click()
    page.locator("main form .btn-primary").click()
    page.wait_for_url("**/policies/*/")
    page.locator(".page-heading-title", has_text="启用中").wait_for()

    phone = visit(width=390, dark=True, language="en")
    phone.page.context.add_cookies(page.context.cookies())
    for address in (page.url, page.url + "edit/", page.url + "simulate/"):
        phone.open(address.removeprefix(phone.url))
        assert phone.overflow() <= 0
    with tenant(own_organization.pk):
        version = PolicyVersion.objects.get()
        assert version.starts_on is not None
        steps = PolicyStep.objects.filter(version=version).order_by("position")
        assert list(steps.values_list("name", "days")) == [("先打电话", 3), ("再打一次", 10)]
        assert not CollectionRun.objects.exists()

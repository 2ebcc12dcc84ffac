"""From an empty organization to the first aging, the tour of the demo, and a term tried out, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from huikuan.demo.operations import build_demo
from huikuan.organizations.models import Organization, User
from tests.browser.conftest import CHROMIUM, WITHOUT_CHROMIUM, Visit
from tests.web.people import PASSWORD, member

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM, reason=WITHOUT_CHROMIUM),
]


@pytest.mark.parametrize("width", [1440, 390])
def test_the_first_days_of_an_organization(
    visit: Callable[..., Visit], own_organization: Any, width: int
) -> None:
    code = own_organization.code
    login = member(own_organization, "administrator", "finance_manager", name="创建人").email
    window = visit(width=width)
    window.sign_in(login, PASSWORD)
    page = window.page
    assert page.url.endswith(f"/o/{code}/settings/start/")
    assert window.overflow() <= 0
    page.locator("#step-organization a.btn").click()
    page.locator("[name=name]").fill("宁波首日有限公司")
    page.locator("[name=live_on]").fill(timezone.localdate().isoformat())
    page.locator("main form button.btn-primary").click()
    page.wait_for_load_state("networkidle")

    window.open(f"/o/{code}/settings/start/")
    assert "已完成" in page.locator("#step-organization").inner_text()
    for kind, step in (("customers", "customers"), ("invoices", "opening")):
        with page.expect_download() as download:
            page.locator(f"#step-{step} a[href$='.xlsx']").first.click()
        page.locator(f"#step-{step} a.btn").click()
        page.wait_for_load_state("networkidle")
        assert f"kind={kind}" in page.url
        page.locator("input[type=file]").set_input_files(
            files=[
                {
                    "name": download.value.suggested_filename,
                    "mimeType": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                    "buffer": download.value.path().read_bytes(),
                }
            ]
        )
        page.get_by_role("button", name="上传并检查").click()
        page.get_by_role("button", name="下一步：逐行检查").click()
        page.get_by_role("button", name=re.compile("开始导入")).click()
        page.wait_for_url(re.compile(r"/import/[0-9a-f-]{36}"))
        window.open(f"/o/{code}/settings/start/")
        assert "已完成" in page.locator(f"#step-{step}").inner_text()

    page.locator("#step-users a.btn").click()
    page.locator("[name=name]").fill("新会计")
    page.locator("[name=login]").fill(f"clerk-{code}@example.com")
    page.get_by_label("应收会计").check()
    page.locator("main form button.btn-primary").click()
    link = page.locator("#invitation-link").input_value()
    window.open(f"/o/{code}/settings/start/")
    assert page.locator(".first-step-done").count() == 4
    window.open(f"/o/{code}/aging/")
    assert "示例一号机械有限公司" in page.locator("main").inner_text()

    newcomer = visit(width=width)
    newcomer.page.goto(link)
    for field in newcomer.page.locator("input[type=password]").all():
        field.fill(PASSWORD)
    newcomer.page.locator("main form button.btn-primary").click()
    newcomer.page.wait_for_url(re.compile(rf"/o/{code}/"))
    newcomer.open("/")
    assert newcomer.page.url.endswith(f"/o/{code}/")


def test_a_term_is_tried_out_as_one_types(visit: Callable[..., Visit], own_organization: Any) -> None:
    window = visit()
    login = member(own_organization, "administrator").email
    window.sign_in(login, PASSWORD)
    window.open(f"/o/{own_organization.code}/settings/terms/new/")
    page = window.page
    page.locator("#id_base_on").fill("2026-06-05")
    page.locator("#id_days").fill("45")
    page.locator(".term-due time", has_text="2026-07-20").wait_for()
    page.locator("#id_kind").select_option("period_days")
    page.locator("#id_cutoff").fill("25")
    page.locator("#id_days").fill("10")
    page.locator(".term-due time", has_text="2026-07-05").wait_for()
    assert page.locator("#id_months").count() == 0, "only what the kind uses"


@pytest.fixture
def demo(transactional_db: None) -> Iterator[Organization]:
    """A small demo company, given another name afterwards so that tests which build their own still can."""
    yield build_demo(today=timezone.localdate(), customers=12, invoices=60)
    other = uuid4().hex[:12]
    Organization.objects.filter(code="demo").update(code=other)
    for user in User.objects.filter(email__endswith="@demo.example"):
        User.objects.filter(pk=user.pk).update(email=f"{other}-{user.email}")


def test_the_tour_on_the_keyboard_is_offered_once(demo: Organization, visit: Callable[..., Visit]) -> None:
    login = member(demo, "finance_manager").email
    window = visit()
    window.sign_in(login, PASSWORD)
    page = window.page
    page.locator("[data-tour-start]").press("Enter")
    seen = [page.locator(".tour-card h2").inner_text()]
    while page.locator(".tour-card [data-tour-next]").inner_text() != "完成":
        page.keyboard.press("ArrowRight")
        seen.append(page.locator(".tour-card h2").inner_text())
        box = page.locator(".tour-card").bounding_box()
        assert box is not None
        assert 0 <= box["x"] <= 1440 - box["width"]
        assert 0 <= box["y"] <= 900 - box["height"]
    assert len(seen) == len(set(seen)) >= 5
    page.keyboard.press("Escape")
    assert page.locator(".tour-card").count() == 0
    window.open("/o/demo/")
    assert page.locator("[data-tour-banner]").is_hidden()

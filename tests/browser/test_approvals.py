"""Approving on a phone: from the bell to the decision, under the thumb."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from huikuan.approvals.models import Status
from huikuan.core.postgres.tenancy import tenant
from tests.approvals.company import opened
from tests.browser.conftest import Visit
from tests.conftest import TODAY
from tests.trade import Books
from tests.web.people import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_approval_on_a_phone(own_organization: Any, actor: Any, visit: Callable[..., Visit]) -> None:
    with tenant(own_organization.pk):
        company = opened(Books(organization=own_organization, actor=actor, today=TODAY))
        company.policy("write_off", ("0", "finance_manager"))
        first = company.request("林", amount="400")
        company.books.invoice("YS2", "2026-05-01", "500")
        second = company.request("林", "YS2")
    phone = visit(width=390, dark=True)
    page = phone.page
    phone.sign_in(company.people["沈"].email, PASSWORD)
    phone.open(f"/o/{own_organization.code}/approvals/")
    assert page.locator("tbody tr").count() == 2
    assert phone.overflow() <= 0
    page.locator("tbody tr", has_text="YS1").locator("a").first.click()
    page.wait_for_load_state("networkidle")

    # Both buttons are in reach without scrolling, large enough for a thumb.
    approve = page.locator("button[value=approve]")
    box = approve.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 900 and box["height"] >= 44
    assert phone.overflow() <= 0
    page.locator("textarea[name=comment]").fill("同意")
    approve.click()
    page.wait_for_load_state("networkidle")
    # One more waits: back to the list.
    assert page.url.endswith("/approvals/")
    assert page.locator("tbody tr").count() == 1

    page.locator("tbody tr a").first.click()
    page.wait_for_load_state("networkidle")
    page.locator("textarea[name=comment]").fill("请补裁定书")
    page.locator("button[value=return]").click()
    page.wait_for_load_state("networkidle")
    assert "请补裁定书" in page.content()
    with tenant(own_organization.pk):
        first.refresh_from_db()
        second.refresh_from_db()
        assert (first.status, second.status) == (Status.DONE, Status.RETURNED)
        assert company.books.open("YS1") == 600

"""From no rates to a posted provision: take the rates over, look at the sheet, post it, see the entry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from huikuan.core.postgres.tenancy import tenant
from tests.browser.conftest import CHROMIUM, WITHOUT_CHROMIUM, Visit
from tests.trade import Books
from tests.web.people import PASSWORD, member

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM, reason=WITHOUT_CHROMIUM),
]


def test_rates_sheet_posting_entry(visit: Callable[..., Visit], own_organization: Any, actor: Any) -> None:
    today = timezone.localdate()
    last = today.replace(day=1) - timedelta(days=1)
    with tenant(own_organization.pk):
        books = Books(organization=own_organization, actor=actor, today=today)
        due = last - timedelta(days=10)
        books.invoice("YS1", (due - timedelta(days=30)).isoformat(), "10000", due=due.isoformat())
    user = member(own_organization, "finance_manager")
    window = visit()
    window.sign_in(str(user.email), PASSWORD)
    page = window.page
    window.open(f"/o/{own_organization.code}/provisions/")
    page.locator(".blank-actions button").click()
    page.locator("#by-age").wait_for()
    assert "10,000.00" in page.locator("#by-age").inner_text()
    assert "200.00" in page.locator("#entry").inner_text()

    page.locator('[data-dialog-open="post-provision"]').click()
    dialog = page.locator("#post-provision")
    assert "200.00" in dialog.inner_text()
    dialog.locator("button.btn-primary").click()
    page.locator("#facts-title").wait_for()
    assert "1231" in page.locator("#entry").inner_text()
    assert "6702" in page.locator("#entry").inner_text()

    window.open(f"/o/{own_organization.code}/provisions/")
    assert page.locator('[data-dialog-open="post-provision"]').count() == 0
    assert page.locator("#history tbody tr").count() == 1
    # Another month is chosen where one is.
    page.locator("#id_as_of").select_option(index=2)
    page.wait_for_url("**as_of=*")
    assert window.overflow() <= 0

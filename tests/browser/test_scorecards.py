"""A scorecard edited with its preview beside it, tried on all customers, compared and put in force."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from huikuan.core.postgres.tenancy import tenant
from huikuan.credit.operations import assess_customers
from tests.browser.conftest import CHROMIUM, WITHOUT_CHROMIUM, Visit
from tests.trade import Books
from tests.web.people import PASSWORD, member

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM, reason=WITHOUT_CHROMIUM),
]


def test_a_card_is_edited_previewed_and_compared(
    visit: Callable[..., Visit], own_organization: Any, actor: Any
) -> None:
    today = timezone.localdate()
    with tenant(own_organization.pk):
        books = Books(organization=own_organization, actor=actor, today=today)
        on = today - timedelta(days=90)
        books.invoice("YS1", on.isoformat(), "10000", due=(on + timedelta(days=30)).isoformat())
        books.receipt("SK1", on.isoformat(), "10000")
        books.allocate("SK1", "YS1", "10000", on.isoformat())
        assess_customers(actor=actor, today=today)
    user = member(own_organization, "credit_controller")
    window = visit()
    window.sign_in(str(user.email), PASSWORD)
    page = window.page
    window.open(f"/o/{own_organization.code}/credit/cards/")
    page.locator("#list tbody a").first.click()
    page.locator(".page-heading-actions a[href$='/edit/']").click()
    preview = page.locator("#card-preview")
    preview.wait_for()
    assert preview.locator("tbody tr").count() == 1
    page.locator("input[name='d0-weight']").fill("10")
    page.locator("input[name='d0-weight']").blur()
    page.locator("#card-preview .notice-bad").wait_for()
    page.locator("input[name='d3-weight']").fill("40")
    page.locator("input[name='d3-weight']").blur()
    page.locator("#card-preview .notice-bad").wait_for(state="detached")
    assert page.locator("#card-preview .preview-moved").count() == 1
    assert window.overflow() <= 0

    page.locator("button[name='try']").click()
    page.locator("#differences").wait_for()
    assert page.locator("#differences tbody tr").count() == 2
    assert page.locator("#moves tbody tr").count() == 1
    page.locator("#moves tbody a").first.click()
    page.locator(".grade-mark").wait_for()
    assert page.locator(".grade-mark").inner_text() == "A"
    window.open(f"/o/{own_organization.code}/credit/cards/")
    page.locator("#list tbody a").first.click()
    page.locator(".page-heading-actions a[href$='/activate/']").click()
    page.locator("form button.btn-primary").click()
    page.locator("#versions").wait_for()
    assert page.locator("#versions tbody tr").count() == 2
    assert window.overflow() <= 0

"""Letters in a real browser: a batch printed from the queue, and its PDF."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from huikuan.collection.models import Letter
from huikuan.collection.operations import NewLetter, ask_letters
from huikuan.core.postgres.tenancy import tenant
from tests.browser.conftest import CHROMIUM, WITHOUT_CHROMIUM, Visit
from tests.trade import Books
from tests.web.people import PASSWORD, member

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM, reason=WITHOUT_CHROMIUM),
]


def test_a_batch_is_printed_and_taken_as_a_file(
    visit: Callable[..., Visit], own_organization: Any, actor: Any
) -> None:
    today = timezone.localdate()
    user = member(own_organization, "finance_manager", name="钱经理")
    with tenant(own_organization.pk):
        books = Books(organization=own_organization, actor=actor, today=today)
        for code in ("K1", "K2"):
            on, due = (today - timedelta(days=days) for days in (60, 40))
            books.invoice(f"F-{code}", on.isoformat(), "1409.5", due=due.isoformat(), customer=code)
        asked = [NewLetter(customer_id=each.pk, template="dunning_1") for each in books.customers.values()]
        ask_letters(asked, actor=actor, today=today)

    window = visit()
    window.sign_in(user.email, PASSWORD)
    page = window.page
    window.open(f"/o/{own_organization.code}/collection/letters/")
    page.locator("button", has_text="打印 2 封").click()
    page.wait_for_url("**/letters/batches/*/")
    assert page.get_by_text("客户K2").count() >= 1
    with page.expect_download() as taken:
        page.evaluate(
            "() => { const link = document.querySelector('a[href$=\"batch.pdf\"]'); link.download = ''; }"
        )
        page.locator('a[href$="batch.pdf"]').first.click()
    content = Path(taken.value.path()).read_bytes()
    assert content.startswith(b"%PDF") and len(content) > 10_000
    with tenant(own_organization.pk):
        assert set(Letter.objects.values_list("state", flat=True)) == {"printed"}

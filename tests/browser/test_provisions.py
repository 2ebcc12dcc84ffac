"""From no rates to a posted provision: take the rates over, look at the sheet, post it, see the entry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from huikuan.core.postgres.tenancy import tenant
from huikuan.risk.models import Provision
from huikuan.risk.operations import set_matrix
from huikuan.risk.rules import STARTING_RATES
from tests.approvals.company import opened
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


def test_proposed_approved_posted(visit: Callable[..., Visit], own_organization: Any, actor: Any) -> None:
    """One proposes the provision, another agrees, and it stands in the books with its workpaper."""
    today = timezone.localdate()
    last = today.replace(day=1) - timedelta(days=1)
    with tenant(own_organization.pk):
        books = Books(organization=own_organization, actor=actor, today=today)
        company = opened(books)
        company.policy("provision", ("0", "executive"))
        set_matrix(rates=STARTING_RATES, effective_on=last.replace(month=1, day=1), actor=actor)
    path = f"/o/{own_organization.code}/provisions/"
    proposer = visit()
    proposer.sign_in(str(company.people["沈"].email), PASSWORD)
    proposer.open(path)
    proposer.page.locator('[data-dialog-open="post-provision"]').click()
    proposer.page.locator("#post-provision button.btn-primary").click()
    proposer.page.wait_for_load_state("networkidle")
    with tenant(own_organization.pk):
        assert not Provision.objects.exists()

    approver = visit(width=390, dark=True)
    approver.sign_in(str(company.people["许"].email), PASSWORD)
    approver.open(f"/o/{own_organization.code}/approvals/")
    approver.page.locator("tbody tr a").first.click()
    approver.page.locator("button[value=approve]").click()
    approver.page.wait_for_load_state("networkidle")
    with tenant(own_organization.pk):
        made = Provision.objects.get()
        assert made.entry_id is not None
        assert made.required == made.charge > 0

    proposer.open(f"{path}{made.pk}/")
    assert "1231" in proposer.page.locator("#entry").inner_text()
    with proposer.page.expect_download() as taken:
        proposer.page.locator('a[href$="/workpaper.xlsx"]').click()
    assert taken.value.suggested_filename.endswith(f"{last.isoformat()}.xlsx")
    assert proposer.overflow() <= 0

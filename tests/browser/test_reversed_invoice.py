"""A wrong invoice: asked to be reversed, agreed to, gone from what is owed, and red in the vouchers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from huikuan.books.models import VoucherEntry
from huikuan.core.postgres.tenancy import tenant
from huikuan.ledger.models import Document, JournalEntry
from huikuan.ledger.requests import VOID
from tests.approvals.company import Company
from tests.browser.conftest import Visit
from tests.conftest import TODAY
from tests.sales.selling import Selling, line
from tests.trade import Books
from tests.web.people import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def company(own_organization: Any, actor: Any) -> Company:
    """林 writes and undoes invoices, 沈 agrees; an invoice of 1,130 that should not be there."""
    with tenant(own_organization.pk):
        company = Company(Books(organization=own_organization, actor=actor, today=TODAY))
        company.hire("林", "ar_accountant")
        company.hire("沈", "finance_manager")
        company.policy(VOID, ("0", "finance_manager"))
        Selling(company.books).invoice(line("1", "1000"), on="2026-11-03")
    return company


def test_a_wrong_invoice_is_reversed(
    company: Company, own_organization: Any, visit: Callable[..., Visit]
) -> None:
    home = f"/o/{own_organization.code}"
    with tenant(own_organization.pk):
        wrong = Document.objects.get()
    at = f"{home}/documents/{wrong.pk}/"

    accountant = visit()
    accountant.sign_in(company.people["林"].email, PASSWORD)
    accountant.open(at)
    page = accountant.page
    sums = page.locator("[aria-labelledby=sums-title]")
    assert sums.inner_text().count("1,130.00") >= 2
    page.locator(".page-heading-actions [data-bs-toggle=dropdown]").press("ArrowDown")
    page.locator(".page-heading-actions a", has_text="冲销").press("Enter")
    page.wait_for_url("**/void/")
    page.fill("[name=reason]", "客户开错")
    page.locator("form .btn-primary").click()
    page.wait_for_url("**/approvals/**")
    accountant.open(at)
    page.locator(".notice", has_text="等待审批").wait_for()

    manager = visit(width=390)
    manager.sign_in(company.people["沈"].email, PASSWORD)
    manager.open(f"{home}/approvals/")
    manager.page.locator("tbody tr a").first.click()
    manager.page.locator("button[value=approve]").click()
    manager.page.wait_for_load_state("networkidle")
    assert manager.overflow() <= 0

    accountant.open(at)
    with tenant(own_organization.pk):
        wrong.refresh_from_db()
        assert wrong.voided_by is not None
        red = wrong.voided_by.number
    assert "已冲销" in page.locator(".page-heading-title").inner_text()
    assert sums.inner_text().strip().endswith("0.00")
    page.locator("a", has_text=red).first.wait_for()

    accountant.open(f"{home}/books/vouchers/make/")
    page.locator("form .btn-primary").click()
    page.wait_for_url("**/vouchers/?**")
    with tenant(own_organization.pk):
        entry = JournalEntry.objects.get(document__number=red)
        voucher = VoucherEntry.objects.get(entry_id=entry.pk)
    accountant.open(f"{home}/books/vouchers/{voucher.voucher_id}/")
    lines = page.locator(".voucher-lines").inner_text()
    assert "-1,130.00" in lines.replace("−", "-")

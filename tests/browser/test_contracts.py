"""A contract with milestones, from signing to the chain of documents on the page of what it became."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.operations import CustomerFacts, create_customers
from huikuan.ledger.models import Document
from huikuan.sales.contracts import Contract
from tests.browser.conftest import CHROMIUM, WITHOUT_CHROMIUM, Visit
from tests.web.people import PASSWORD, member

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM, reason=WITHOUT_CHROMIUM),
]


@pytest.fixture
def accountant(own_organization: Any, actor: Any) -> str:
    with tenant(own_organization.pk):
        create_customers([CustomerFacts(code="K1", name="宁波机械有限公司")], actor=actor)
    return str(member(own_organization, "ar_accountant").email)


def test_a_contract_is_signed_its_milestone_confirmed_on_the_phone_and_the_chain_followed(
    visit: Callable[..., Visit], own_organization: Any, accountant: str
) -> None:
    code = own_organization.code
    window = visit()
    window.sign_in(accountant, PASSWORD)
    page = window.page
    window.open(f"/o/{code}/contracts/new/")
    page.fill("#id_customer", "K1")
    page.fill("#id_name", "数控机床")
    page.fill("#id_amount", "113,000.00")
    page.fill("#id_line-0-size", "29%")
    page.locator("#plan-check .plan-wrong", has_text="还差 1,130.00").wait_for()
    page.fill("#id_line-0-size", "30%")
    page.locator("#plan-check .plan-right").wait_for()
    page.locator(".plan-more").click()
    page.locator("#id_line-3-name").wait_for()
    page.locator(".plan-aside button.btn-primary").click()
    page.locator("#plan", has_text="未触发").wait_for()
    with tenant(own_organization.pk):
        contract = Contract.objects.get()

    phone = visit(width=390, dark=True)
    phone.sign_in(accountant, PASSWORD)
    phone.open(f"/o/{code}/contracts/{contract.pk}/")
    assert phone.overflow() <= 0
    phone.page.locator("#plan a", has_text="确认达成").first.click()
    phone.page.fill("#id_on", timezone.localdate().isoformat())
    phone.page.fill("#id_note", "验收单 7")
    phone.page.locator("form .btn-primary", has_text="确认达成").click()
    phone.page.wait_for_url(f"**/contracts/{contract.pk}/")
    with tenant(own_organization.pk):
        document = Document.objects.get()
        assert document.amount == contract.amount
    phone.page.locator(".chain a", has_text=document.number).click()
    phone.page.wait_for_url(f"**/documents/{document.pk}/")
    assert phone.overflow() <= 0
    phone.page.locator(".chain a", has_text=contract.number).click()
    phone.page.wait_for_url(f"**/contracts/{contract.pk}/")

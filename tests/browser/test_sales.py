"""A clerk in a real browser: an invoice typed with live totals, posted, a part of it taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from huikuan.core.postgres.tenancy import tenant
from huikuan.organizations.models import User
from huikuan.organizations.operations import add_member
from huikuan.sales.models import Invoice, Product
from tests.conftest import TODAY
from tests.trade import Books

PASSWORD = "correct horse battery"

pytestmark = pytest.mark.browser


@pytest.fixture
def clerk(own_organization: Any, actor: Any) -> str:
    """The e-mail of an accountant; the company has a customer and a product."""
    email = f"{uuid4().hex[:12]}@example.com"
    user = User.objects.create_user(name="王会计", password=PASSWORD, email=email)
    with tenant(own_organization.pk):
        add_member(user=user, role_codes=["ar_accountant"])
        Books(organization=own_organization, actor=actor, today=TODAY).customer("C1")
        Product.objects.create(
            organization_id=own_organization.pk,
            code="P1",
            name="注塑机",
            unit="台",
            tax_code="13",
            price=10000,
        )
    return email


@pytest.mark.parametrize("width", [1440, 390])
def test_from_typing_to_a_credit_note(
    visit: Callable[..., Any], own_organization: Any, clerk: str, width: int
) -> None:
    window = visit(width=width)
    window.sign_in(clerk, PASSWORD)
    window.open(f"/o/{own_organization.code}/sales/invoices/add/")
    page = window.page
    page.get_by_label("客户代码").fill("C1")
    page.locator("[name=line_product]").first.fill("P1")
    page.locator("[name=line_product]").first.press("Tab")
    page.wait_for_function("() => document.querySelector('[name=line_text]').value === '注塑机'")
    page.locator("[name=line_quantity]").first.fill("10")
    page.locator(".sale-total").get_by_text("113,000.00").wait_for()
    page.get_by_role("button", name="增加一行").click()
    page.wait_for_function("() => document.querySelectorAll('[name=line_text]').length === 4")
    assert window.overflow() <= 0
    page.get_by_role("button", name="保存草稿").click()
    page.get_by_text("草稿还不是应收").wait_for()
    page.get_by_role("link", name="过账").click()
    page.get_by_role("button", name="过账").click()
    page.get_by_text("已过账：").wait_for()
    assert page.locator("#lines").get_by_text("注塑机").count() >= 1
    page.get_by_role("link", name="开红字").click()
    page.get_by_label("原因").fill("退货一台")
    page.locator("[name^=quantity_]").fill("1")
    page.get_by_role("button", name="保存草稿").click()
    page.get_by_text("红字发票").first.wait_for()
    with tenant(own_organization.pk):
        credit = Invoice.objects.get(kind="credit_note")
        assert (credit.net, credit.tax) == (10000, 1300)

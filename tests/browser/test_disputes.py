"""Disputes in a real browser: one taken from a short payment, and one from an invoice to its credit note."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from huikuan.cash.operations import propose_matches
from huikuan.core.postgres.tenancy import tenant
from huikuan.disputes.models import Dispute, DisputeState
from tests.browser.test_workbench import PASSWORD, person
from tests.cash.lines import line
from tests.conftest import TODAY
from tests.ledger.checking import assert_nothing_broken
from tests.sales.selling import Selling
from tests.sales.selling import line as sold
from tests.trade import Books

pytestmark = pytest.mark.browser


def test_less_because_of_a_dispute(visit: Callable[..., Any], own_organization: Any, actor: Any) -> None:
    with tenant(own_organization.pk):
        books = Books(organization=own_organization, actor=actor, today=TODAY)
        books.customer("C1", name="宁波海翔机械有限公司")
        books.invoice("FP-2026-0009", "2026-09-05", "50000.00")
        line(books, "2026-11-20", "30000.00", "宁波海翔机械有限公司", text="FP-2026-0009")
        propose_matches(actor=actor, today=TODAY)
    window = visit(width=390)
    window.sign_in(person(own_organization, "ar_accountant", "王会计"), PASSWORD)
    page = window.page
    window.open(f"/o/{own_organization.code}/bank/workbench/")
    asked = page.locator("[data-bench-dispute]:not([hidden])")
    reason = page.locator("[data-bench-reason]:not([hidden]) select")
    reason.wait_for()
    assert asked.count() == 0
    reason.select_option("dispute")
    asked.first.wait_for()
    assert window.overflow() <= 0
    asked.locator("select").select_option("quality.damage")
    asked.locator("input").fill("三箱破损")
    page.locator(".bench-accept").click()
    page.get_by_text("没有待处理的流水").first.wait_for()
    with tenant(own_organization.pk):
        made = Dispute.objects.get()
        assert (made.amount, made.reason, made.text) == (Decimal("20000.00"), "quality.damage", "三箱破损")
        assert_nothing_broken(own_organization)
    window.open(f"/o/{own_organization.code}/disputes/")
    page.get_by_text(made.number).first.wait_for()
    assert window.overflow() <= 0
    window.open(f"/o/{own_organization.code}/disputes/{made.pk}/")
    page.get_by_text("三箱破损").first.wait_for()
    assert window.overflow() <= 0


def test_from_an_invoice_to_a_credit_note(
    visit: Callable[..., Any], own_organization: Any, actor: Any
) -> None:
    with tenant(own_organization.pk):
        books = Books(organization=own_organization, actor=actor, today=TODAY)
        invoice = Selling(books).invoice(sold("10", "100"), on="2026-11-03")
        document = invoice.document_id
    home = f"/o/{own_organization.code}"
    window = visit()
    window.sign_in(person(own_organization, "ar_accountant", "王会计"), PASSWORD)
    page = window.page
    window.open(f"{home}/documents/{document}/")
    page.locator(".page-heading-actions a", has_text="提出争议").click()
    page.locator("[name=reason]").select_option("quality.damage")
    page.locator("[name=amount]").fill("226")
    page.locator("[name=text]").fill("两件破损")
    page.locator("main form .btn-primary").click()
    page.wait_for_url("**/disputes/**")
    dispute = page.url.removeprefix(window.url)
    page.locator(".page-heading-actions a", has_text="开红字").click()
    assert page.locator("[name=reason]").input_value() == "两件破损"
    page.locator("[name^=quantity_]").fill("2")
    page.get_by_role("button", name="保存草稿").click()
    page.get_by_role("link", name="过账").click()
    page.get_by_role("button", name="过账").click()
    page.get_by_text("已过账：").wait_for()

    service = visit(width=390)
    service.sign_in(person(own_organization, "customer_service", "赵客服"), PASSWORD)
    service.open(dispute)
    page = service.page
    page.locator(".page-heading-actions a", has_text="结束争议").click()
    page.locator("input[name=state][value=credited]").check()
    page.locator("[name=outcome]").fill("红冲两件")
    assert service.overflow() <= 0
    page.locator("main form .btn-primary").click()
    page.wait_for_url(f"**{dispute}")
    page.get_by_text("红冲两件").first.wait_for()
    assert service.overflow() <= 0
    with tenant(own_organization.pk):
        made = Dispute.objects.get()
        assert (made.state, made.amount, made.item.open_amount) == (DisputeState.CREDITED, 226, 904)
        assert_nothing_broken(own_organization)

"""A short payment in a real browser: the reason is a dispute, which is asked for beside it and opened."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from huikuan.cash.operations import propose_matches
from huikuan.core.postgres.tenancy import tenant
from huikuan.disputes.models import Dispute
from tests.browser.test_workbench import PASSWORD, person
from tests.cash.lines import line
from tests.conftest import TODAY
from tests.ledger.checking import assert_nothing_broken
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

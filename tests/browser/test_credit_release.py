"""An order is held, its salesperson asks from the order, somebody else releases it on a phone, and it goes on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from huikuan.core.postgres.tenancy import tenant
from huikuan.credit.models import OrderHold, Reservation
from huikuan.credit.operations import change_setting
from huikuan.customers.models import Customer
from tests.browser.conftest import Visit
from tests.conftest import TODAY
from tests.credit.giving import Giving
from tests.sales.selling import Selling, line
from tests.trade import Books
from tests.web.people import PASSWORD, member, seller

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_held_asked_released_on_a_phone_and_delivered(
    own_organization: Any, actor: Any, visit: Callable[..., Visit]
) -> None:
    user, salesperson = seller(own_organization)
    controller = member(own_organization, "credit_controller", name="沈")
    with tenant(own_organization.pk):
        books = Books(organization=own_organization, actor=actor, today=min(TODAY, date.today()))
        change_setting(checks_orders=True, actor=actor)
        Giving(books).limit("1000")
        Customer.objects.update(salesperson=salesperson)
        made = Selling(books).order(line("10", "100"), salesperson_id=salesperson.pk)
    order = f"/o/{own_organization.code}/sales/orders/{made.id}/"

    desk = visit()
    desk.sign_in(user.email, PASSWORD)
    desk.open(order)
    assert "超出信用额度 130.00" in desk.page.content()
    desk.page.get_by_role("link", name="申请放行").click()
    desk.page.locator("textarea[name=argument]").fill("客户月底回款")
    desk.page.locator("main form button[type=submit], main form button:not([type])").first.click()
    desk.page.wait_for_load_state("networkidle")

    phone = visit(width=390, dark=True)
    phone.sign_in(controller.email, PASSWORD)
    phone.open(f"/o/{own_organization.code}/credit/holds/")
    assert phone.overflow() <= 0
    phone.page.locator("tbody tr a").first.click()
    phone.page.wait_for_load_state("networkidle")
    assert phone.overflow() <= 0
    for words in ("超出信用额度 130.00", "客户月底回款", "1,130.00"):
        assert phone.page.get_by_text(words).first.is_visible(), words
    release = phone.page.get_by_role("link", name="放行", exact=True)
    box = release.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 900, "the decision is in reach without scrolling"
    release.click()
    phone.page.locator("textarea[name=reason]").fill("已电话确认")
    phone.page.locator("main form button[type=submit], main form button:not([type])").first.click()
    phone.page.wait_for_load_state("networkidle")
    assert phone.page.url.endswith("/credit/holds/")
    with tenant(own_organization.pk):
        assert OrderHold.objects.get().state == "released"
        assert Reservation.objects.get().forced

    desk.open(order)
    assert "因信用被暂缓" not in desk.page.locator("main").inner_text()
    desk.open(f"{order}deliver/")
    desk.page.locator("main form button[type=submit], main form button:not([type])").first.click()
    desk.page.wait_for_load_state("networkidle")
    assert desk.page.url.rstrip("/").endswith(str(made.id)) or "deliver" not in desk.page.url
    with tenant(own_organization.pk):
        assert Reservation.objects.get().state in ("consumed", "held")

"""From a week of the forecast to the invoices in it, with the same total; a scenario by keyboard on a phone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from huikuan.core.postgres.tenancy import tenant
from huikuan.risk.payments.operations import predict_all, train_model
from huikuan.risk.payments.scenarios import largest_expected
from tests.browser.conftest import CHROMIUM, WITHOUT_CHROMIUM, Visit
from tests.trade import Books
from tests.web.people import PASSWORD, member

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM, reason=WITHOUT_CHROMIUM),
]


def test_week_invoices_and_sliders(visit: Callable[..., Visit], own_organization: Any, actor: Any) -> None:
    today = timezone.localdate()
    with tenant(own_organization.pk):
        books = Books(organization=own_organization, actor=actor, today=today)
        for number in range(12):
            due = today + timedelta(days=3 * number)
            on = (due - timedelta(days=60)).isoformat()
            books.invoice(
                f"YS{number}", on, f"{1000 + number}.01", due=due.isoformat(), customer=f"C{number % 3}"
            )
        train_model(until=today, actor=actor, today=today)
        predict_all(actor=actor, today=today)
        [(customer, _name), *_rest] = largest_expected(3)
    user = member(own_organization, "finance_manager")
    window = visit()
    window.sign_in(str(user.email), PASSWORD)
    page = window.page
    window.open(f"/o/{own_organization.code}/forecast/")
    row = page.locator("#weeks tbody tr").nth(1)
    expected = row.locator("td, th").nth(3).inner_text()  # after P10 and P50
    row.locator("a").first.click()
    page.locator("#items").wait_for()
    assert expected in page.locator("#items tfoot").inner_text()
    assert page.locator("#items tbody tr").count() > 1
    page.locator("#items tbody tr a").first.click()
    page.wait_for_url("**/documents/**")

    phone = visit(width=390, dark=True, language="en")
    phone.sign_in(str(user.email), PASSWORD)
    phone.open(f"/o/{own_organization.code}/forecast/")
    page = phone.page
    assert page.locator("#tried-weeks").count() == 0
    page.locator("#id_customer").select_option(str(customer))
    page.locator("#id_weeks").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.locator("#tried-weeks").wait_for()
    page.wait_for_url("**weeks=2**")
    assert page.locator("output[for=id_weeks]").inner_text() == "2"
    assert phone.overflow() <= 0
    shared = page.url
    phone.open(shared.removeprefix(phone.url))
    assert page.locator("#tried-weeks tbody tr").count() == 13
    assert page.locator("#id_weeks").input_value() == "2"

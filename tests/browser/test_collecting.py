"""A collector's morning by keyboard, and a promise taken down on a phone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from huikuan.collection.models import Contact, PaymentPromise
from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.models import Salesperson
from huikuan.customers.operations import ContactFacts, add_contacts
from huikuan.organizations.models import Membership
from tests.browser.conftest import CHROMIUM, WITHOUT_CHROMIUM, Visit
from tests.trade import Books
from tests.web.people import PASSWORD, member

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM, reason=WITHOUT_CHROMIUM),
]


def test_a_morning(visit: Callable[..., Visit], own_organization: Any, actor: Any) -> None:
    today = timezone.localdate()
    user = member(own_organization, "collector", name="吴催")
    with tenant(own_organization.pk):
        books = Books(organization=own_organization, actor=actor, today=today)
        owner = Salesperson.objects.create(
            organization_id=own_organization.pk,
            code="S",
            name="吴催",
            membership=Membership.objects.get(user=user),
        )
        for code, amount in (("K1", "400000"), ("K2", "200000"), ("K3", "50000")):
            customer = books.customer(code, name=f"客户{code}", salesperson=owner)
            due = (today - timedelta(days=40)).isoformat()
            books.invoice(
                f"F-{code}", (today - timedelta(days=60)).isoformat(), amount, due=due, customer=code
            )
            add_contacts(
                [ContactFacts(customer_id=customer.pk, name="李杰", phone="13812345678")], actor=actor
            )

    window = visit()
    window.sign_in(user.email, PASSWORD)
    page = window.page
    window.open(f"/o/{own_organization.code}/collection/")
    assert page.locator(".work-name").all_inner_texts() == ["客户K1", "客户K2", "客户K3"]
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.locator("h1", has_text="客户K1").wait_for()
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    page.locator("h1", has_text="客户K2").wait_for()
    page.keyboard.press("j")
    page.locator("h1", has_text="客户K3").wait_for()
    window.open(f"/o/{own_organization.code}/collection/")
    assert page.locator(".work-name").all_inner_texts() == ["客户K2", "客户K3"]
    page.keyboard.press("j")
    page.keyboard.press("r")
    page.locator(".work-outcome[open] .work-choice", has_text="称已付款").click()
    page.wait_for_function("() => document.querySelectorAll('.work-name').length === 1")

    phone = visit(width=390)
    phone.sign_in(user.email, PASSWORD)
    page = phone.page
    phone.open(f"/o/{own_organization.code}/collection/")
    assert phone.overflow() <= 0
    page.locator(".work-row .reach button").click()
    page.locator('a[href="tel:13812345678"]').wait_for()
    page.locator(".work-outcome summary").click()
    page.locator(".work-choice", has_text="承诺付款").click()
    page.locator("h1", has_text="客户K3").wait_for()
    page.locator("input[name=promised_on]").fill((today + timedelta(days=3)).isoformat())
    assert phone.overflow() <= 0
    page.locator(".case-save button").click()
    page.locator(".blank").first.wait_for()

    with tenant(own_organization.pk):
        results = Contact.objects.order_by("made_at").values_list("customer__code", "result")
        assert list(results) == [("K1", "not_reached"), ("K2", "paid_says"), ("K3", "promised")]
        promise = PaymentPromise.objects.get()
        assert (promise.amount, promise.promised_on) == (50000, today + timedelta(days=3))

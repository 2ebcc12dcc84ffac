"""The form of a credit rule asks for what its check and its scope need, without any script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from huikuan.credit.rules import Check
from tests.browser.conftest import Visit
from tests.web.people import PASSWORD, member

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ASKED = {
    Check.OVERDUE: {"amount", "days", "less_unmatched"},
    Check.OLDEST: {"days", "less_unmatched"},
    Check.REVIEW: {"days"},
    Check.TERM: {"days"},
    Check.PROMISE: {"within"},
    Check.DUNNING: {"level"},
    Check.LIMIT_SHARE: {"percent"},
    Check.GRADE: {"grades"},
}
WHOM = {"all": set[str](), "segment": {"segment"}, "group": {"customer"}, "customer": {"customer"}}


def test_a_rule_asks_for_what_its_check_needs(own_organization: Any, visit: Callable[..., Visit]) -> None:
    controller = member(own_organization, "credit_controller", name="沈")
    window = visit(width=390)
    window.sign_in(controller.email, PASSWORD)
    window.open(f"/o/{own_organization.code}/credit/gates/new/")
    page = window.page
    always = {"gate", "check", "action", "scope"}

    def shown() -> set[str]:
        fields = page.locator(".gate-form .field :is(input, select)")
        return {str(field.get_attribute("name")) for field in fields.all() if field.is_visible()}

    for check in Check:
        page.locator("[name=check]").select_option(check.value)
        assert shown() == always | ASKED.get(check, set()), check
    for scope, asked in WHOM.items():
        page.locator("[name=scope]").select_option(scope)
        assert shown() - asked == always | ASKED[check], scope
        assert asked <= shown()

    page.locator("[name=scope]").select_option("all")
    page.locator("[name=check]").select_option("dunning")
    page.locator("[name=level]").fill("x")
    page.locator("main form .btn-primary").click()
    page.locator(".gate-form .field-error").wait_for()
    page.locator("[name=check]").select_option("limit")
    assert "level" in shown(), "what is wrong stays in sight"
    assert [each for each in window.wrongs if "422" not in each] == []
    window.wrongs.clear()

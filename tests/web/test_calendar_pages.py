"""The organization's own days: entered as a stretch, one changed, one left to the public calendar again."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from huikuan.collection.models import CalendarDay
from huikuan.collection.policy_queries import work_calendar
from huikuan.core.postgres.tenancy import tenant
from tests.web.people import member, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(organization: Any) -> Client:
    return signed_in(member(organization, "finance_manager"))


def test_own_days_from_the_form_to_the_calendar(manager: Client, organization: Any) -> None:
    url = f"/o/{organization.code}/settings/calendar/"
    new = {"first": "2026-08-10", "last": "2026-08-14", "worked": "", "name": "高温假"}
    assert manager.post(f"{url}new/", new).status_code == 302
    page = manager.get(url).content.decode()
    assert page.count("高温假") == 5
    with tenant(organization.pk):
        assert not work_calendar().is_workday(date(2026, 8, 12))
        key = CalendarDay.objects.get(on=date(2026, 8, 12)).pk
    assert manager.post(f"{url}{key}/", {"worked": "1", "name": "盘点"}).status_code == 302
    with tenant(organization.pk):
        row = CalendarDay.objects.get(on=date(2026, 8, 12))
        assert row.worked and row.name == "盘点"
    assert manager.post(f"{url}{row.pk}/delete/").status_code == 302
    with tenant(organization.pk):
        assert CalendarDay.objects.count() == 4


@pytest.mark.parametrize(("first", "last"), [("2026-08-14", "2026-08-10"), ("2026-01-01", "2026-12-31")])
def test_days_out_of_order_or_too_many_are_refused(
    manager: Client, organization: Any, first: str, last: str
) -> None:
    form = {"first": first, "last": last, "worked": "", "name": ""}
    answer = manager.post(f"/o/{organization.code}/settings/calendar/new/", form)
    assert answer.status_code == 422 and "62" in answer.content.decode()

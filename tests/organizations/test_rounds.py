"""Jobs that go through the organizations."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from procrastinate.contrib.django import app

from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import tenant
from huikuan.organizations.models import Organization
from huikuan.organizations.rounds import in_each_organization
from tests.conftest import make_organization

pytestmark = pytest.mark.django_db

EVENING = int(datetime(2026, 6, 30, 23, 30, tzinfo=UTC).timestamp())


def test_each_is_told_its_own_time_and_waits_for_its_hour(actor: Any) -> None:
    shanghai, london = make_organization(actor), make_organization(actor)
    with tenant(london.pk):
        Organization.objects.filter(pk=london.pk).update(time_zone="Europe/London")
    told: dict[Any, datetime] = {}
    in_each_organization(EVENING, lambda each, now: told.setdefault(each.pk, now), "%s", from_hour=7)
    assert told[shanghai.pk].isoformat() == "2026-07-01T07:30:00+08:00"
    assert london.pk not in told  # half past midnight there


def test_one_that_fails_does_not_hold_up_the_others(actor: Any, caplog: pytest.LogCaptureFixture) -> None:
    refused, broken, whole = (make_organization(actor) for _ in range(3))
    done = []

    def work(each: Organization, _now: datetime) -> None:
        if each.pk == refused.pk:
            raise HuikuanError("the period is closed", code="closed")
        if each.pk == broken.pk:
            raise RuntimeError("broken")
        done.append(each.pk)

    with caplog.at_level(logging.WARNING):
        in_each_organization(EVENING, work, "nothing was done in %s")
    assert whole.pk in done
    assert f"nothing was done in {refused.code}: the period is closed" in caplog.text
    assert f"nothing was done in {broken.code}" in caplog.text


PERIODIC = sorted(
    {each.task.name for each in app.periodic_registry.periodic_tasks.values() if not each.task.pass_context}
)
"""The jobs that go through organizations; one that asks for its worker's context is about workers."""


@pytest.mark.parametrize("hour", [3, 9])
@pytest.mark.parametrize("name", PERIODIC)
def test_every_job_goes_through_an_organization_with_books(
    name: str, hour: int, books: Any, caplog: pytest.LogCaptureFixture
) -> None:
    books.invoice("I1", "2026-05-01", "100.00", due="2026-06-01")
    monday = datetime(2026, 7, 6, hour, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
    with caplog.at_level(logging.WARNING):
        app.tasks[name](timestamp=int(monday.timestamp()))
    assert not caplog.records

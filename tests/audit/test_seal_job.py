"""The job that seals the trail, as the worker runs it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from huikuan.audit import jobs
from huikuan.audit.jobs import SealsMissing, seal_trails
from huikuan.audit.models import Act, Seal
from huikuan.core.postgres.tenancy import current_organization_id, tenant
from tests.conftest import make_organization


def _sealed_until(organization: Any) -> Any:
    with tenant(organization.pk):
        seal = Seal.objects.order_by("number").last()
        return seal and seal.until


def _last_act(organization: Any) -> Any:
    with tenant(organization.pk):
        return Act.objects.latest("recorded_at").recorded_at


@pytest.mark.django_db
def test_every_organization_is_sealed_and_nothing_twice(actor: Any) -> None:
    first, second = make_organization(actor), make_organization(actor)
    seal_trails(timestamp=0)
    seal_trails(timestamp=60)
    for organization in (first, second):
        assert _sealed_until(organization) == _last_act(organization)
        with tenant(organization.pk):
            assert Seal.objects.count() == 1


@pytest.mark.django_db
def test_one_that_cannot_be_sealed_does_not_stop_the_others(
    actor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, whole = make_organization(actor), make_organization(actor)
    seal = jobs.seal

    def seal_or_fail() -> int:
        if current_organization_id() == broken.pk:
            raise RuntimeError("a broken trail")
        return seal()

    monkeypatch.setattr(jobs, "seal", seal_or_fail)
    with pytest.raises(SealsMissing, match=broken.code):
        seal_trails(timestamp=0)
    assert _sealed_until(broken) is None
    assert _sealed_until(whole) == _last_act(whole)


@pytest.mark.django_db(transaction=True)
def test_the_worker_runs_it_as_the_web_role(actor: Any) -> None:
    organization = make_organization(actor)
    recorded = _last_act(organization)
    with suppress(AlreadyEnqueued):  # any worker of this run may have enqueued it at the turn of a minute
        seal_trails.defer(timestamp=0)
    with app.replace_connector(app.connector.get_worker_connector()) as own:
        own.run_worker(wait=False, install_signal_handlers=False)
    # Other jobs of the worker may record acts after the trail was sealed.
    assert _sealed_until(organization) >= recorded


def test_it_runs_every_minute() -> None:
    assert app.periodic_registry.periodic_tasks[("seal_trails", "")].cron == "* * * * *"

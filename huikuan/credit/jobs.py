"""Every night, in the time of their organization, reservations whose day has passed are over, and all are assessed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from procrastinate.contrib.django import app

from huikuan.core.postgres.tenancy import tenant
from huikuan.credit.operations import assess_customers, expire_reservations
from huikuan.organizations.actors import local_operator
from huikuan.organizations.models import Organization

logger = logging.getLogger(__name__)

ASSESSED_AT = 2  # o'clock


@app.periodic(cron="25 * * * *")
@app.task(name="expire_credit", queueing_lock="expire_credit", lock="expire_credit")
def expire_credit(timestamp: int) -> None:
    """End what has run out; running again does no harm.

    `timestamp`: the minute for which the job runs, in seconds since 1970.
    """
    _in_each(
        timestamp,
        lambda today, _hour: expire_reservations(actor=local_operator(), today=today),
        "reservations of %s were not ended",
    )


@app.periodic(cron="40 * * * *")
@app.task(name="assess_customers", queueing_lock="assess_customers", lock="assess_customers")
def assess_all(timestamp: int) -> None:
    """Assess all customers of the organizations where it is night; only what differs is added.

    `timestamp`: the minute for which the job runs, in seconds since 1970.
    """

    def assess(today: date, hour: int) -> None:
        if hour == ASSESSED_AT:
            assess_customers(actor=local_operator(), today=today)

    _in_each(timestamp, assess, "customers of %s were not assessed")


def _in_each(timestamp: int, work: Callable[[date, int], object], failed: str) -> None:
    """Do the work in every organization at its own day and hour; one that fails does not hold up the others."""
    now = datetime.fromtimestamp(timestamp, tz=UTC)
    for organization in Organization.objects.all():
        local = now.astimezone(ZoneInfo(organization.time_zone))
        try:
            with tenant(organization.pk):
                work(local.date(), local.hour)
        except Exception:
            logger.exception(failed, organization.code)

"""Every night, in the time of their organization, reservations whose day has passed are over."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from procrastinate.contrib.django import app

from huikuan.core.postgres.tenancy import tenant
from huikuan.credit.operations import expire_reservations
from huikuan.organizations.actors import local_operator
from huikuan.organizations.models import Organization

logger = logging.getLogger(__name__)


@app.periodic(cron="25 * * * *")
@app.task(name="expire_credit", queueing_lock="expire_credit", lock="expire_credit")
def expire_credit(timestamp: int) -> None:
    """End what has run out; running again does no harm.

    `timestamp`: the minute for which the job runs, in seconds since 1970.
    """
    now = datetime.fromtimestamp(timestamp, tz=UTC)
    for organization in Organization.objects.all():
        today = now.astimezone(ZoneInfo(organization.time_zone)).date()
        try:
            with tenant(organization.pk):
                expire_reservations(actor=local_operator(), today=today)
        except Exception:
            logger.exception("reservations of %s were not ended", organization.code)

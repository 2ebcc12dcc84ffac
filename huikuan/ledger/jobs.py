"""A new day begins: what fell due yesterday is overdue, whether or not anybody records anything."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from procrastinate.contrib.django import app

from huikuan.core.postgres.tenancy import tenant
from huikuan.ledger.operations.totals import count_overdue
from huikuan.organizations.models import Organization

logger = logging.getLogger(__name__)


@app.periodic(cron="1 * * * *")
@app.task(name="begin_days", queueing_lock="begin_days", lock="begin_days")
def begin_days(timestamp: int) -> None:
    """Count what customers have overdue up to the day that it is for each organization.

    Hourly, because organizations live in different time zones; nothing is to do where the day is the same.
    `timestamp`: the minute for which the job runs, in seconds since 1970.
    """
    now = datetime.fromtimestamp(timestamp, tz=UTC)
    for organization in Organization.objects.all():
        today = now.astimezone(ZoneInfo(organization.time_zone)).date()
        try:
            with tenant(organization.pk):
                count_overdue(until=today)
        except Exception:
            logger.exception("what %s has overdue was not counted", organization.code)

"""Approvers are reminded of what waits for them, in the morning of their organization."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from procrastinate.contrib.django import app

from huikuan.approvals.operations import remind
from huikuan.core.postgres.tenancy import tenant
from huikuan.organizations.models import Organization

logger = logging.getLogger(__name__)

MORNING_HOUR = 8


@app.periodic(cron="10 * * * *")
@app.task(name="remind_approvers", queueing_lock="remind_approvers", lock="remind_approvers")
def remind_approvers(timestamp: int) -> None:
    """Remind where it is past eight in the morning; once a day and request, so that running again does no harm.

    `timestamp`: the minute for which the job runs, in seconds since 1970.
    """
    now = datetime.fromtimestamp(timestamp, tz=UTC)
    for organization in Organization.objects.all():
        local = now.astimezone(ZoneInfo(organization.time_zone))
        if local.hour < MORNING_HOUR:
            continue
        try:
            while True:
                with tenant(organization.pk):
                    if not remind(today=local.date()):
                        break
        except Exception:
            logger.exception("the approvers of %s were not reminded", organization.code)

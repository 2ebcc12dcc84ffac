"""Approvers are reminded of what waits for them, in the morning of their organization."""

from __future__ import annotations

from datetime import datetime

from procrastinate.contrib.django import app

from huikuan.approvals.operations import remind
from huikuan.core.postgres.tenancy import tenant
from huikuan.organizations.models import Organization
from huikuan.organizations.rounds import in_each_organization

MORNING_HOUR = 8


@app.periodic(cron="10 * * * *")
@app.task(name="remind_approvers", queueing_lock="remind_approvers", lock="remind_approvers")
def remind_approvers(timestamp: int) -> None:
    """Remind where it is past eight in the morning; once a day and request, so that running again does no harm.

    `timestamp`: the minute for which the job runs, in seconds since 1970.
    """

    def remind_them(organization: Organization, now: datetime) -> None:
        more = True
        while more:
            with tenant(organization.pk):
                more = bool(remind(today=now.date()))

    failed = "the approvers of %s were not reminded"
    in_each_organization(timestamp, remind_them, failed, from_hour=MORNING_HOUR)

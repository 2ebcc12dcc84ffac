"""A new day begins: what fell due yesterday is overdue, whether or not anybody records anything."""

from __future__ import annotations

from datetime import datetime

from procrastinate.contrib.django import app

from huikuan.core.postgres.tenancy import tenant
from huikuan.ledger.operations.totals import count_overdue
from huikuan.organizations.models import Organization
from huikuan.organizations.rounds import in_each_organization


@app.periodic(cron="1 * * * *")
@app.task(name="begin_days", queueing_lock="begin_days", lock="begin_days")
def begin_days(timestamp: int) -> None:
    """Count what customers have overdue up to the day that it is for each organization.

    Hourly, because organizations live in different time zones; nothing is to do where the day is the same.
    `timestamp`: the minute for which the job runs, in seconds since 1970.
    """

    def count(organization: Organization, now: datetime) -> None:
        with tenant(organization.pk):
            count_overdue(until=now.date())

    in_each_organization(timestamp, count, "what %s has overdue was not counted")

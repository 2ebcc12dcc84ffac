"""Every five minutes, reports that are due are made and queued; every two, the kept flows are brought up to date."""

from __future__ import annotations

from datetime import datetime

from procrastinate.contrib.django import app

from huikuan.core.postgres.tenancy import tenant
from huikuan.organizations.models import Organization
from huikuan.organizations.rounds import in_each_organization
from huikuan.reports.operations import fold_flows, send_scheduled


@app.periodic(cron="*/5 * * * *")
@app.task(name="send_reports", queueing_lock="send_reports", lock="send_reports")
def send_reports(timestamp: int) -> None:
    """Make what is due in each organization; what was made for its day is not made again.

    `timestamp`: the minute for which the job runs, in seconds since 1970.
    """
    in_each_organization(
        timestamp,
        lambda organization, now: send_scheduled(organization, now=now),
        "reports of %s were not sent",
    )


@app.periodic(cron="*/2 * * * *")
@app.task(name="fold_flows", queueing_lock="fold_flows", lock="fold_flows")
def fold_every_flow(timestamp: int) -> None:
    """Add to the kept flows of each organization what was recorded since, so that key figures need not.

    `timestamp`: the minute for which the job runs, in seconds since 1970.
    """

    def fold(organization: Organization, now: datetime) -> None:
        with tenant(organization.pk):
            fold_flows()

    in_each_organization(timestamp, fold, "the flows of %s were not kept")

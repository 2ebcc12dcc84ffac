"""Every five minutes, reports that are due are made and queued."""

from __future__ import annotations

from procrastinate.contrib.django import app

from huikuan.organizations.rounds import in_each_organization
from huikuan.reports.operations import send_scheduled


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

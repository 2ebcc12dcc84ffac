"""Every five minutes, reports that are due are made and queued; every two, the kept flows are brought up to date.

Pivots that take longer than a page may have a queue of their own, so that nothing waits for them.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from procrastinate import JobContext
from procrastinate.contrib.django import app

from huikuan.core.postgres.tenancy import tenant
from huikuan.organizations.models import Organization
from huikuan.organizations.rounds import in_each_organization
from huikuan.reports.operations import fold_flows, forget_runs, make_run, send_scheduled, send_scheduled_pivot
from huikuan.reports.queues import PIVOTS


@app.periodic(cron="*/5 * * * *")
@app.task(name="send_reports", queueing_lock="send_reports", lock="send_reports")
def send_reports(timestamp: int) -> None:
    """Make what is due in each organization; what was made for its day is not made again.

    `timestamp`: the minute for which the job runs, in seconds since 1970.
    """
    in_each_organization(
        timestamp,
        lambda organization, now: send_scheduled(organization, now=now, later=_send_pivot_later),
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


@app.task(name="reports.make_pivot", queue=PIVOTS, pass_context=True)
def make_pivot(context: JobContext, *, organization_id: str, run_id: str) -> None:
    """Make a pivot that a member asked for; how it ended is written on its run."""
    organization = Organization.objects.get(pk=UUID(organization_id))
    make_run(organization, UUID(run_id), stopping=context.should_abort)


@app.task(name="reports.send_pivot", queue=PIVOTS)
def send_pivot(*, organization_id: str, schedule_id: str, at: str) -> None:
    """Make and send a scheduled pivot that took too long among the other reports of its day."""
    organization = Organization.objects.get(pk=UUID(organization_id))
    send_scheduled_pivot(organization, UUID(schedule_id), now=datetime.fromisoformat(at))


def _send_pivot_later(organization: Organization, schedule_id: UUID, now: datetime) -> None:
    send_pivot.defer(organization_id=str(organization.pk), schedule_id=str(schedule_id), at=now.isoformat())


@app.periodic(cron="25 4 * * *")
@app.task(name="forget_pivots", queueing_lock="forget_pivots", lock="forget_pivots")
def forget_pivots(timestamp: int) -> None:
    """Remove made pivots that nobody needs any more.

    `timestamp`: the minute for which the job runs, in seconds since 1970.
    """

    def forget(organization: Organization, now: datetime) -> None:
        with tenant(organization.pk):
            forget_runs(now=now)

    in_each_organization(timestamp, forget, "the pivots of %s were not tidied up")

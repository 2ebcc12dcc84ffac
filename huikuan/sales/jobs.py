"""Every day what the plans of contracts have due is billed, and retentions whose time has come are released."""

from __future__ import annotations

import logging
from datetime import datetime

from procrastinate.contrib.django import app

from huikuan.core.postgres.tenancy import tenant
from huikuan.organizations.actors import SCHEDULE, Actor
from huikuan.organizations.models import Organization, Scope
from huikuan.organizations.rounds import in_each_organization
from huikuan.sales.operations.plan_billing import bill_due
from huikuan.sales.operations.retentions import release_retentions

logger = logging.getLogger(__name__)

BILLING_HOUR = 5


def schedule() -> Actor:
    """Who bills by plan when nobody does: it may record invoices, and nothing else."""
    return Actor(
        name=SCHEDULE,
        permissions=frozenset({"invoice.record", "settlement.write"}),
        scope=Scope.ALL.value,
        roles=("schedule",),
    )


@app.periodic(cron="20 * * * *")
@app.task(name="bill_plans", queueing_lock="bill_plans", lock="bill_plans")
def bill_plans(timestamp: int) -> None:
    """Bill by plan and release retentions from five in the morning on; again on the same day finds nothing.

    `timestamp`: the minute for which the job runs, in seconds since 1970.
    """

    def bill(organization: Organization, now: datetime) -> None:
        today = now.date()
        with tenant(organization.pk):
            run = bill_due(on=today, actor=schedule(), today=today)
        for number, reason in run.held.items():
            logger.warning("contract %s of %s was not billed: %s", number, organization.code, reason)
        with tenant(organization.pk):
            release_retentions(None, on=today, actor=schedule(), today=today)

    in_each_organization(timestamp, bill, "the plans of %s were not billed", from_hour=BILLING_HOUR)

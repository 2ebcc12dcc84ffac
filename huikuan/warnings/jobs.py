"""Every night, in the time of their organization, all customers are looked at."""

from __future__ import annotations

from datetime import datetime

from procrastinate.contrib.django import app

from huikuan.audit.queries import acted_today
from huikuan.core.postgres.tenancy import tenant
from huikuan.organizations.actors import local_operator
from huikuan.organizations.models import Organization
from huikuan.organizations.rounds import in_each_organization
from huikuan.warnings.operations import find_warnings

FROM_HOUR = 3


@app.periodic(cron="40 * * * *")
@app.task(name="find_warnings", queueing_lock="find_warnings", lock="find_warnings")
def find_every_warning(timestamp: int) -> None:
    """Look once a day, from three in the morning on; what was found already is not found again.

    `timestamp`: the minute for which the job runs, in seconds since 1970.
    """

    def find(organization: Organization, now: datetime) -> None:
        with tenant(organization.pk):
            if not acted_today("find_warnings", now):
                find_warnings(actor=local_operator(), day=now.date())

    in_each_organization(timestamp, find, "warnings of %s were not found", from_hour=FROM_HOUR)

"""Every night, in the time of their organization, reservations whose day has passed are over, and all are assessed."""

from __future__ import annotations

from datetime import datetime

from procrastinate.contrib.django import app

from huikuan.core.postgres.tenancy import tenant
from huikuan.credit.operations import assess_customers, expire_reservations
from huikuan.organizations.actors import local_operator
from huikuan.organizations.models import Organization
from huikuan.organizations.rounds import in_each_organization

ASSESSED_AT = 2  # o'clock


@app.periodic(cron="25 * * * *")
@app.task(name="expire_credit", queueing_lock="expire_credit", lock="expire_credit")
def expire_credit(timestamp: int) -> None:
    """End what has run out; running again does no harm.

    `timestamp`: the minute for which the job runs, in seconds since 1970.
    """

    def expire(organization: Organization, now: datetime) -> None:
        with tenant(organization.pk):
            expire_reservations(actor=local_operator(), today=now.date())

    in_each_organization(timestamp, expire, "reservations of %s were not ended")


@app.periodic(cron="40 * * * *")
@app.task(name="assess_customers", queueing_lock="assess_customers", lock="assess_customers")
def assess_all(timestamp: int) -> None:
    """Assess all customers of the organizations where it is night; only what differs is added.

    `timestamp`: the minute for which the job runs, in seconds since 1970.
    """

    def assess(organization: Organization, now: datetime) -> None:
        if now.hour == ASSESSED_AT:
            with tenant(organization.pk):
                assess_customers(actor=local_operator(), today=now.date())

    in_each_organization(timestamp, assess, "customers of %s were not assessed")

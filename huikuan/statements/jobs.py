"""Every minute the mails of statements are set and queued; in the morning those who did not answer are reminded."""

from __future__ import annotations

from datetime import datetime

from procrastinate.contrib.django import app

from huikuan.audit.queries import acted_today
from huikuan.core.postgres.tenancy import tenant
from huikuan.organizations.actors import local_operator
from huikuan.organizations.models import Organization
from huikuan.organizations.rounds import in_each_organization
from huikuan.statements.models import SentBy, Statement, StatementState
from huikuan.statements.operations import post_statements, remind_statements

FROM_HOUR = 9
AT_MOST = 50
"""How many sets of mails are made for an organization before the next one has its turn."""


@app.periodic(cron="* * * * *")
@app.task(name="post_statements", queueing_lock="post_statements", lock="post_statements")
def post_every_statement(timestamp: int) -> None:
    """Set and queue what is to go by mail.

    `timestamp`: the minute for which the job runs, in seconds since 1970.
    """

    def post(organization: Organization, now: datetime) -> None:
        for _set in range(AT_MOST):
            with tenant(organization.pk):
                if not _waiting() or not post_statements(actor=local_operator(), now=now):
                    break

    in_each_organization(timestamp, post, "statements of %s were not posted")


def _waiting() -> bool:
    return Statement.objects.filter(state=StatementState.SENT, sent_by=SentBy.MAIL, file=None).exists()


@app.periodic(cron="25 * * * *")
@app.task(name="remind_statements", queueing_lock="remind_statements", lock="remind_statements")
def remind_every_customer(timestamp: int) -> None:
    """Remind once a day, from nine in the morning on.

    `timestamp`: the minute for which the job runs, in seconds since 1970.
    """

    def remind(organization: Organization, now: datetime) -> None:
        with tenant(organization.pk):
            if not acted_today("remind_statements", now):
                remind_statements(actor=local_operator(), today=now.date())

    failed = "customers of %s were not reminded of statements"
    in_each_organization(timestamp, remind, failed, from_hour=FROM_HOUR)

"""Every minute, what is due is sent."""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime, timedelta

from procrastinate.contrib.django import app

from huikuan.messaging.sending import read_mailboxes, send_due
from huikuan.organizations.models import Organization
from huikuan.organizations.rounds import in_each_organization

ROUND = timedelta(seconds=50)


@app.periodic(cron="* * * * *")
@app.task(name="send_messages", queueing_lock="send_messages", lock="send_messages")
def send_messages(timestamp: int) -> None:
    """Send in every organization for up to fifty seconds; what is left waits for the next minute.

    `timestamp`: the minute for which the job runs, in seconds since 1970.
    """

    def send(organization: Organization, _now: datetime) -> None:
        send_due(organization.pk, clock=_clock, worker=worker_name(), until=_clock() + ROUND)

    in_each_organization(timestamp, send, "messages of %s were not sent")


@app.periodic(cron="*/5 * * * *")
@app.task(name="read_mailboxes", queueing_lock="read_mailboxes", lock="read_mailboxes")
def read_every_mailbox(timestamp: int) -> None:
    """Read answers and reports into the messages they are about; what was read is not read again."""
    in_each_organization(
        timestamp,
        lambda organization, _now: read_mailboxes(organization.pk, clock=_clock),
        "mailboxes of %s were not read",
    )


def worker_name() -> str:
    """This machine and process, as attempts name them."""
    return f"{socket.gethostname()}/{os.getpid()}"


def _clock() -> datetime:
    return datetime.now(UTC)

"""Every few minutes, lines that came in since are matched; what is sure is posted where the organization wants that."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from procrastinate.contrib.django import app

from huikuan.cash.operations.automatic import Posted, post_all_sure
from huikuan.cash.operations.proposing import propose_matches
from huikuan.cash.proposals import MatchPolicy
from huikuan.cash.queries import unmatched_lines
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import tenant
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization, Scope

logger = logging.getLogger(__name__)


def schedule() -> Actor:
    """Who matches when nobody does: it may record receipts and settle with them, and nothing else."""
    return Actor(
        name="schedule",
        permissions=frozenset({"receipt.record", "allocation.write", "settlement.write"}),
        scope=Scope.ALL.value,
        roles=("schedule",),
    )


@app.periodic(cron="*/5 * * * *")
@app.task(name="match_lines", queueing_lock="match_lines", lock="match_lines")
def match_lines(timestamp: int) -> None:
    """Match what came in since; again with nothing new does nothing.

    `timestamp`: the minute for which the job runs, in seconds since 1970.
    """
    now = datetime.fromtimestamp(timestamp, tz=UTC)
    for organization in Organization.objects.all():
        today = now.astimezone(ZoneInfo(organization.time_zone)).date()
        try:
            match_new(organization.pk, today)
        except HuikuanError as error:
            logger.warning("lines of %s were not matched: %s", organization.code, error.message)
        except Exception:
            logger.exception("lines of %s were not matched", organization.code)


def match_new(organization_id: UUID, today: date) -> Posted | None:
    """Propose anew for all that waits, if a line among it was never looked at; None where there is none.

    What is sure is posted only where the organization said so in its rules of matching.
    """
    with tenant(organization_id):
        if not unmatched_lines(today).exists():
            return None
        propose_matches(actor=schedule(), today=today)
        wanted = MatchPolicy.objects.filter(customer=None, automatic=True).exists()
    return post_all_sure(organization_id, actor=schedule(), today=today) if wanted else Posted()

"""Every few minutes, lines that came in since are matched; what is sure is posted where the organization wants that."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from procrastinate.contrib.django import app

from huikuan.cash.operations.automatic import Posted, post_all_sure
from huikuan.cash.operations.proposing import propose_matches
from huikuan.cash.proposals import MatchPolicy
from huikuan.cash.queries import unmatched_lines
from huikuan.core.postgres.tenancy import tenant
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Scope
from huikuan.organizations.rounds import in_each_organization


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
    in_each_organization(
        timestamp,
        lambda organization, now: match_new(organization.pk, now.date()),
        "lines of %s were not matched",
    )


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

"""Sealing the trail: every minute, each organization's recorded acts join its hash chain."""

from __future__ import annotations

import logging

from procrastinate.contrib.django import app

from huikuan.audit.operations import seal
from huikuan.core.postgres.tenancy import tenant
from huikuan.organizations.models import Organization

logger = logging.getLogger(__name__)


class SealsMissing(RuntimeError):
    """Some organizations could not be sealed; the job counts as failed, the next one tries again."""


@app.periodic(cron="* * * * *")
@app.task(name="seal_trails", queueing_lock="seal_trails", lock="seal_trails")
def seal_trails(timestamp: int) -> None:
    """Seal what was recorded since the last run, each organization in a transaction of its own.

    One that cannot be sealed does not keep the others waiting. `timestamp`: the minute for which the job runs,
    in seconds since 1970.
    """
    failed = []
    for organization in Organization.objects.all():
        try:
            with tenant(organization.pk):
                seal()
        except Exception:
            logger.exception("the trail of %s was not sealed", organization.code)
            failed.append(organization.code)
    if failed:
        raise SealsMissing(", ".join(failed))

"""Every night, in the time of their organization, all customers are looked at."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from procrastinate.contrib.django import app

from huikuan.audit.models import Act
from huikuan.core.postgres.tenancy import tenant
from huikuan.organizations.actors import local_operator
from huikuan.organizations.models import Organization
from huikuan.warnings.operations import find_warnings

logger = logging.getLogger(__name__)

FROM_HOUR = 3


@app.periodic(cron="40 * * * *")
@app.task(name="find_warnings", queueing_lock="find_warnings", lock="find_warnings")
def find_every_warning(timestamp: int) -> None:
    """Look once a day, from three in the morning on; what was found already is not found again.

    `timestamp`: the minute for which the job runs, in seconds since 1970.
    """
    now = datetime.fromtimestamp(timestamp, tz=UTC)
    for organization in Organization.objects.all():
        local = now.astimezone(ZoneInfo(organization.time_zone))
        if local.hour < FROM_HOUR:
            continue
        try:
            with tenant(organization.pk):
                began = datetime.combine(local.date(), time(), tzinfo=local.tzinfo)
                if not Act.objects.filter(kind="find_warnings", recorded_at__gte=began).exists():
                    find_warnings(actor=local_operator(), day=local.date())
        except Exception:
            logger.exception("warnings of %s were not found", organization.code)

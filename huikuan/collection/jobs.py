"""Every night, in the time of their organization, promises and repayment plans are judged."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from procrastinate.contrib.django import app

from huikuan.audit.models import Act
from huikuan.collection.operations import judge_plans, judge_promises
from huikuan.core.postgres.tenancy import tenant
from huikuan.organizations.actors import local_operator
from huikuan.organizations.models import Organization

logger = logging.getLogger(__name__)

FROM_HOUR = 2


@app.periodic(cron="20 * * * *")
@app.task(name="judge_promises", queueing_lock="judge_promises", lock="judge_promises")
def judge_every_promise(timestamp: int) -> None:
    """Judge once a day, from two in the morning on; what was judged already comes to the same.

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
                if not Act.objects.filter(kind="judge_promises", recorded_at__gte=began).exists():
                    judge_promises(actor=local_operator(), day=local.date())
                if not Act.objects.filter(kind="judge_plans", recorded_at__gte=began).exists():
                    judge_plans(actor=local_operator(), day=local.date())
        except Exception:
            logger.exception("promises of %s were not judged", organization.code)

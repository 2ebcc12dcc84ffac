"""Every night, in the time of their organization, promises and repayment plans are judged, then the policies run.

Throughout the day, what the worklist ranks by is counted as things are recorded.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from procrastinate.contrib.django import app

from huikuan.audit.models import Act
from huikuan.collection.models import CollectionRun
from huikuan.collection.operations import (
    fold_standings,
    judge_plans,
    judge_promises,
    remind_cases,
    run_collection,
    send_digests,
)
from huikuan.core.postgres.tenancy import tenant
from huikuan.organizations.actors import local_operator
from huikuan.organizations.models import Organization

logger = logging.getLogger(__name__)

FROM_HOUR = 2
RUN_FROM_HOUR, DIGEST_HOUR = 5, 7


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
                remind_cases(actor=local_operator(), day=local.date())
        except Exception:
            logger.exception("promises of %s were not judged", organization.code)


@app.periodic(cron="50 * * * *")
@app.task(name="run_collection", queueing_lock="run_collection", lock="run_collection")
def run_every_policy(timestamp: int) -> None:
    """Run the policies once a day, from five in the morning on, when promises have been judged.

    `timestamp`: the minute for which the job runs, in seconds since 1970.
    """
    now = datetime.fromtimestamp(timestamp, tz=UTC)
    for organization in Organization.objects.all():
        local = now.astimezone(ZoneInfo(organization.time_zone))
        if local.hour < RUN_FROM_HOUR:
            continue
        try:
            with tenant(organization.pk):
                if not CollectionRun.objects.filter(on__gte=local.date()).exists():
                    run_collection(actor=local_operator(), day=local.date(), now=local)
        except Exception:
            logger.exception("policies of %s were not run", organization.code)


@app.periodic(cron="40 * * * *")
@app.task(name="send_collection_digests", queueing_lock="send_collection_digests")
def send_every_digest(timestamp: int) -> None:
    """On Monday from seven in the morning on, of the week before; what was sent already is not sent again.

    `timestamp`: the minute for which the job runs, in seconds since 1970.
    """
    now = datetime.fromtimestamp(timestamp, tz=UTC)
    for organization in Organization.objects.all():
        local = now.astimezone(ZoneInfo(organization.time_zone))
        if local.weekday() != 0 or local.hour < DIGEST_HOUR:
            continue
        try:
            with tenant(organization.pk):
                send_digests(ends_on=local.date() - timedelta(days=1), actor=local_operator())
        except Exception:
            logger.exception("digests of %s were not sent", organization.code)


@app.periodic(cron="*/2 * * * *")
@app.task(name="fold_standings", queueing_lock="fold_standings", lock="fold_standings")
def fold_every_standing(timestamp: int) -> None:
    """Count anew how customers stand of whom something was recorded, so that the worklist need not.

    `timestamp`: the minute for which the job runs, in seconds since 1970.
    """
    now = datetime.fromtimestamp(timestamp, tz=UTC)
    for organization in Organization.objects.all():
        today = now.astimezone(ZoneInfo(organization.time_zone)).date()
        try:
            with tenant(organization.pk):
                fold_standings(today=today)
        except Exception:
            logger.exception("how customers of %s stand was not counted", organization.code)

"""Every night, in the time of their organization, promises and repayment plans are judged, people are reminded of court
dates, late disputes and limitation, then the policies run.

Throughout the day, what was held back comes up for the rest, and what the worklist ranks by is counted as things are recorded.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from procrastinate.contrib.django import app

from huikuan.audit.queries import acted_today
from huikuan.collection.models import CollectionRun
from huikuan.collection.operations import (
    end_settled_tasks,
    fold_standings,
    judge_plans,
    judge_promises,
    remind_cases,
    run_collection,
    run_held_back,
    send_digests,
    warn_of_limitation,
)
from huikuan.core.postgres.tenancy import tenant
from huikuan.disputes.operations import remind_of_disputes
from huikuan.organizations.actors import local_operator
from huikuan.organizations.models import Organization
from huikuan.organizations.rounds import in_each_organization

FROM_HOUR = 2
RUN_FROM_HOUR, DIGEST_HOUR = 5, 7


@app.periodic(cron="20 * * * *")
@app.task(name="judge_promises", queueing_lock="judge_promises", lock="judge_promises")
def judge_every_promise(timestamp: int) -> None:
    """Judge once a day, from two in the morning on; what was judged already comes to the same.

    `timestamp`: the minute for which the job runs, in seconds since 1970.
    """

    def judge(organization: Organization, now: datetime) -> None:
        with tenant(organization.pk):
            if not acted_today("judge_promises", now):
                judge_promises(actor=local_operator(), day=now.date())
            if not acted_today("judge_plans", now):
                judge_plans(actor=local_operator(), day=now.date())
            remind_cases(actor=local_operator(), day=now.date())
            if not acted_today("remind_of_disputes", now):
                remind_of_disputes(actor=local_operator(), day=now.date())
            if not acted_today("warn_of_limitation", now):
                warn_of_limitation(actor=local_operator(), day=now.date())

    in_each_organization(timestamp, judge, "promises of %s were not judged", from_hour=FROM_HOUR)


@app.periodic(cron="50 * * * *")
@app.task(name="run_collection", queueing_lock="run_collection", lock="run_collection")
def run_every_policy(timestamp: int) -> None:
    """Run the policies once a day, from five in the morning on, when promises have been judged.

    `timestamp`: the minute for which the job runs, in seconds since 1970.
    """

    def run(organization: Organization, now: datetime) -> None:
        with tenant(organization.pk):
            if not CollectionRun.objects.filter(on__gte=now.date()).exists():
                run_collection(actor=local_operator(), day=now.date(), now=now)

    in_each_organization(timestamp, run, "policies of %s were not run", from_hour=RUN_FROM_HOUR)


@app.periodic(cron="*/10 * * * *")
@app.task(name="run_held_back", queueing_lock="run_held_back", lock="run_collection")
def run_every_policy_again(timestamp: int) -> None:
    """Ask for the rest of what was held back today because its customer paid before the message left; end the calls and
    visits of who has paid everything.

    `timestamp`: the minute for which the job runs, in seconds since 1970.
    """

    def run(organization: Organization, now: datetime) -> None:
        with tenant(organization.pk):
            run_held_back(actor=local_operator(), day=now.date(), now=now)
            end_settled_tasks(actor=local_operator(), day=now.date())

    in_each_organization(timestamp, run, "policies of %s were not run again", from_hour=RUN_FROM_HOUR)


@app.periodic(cron="40 * * * *")
@app.task(name="send_collection_digests", queueing_lock="send_collection_digests")
def send_every_digest(timestamp: int) -> None:
    """On Monday from seven in the morning on, of the week before; what was sent already is not sent again.

    `timestamp`: the minute for which the job runs, in seconds since 1970.
    """

    def send(organization: Organization, now: datetime) -> None:
        if now.weekday() == 0:
            with tenant(organization.pk):
                send_digests(ends_on=now.date() - timedelta(days=1), actor=local_operator())

    in_each_organization(timestamp, send, "digests of %s were not sent", from_hour=DIGEST_HOUR)


@app.periodic(cron="*/2 * * * *")
@app.task(name="fold_standings", queueing_lock="fold_standings", lock="fold_standings")
def fold_every_standing(timestamp: int) -> None:
    """Count anew how customers stand of whom something was recorded, so that the worklist need not.

    `timestamp`: the minute for which the job runs, in seconds since 1970.
    """

    def fold(organization: Organization, now: datetime) -> None:
        with tenant(organization.pk):
            fold_standings(today=now.date())

    in_each_organization(timestamp, fold, "how customers of %s stand was not counted")

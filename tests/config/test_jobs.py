"""What a killed worker leaves behind."""

from __future__ import annotations

from contextlib import suppress

import pytest
from django.db import connections
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued

from huikuan.audit.jobs import seal_trails
from huikuan.cli.serve import QUEUES
from huikuan.config.jobs import end_abandoned_jobs
from huikuan.reports.queues import PIVOTS

STARTED = """
    WITH killed AS (
        INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s * interval '1 second') RETURNING id
    )
    INSERT INTO procrastinate_jobs (task_name, queue_name, status, lock, args, worker_id)
    SELECT 'seal_trails', 'default', 'doing', %s, '{"timestamp": 0}', id FROM killed RETURNING id
"""


def started(lock: str, silent: int) -> int:
    """A job that a worker took, who was last heard of so many seconds ago."""
    with connections["admin"].cursor() as cursor:
        cursor.execute(STARTED, [silent, lock])
        return int(cursor.fetchone()[0])


def worked() -> None:
    with app.replace_connector(app.connector.get_worker_connector()) as own:
        own.run_worker(wait=False, install_signal_handlers=False)


@pytest.mark.django_db(transaction=True, databases=["default", "admin"])
def test_the_lock_of_a_killed_worker_is_given_back_and_that_of_a_living_one_is_not() -> None:
    dead, living = started("seal_trails", 121), started("somebody", 20)
    with suppress(AlreadyEnqueued):
        seal_trails.defer(timestamp=0)
    # By its key: a worker that crosses the minute of a periodic job puts another of the same name in line.
    waiting = ProcrastinateJob.objects.get(task_name="seal_trails", status="todo").pk
    with suppress(AlreadyEnqueued):
        end_abandoned_jobs.defer(timestamp=0)
    try:
        worked()
        states = dict(ProcrastinateJob.objects.filter(pk__in=[dead, living]).values_list("pk", "status"))
        assert states == {dead: "failed", living: "doing"}
        worked()
        assert not ProcrastinateJob.objects.filter(pk=waiting).exists()  # what succeeded is deleted
    finally:
        with connections["admin"].cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs WHERE id = ANY(%s)", [[dead, living]])


def test_every_queue_has_somebody_who_takes_from_it() -> None:
    assert {task.queue for task in app.tasks.values() if not task.name.startswith("builtin")} <= {
        *QUEUES,
        PIVOTS,
    }

"""Jobs whose worker was killed give back their locks, so that the next of their kind can run."""

from __future__ import annotations

import logging

from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.jobs import Status

logger = logging.getLogger(__name__)
SILENT_SECONDS = 120
"""After how long without a sign of life a worker is taken for dead; a living one gives one every ten seconds."""


@app.periodic(cron="* * * * *")
@app.task(name="end_abandoned_jobs", queueing_lock="end_abandoned_jobs", pass_context=True)
async def end_abandoned_jobs(context: JobContext, timestamp: int) -> None:
    """End as failed what a killed worker was doing: its transaction was rolled back, and its lock keeps all others out.

    Nothing is run again here: what comes every minute or hour comes again by itself. It has no lock of its own.
    `timestamp`: the minute for which the job runs, in seconds since 1970.
    """
    jobs = context.app.job_manager
    for each in await jobs.get_stalled_jobs(seconds_since_heartbeat=SILENT_SECONDS):
        logger.warning("the worker of job %s (%s) is gone; it is ended as failed", each.id, each.task_name)
        await jobs.finish_job(each, Status.FAILED, delete_job=False)

"""What reports write: into the trail, for each member, and what is made and sent on its days."""

from huikuan.reports.operations.folding import fold_flows
from huikuan.reports.operations.scheduling import (
    NewSchedule,
    ScheduleRefused,
    make_schedule,
    send_scheduled,
    stop_schedule,
)
from huikuan.reports.operations.taking import record_taking, remember_run

__all__ = [
    "NewSchedule",
    "ScheduleRefused",
    "fold_flows",
    "make_schedule",
    "record_taking",
    "remember_run",
    "send_scheduled",
    "stop_schedule",
]

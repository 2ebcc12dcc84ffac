"""What reports write: into the trail, for each member, and what is made and sent on its days."""

from huikuan.reports.operations.folding import fold_flows
from huikuan.reports.operations.saving import NewPivot, PivotRefused, change_pivot, remove_pivot, save_pivot
from huikuan.reports.operations.scheduling import (
    NewSchedule,
    ScheduleRefused,
    make_schedule,
    send_scheduled,
    stop_schedule,
)
from huikuan.reports.operations.taking import record_taking, remember_run

__all__ = [
    "NewPivot",
    "NewSchedule",
    "PivotRefused",
    "ScheduleRefused",
    "change_pivot",
    "fold_flows",
    "make_schedule",
    "record_taking",
    "remember_run",
    "remove_pivot",
    "save_pivot",
    "send_scheduled",
    "stop_schedule",
]

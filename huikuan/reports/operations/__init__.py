"""What reports write: into the trail, for each member, and what is made and sent on its days."""

from huikuan.reports.operations.folding import fold_flows
from huikuan.reports.operations.pivot_runs import RunRefused, ask_run, cancel_run, forget_runs, make_run
from huikuan.reports.operations.saving import NewPivot, PivotRefused, change_pivot, remove_pivot, save_pivot
from huikuan.reports.operations.scheduling import (
    NewSchedule,
    ScheduleRefused,
    make_schedule,
    send_scheduled,
    send_scheduled_pivot,
    stop_schedule,
)
from huikuan.reports.operations.taking import record_file, record_taking, remember_run
from huikuan.reports.operations.targeting import TargetRefused, set_target

__all__ = [
    "NewPivot",
    "NewSchedule",
    "PivotRefused",
    "RunRefused",
    "ScheduleRefused",
    "TargetRefused",
    "ask_run",
    "cancel_run",
    "change_pivot",
    "fold_flows",
    "forget_runs",
    "make_run",
    "make_schedule",
    "record_file",
    "record_taking",
    "remember_run",
    "remove_pivot",
    "save_pivot",
    "send_scheduled",
    "send_scheduled_pivot",
    "set_target",
    "stop_schedule",
]

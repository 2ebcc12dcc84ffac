"""What is kept of reports: when a member last asked one, and which are made and sent by themselves."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from huikuan.audit.models import Act
from huikuan.core.postgres.fields import OrganizationField, TenantForeignKey
from huikuan.core.postgres.security import KEPT, RowAccess
from huikuan.organizations.models import Membership, TenantModel
from huikuan.reports.kpi.models import DayFlow as DayFlow
from huikuan.reports.kpi.models import FigureTarget as FigureTarget
from huikuan.reports.kpi.models import FlowMark as FlowMark


class ReportRun(TenantModel):
    """The last time a member asked a question of a report, and the time before.

    `question`: digest of the words (day, dimensions, filters, options; not the knowledge date). `digest`: of the
    answer. `totals`: its total row as text. Asking again within half an hour is the same time; `before_…` is what
    the member knew when it was asked the time before. Only a convenience: the books say the same at `known_at`.
    """

    membership = TenantForeignKey(Membership)
    report = models.CharField(max_length=60)
    question = models.CharField(max_length=64)
    words = models.JSONField(default=dict)
    ran_at = models.DateTimeField()
    known_at = models.DateTimeField(null=True)
    digest = models.CharField(max_length=64)
    totals = models.JSONField(default=dict)
    before_ran_at = models.DateTimeField(null=True)
    before_known_at = models.DateTimeField(null=True)
    before_digest = models.CharField(max_length=64, blank=True)
    before_totals = models.JSONField(default=dict)

    row_access: ClassVar[RowAccess] = KEPT

    class Meta(TenantModel.Meta):
        db_table = "reports_run"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "membership", "report", "question"],
                name="one_run_of_a_question_per_member",
            )
        ]


class SavedPivot(TenantModel):
    """A pivot table that its member keeps under a name, as a report of its own.

    `words`: the question as `questions.asked` reads it, without days; with `period`, which is read as
    `Report.usual_period`. `roles`: codes of the roles that see it besides its member, each with the customers it reaches.
    `on_dashboard`: who sees it has it on the first page. `removed_act` ends it.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    membership = TenantForeignKey(Membership)
    name = models.CharField(max_length=60)
    words = models.JSONField(default=dict)
    roles = models.JSONField(default=list)
    on_dashboard = models.BooleanField(default=False)
    removed_act = TenantForeignKey(Act, null=True, db_constraint=False)

    row_access: ClassVar[RowAccess] = RowAccess(
        update=("name", "words", "roles", "on_dashboard", "removed_act_id"), delete=False
    )

    class Meta(TenantModel.Meta):
        db_table = "reports_pivot"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "membership", "name"],
                condition=Q(removed_act__isnull=True),
                name="pivot_name_is_the_members_once",
            )
        ]

    def __str__(self) -> str:
        return self.name


class RunState(models.TextChoices):
    WAITING = "waiting", "waiting"
    RUNNING = "running", "running"
    DONE = "done", "done"
    FAILED = "failed", "failed"
    CANCELLED = "cancelled", "cancelled"


class Stage(models.TextChoices):
    """How far the making of a pivot is: how large it may become, its sums in the database, the table of them."""

    COUNTING = "counting", "counting"
    READING = "reading", "reading"
    ADDING = "adding", "adding"


class PivotRun(TenantModel):
    """A pivot that the worker makes for a member, and what it answered.

    `report` and `words` ask it again; `question` is the digest of what decides its cells. `reach`: digest of whose
    customers the member saw then. While it runs the worker writes `stage`, `rows` (sums read; None before) and
    `seen_at`. `cells`: the packed answer (`pivots/keeping.py`), as known at `known_at`. `said`: why it failed.
    A convenience that is removed after some time; the books say the same at `known_at`.
    """

    membership = TenantForeignKey(Membership)
    report = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    words = models.JSONField(default=dict)
    question = models.CharField(max_length=64)
    reach = models.CharField(max_length=64, blank=True)
    language = models.CharField(max_length=10, default="zh-hans")
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.WAITING)
    stage = models.CharField(max_length=10, choices=Stage.choices, blank=True)
    rows = models.IntegerField(null=True)
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    known_at = models.DateTimeField(null=True)
    said = models.CharField(max_length=500, blank=True)
    cells = models.BinaryField(null=True)

    row_access: ClassVar[RowAccess] = RowAccess()

    class Meta(TenantModel.Meta):
        db_table = "reports_pivot_run"
        indexes = [
            models.Index(fields=["organization", "membership", "asked_at"], name="pivot_run_by_member"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="done", cells__isnull=False, known_at__isnull=False)
                | ~Q(state="done") & Q(cells__isnull=True),
                name="only_a_finished_pivot_has_its_cells",
            )
        ]

    def __str__(self) -> str:
        return self.title


class Channel(models.TextChoices):
    EMAIL = "email", "email"
    ROBOT = "robot", "robot"


class Every(models.TextChoices):
    DAY = "day", "day"
    WORKDAY = "workday", "workday"
    WEEK = "week", "week"
    MONTH = "month", "month"


class ReportSchedule(TenantModel):
    """定时报表: a question asked on its days and sent as a file, as the member who made it would see it.

    `words`: the question without its days; a report as of a day is as of the eve of the due day, one of a period ends
    on it. `every`: each day, each day that is worked, the day `on` of the week (1 Monday) or of the month (31: the
    last). `at`: local time from which it is made. `recipients`: addresses, or codes of senders that hold a group's
    robot. `last_on`: the due day it was made for last; `stopped_act` ends it.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    membership = TenantForeignKey(Membership)
    report = models.CharField(max_length=60)
    name = models.CharField(max_length=100)
    words = models.JSONField(default=dict)
    form = models.CharField(max_length=4)
    every = models.CharField(max_length=8, choices=Every.choices)
    on = models.PositiveSmallIntegerField(default=1)
    at = models.TimeField()
    channel = models.CharField(max_length=6, choices=Channel.choices)
    recipients = models.JSONField(default=list)
    language = models.CharField(max_length=8, default="zh-hans")
    last_on = models.DateField(null=True)
    last_said = models.CharField(max_length=500, blank=True)
    stopped_act = TenantForeignKey(Act, null=True, db_constraint=False)

    row_access: ClassVar[RowAccess] = RowAccess(
        update=("last_on", "last_said", "stopped_act_id"), delete=False
    )

    class Meta(TenantModel.Meta):
        db_table = "reports_schedule"
        constraints = [
            models.CheckConstraint(condition=Q(on__gte=1, on__lte=31), name="schedule_names_a_day")
        ]
        indexes = [
            models.Index(
                fields=["organization", "report"],
                name="schedule_by_report",
                condition=Q(stopped_act__isnull=True),
            )
        ]

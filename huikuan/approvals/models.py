"""Policies, requests, decisions and delegations.

A policy is data: for a kind of act, bands of amounts; for a band, the roles that must agree, in order. A request
keeps the steps that were the policy when it was submitted, so that a changed policy does not change its way.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from huikuan.audit.models import Act
from huikuan.core.postgres.fields import Money, OrganizationField, TenantForeignKey
from huikuan.core.postgres.security import APPEND_ONLY, KEPT, RowAccess
from huikuan.organizations.models import Membership, Role, TenantModel


class Band(TenantModel):
    """Acts of a kind whose amount (in base currency) is at least `floor`, up to the next band of the kind.

    A band without steps says that such acts are done at once; a kind without a band has no policy.
    """

    kind = models.CharField(max_length=40)
    floor = Money(default=0)

    class Meta(TenantModel.Meta):
        db_table = "approvals_band"
        constraints = [
            models.UniqueConstraint(fields=["organization", "kind", "floor"], name="band_floor_is_unique"),
            models.CheckConstraint(condition=Q(floor__gte=0), name="band_floor_never_negative"),
        ]


class Step(TenantModel):
    """Somebody who holds `role` must agree; the steps of a band follow each other by `position`, from 1."""

    band = TenantForeignKey(Band)
    position = models.SmallIntegerField()
    role = TenantForeignKey(Role)

    class Meta(TenantModel.Meta):
        db_table = "approvals_step"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "band", "position"], name="step_position_is_unique"
            )
        ]


class Setting(TenantModel):
    """What else an organization decided: one row, absent while everything is as in a new organization.

    `remind_after_days`: how long a request may wait before its approvers are reminded, once a day; 0 never.
    `duties`: codes of `duties.DUTIES` that may not meet in one person.
    """

    remind_after_days = models.SmallIntegerField(default=0)
    duties = models.JSONField(default=list)

    row_access: ClassVar[RowAccess] = KEPT

    class Meta(TenantModel.Meta):
        db_table = "approvals_setting"
        constraints = [
            models.UniqueConstraint(fields=["organization"], name="one_setting_per_organization"),
            models.CheckConstraint(
                condition=Q(remind_after_days__gte=0), name="reminder_days_never_negative"
            ),
        ]


class NumberCounter(TenantModel):
    """The last number given to a request of a month."""

    month = models.DateField()
    last = models.BigIntegerField()

    row_access: ClassVar[RowAccess] = RowAccess(update=("last",), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "approvals_number_counter"
        constraints = [
            models.UniqueConstraint(fields=["organization", "month"], name="request_counter_is_unique")
        ]


class Status(models.TextChoices):
    PENDING = "pending", "待审批"
    STUCK = "stuck", "已批准，未能执行"
    DONE = "done", "已执行"
    RETURNED = "returned", "已退回"
    WITHDRAWN = "withdrawn", "已撤回"


OPEN = (Status.PENDING, Status.STUCK)


class Request(TenantModel):
    """An act that waits for agreement, or waited.

    `payload` is what the act needs, `record_kind` and `record_id` what it is about, `subject` what that is called.
    `amount` is in base currency. `steps`: `[{"role": id, "name": name}]` as the policy was; `step` is the one
    that is waited for, from 1, and `waiting_role` its role. `refusal`: why the act could not be done although
    all agreed. `result`: what the act made, once done.
    """

    act = TenantForeignKey(Act, db_constraint=False)
    number = models.CharField(max_length=20)
    kind = models.CharField(max_length=40)
    payload = models.JSONField()
    amount = Money(null=True)
    reason = models.TextField(blank=True)
    record_kind = models.CharField(max_length=40)
    record_id = models.UUIDField()
    subject = models.CharField(max_length=200)
    requester = TenantForeignKey(Membership, null=True)
    requester_name = models.CharField(max_length=100)
    submitted_at = models.DateTimeField()
    steps = models.JSONField(default=list)
    step = models.SmallIntegerField(default=1)
    waiting_role = TenantForeignKey(Role, null=True)
    waiting_since = models.DateTimeField()
    reminded_on = models.DateField(null=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    refusal = models.TextField(blank=True)
    result = models.JSONField(null=True)
    closed_at = models.DateTimeField(null=True)

    row_access: ClassVar[RowAccess] = RowAccess(
        update=(
            "step",
            "waiting_role_id",
            "waiting_since",
            "reminded_on",
            "status",
            "refusal",
            "result",
            "closed_at",
        ),
        delete=False,
    )

    class Meta(TenantModel.Meta):
        db_table = "approvals_request"
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="request_number_is_unique"),
            models.UniqueConstraint(
                fields=["organization", "record_id", "kind"],
                name="one_open_request_per_record",
                condition=Q(status__in=["pending", "stuck"]),
            ),
            models.CheckConstraint(
                condition=Q(status="pending", waiting_role__isnull=False)
                | (~Q(status="pending") & Q(waiting_role__isnull=True)),
                name="only_a_pending_request_waits_for_a_role",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "stuck"], closed_at__isnull=True)
                | (~Q(status__in=["pending", "stuck"]) & Q(closed_at__isnull=False)),
                name="only_an_open_request_is_not_closed",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "waiting_role"],
                name="request_by_waiting_role",
                condition=Q(status="pending"),
            ),
            models.Index(fields=["organization", "requester", "submitted_at"], name="request_by_requester"),
            models.Index(fields=["organization", "record_id"], name="request_by_record"),
            models.Index(fields=["organization", "submitted_at", "id"], name="request_by_time"),
        ]

    def __str__(self) -> str:
        return self.number


class Verdict(models.TextChoices):
    APPROVED = "approved", "批准"
    RETURNED = "returned", "退回"
    WITHDRAWN = "withdrawn", "撤回"
    DONE = "done", "执行"
    REFUSED = "refused", "未能执行"


class Decision(TenantModel):
    """What somebody did to a request: agreed to a step, returned it, withdrew it; and how its execution went.

    `in_place_of`: who was away, when a deputy decided. Nobody agrees to two steps of one request.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    request = TenantForeignKey(Request)
    step = models.SmallIntegerField()
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    comment = models.TextField(blank=True)
    member = TenantForeignKey(Membership, null=True)
    member_name = models.CharField(max_length=100)
    in_place_of = TenantForeignKey(Membership, null=True)
    in_place_of_name = models.CharField(max_length=100, blank=True)
    decided_at = models.DateTimeField()

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "approvals_decision"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "request", "step"],
                name="step_is_approved_once",
                condition=Q(verdict="approved"),
            ),
            models.UniqueConstraint(
                fields=["organization", "request", "member"],
                name="nobody_approves_two_steps",
                condition=Q(verdict="approved"),
            ),
            models.CheckConstraint(
                condition=~Q(verdict="approved") | Q(member__isnull=False), name="a_person_approves"
            ),
        ]
        indexes = [models.Index(fields=["organization", "request"], name="decision_by_request")]


class Delegation(TenantModel):
    """`deputy` decides for `member` from `starts_on` to `ends_on`, both days included, unless ended before."""

    act = TenantForeignKey(Act, db_constraint=False)
    member = TenantForeignKey(Membership)
    deputy = TenantForeignKey(Membership)
    starts_on = models.DateField()
    ends_on = models.DateField()
    ended_at = models.DateTimeField(null=True)

    row_access: ClassVar[RowAccess] = RowAccess(update=("ended_at",), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "approvals_delegation"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="delegation_ends_after_it_starts"
            ),
            models.CheckConstraint(condition=~Q(member=F("deputy")), name="deputy_is_somebody_else"),
        ]
        indexes = [
            models.Index(
                fields=["organization", "deputy"],
                name="delegation_by_deputy",
                condition=Q(ended_at__isnull=True),
            )
        ]

"""What is done about a debt by itself, and when: policies in versions, their steps, rest days, and pauses."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from huikuan.audit.models import Act
from huikuan.collection.shipped_policy import shown_name
from huikuan.collection.stepping import Scope, Sender, Trigger
from huikuan.core.postgres.fields import Money, OrganizationField, TenantForeignKey, new_id
from huikuan.core.postgres.security import KEPT, RowAccess
from huikuan.customers.models import Customer
from huikuan.ledger.models import OpenItem
from huikuan.organizations.models import TenantModel


class CollectionPolicy(TenantModel):
    """催收策略: what is done by whom as a debt grows old, for some customers; its content is in its versions."""

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=100)

    row_access: ClassVar[RowAccess] = KEPT

    class Meta(TenantModel.Meta):
        db_table = "collection_policy"
        constraints = [
            models.UniqueConstraint(fields=["organization", "code"], name="collection_policy_code_is_unique")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def title(self) -> str:
        """What it is called in the reader's language."""
        return shown_name(self.name)


class PolicyVersion(TenantModel):
    """A policy as it was decided once: a draft while it has no first day, in force until the day before `ends_on`.

    Of two in force that take in a customer the lower `priority` decides. `weekdays`: on which days of the week
    something is done ("12345": Monday to Friday); with `workdays_only` none but working days, those worked in
    exchange for a holiday included. `window`: how many of its days a step that was missed is made up for.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    policy = TenantForeignKey(CollectionPolicy)
    number = models.SmallIntegerField()
    note = models.CharField(max_length=500, blank=True)
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    priority = models.SmallIntegerField(default=100)
    minimum = Money(default=0)
    window = models.SmallIntegerField(default=5)
    weekdays = models.CharField(max_length=7, default="1234567")
    workdays_only = models.BooleanField(default=True)
    quiet_from = models.TimeField()
    quiet_to = models.TimeField()

    row_access: ClassVar[RowAccess] = RowAccess()

    class Meta(TenantModel.Meta):
        db_table = "collection_policy_version"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "policy", "number"], name="policy_version_number_is_unique"
            ),
            models.UniqueConstraint(
                fields=["organization", "policy"],
                name="one_draft_of_a_policy",
                condition=Q(starts_on__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="policy_version_ends_after_it_began",
            ),
            models.CheckConstraint(
                condition=Q(minimum__gte=0, window__gte=1, window__lte=30), name="policy_version_in_range"
            ),
        ]


class PolicyScope(TenantModel):
    """Whom a version takes in: all who have one of the values of each kind it names; without any, everybody."""

    organization = OrganizationField(db_constraint=False)
    version = TenantForeignKey(PolicyVersion)
    kind = models.CharField(max_length=10, choices=[(each.value, each.value) for each in Scope])
    value = models.CharField(max_length=60)

    row_access: ClassVar[RowAccess] = RowAccess(update=False)

    class Meta(TenantModel.Meta):
        db_table = "collection_policy_scope"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "version", "kind", "value"], name="policy_scope_is_said_once"
            )
        ]


class PolicyStep(TenantModel):
    """What is done `days` after something happened (before it: negative), again every `repeat_days` up to `repeats`.

    `key` is the same in every version of the policy: a step that an item had is not made again because the policy
    was changed. `position`: the deepest step of a customer decides. `theirs` and `ours`: whom it is addressed to,
    by role. `effects`: what else it does; `needs_approval`: somebody agrees before anything is done.
    """

    organization = OrganizationField(db_constraint=False)
    version = TenantForeignKey(PolicyVersion)
    key = models.UUIDField(default=new_id)
    position = models.SmallIntegerField()
    name = models.CharField(max_length=60)
    trigger = models.CharField(max_length=10, choices=[(each.value, each.value) for each in Trigger])
    days = models.SmallIntegerField()
    repeat_days = models.SmallIntegerField(default=0)
    repeats = models.SmallIntegerField(default=0)
    channels = models.JSONField(default=list)
    template = models.CharField(max_length=40, blank=True)
    sender = models.CharField(max_length=12, choices=[(each.value, each.value) for each in Sender])
    theirs = models.JSONField(default=list)
    ours = models.JSONField(default=list)
    minimum = Money(default=0)
    fee = Money(default=0)
    with_interest = models.BooleanField(default=False)
    effects = models.JSONField(default=list)
    needs_approval = models.BooleanField(default=False)
    script = models.CharField(max_length=1000, blank=True)

    row_access: ClassVar[RowAccess] = RowAccess()

    class Meta(TenantModel.Meta):
        db_table = "collection_policy_step"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "version", "key"], name="step_is_once_in_a_version"
            ),
            models.UniqueConstraint(
                fields=["organization", "version", "trigger", "days"], name="one_step_of_a_version_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(minimum__gte=0, fee__gte=0, repeat_days__gte=0, repeats__gte=0),
                name="policy_step_in_range",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def title(self) -> str:
        """What it is called in the reader's language."""
        return shown_name(self.name)


class CalendarDay(TenantModel):
    """A day that this organization works or rests, whatever the public calendar says."""

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    on = models.DateField()
    worked = models.BooleanField()
    name = models.CharField(max_length=60, blank=True)

    row_access: ClassVar[RowAccess] = RowAccess()

    class Meta(TenantModel.Meta):
        db_table = "collection_calendar_day"
        constraints = [
            models.UniqueConstraint(fields=["organization", "on"], name="calendar_day_is_said_once")
        ]


class Pause(TenantModel):
    """暂停催收: a customer, or one item, is left alone from a day up to and including another, for a reason.

    `ended_on`: the day from which it is collected again where the pause was lifted early.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    customer = TenantForeignKey(Customer)
    item = TenantForeignKey(OpenItem, null=True)
    starts_on = models.DateField()
    until_on = models.DateField()
    reason = models.CharField(max_length=500)
    set_by = models.CharField(max_length=100)
    ended_on = models.DateField(null=True)
    ended_by = models.CharField(max_length=100, blank=True)

    row_access: ClassVar[RowAccess] = RowAccess(update=("ended_on", "ended_by"), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "collection_pause"
        constraints = [
            models.CheckConstraint(
                condition=Q(until_on__gte=F("starts_on")), name="pause_ends_after_it_began"
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("starts_on")),
                name="pause_is_lifted_after_it_began",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "customer", "until_on"], name="pause_by_customer"),
            models.Index(fields=["organization", "until_on"], name="pause_by_day"),
        ]

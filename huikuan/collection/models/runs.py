"""What runs planned, for whom and about what; an item has each step of a policy once in a cycle."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from huikuan.audit.models import Act
from huikuan.collection.models.contacts import Contact
from huikuan.collection.models.policies import PolicyStep
from huikuan.collection.stepping import ActionState, Means
from huikuan.core.postgres.fields import Money, OrganizationField, TenantForeignKey
from huikuan.core.postgres.security import APPEND_ONLY, RowAccess
from huikuan.customers.models import Customer
from huikuan.ledger.models import OpenItem
from huikuan.organizations.models import Membership, TenantModel


class CollectionRun(TenantModel):
    """A run of the policies for a day: how many actions it planned, and of how many customers steps were left out.

    `skipped` by reason (`stepping.Reason`), steps of customers; `waiting`: actions that need somebody's agreement.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    on = models.DateField()
    planned = models.IntegerField()
    waiting = models.IntegerField()
    skipped = models.JSONField(default=dict)

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "collection_run"
        indexes = [models.Index(fields=["organization", "on", "id"], name="collection_run_by_day")]


class RunSkip(TenantModel):
    """That a run left out a step of a customer, for a reason, and about how many items."""

    organization = OrganizationField(db_constraint=False)
    run = TenantForeignKey(CollectionRun)
    customer = TenantForeignKey(Customer)
    step = TenantForeignKey(PolicyStep)
    reason = models.CharField(max_length=20)
    items = models.IntegerField()
    amount = Money(max_digits=24)

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "collection_run_skip"
        indexes = [models.Index(fields=["organization", "run", "reason", "customer"], name="run_skip_by_run")]


class CollectionAction(TenantModel):
    """催收动作: what a step does for a customer on a day in one way, about all items that came to it.

    The ways of one step are actions of their own; the first of them is the others' `lead` and holds the items.
    `oldest`: the item that leads. `amount`: what is chased of the customer on that day, in the organization's
    currency. `collector`: who does it, where somebody must. `contact`: the evidence of it. `fell_away_on`: the day
    on which it was held back because its customer had paid, promised or objected since; what is still owed of its
    items comes up again, on that day once. `replied_on`, `bounced_on`: when its message was answered first, or came back.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    run = TenantForeignKey(CollectionRun, db_constraint=False)
    customer = TenantForeignKey(Customer, db_constraint=False)
    step = TenantForeignKey(PolicyStep)
    lead = TenantForeignKey("self", null=True)
    on = models.DateField()
    channel = models.CharField(max_length=10, choices=[(each.value, each.value) for each in Means])
    state = models.CharField(max_length=16, choices=[(each.value, each.value) for each in ActionState])
    reason = models.CharField(max_length=500, blank=True)
    oldest = TenantForeignKey(OpenItem, db_constraint=False)
    items = models.IntegerField()
    amount = Money(max_digits=24)
    collector = TenantForeignKey(Membership, null=True)
    contact = TenantForeignKey(Contact, null=True)
    decided_by = models.CharField(max_length=100, blank=True)
    ended_on = models.DateField(null=True)
    fell_away_on = models.DateField(null=True)
    replied_on = models.DateField(null=True)
    bounced_on = models.DateField(null=True)

    row_access: ClassVar[RowAccess] = RowAccess(
        update=(
            "state", "reason", "collector_id", "contact_id", "decided_by", "ended_on", "fell_away_on",
            "replied_on", "bounced_on",
        ),
        delete=False,
    )  # fmt: skip

    class Meta(TenantModel.Meta):
        db_table = "collection_action"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "customer", "on", "step", "channel"],
                name="one_action_of_a_customer_and_step_a_day",
                condition=Q(fell_away_on__isnull=True),
            )
        ]
        indexes = [
            models.Index(fields=["organization", "run", "id"], name="collection_action_by_run"),
            models.Index(
                fields=["organization", "state", "channel", "id"],
                name="collection_action_to_do",
                condition=Q(state__in=["planned", "waiting_approval"]),
            ),
            models.Index(
                fields=["organization", "fell_away_on"],
                name="collection_action_fell_away",
                condition=Q(fell_away_on__isnull=False),
            ),
            models.Index(
                fields=["organization", "contact"],
                name="collection_action_answered",
                condition=Q(replied_on__isnull=False),
            ),
        ]


class ActionItem(TenantModel):
    """An item that an action is about, as it stood: it is the item's step of that cycle, which there is once.

    `step_key`: `PolicyStep.key`. `event_on`: the day that the step was due for the item. `released_on`: from that
    day on the step may come up for the item again, because the action fell away before anything was said.
    """

    organization = OrganizationField(db_constraint=False)
    action = TenantForeignKey(CollectionAction, db_constraint=False)
    item = TenantForeignKey(OpenItem, db_constraint=False)
    step_key = models.UUIDField()
    cycle = models.SmallIntegerField()
    event_on = models.DateField()
    due_on = models.DateField()
    currency = models.CharField(max_length=3)
    open_amount = Money()
    open_base = Money()
    released_on = models.DateField(null=True)

    row_access: ClassVar[RowAccess] = RowAccess(update=("released_on",), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "collection_action_item"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "item", "step_key", "cycle"],
                name="item_has_a_step_once_in_a_cycle",
                condition=Q(released_on__isnull=True),
            )
        ]
        indexes = [
            models.Index(fields=["organization", "action"], name="action_item_by_action"),
            models.Index(
                fields=["organization", "released_on"],
                name="action_item_released",
                condition=Q(released_on__isnull=False),
            ),
        ]

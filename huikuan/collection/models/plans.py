"""Repayment plans: what a debtor agreed in writing to pay, in parts, of chosen items."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from huikuan.audit.models import Act
from huikuan.collection.instalments import PlanState
from huikuan.collection.models.contacts import Contact
from huikuan.core.postgres.fields import Money, OrganizationField, TenantForeignKey
from huikuan.core.postgres.security import RowAccess
from huikuan.customers.models import Customer
from huikuan.ledger.models import OpenItem
from huikuan.organizations.models import Membership, TenantModel


class RepaymentPlan(TenantModel):
    """还款计划: a customer agrees to pay chosen items in instalments; in force from the day it is signed.

    `claimed`: what the items were open with when it was made; `interest` is added, `waived` is let go of once all else
    is paid; `total` is what the instalments sum to. `breach_days`, `breach_instalments`: see instalments.BreachRule.
    `contact`: the debtor's agreement as evidence. `paid`: as of `judged_on`. `ended_on`: kept, broken or withdrawn.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    customer = TenantForeignKey(Customer)
    collector = TenantForeignKey(Membership, null=True)
    collector_name = models.CharField(max_length=100)
    made_on = models.DateField()
    currency = models.CharField(max_length=3)
    claimed = Money()
    interest = Money(default=0)
    waived = Money(default=0)
    total = Money()
    breach_days = models.SmallIntegerField()
    breach_instalments = models.SmallIntegerField(default=0)
    terms = models.CharField(max_length=2000, blank=True)
    state = models.CharField(
        max_length=9,
        choices=[(each.value, each.value) for each in PlanState],
        default=PlanState.DRAFT.value,
    )
    signed_on = models.DateField(null=True)
    signer = models.CharField(max_length=100, blank=True)
    contact = TenantForeignKey(Contact, null=True)
    paid = Money(default=0)
    judged_on = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    ended_for = models.CharField(max_length=500, blank=True)
    ended_by = models.CharField(max_length=100, blank=True)

    row_access: ClassVar[RowAccess] = RowAccess(
        update=(
            "state",
            "signed_on",
            "signer",
            "contact_id",
            "paid",
            "judged_on",
            "ended_on",
            "ended_for",
            "ended_by",
        ),
        delete=False,
    )

    class Meta(TenantModel.Meta):
        db_table = "collection_plan"
        constraints = [
            models.CheckConstraint(
                condition=Q(claimed__gt=0, interest__gte=0, waived__gte=0, total__gt=0, paid__gte=0),
                name="plan_amounts_are_in_range",
            ),
            models.CheckConstraint(
                condition=Q(total=F("claimed") + F("interest") - F("waived")),
                name="plan_total_is_what_it_says",
            ),
            models.CheckConstraint(
                condition=Q(breach_days__gte=0, breach_instalments__gte=0), name="breach_rule_is_in_range"
            ),
            models.CheckConstraint(
                condition=Q(signed_on__isnull=False) | Q(state__in=["draft", "withdrawn"]),
                name="plan_in_force_is_signed",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "customer", "id"], name="plan_by_customer"),
            models.Index(fields=["organization", "state", "id"], name="plan_by_state"),
        ]


class PlanInstalment(TenantModel):
    """A part of a plan, due on a day. `paid`: what was paid of it as of the plan's judgement, the first filled first."""

    organization = OrganizationField(db_constraint=False)
    plan = TenantForeignKey(RepaymentPlan)
    position = models.SmallIntegerField()
    due_on = models.DateField()
    amount = Money()
    paid = Money(default=0)

    row_access: ClassVar[RowAccess] = RowAccess(update=("paid",), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "collection_plan_instalment"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "plan", "position"], name="instalment_has_its_place"
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0, paid__gte=0), name="instalment_amount_is_positive"
            ),
        ]
        indexes = [models.Index(fields=["organization", "due_on"], name="instalment_by_day")]


class PlannedItem(TenantModel):
    """An item that a plan is about. `paid_before`: what had been paid of it when the plan was made.

    `interest`: a debit note over the agreed interest, added later. `live`: a plan in force holds the item.
    """

    organization = OrganizationField(db_constraint=False)
    plan = TenantForeignKey(RepaymentPlan)
    item = TenantForeignKey(OpenItem)
    open_amount = Money()
    paid_before = Money()
    interest = models.BooleanField(default=False)
    live = models.BooleanField(default=False)

    row_access: ClassVar[RowAccess] = RowAccess(update=("live",), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "collection_planned_item"
        constraints = [
            models.UniqueConstraint(fields=["organization", "plan", "item"], name="item_is_once_in_a_plan"),
            models.UniqueConstraint(
                fields=["organization", "item"], name="one_plan_in_force_of_an_item", condition=Q(live=True)
            ),
        ]
        indexes = [models.Index(fields=["organization", "item"], name="planned_item_by_item")]

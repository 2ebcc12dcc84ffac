"""Joint work of sales and finance: hand-overs, questions, commission terms, rules of assignment."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from huikuan.audit.models import Act
from huikuan.collection.sharing import AskKind, Hands
from huikuan.core.postgres.fields import OrganizationField, TenantForeignKey
from huikuan.core.postgres.security import APPEND_ONLY, RowAccess
from huikuan.customers.models import Customer
from huikuan.organizations.models import Membership, TenantModel


class HandOver(TenantModel):
    """移交: from a day on somebody else leads the collection from a customer; the last row counts."""

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    customer = TenantForeignKey(Customer)
    hands = models.CharField(max_length=7, choices=[(each.value, each.value) for each in Hands])
    to = TenantForeignKey(Membership, null=True)
    to_name = models.CharField(max_length=100, blank=True)
    on = models.DateField()
    reason = models.CharField(max_length=500)
    by_name = models.CharField(max_length=100)

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "collection_hand_over"
        indexes = [models.Index(fields=["organization", "customer", "id"], name="hand_over_by_customer")]


class Ask(TenantModel):
    """A question about a customer to one of us, with its deadline and answer; or feedback, which needs none."""

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    customer = TenantForeignKey(Customer)
    kind = models.CharField(max_length=8, choices=[(each.value, each.value) for each in AskKind])
    text = models.CharField(max_length=1000)
    asker = TenantForeignKey(Membership, null=True)
    asker_name = models.CharField(max_length=100)
    to = TenantForeignKey(Membership)
    to_name = models.CharField(max_length=100)
    asked_on = models.DateField()
    due_on = models.DateField(null=True)
    answer = models.CharField(max_length=2000, blank=True)
    answered_on = models.DateField(null=True)

    row_access: ClassVar[RowAccess] = RowAccess(update=("answer", "answered_on"), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "collection_ask"
        constraints = [
            models.CheckConstraint(
                condition=Q(answer="", answered_on__isnull=True)
                | (~Q(answer="") & Q(answered_on__isnull=False)),
                name="answer_has_its_day",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "customer", "id"], name="ask_by_customer"),
            models.Index(
                fields=["organization", "to", "due_on"],
                name="ask_to_answer",
                condition=Q(kind="question", answered_on__isnull=True),
            ),
        ]


class CommissionSetting(TenantModel):
    """Terms of commission from a day on: rate and factors by days late, as [[days, share], …]; the last row counts."""

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    rate = models.DecimalField(max_digits=7, decimal_places=6)
    factors = models.JSONField()

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "collection_commission_setting"
        constraints = [
            models.CheckConstraint(condition=Q(rate__gte=0, rate__lte=1), name="commission_rate_is_a_share")
        ]
        indexes = [models.Index(fields=["organization", "id"], name="commission_setting_latest")]


class AssignmentRules(TenantModel):
    """How customers are shared out, as a list of rules (operations/sharing_out.py); the last row counts."""

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    rules = models.JSONField(default=list)

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "collection_assignment_rules"
        indexes = [models.Index(fields=["organization", "id"], name="assignment_rules_latest")]

"""Who collects from whom, and how the worklist is ranked."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from huikuan.audit.models import Act
from huikuan.core.postgres.fields import Money, OrganizationField, TenantForeignKey
from huikuan.core.postgres.security import APPEND_ONLY, RowAccess
from huikuan.customers.models import Customer
from huikuan.organizations.models import Membership, TenantModel


class Assignment(TenantModel):
    """Who collects from a customer, chosen by hand, from a day on; without one it is the customer's salesperson.

    `ends_on` is the first day on which it is somebody else.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    customer = TenantForeignKey(Customer)
    collector = TenantForeignKey(Membership)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    reason = models.CharField(max_length=500, blank=True)

    row_access: ClassVar[RowAccess] = RowAccess(update=("ends_on",), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "collection_assignment"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "customer"],
                name="one_collector_of_a_customer",
                condition=Q(ends_on__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="assignment_ends_after_it_began",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "collector"],
                name="assignment_by_collector",
                condition=Q(ends_on__isnull=True),
            ),
            models.Index(fields=["organization", "customer"], name="assignment_by_customer"),
        ]


class CollectionSetting(TenantModel):
    """How the worklist is ranked and how long promises are waited for; the last row is in force, others are history.

    `points` by the codes of `points.Signal`.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    points = models.JSONField(default=dict)
    full_amount = Money()
    grace_days = models.SmallIntegerField()

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "collection_setting"
        constraints = [
            models.CheckConstraint(
                condition=Q(full_amount__gt=0, grace_days__gte=0), name="collection_setting_in_range"
            )
        ]
        indexes = [models.Index(fields=["organization", "id"], name="collection_setting_latest")]

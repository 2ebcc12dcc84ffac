"""Steps at which some customers are left alone, so that the effect of the step can be seen."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from huikuan.audit.models import Act
from huikuan.core.postgres.fields import OrganizationField, TenantForeignKey
from huikuan.core.postgres.security import RowAccess
from huikuan.organizations.models import TenantModel


class HoldOut(TenantModel):
    """对照: at a step of a policy (`PolicyStep.key`) so many percent of customers are not nudged, chosen by a hash.

    From `starts_on` up to and without `ends_on`; a step has one at a time.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    step_key = models.UUIDField()
    percent = models.SmallIntegerField()
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)

    row_access: ClassVar[RowAccess] = RowAccess(update=("ends_on",), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "collection_hold_out"
        constraints = [
            models.CheckConstraint(
                condition=Q(percent__gte=1, percent__lte=50), name="hold_out_is_a_minority"
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="hold_out_ends_after_it_began",
            ),
            models.UniqueConstraint(
                fields=["organization", "step_key"],
                name="one_hold_out_of_a_step",
                condition=Q(ends_on__isnull=True),
            ),
        ]

"""What is kept of key figures: what those of the whole organization are made of, by day, and the targets that are set.

The flows by day are kept so that no page reads five million allocations.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from huikuan.audit.models import Act
from huikuan.core.postgres.fields import Money, OrganizationField, TenantForeignKey
from huikuan.core.postgres.security import APPEND_ONLY, RowAccess
from huikuan.customers.models import Salesperson
from huikuan.organizations.models import TenantModel


class DayFlow(TenantModel):
    """`amount` of `what` (see `reports.kpi.facts`) on a day, in base currency, of all acts up to `FlowMark.folded_until`.

    Of `matured` it is the change of that day. Only a cache: `huikuan check` counts it anew.
    """

    day = models.DateField()
    what = models.CharField(max_length=12)
    amount = Money(max_digits=28)

    row_access: ClassVar[RowAccess] = RowAccess()

    class Meta(TenantModel.Meta):
        db_table = "reports_day_flow"
        constraints = [
            models.UniqueConstraint(fields=["organization", "day", "what"], name="one_flow_of_a_kind_per_day")
        ]


class FlowMark(TenantModel):
    """Up to which act the flows are kept; its id is the organization's. What was recorded later is read live."""

    folded_until = models.DateTimeField()

    row_access: ClassVar[RowAccess] = RowAccess()

    class Meta(TenantModel.Meta):
        db_table = "reports_flow_mark"


class FigureTarget(TenantModel):
    """目标: what a key figure should be from the first of a month on, until the next target of the same figure and of the same people.

    Of the whole company, of a `team`, or of a `salesperson`. `value`: days, times, or a fraction for rates; None: no
    target from then on. Rows are only added; of two for the same month the later one counts.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    figure = models.CharField(max_length=30)
    salesperson = TenantForeignKey(Salesperson, null=True)
    team = models.CharField(max_length=60, blank=True)
    starts_on = models.DateField()
    value = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    set_by = models.CharField(max_length=100)
    set_at = models.DateTimeField()

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "reports_figure_target"
        constraints = [
            models.CheckConstraint(condition=Q(starts_on__day=1), name="target_starts_with_a_month"),
            models.CheckConstraint(
                condition=Q(salesperson__isnull=True) | Q(team=""), name="target_is_of_a_person_or_a_team"
            ),
        ]
        indexes = [models.Index(fields=["organization", "figure", "starts_on"], name="target_by_figure")]

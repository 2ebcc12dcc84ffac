"""What the key figures of the whole organization are made of, kept by day so that no page reads five million allocations."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from huikuan.core.postgres.fields import Money
from huikuan.core.postgres.security import RowAccess
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

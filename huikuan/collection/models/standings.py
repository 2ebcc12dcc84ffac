"""What the worklist ranks customers by, kept so that no page reads a million items."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from huikuan.core.postgres.fields import Money
from huikuan.core.postgres.security import RowAccess
from huikuan.organizations.models import TenantModel


class CustomerStanding(TenantModel):
    """How the customer with this id stands in collection; it holds from `counted_on` until before `changes_on`.

    `overdue`, `items` and `oldest_on`: of what is chased, in base currency; nothing chased: 0 and empty. The last contact: as
    `WorkLine` has it. `expires_on`: the first end of limitation from `counted_on` on, where it is near. A row of
    `TouchedCustomer` takes its force away before its time. `slow`, `likely_on`: of the customer's outlook
    (`risk.payments.models.CustomerOutlook`) of `foretold_on`, which the database carries over whenever it is made anew.
    `answers_at`, `silent_at`: the hours of the day at which calls were mostly answered or not, a bit each (`reaching`).
    """

    overdue = Money(max_digits=24)
    items = models.IntegerField()
    oldest_on = models.DateField(null=True)
    contacted_on = models.DateField(null=True)
    result = models.CharField(max_length=14, blank=True)
    claimed = Money(max_digits=24, null=True)
    next_step = models.CharField(max_length=16, blank=True)
    next_on = models.DateField(null=True)
    expires_on = models.DateField(null=True)
    slow = models.SmallIntegerField(null=True)
    likely_on = models.DateField(null=True)
    foretold_on = models.DateField(null=True)
    answers_at = models.IntegerField(null=True)
    silent_at = models.IntegerField(null=True)
    counted_on = models.DateField()
    changes_on = models.DateField()

    class Meta(TenantModel.Meta):
        db_table = "collection_standing"
        indexes = [models.Index(fields=["organization", "changes_on"], name="standing_by_change")]


class TouchedCustomer(TenantModel):
    """That something was recorded by which a customer may stand otherwise; the database writes it.

    Until `operations.fold_standings` has counted anew and taken it away, the customer is read live.
    """

    customer_id = models.UUIDField()

    row_access: ClassVar[RowAccess] = RowAccess(update=False)

    class Meta(TenantModel.Meta):
        db_table = "collection_touched"

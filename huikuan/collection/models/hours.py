"""When a customer can be called, as it told us."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from huikuan.core.postgres.security import RowAccess
from huikuan.organizations.models import TenantModel


class CallingHours(TenantModel):
    """可联系时间 of the customer with this id: from an hour until another of a working day, and days on which nobody is there.

    `away_until` is the last of these days. `note`: what else was said about it.
    """

    called_from = models.TimeField(null=True)
    called_until = models.TimeField(null=True)
    away_from = models.DateField(null=True)
    away_until = models.DateField(null=True)
    note = models.CharField(max_length=200, blank=True)

    row_access: ClassVar[RowAccess] = RowAccess()

    class Meta(TenantModel.Meta):
        db_table = "collection_hours"
        constraints = [
            models.CheckConstraint(
                condition=Q(called_from__isnull=True, called_until__isnull=True)
                | Q(called_from__lt=F("called_until")),
                name="calling_hours_begin_before_they_end",
            ),
            models.CheckConstraint(
                condition=Q(away_from__isnull=True, away_until__isnull=True)
                | Q(away_from__lte=F("away_until")),
                name="days_away_begin_before_they_end",
            ),
        ]

"""Which ends of limitation somebody was warned of."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from huikuan.audit.models import Act
from huikuan.core.postgres.fields import OrganizationField, TenantForeignKey
from huikuan.core.postgres.security import APPEND_ONLY, RowAccess
from huikuan.ledger.models import OpenItem
from huikuan.organizations.models import TenantModel


class LimitationWarning(TenantModel):
    """时效提醒: that the limitation of an item ends on a day was told, at most `days` days before it, once.

    An interruption moves the end; of the new one people are warned anew.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    item = TenantForeignKey(OpenItem)
    expires_on = models.DateField()
    days = models.SmallIntegerField()

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "collection_limitation_warning"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "item", "expires_on", "days"], name="limitation_is_warned_of_once"
            )
        ]

"""Late days: for which of them a debit note charges interest, and for which none does yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date, timedelta
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from django.db import connection, models
from django.db.models import F, Q

from huikuan.core.postgres.fields import OrganizationField, TenantForeignKey
from huikuan.core.postgres.security import RowAccess
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.ledger.models import OpenItem
from huikuan.organizations.models import TenantModel


class LateInterest(TenantModel):
    """That a debit note, or its draft, charges for paying an item late: the days after `after_on` up to and with
    `until_on`. A day counts as charged until its document is void.
    """

    organization = OrganizationField(db_constraint=False)
    invoice = TenantForeignKey("sales.Invoice")
    item = TenantForeignKey(OpenItem)
    after_on = models.DateField()
    until_on = models.DateField()

    row_access: ClassVar[RowAccess] = RowAccess(update=False)

    @property
    def first_on(self) -> date:
        """The first day that is charged."""
        return self.after_on + timedelta(days=1)

    class Meta(TenantModel.Meta):
        db_table = "sales_late_interest"
        constraints = [
            models.CheckConstraint(
                condition=Q(until_on__gt=F("after_on")), name="late_interest_is_of_some_days"
            )
        ]
        indexes = [models.Index(fields=["organization", "item"], name="late_interest_by_item")]


CHARGED = """
    SELECT daterange(x.after_on + 1, x.until_on + 1) AS days
    FROM sales_late_interest x
    JOIN sales_invoice v ON v.organization_id = %(organization)s AND v.id = x.invoice_id AND v.state <> 'void'
    WHERE x.organization_id = %(organization)s AND x.item_id = i.id
"""
"""The days of item `i` that documents charge, drafts too: rows (days), a range each."""


class Days(NamedTuple):
    """The days after one up to and with another."""

    after: date
    until: date


def free_days(charged: str = CHARGED) -> str:
    """SQL: of item `i` the ranges `r` of days that were late and not charged up to and with %(until)s."""
    return f"""
        unnest(datemultirange(daterange(i.effective_due_on + 1, greatest(i.effective_due_on, %(until)s::date) + 1))
               - coalesce((SELECT range_agg(c.days) FROM ({charged}) c), '{{}}')) AS r
    """


def uncharged_days(item_ids: Collection[UUID], *, until: date) -> dict[UUID, list[Days]]:
    """For which days of items nothing was charged, the earliest first; items that are not late are absent."""
    found: dict[UUID, list[Days]] = defaultdict(list)
    values: dict[str, Any] = {
        "organization": current_organization_id(),
        "items": list(item_ids),
        "until": until,
    }
    with connection.cursor() as cursor:
        cursor.execute(UNCHARGED, values)
        for key, after, last in cursor.fetchall():
            found[key].append(Days(after, last))
    return dict(found)


UNCHARGED = f"""
    SELECT i.id, lower(r) - 1, upper(r) - 1
    FROM ledger_open_item i CROSS JOIN LATERAL {free_days()}
    WHERE i.organization_id = %(organization)s AND i.id = ANY(%(items)s::uuid[])
    ORDER BY i.id, 2
"""

"""Totals that the database keeps beside the items (migrations/totals.sql), so that no page sums a million of them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from huikuan.core.postgres.fields import Money
from huikuan.core.postgres.security import READ_ONLY, RowAccess
from huikuan.organizations.models import TenantModel


class DayTotal(TenantModel):
    """What all items together did on a day, in base currency; kept by the database (migrations/totals.sql).

    Of the debts due on the day: `due_amount` in all, revaluations included, `due_open` of it and `due_count` items open now. Summed up
    to a day, the `…_change` columns are what was receivable, overdue and held as credit at its end. `received`:
    receipts and advances of the day. `day` is empty for debts without a due date.
    """

    day = models.DateField(null=True)
    due_amount = Money(max_digits=24)
    due_open = Money(max_digits=24)
    due_count = models.BigIntegerField()
    receivable_change = Money(max_digits=24)
    overdue_change = Money(max_digits=24)
    credit_change = Money(max_digits=24)
    received = Money(max_digits=24)

    row_access: ClassVar[RowAccess] = READ_ONLY

    class Meta(TenantModel.Meta):
        db_table = "ledger_day_total"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "day"], name="day_total_is_unique", nulls_distinct=False
            )
        ]


class CustomerTotal(TenantModel):
    """What the customer with this id owes and has overdue, and its credits we hold, in base currency.

    Kept by the database over the items of all dates; overdue was counted until `OverdueDay.counted_until`.
    """

    receivable = Money(max_digits=24)
    overdue = Money(max_digits=24)
    credit = Money(max_digits=24)

    row_access: ClassVar[RowAccess] = READ_ONLY

    class Meta(TenantModel.Meta):
        db_table = "ledger_customer_total"
        indexes = [
            models.Index(fields=["organization", "receivable", "id"], name="customer_by_receivable"),
            models.Index(fields=["organization", "overdue", "id"], name="customer_by_overdue"),
            models.Index(
                fields=["organization", "credit", "id"], name="customer_by_credit", condition=Q(credit__gt=0)
            ),
        ]


class OverdueDay(TenantModel):
    """Until which day (not included) due dates count as passed in `CustomerTotal.overdue`; its id is the organization's."""

    counted_until = models.DateField()

    row_access: ClassVar[RowAccess] = READ_ONLY

    class Meta(TenantModel.Meta):
        db_table = "ledger_overdue_day"
        constraints = [models.UniqueConstraint(fields=["organization"], name="one_overdue_day")]

"""Rates of foreign currencies, and what revaluations did to the carrying amounts of open items."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from huikuan.audit.models import Act
from huikuan.core.postgres.fields import Money, OrganizationField, TenantForeignKey
from huikuan.core.postgres.security import APPEND_ONLY, RowAccess
from huikuan.organizations.models import TenantModel


class Rate(TenantModel):
    """Base currency per unit of `currency`, in force from `rated_on` until the next day that has a rate."""

    organization = OrganizationField(db_constraint=True)
    currency = models.CharField(max_length=3)
    rated_on = models.DateField()
    rate = models.DecimalField(max_digits=18, decimal_places=8)
    source = models.CharField(max_length=100, blank=True)

    row_access: ClassVar[RowAccess] = RowAccess(update=("rate", "source"))

    class Meta(TenantModel.Meta):
        db_table = "ledger_rate"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "currency", "rated_on"], name="one_rate_per_currency_and_day"
            ),
            models.CheckConstraint(condition=Q(rate__gt=0), name="rate_is_positive"),
        ]


class RevaluationKind(models.TextChoices):
    """What a row says. All but `SETTLED` set the rate an item is carried at from their day on."""

    CLOSING = "closing", "月末调汇"
    NEXT_DAY = "next_day", "次日冲回"
    SETTLED = "settled", "已核销部分"
    UNDONE = "undone", "撤销调汇"


class Revaluation(TenantModel):
    """调汇: what the books' value of an open item gains (+) or loses (−) on a day without its amount changing.

    From the first closing on, an item is carried at the rate in force: what it is open in its currency × the
    `rate` of its last `CLOSING` or `NEXT_DAY` row (empty: the rate it was recorded at), or of the one before
    where the last row of that day is `UNDONE`. A `SETTLED` row makes that so for what was allocated or given
    back on the other side of a closing. `entry` posts the change; empty where it is nothing.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    item = TenantForeignKey("ledger.OpenItem")
    kind = models.CharField(max_length=8, choices=RevaluationKind.choices)
    effective_on = models.DateField()
    rate = models.DecimalField(max_digits=18, decimal_places=8, null=True)
    base_change = Money()
    entry = TenantForeignKey("ledger.JournalEntry", null=True)

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "ledger_revaluation"
        constraints = [
            models.CheckConstraint(
                condition=Q(entry__isnull=True, base_change=0) | Q(entry__isnull=False) & ~Q(base_change=0),
                name="revaluation_posts_its_change",
            ),
            models.CheckConstraint(
                condition=~Q(kind=RevaluationKind.CLOSING) | Q(rate__gt=0), name="closing_has_a_rate"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "item"], name="revaluation_by_item"),
            models.Index(fields=["organization", "act"], name="revaluation_by_act"),
            models.Index(fields=["organization", "effective_on"], name="revaluation_by_date"),
            models.Index(
                fields=["organization", "entry"],
                name="revaluation_by_entry",
                condition=Q(entry__isnull=False),
            ),
        ]

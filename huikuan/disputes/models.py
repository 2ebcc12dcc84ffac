"""争议: how much of an open item a customer objects to, why, who owns the answer, and how it ended.

A dispute says what was said when it was opened; it ends once. What an item has in dispute is the sum of its open
disputes, at most what it is open with.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from huikuan.audit.models import Act
from huikuan.core.postgres.fields import Money, OrganizationField, TenantForeignKey
from huikuan.core.postgres.security import RowAccess
from huikuan.customers.models import Customer
from huikuan.ledger.models import OpenItem
from huikuan.organizations.models import TenantModel, User


class DisputeState(models.TextChoices):
    OPEN = "open", pgettext_lazy("dispute", "处理中")
    CREDITED = "credited", _("已红冲或折让")
    REPLACED = "replaced", _("已换货或补货")
    REJECTED = "rejected", _("争议不成立")
    SETTLED = "settled", pgettext_lazy("dispute", "已解决")
    WITHDRAWN = "withdrawn", pgettext_lazy("dispute", "已撤回")


ENDS = tuple(state for state in DisputeState if state is not DisputeState.OPEN)


class Dispute(TenantModel):
    """An amount of an open item that the customer objects to.

    `reason`: a code of `disputes.rules.REASONS`; `owner_role`: the role that answers. `due_on`: the day by which it
    should. `ended_by_itself`: the item was settled; undone, the dispute is open again. `amount` is in `currency`,
    that of the item.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    number = models.CharField(max_length=64)
    item = TenantForeignKey(OpenItem)
    customer = TenantForeignKey(Customer)
    amount = Money()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=40)
    owner_role = models.CharField(max_length=40)
    text = models.CharField(max_length=1000, blank=True)
    opened_on = models.DateField()
    opened_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    opened_by_name = models.CharField(max_length=100)
    due_on = models.DateField()
    state = models.CharField(max_length=10, choices=DisputeState.choices, default=DisputeState.OPEN)
    ended_act = TenantForeignKey(Act, null=True, db_constraint=False)
    ended_on = models.DateField(null=True)
    ended_by_name = models.CharField(max_length=100, blank=True)
    ended_by_itself = models.BooleanField(default=False)
    outcome = models.CharField(max_length=1000, blank=True)

    row_access: ClassVar[RowAccess] = RowAccess(
        update=("state", "ended_act_id", "ended_on", "ended_by_name", "outcome"), delete=False
    )

    class Meta(TenantModel.Meta):
        db_table = "disputes_dispute"
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="dispute_number_is_unique"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="disputed_amount_is_positive"),
            models.CheckConstraint(
                condition=Q(due_on__gte=F("opened_on")), name="dispute_due_after_it_opened"
            ),
            models.CheckConstraint(
                condition=Q(state="open", ended_on=None, ended_act=None, ended_by_itself=False, outcome="")
                | (~Q(state="open") & Q(ended_on__gte=F("opened_on"), ended_act__isnull=False)),
                name="dispute_says_how_it_ended",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "item"], name="dispute_by_item"),
            models.Index(fields=["organization", "customer", "opened_on", "id"], name="dispute_by_customer"),
            models.Index(fields=["organization", "opened_on", "id"], name="dispute_by_day"),
            models.Index(
                fields=["organization", "due_on", "id"], name="dispute_by_deadline", condition=Q(state="open")
            ),
        ]

    def __str__(self) -> str:
        return self.number

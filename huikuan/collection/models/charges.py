"""What a policy proposes to charge for paying late; finance agrees to it, and it becomes debit notes."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from huikuan.audit.models import Act
from huikuan.collection.charging import ChargeState
from huikuan.collection.models.runs import CollectionAction
from huikuan.core.postgres.fields import Money, OrganizationField, TenantForeignKey
from huikuan.core.postgres.security import RowAccess
from huikuan.customers.models import Customer
from huikuan.ledger.models import OpenItem
from huikuan.organizations.models import TenantModel
from huikuan.sales.models import Invoice


class Charge(TenantModel):
    """计收提案: late interest and a fee that a step of a policy proposes for a customer.

    `fee`: in the organization's currency, tax included; `amount`: the fee and the interest of its lines, in that
    currency at the books' rates. `action`: what proposed it, once. Nothing is owed of it before it was agreed to.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    action = TenantForeignKey(CollectionAction)
    customer = TenantForeignKey(Customer)
    on = models.DateField()
    fee = Money(default=0)
    fee_invoice = TenantForeignKey(Invoice, null=True)
    amount = Money(max_digits=24)
    state = models.CharField(
        max_length=9,
        choices=[(each.value, each.value) for each in ChargeState],
        default=ChargeState.PROPOSED.value,
    )
    reason = models.CharField(max_length=500, blank=True)
    decided_by = models.CharField(max_length=100, blank=True)
    decided_on = models.DateField(null=True)

    row_access: ClassVar[RowAccess] = RowAccess(
        update=("fee_invoice_id", "state", "reason", "decided_by", "decided_on"), delete=False
    )

    class Meta(TenantModel.Meta):
        db_table = "collection_charge"
        constraints = [
            models.UniqueConstraint(fields=["organization", "action"], name="one_charge_of_an_action"),
            models.CheckConstraint(condition=Q(fee__gte=0, amount__gt=0), name="charge_amount_is_positive"),
            models.CheckConstraint(
                condition=Q(state="proposed") | Q(decided_on__isnull=False), name="ended_charge_says_when"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "state", "on", "id"], name="charge_by_state"),
            models.Index(fields=["organization", "customer", "on"], name="charge_by_customer"),
        ]


class ChargeLine(TenantModel):
    """Interest on an item: `principal` × `daily_rate` × the days after `after_on` up to and with `until_on`."""

    organization = OrganizationField(db_constraint=False)
    charge = TenantForeignKey(Charge)
    item = TenantForeignKey(OpenItem)
    number = models.CharField(max_length=64)
    currency = models.CharField(max_length=3)
    principal = Money()
    daily_rate = models.DecimalField(max_digits=9, decimal_places=8)
    after_on = models.DateField()
    until_on = models.DateField()
    amount = Money()
    invoice = TenantForeignKey(Invoice, null=True)

    row_access: ClassVar[RowAccess] = RowAccess(update=("invoice_id",), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "collection_charge_line"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "charge", "item", "after_on"],
                name="days_of_an_item_are_once_in_a_charge",
            ),
            models.CheckConstraint(
                condition=Q(until_on__gt=F("after_on"), principal__gt=0, amount__gt=0),
                name="charge_line_is_of_some_days",
            ),
        ]
        indexes = [models.Index(fields=["organization", "item"], name="charge_line_by_item")]

    @property
    def days(self) -> int:
        return (self.until_on - self.after_on).days

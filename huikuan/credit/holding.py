"""Customers that are stopped, and orders that wait with their reasons."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from huikuan.audit.models import Act
from huikuan.core.postgres.fields import Money, OrganizationField, TenantForeignKey
from huikuan.core.postgres.security import RowAccess
from huikuan.customers.models import Customer
from huikuan.organizations.models import TenantModel


class ManualHold(TenantModel):
    """冻结: somebody keeps a customer (or the whole group) from ordering, until somebody ends it."""

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    customer = TenantForeignKey(Customer)
    whole_group = models.BooleanField(default=False)
    reason = models.CharField(max_length=500)
    set_by = models.CharField(max_length=100)
    from_on = models.DateField()
    until_on = models.DateField(null=True)
    ended_act = TenantForeignKey(Act, null=True, db_constraint=False)

    row_access: ClassVar[RowAccess] = RowAccess(update=("until_on", "ended_act_id"), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "credit_manual_hold"
        constraints = [
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gte=F("from_on")),
                name="hold_ends_after_it_began",
            )
        ]
        indexes = [models.Index(fields=["organization", "customer"], name="manual_hold_by_customer")]


class HoldState(models.TextChoices):
    OPEN = "open", _("暂缓中")
    RELEASED = "released", _("已放行")
    CLEARED = "cleared", _("复查通过")
    ENDED = "ended", _("订单已变更或取消")


class OrderHold(TenantModel):
    """暂缓: an order that waits, with every reason; `forced`: no release lets it pass, only other facts do.

    `reasons` as `[{"code", "action", "figures"}]`; `term_days` and `prepaid` as the order is. `asked_…`: what the salesperson says for it. `released_until`: the
    release lets the customer's other orders go as well, up to this day; without it this order once.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    customer = TenantForeignKey(Customer)
    reference = models.CharField(max_length=64)
    record_id = models.UUIDField()
    amount = Money()
    currency = models.CharField(max_length=3)
    base_amount = Money()
    term_days = models.SmallIntegerField(null=True)
    prepaid = models.BooleanField(default=False, db_default=False)
    forced = models.BooleanField(default=False)
    reasons = models.JSONField(default=list)
    sellers = models.JSONField(default=list)
    held_on = models.DateField()
    state = models.CharField(max_length=8, choices=HoldState.choices, default=HoldState.OPEN)
    asked_by = models.CharField(max_length=100, blank=True)
    asked_for = models.CharField(max_length=1000, blank=True)
    ended_by = models.CharField(max_length=100, blank=True)
    ended_for = models.CharField(max_length=1000, blank=True)
    ended_on = models.DateField(null=True)
    released_until = models.DateField(null=True)
    ended_act = TenantForeignKey(Act, null=True, db_constraint=False)

    row_access: ClassVar[RowAccess] = RowAccess(
        update=(
            "forced", "reasons", "state", "asked_by", "asked_for", "ended_by", "ended_for", "ended_on",
            "ended_act_id", "amount", "base_amount", "released_until", "term_days", "prepaid",
        ),
        delete=False,
    )  # fmt: skip

    class Meta(TenantModel.Meta):
        db_table = "credit_order_hold"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "reference"],
                name="one_open_hold_per_reference",
                condition=Q(state="open"),
            ),
            models.CheckConstraint(
                condition=Q(state="open", ended_act__isnull=True)
                | (~Q(state="open") & Q(ended_act__isnull=False)),
                name="only_an_ended_hold_was_ended",
            ),
            models.CheckConstraint(
                condition=~Q(state="released") | (~Q(ended_for="") & Q(forced=False)),
                name="release_has_its_reason",
            ),
            models.CheckConstraint(
                condition=Q(released_until__isnull=True) | Q(state="released"),
                name="only_a_release_lasts_until_a_day",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "held_on", "id"], name="hold_by_day"),
            models.Index(fields=["organization", "customer"], name="hold_by_customer"),
            models.Index(fields=["organization", "record_id"], name="hold_by_record"),
            models.Index(
                fields=["organization", "customer", "released_until"],
                name="hold_released_until",
                condition=Q(released_until__isnull=False),
            ),
        ]

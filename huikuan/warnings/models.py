"""Warnings about customers, and the thresholds an organization decided.

What was found stays as it was found: figures and rows are frozen. What is done about it is added.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from huikuan.audit.models import Act
from huikuan.core.postgres.fields import OrganizationField, TenantForeignKey
from huikuan.core.postgres.security import KEPT, RowAccess
from huikuan.customers.models import Customer
from huikuan.organizations.models import Membership, TenantModel
from huikuan.warnings.rules import Kind, Outcome, Owner


class WarningSetting(TenantModel):
    """A kind of warning as the organization wants it; without a row it is as shipped. See `rules.Setting`."""

    kind = models.CharField(max_length=20, choices=[(each.value, each.value) for each in Kind])
    active = models.BooleanField(default=True)
    owner = models.CharField(max_length=12, choices=[(each.value, each.value) for each in Owner])
    thresholds = models.JSONField(default=dict)

    row_access: ClassVar[RowAccess] = KEPT

    class Meta(TenantModel.Meta):
        db_table = "warnings_setting"
        constraints = [
            models.UniqueConstraint(fields=["organization", "kind"], name="one_setting_per_kind_of_warning")
        ]


class State(models.TextChoices):
    OPEN = "open", "open"
    CLOSED = "closed", "closed"


class EarlyWarning(TenantModel):
    """预警: something about a customer that somebody should look into.

    `figures` and `rows` are the evidence as of `found_on`. `owner` looks into it; empty where nobody with the part
    works here. `done` is what was done last; `outcome` is told when it is closed.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    kind = models.CharField(max_length=20, choices=[(each.value, each.value) for each in Kind])
    customer = TenantForeignKey(Customer)
    found_on = models.DateField()
    figures = models.JSONField(default=dict)
    rows = models.JSONField(default=list)
    owner = TenantForeignKey(Membership, null=True)
    owner_name = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    done = models.CharField(max_length=1000, blank=True)
    done_by = models.CharField(max_length=100, blank=True)
    done_on = models.DateField(null=True)
    outcome = models.CharField(
        max_length=14, blank=True, choices=[(each.value, each.value) for each in Outcome]
    )
    closed_for = models.CharField(max_length=1000, blank=True)
    closed_by = models.CharField(max_length=100, blank=True)
    closed_on = models.DateField(null=True)

    row_access: ClassVar[RowAccess] = RowAccess(
        update=(
            "owner_id", "owner_name", "state", "done", "done_by", "done_on",
            "outcome", "closed_for", "closed_by", "closed_on",
        ),
        delete=False,
    )  # fmt: skip

    class Meta(TenantModel.Meta):
        db_table = "warnings_warning"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "customer", "kind"],
                name="one_open_warning_of_a_kind",
                condition=Q(state="open"),
            ),
            models.CheckConstraint(
                condition=Q(state="open", outcome="", closed_on__isnull=True)
                | (Q(state="closed", closed_on__isnull=False) & ~Q(outcome="")),
                name="closed_warning_has_its_outcome",
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | Q(closed_on__gte=F("found_on")),
                name="warning_is_closed_after_it_was_found",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "found_on", "id"], name="warning_by_day"),
            models.Index(fields=["organization", "customer", "found_on"], name="warning_by_customer"),
            models.Index(fields=["organization", "kind", "found_on"], name="warning_by_kind"),
        ]

"""Cases at law: what is claimed, how far it is, what happened."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from huikuan.audit.models import Act
from huikuan.collection.stages import CaseKind, EventKind, Stage
from huikuan.core.postgres.fields import Money, OrganizationField, TenantForeignKey
from huikuan.core.postgres.security import APPEND_ONLY, RowAccess
from huikuan.customers.models import Customer
from huikuan.ledger.models import OpenItem
from huikuan.organizations.models import Membership, TenantModel


class LegalCase(TenantModel):
    """案件: a lawyer's letter, a suit, a payment order or an arbitration against a customer.

    `claimed` is what its items summed to when it was prepared, in the organization's currency. `source`: the action
    of a collection run that proposed it. `filed_on`: from then on limitation is interrupted, and anew from `closed_on`.
    `reminded_on`: the next date that somebody was reminded of. What happened is in its events.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    customer = TenantForeignKey(Customer)
    kind = models.CharField(max_length=14, choices=[(each.value, each.value) for each in CaseKind])
    stage = models.CharField(
        max_length=12, choices=[(each.value, each.value) for each in Stage], default=Stage.PREPARED.value
    )
    owner = TenantForeignKey(Membership, null=True)
    owner_name = models.CharField(max_length=100)
    source = models.UUIDField(null=True)
    reason = models.CharField(max_length=500, blank=True)
    claimed = Money(max_digits=24)
    prepared_on = models.DateField()
    court = models.CharField(max_length=100, blank=True)
    court_number = models.CharField(max_length=60, blank=True)
    lawyer = models.CharField(max_length=100, blank=True)
    fees = Money(default=0)
    next_on = models.DateField(null=True)
    next_what = models.CharField(max_length=100, blank=True)
    reminded_on = models.DateField(null=True)
    filed_on = models.DateField(null=True)
    closed_on = models.DateField(null=True)
    outcome = models.CharField(max_length=500, blank=True)

    row_access: ClassVar[RowAccess] = RowAccess(
        update=(
            "stage",
            "owner_id",
            "owner_name",
            "court",
            "court_number",
            "lawyer",
            "fees",
            "next_on",
            "next_what",
            "reminded_on",
            "filed_on",
            "closed_on",
            "outcome",
        ),
        delete=False,
    )

    class Meta(TenantModel.Meta):
        db_table = "collection_case"
        constraints = [
            models.CheckConstraint(condition=Q(claimed__gt=0, fees__gte=0), name="case_claims_something"),
            models.CheckConstraint(
                condition=Q(stage="closed", closed_on__isnull=False)
                | (~Q(stage="closed") & Q(closed_on__isnull=True)),
                name="closed_case_has_its_day",
            ),
            models.CheckConstraint(
                condition=Q(next_what="", next_on__isnull=True)
                | (~Q(next_what="") & Q(next_on__isnull=False)),
                name="next_date_says_what_for",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "customer", "id"], name="case_by_customer"),
            models.Index(fields=["organization", "prepared_on", "id"], name="case_by_day"),
            models.Index(
                fields=["organization", "next_on"], name="case_by_next_date", condition=~Q(stage="closed")
            ),
        ]


class CaseItem(TenantModel):
    """An open item as it is claimed in a case: number, due day and open amounts of the day it was prepared."""

    organization = OrganizationField(db_constraint=False)
    case = TenantForeignKey(LegalCase)
    item = TenantForeignKey(OpenItem)
    number = models.CharField(max_length=64)
    due_on = models.DateField(null=True)
    currency = models.CharField(max_length=3)
    open_amount = Money()
    open_base = Money()

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "collection_case_item"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "case", "item"], name="item_is_claimed_once_in_a_case"
            ),
            models.CheckConstraint(condition=Q(open_amount__gt=0), name="case_item_is_positive"),
        ]
        indexes = [models.Index(fields=["organization", "item"], name="case_item_by_item")]


class CaseEvent(TenantModel):
    """What happened in a case: a stage it came to, a fee (`amount`), or anything else; only added to."""

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    case = TenantForeignKey(LegalCase)
    kind = models.CharField(max_length=5, choices=[(each.value, each.value) for each in EventKind])
    stage = models.CharField(max_length=12, blank=True)
    on = models.DateField()
    text = models.CharField(max_length=2000, blank=True)
    amount = Money(null=True)
    by_name = models.CharField(max_length=100)

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "collection_case_event"
        indexes = [models.Index(fields=["organization", "case", "on", "id"], name="case_event_by_case")]

"""What is kept of speaking with debtors: contacts with what was claimed, and promises.

A contact is evidence: it is only added to, and corrected by another one that supersedes it.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from huikuan.audit.models import Act
from huikuan.collection.rules import Channel, Direction, NextStep, PromiseState, Proof, Result
from huikuan.core.postgres.fields import Money, OrganizationField, TenantForeignKey
from huikuan.core.postgres.security import APPEND_ONLY, RowAccess
from huikuan.customers.models import Contact as ContactPerson
from huikuan.customers.models import Customer
from huikuan.ledger.models import OpenItem
from huikuan.messaging.models import Inbound
from huikuan.organizations.models import Membership, TenantModel


class Contact(TenantModel):
    """联系记录: that somebody was spoken or written to about what is owed, and what came of it.

    `person_name`: whom; `member_name`: who of us. `made_at` is the moment, `made_on` its day in the organization's
    time zone. `claimed` is what the claims sum to in the organization's currency. `proof_on`: when it was delivered
    or signed. `recording`: the address of a recording kept elsewhere. `interrupts_on`: the day on which it interrupts limitation by itself, if it does; `agreement`: as an
    agreement of the debtor. `mail`: the answer that it records. `digest`: of everything recorded, claims included (`rules.digest`).
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    customer = TenantForeignKey(Customer)
    person = TenantForeignKey(ContactPerson, null=True)
    person_name = models.CharField(max_length=100, blank=True)
    member = TenantForeignKey(Membership, null=True)
    member_name = models.CharField(max_length=100)
    channel = models.CharField(max_length=10, choices=[(each.value, each.value) for each in Channel])
    direction = models.CharField(max_length=3, choices=[(each.value, each.value) for each in Direction])
    result = models.CharField(max_length=14, choices=[(each.value, each.value) for each in Result])
    made_at = models.DateTimeField()
    made_on = models.DateField()
    text = models.CharField(max_length=4000, blank=True)
    next_step = models.CharField(
        max_length=16, blank=True, choices=[(each.value, each.value) for each in NextStep]
    )
    next_on = models.DateField(null=True)
    proof = models.CharField(max_length=14, blank=True, choices=[(each.value, each.value) for each in Proof])
    proof_on = models.DateField(null=True)
    recording = models.CharField(max_length=500, blank=True)
    interrupts_on = models.DateField(null=True)
    agreement = models.BooleanField(default=False)
    claimed = Money(max_digits=24)
    digest = models.CharField(max_length=64)
    supersedes = TenantForeignKey("self", null=True)
    mail = TenantForeignKey(Inbound, null=True, db_constraint=False)

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "collection_contact"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "mail"], name="mail_is_recorded_once", condition=Q(mail__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["organization", "supersedes"],
                name="contact_is_superseded_once",
                condition=Q(supersedes__isnull=False),
            ),
            models.CheckConstraint(condition=Q(claimed__gte=0), name="contact_claims_are_never_negative"),
            models.CheckConstraint(
                condition=Q(next_step="", next_on__isnull=True)
                | (~Q(next_step="") & Q(next_on__gte=F("made_on"))),
                name="next_step_has_its_day",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "customer", "made_at", "id"], name="contact_of_customer"),
            models.Index(fields=["organization", "made_on", "id"], name="contact_by_day"),
        ]


class Claim(TenantModel):
    """An open item as it was claimed in a contact: its number, due day and open amounts of that moment."""

    organization = OrganizationField(db_constraint=False)
    contact = TenantForeignKey(Contact)
    item = TenantForeignKey(OpenItem)
    number = models.CharField(max_length=64)
    due_on = models.DateField(null=True)
    currency = models.CharField(max_length=3)
    open_amount = Money()
    open_base = Money()

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "collection_claim"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "contact", "item"], name="item_is_claimed_once_in_a_contact"
            ),
            models.CheckConstraint(condition=Q(open_amount__gt=0), name="claimed_amount_is_positive"),
        ]
        indexes = [models.Index(fields=["organization", "item"], name="claim_by_item")]


class Ruling(TenantModel):
    """What legal decided of a contact: whether it interrupts limitation, from which day on and why; the last counts."""

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    contact = TenantForeignKey(Contact)
    interrupts = models.BooleanField()
    on_day = models.DateField(null=True)
    agreement = models.BooleanField(default=False)
    basis = models.CharField(max_length=1000)
    ruled_on = models.DateField()
    ruled_by = models.CharField(max_length=100)

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "collection_ruling"
        constraints = [
            models.CheckConstraint(
                condition=Q(interrupts=True, on_day__isnull=False)
                | Q(interrupts=False, on_day__isnull=True, agreement=False),
                name="interruption_has_its_day",
            ),
        ]
        indexes = [models.Index(fields=["organization", "contact", "id"], name="ruling_by_contact")]


class PaymentPromise(TenantModel):
    """承诺付款: a customer said it would pay an amount of chosen items by a day.

    `promiser`: who said so. `collector` obtained it. `paid` is what was paid towards it as of `judged_on`, by
    `promised_on` and the grace days. `ended_for`: why it was withdrawn; empty where nothing was left to pay.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    customer = TenantForeignKey(Customer)
    contact = TenantForeignKey(Contact, null=True)
    channel = models.CharField(max_length=10, choices=[(each.value, each.value) for each in Channel])
    promiser = models.CharField(max_length=100, blank=True)
    collector = TenantForeignKey(Membership, null=True)
    collector_name = models.CharField(max_length=100)
    made_on = models.DateField()
    promised_on = models.DateField()
    grace_days = models.SmallIntegerField()
    currency = models.CharField(max_length=3)
    amount = Money()
    paid = Money(default=0)
    state = models.CharField(
        max_length=9,
        choices=[(each.value, each.value) for each in PromiseState],
        default=PromiseState.OPEN.value,
    )
    judged_on = models.DateField(null=True)
    ended_for = models.CharField(max_length=500, blank=True)
    ended_by = models.CharField(max_length=100, blank=True)

    row_access: ClassVar[RowAccess] = RowAccess(
        update=("paid", "state", "judged_on", "ended_for", "ended_by"), delete=False
    )

    class Meta(TenantModel.Meta):
        db_table = "collection_promise"
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0, paid__gte=0), name="promised_amount_is_positive"
            ),
            models.CheckConstraint(
                condition=Q(promised_on__gte=F("made_on")), name="promise_is_for_a_day_to_come"
            ),
            models.CheckConstraint(condition=Q(grace_days__gte=0), name="grace_days_are_never_negative"),
        ]
        indexes = [
            models.Index(fields=["organization", "customer", "promised_on"], name="promise_by_customer"),
            models.Index(fields=["organization", "promised_on", "id"], name="promise_by_day"),
            models.Index(
                fields=["organization", "customer"],
                name="open_promise_by_customer",
                condition=Q(state="open"),
            ),
        ]


class PromisedItem(TenantModel):
    """An item that a promise is about. `paid_before`: what had been paid of it when the promise was recorded.

    `live`: the promise holds the item; an item has one such promise at a time.
    """

    organization = OrganizationField(db_constraint=False)
    promise = TenantForeignKey(PaymentPromise)
    item = TenantForeignKey(OpenItem)
    open_amount = Money()
    paid_before = Money()
    live = models.BooleanField(default=True)

    row_access: ClassVar[RowAccess] = RowAccess(update=("live",), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "collection_promised_item"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "promise", "item"], name="item_is_once_in_a_promise"
            ),
            models.UniqueConstraint(
                fields=["organization", "item"], name="one_open_promise_of_an_item", condition=Q(live=True)
            ),
        ]

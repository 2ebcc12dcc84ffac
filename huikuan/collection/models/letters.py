"""Letters: asked for, printed in batches, posted, delivered or returned."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from huikuan.audit.models import Act
from huikuan.collection.models.contacts import Contact
from huikuan.core.postgres.fields import Money, OrganizationField, TenantForeignKey
from huikuan.core.postgres.security import APPEND_ONLY, RowAccess
from huikuan.customers.models import Customer
from huikuan.files.models import AttachedFile
from huikuan.ledger.models import OpenItem
from huikuan.organizations.models import Membership, TenantModel


class LetterState(models.TextChoices):
    ASKED = "asked", _("待打印")
    PRINTED = "printed", pgettext_lazy("letter", "已打印")
    POSTED = "posted", _("已寄出")
    DELIVERED = "delivered", _("已送达")
    RETURNED = "returned", pgettext_lazy("letter", "已退回")
    DROPPED = "dropped", pgettext_lazy("letter", "已取消")


class MailingAddress(TenantModel):
    """Where letters to a customer go; the last row of a customer is in force. `recipient`: a person or department."""

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    customer = TenantForeignKey(Customer)
    recipient = models.CharField(max_length=100, blank=True)
    address = models.CharField(max_length=300)
    postcode = models.CharField(max_length=12, blank=True)

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "collection_mailing_address"
        constraints = [
            models.CheckConstraint(condition=~Q(address=""), name="mailing_address_says_where"),
        ]
        indexes = [models.Index(fields=["organization", "customer", "id"], name="mailing_address_latest")]


class LetterCounter(TenantModel):
    """The last number of letters in a year: a row that is locked, so that numbers have no gaps."""

    year = models.SmallIntegerField()
    last = models.IntegerField()

    row_access: ClassVar[RowAccess] = RowAccess(update=("last",), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "collection_letter_counter"
        constraints = [
            models.UniqueConstraint(fields=["organization", "year"], name="letters_are_counted_per_year")
        ]


class LetterBatch(TenantModel):
    """Letters printed together. `file`: all of them as one PDF, kept with its digest."""

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    printed_on = models.DateField()
    printed_at = models.DateTimeField()
    printed_by = models.CharField(max_length=100)
    letters = models.IntegerField()
    pages = models.IntegerField()
    file = TenantForeignKey(AttachedFile)

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "collection_letter_batch"
        indexes = [models.Index(fields=["organization", "id"], name="letter_batch_latest")]


class Letter(TenantModel):
    """A letter to a customer.

    Asked for: `template` (its code), `language`, `item_ids` (what to claim; empty: all that is overdue),
    `with_statement` (the statement of account up to `statement_until` goes with it), `about_kind` and `about_id` (what
    asked for it; one letter each). Printed: `number`, the words and figures as they were printed (`content`, `digest`),
    `claimed` in the organization's currency, its pages in the batch's file. `contact`: what shows it as evidence now.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    customer = TenantForeignKey(Customer)
    template = models.CharField(max_length=40)
    language = models.CharField(max_length=10)
    item_ids = models.JSONField(default=list)
    with_statement = models.BooleanField(default=False)
    statement_from = models.DateField(null=True)
    statement_until = models.DateField(null=True)
    about_kind = models.CharField(max_length=40, blank=True)
    about_id = models.UUIDField(null=True)
    asked_on = models.DateField()
    asked_by = TenantForeignKey(Membership, null=True)
    asked_by_name = models.CharField(max_length=100)
    state = models.CharField(max_length=9, choices=LetterState.choices, default=LetterState.ASKED)
    batch = TenantForeignKey(LetterBatch, null=True)
    number = models.CharField(max_length=20, blank=True)
    title = models.CharField(max_length=200, blank=True)
    content = models.JSONField(default=dict)
    digest = models.CharField(max_length=64, blank=True)
    claimed = Money(max_digits=24, default=0)
    first_page = models.IntegerField(default=0)
    pages = models.IntegerField(default=0)
    printed_on = models.DateField(null=True)
    courier = models.CharField(max_length=40, blank=True)
    tracking = models.CharField(max_length=40, blank=True)
    posted_on = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    ended_note = models.CharField(max_length=500, blank=True)
    contact = TenantForeignKey(Contact, null=True)

    row_access: ClassVar[RowAccess] = RowAccess(
        update=(
            "state",
            "batch_id",
            "number",
            "title",
            "content",
            "digest",
            "claimed",
            "first_page",
            "pages",
            "printed_on",
            "courier",
            "tracking",
            "posted_on",
            "ended_on",
            "ended_note",
            "contact_id",
        ),
        delete=False,
    )

    class Meta(TenantModel.Meta):
        db_table = "collection_letter"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "number"], name="letter_number_is_unique", condition=~Q(number="")
            ),
            models.UniqueConstraint(
                fields=["organization", "about_kind", "about_id"],
                name="one_letter_for_what_asked_for_it",
                condition=Q(about_id__isnull=False),
            ),
            models.CheckConstraint(
                condition=Q(state__in=["asked", "dropped"])
                | (~Q(number="") & ~Q(digest="") & Q(batch__isnull=False, printed_on__isnull=False)),
                name="printed_letter_has_its_number",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["posted", "delivered", "returned"]) | Q(posted_on__isnull=False),
                name="posted_letter_has_its_day",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["delivered", "returned"]) | Q(ended_on__isnull=False),
                name="arrived_letter_has_its_day",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "asked_on", "id"], name="letter_by_day"),
            models.Index(fields=["organization", "state", "asked_on", "id"], name="letter_by_state"),
            models.Index(fields=["organization", "customer", "asked_on"], name="letter_by_customer"),
            models.Index(
                fields=["organization", "batch", "first_page"],
                name="letter_by_batch",
                condition=Q(batch__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class LetterItem(TenantModel):
    """An open item as a letter claims it: what was open, less what was in dispute, when it was printed."""

    organization = OrganizationField(db_constraint=False)
    letter = TenantForeignKey(Letter)
    item = TenantForeignKey(OpenItem)
    position = models.IntegerField()
    number = models.CharField(max_length=64)
    due_on = models.DateField(null=True)
    currency = models.CharField(max_length=3)
    open_amount = Money()
    open_base = Money()
    paid = Money(default=0)
    interest = Money(default=0)

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "collection_letter_item"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "letter", "item"], name="item_is_once_in_a_letter"
            ),
            models.CheckConstraint(condition=Q(open_amount__gt=0), name="letter_claims_an_amount"),
        ]

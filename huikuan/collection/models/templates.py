"""What is written to customers: message templates, and the letterhead."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from huikuan.audit.models import Act
from huikuan.cash.models import BankAccount
from huikuan.collection.template_fields import LANGUAGES, TemplateChannel
from huikuan.core.postgres.fields import OrganizationField, TenantForeignKey
from huikuan.core.postgres.security import APPEND_ONLY, RowAccess
from huikuan.organizations.models import TenantModel


class MessageTemplate(TenantModel):
    """A template as it was written; the last row of a code, channel and language is in force, others are history.

    `retired`: from this row on it is no longer used; a shipped one is then as it was shipped. What may stand in
    braces is in `template_fields`.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    code = models.CharField(max_length=40)
    channel = models.CharField(max_length=10, choices=[(each.value, each.value) for each in TemplateChannel])
    language = models.CharField(max_length=10, choices=[(each, each) for each in LANGUAGES])
    name = models.CharField(max_length=100)
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    retired = models.BooleanField(default=False)
    written_by = models.CharField(max_length=100)

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "collection_message_template"
        constraints = [
            models.CheckConstraint(
                condition=Q(retired=True) | ~Q(text=""), name="template_in_force_says_something"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "code", "channel", "language", "id"], name="template_latest")
        ]


class Letterhead(TenantModel):
    """What stands on our letters; the last row is in force.

    `sender`: the department that signs. `account`: where to pay to. `deadline_days`: how many days a letter leaves
    to pay. `interest_daily`: the agreed or lawful daily rate of late interest as a fraction (0.0005 is 0.05 %); empty:
    letters claim none.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    english_name = models.CharField(max_length=200, blank=True)
    address = models.CharField(max_length=200, blank=True)
    english_address = models.CharField(max_length=300, blank=True)
    postcode = models.CharField(max_length=12, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    email = models.CharField(max_length=100, blank=True)
    sender = models.CharField(max_length=100, blank=True)
    account = TenantForeignKey(BankAccount, null=True)
    deadline_days = models.SmallIntegerField(default=7)
    interest_daily = models.DecimalField(max_digits=9, decimal_places=8, null=True)

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "collection_letterhead"
        constraints = [
            models.CheckConstraint(
                condition=Q(deadline_days__gte=1, deadline_days__lte=90), name="letters_leave_days_to_pay"
            ),
            models.CheckConstraint(
                condition=Q(interest_daily__isnull=True) | Q(interest_daily__gt=0, interest_daily__lt=0.01),
                name="late_interest_in_range",
            ),
        ]
        indexes = [models.Index(fields=["organization", "id"], name="letterhead_latest")]

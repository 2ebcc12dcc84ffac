"""Messages and every try to send them."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.db import models
from django.db.models import Q

from huikuan.audit.models import Act
from huikuan.core.encryption import decrypt
from huikuan.core.postgres.fields import OrganizationField, TenantForeignKey
from huikuan.core.postgres.security import RowAccess
from huikuan.customers.models import Contact, Customer
from huikuan.messaging.models.senders import Sender
from huikuan.messaging.rules import AttemptKind, Finding, MessageChannel, MessageState, Purpose
from huikuan.organizations.models import Membership, TenantModel


def address_context(organization_id: UUID) -> str:
    """The context addresses are sealed and found in, so that equal ones are found wherever they stand."""
    return f"{organization_id}.message.address"


class Message(TenantModel):
    """消息: something that leaves the house, once.

    What it says never changes; `state` moves along the edges of `rules.EDGES`, which the database keeps.
    `next_at`: when it is taken up next. `tries`: how often it was. `lease_until`: until when the worker that took it up
    is waited for. `number`: its Message-ID, `reference`: what the provider calls it. `reason`: the code of why it was
    not sent; `said`: in words of the channel or the guard. `settled_at`: when it became what it is. `bounced_at`: when
    the report came that it could not be delivered.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    key = models.CharField(max_length=200)
    channel = models.CharField(max_length=8, choices=[(each.value, each.value) for each in MessageChannel])
    purpose = models.CharField(max_length=8, choices=[(each.value, each.value) for each in Purpose])
    customer = TenantForeignKey(Customer, null=True)
    person = TenantForeignKey(Contact, null=True, db_constraint=False)
    membership = TenantForeignKey(Membership, null=True)
    address_encrypted = models.TextField(default="")
    address_index = models.BinaryField(null=True)
    address_shown = models.CharField(max_length=254, blank=True)
    language = models.CharField(max_length=10)
    subject = models.CharField(max_length=300, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    attachments = models.JSONField(default=list)
    about_kind = models.CharField(max_length=40, blank=True)
    about_id = models.UUIDField(null=True)
    queued_at = models.DateTimeField()
    not_before = models.DateTimeField(null=True)
    state = models.CharField(
        max_length=9,
        choices=[(each.value, each.value) for each in MessageState],
        default=MessageState.QUEUED.value,
    )
    next_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    sender = TenantForeignKey(Sender, null=True)
    lease_until = models.DateTimeField(null=True)
    number = models.CharField(max_length=320, blank=True)
    reference = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=40, blank=True)
    said = models.CharField(max_length=1000, blank=True)
    settled_at = models.DateTimeField(null=True)
    bounced_at = models.DateTimeField(null=True)

    row_access: ClassVar[RowAccess] = RowAccess(
        update=(
            "state",
            "next_at",
            "tries",
            "sender_id",
            "lease_until",
            "number",
            "reference",
            "reason",
            "said",
            "settled_at",
            "bounced_at",
        ),
        delete=False,
    )

    class Meta(TenantModel.Meta):
        db_table = "messaging_message"
        constraints = [
            models.UniqueConstraint(fields=["organization", "key"], name="message_is_queued_once"),
            models.CheckConstraint(
                condition=Q(state="sending", lease_until__isnull=False)
                | (~Q(state="sending") & Q(lease_until__isnull=True)),
                name="message_being_sent_has_a_lease",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("queued", "sending"), settled_at__isnull=True)
                | (~Q(state__in=("queued", "sending")) & Q(settled_at__isnull=False)),
                name="settled_message_says_when",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("failed", "cancelled")) | ~Q(reason=""),
                name="unsent_message_says_why",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "channel", "next_at", "id"],
                name="message_due",
                condition=Q(state="queued"),
            ),
            models.Index(
                fields=["organization", "lease_until"],
                name="message_being_sent",
                condition=Q(state="sending"),
            ),
            models.Index(fields=["organization", "queued_at", "id"], name="message_by_time"),
            models.Index(fields=["organization", "state", "queued_at", "id"], name="message_by_state"),
            models.Index(
                fields=["organization", "customer", "queued_at", "id"],
                name="message_of_customer",
                condition=Q(customer__isnull=False),
            ),
            models.Index(
                fields=["organization", "about_id"],
                name="message_by_about",
                condition=Q(about_id__isnull=False),
            ),
            models.Index(
                fields=["organization", "number"], name="message_by_number", condition=~Q(number="")
            ),
        ]

    @property
    def address(self) -> str:
        """Where it goes, in clear; whoever shows it takes `address_shown`."""
        if not self.address_encrypted:
            return self.address_shown
        return decrypt(self.address_encrypted, context=address_context(self.organization_id))


class Attempt(TenantModel):
    """A try to send a message, or somebody finding out what became of it.

    A try is written down as it begins, in the transaction that takes the message up, and ends once: `finding` is
    empty until then. Other kinds are written whole. `code` and `answer`: what the channel said; `worker`: which
    worker, or who settled it. `began_at` of a try counts towards the sender's limits.
    """

    organization = OrganizationField(db_constraint=False)
    message = TenantForeignKey(Message)
    kind = models.CharField(max_length=6, choices=[(each.value, each.value) for each in AttemptKind])
    sender = TenantForeignKey(Sender, null=True)
    act = TenantForeignKey(Act, null=True, db_constraint=False)
    worker = models.CharField(max_length=100)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    finding = models.CharField(
        max_length=7, blank=True, choices=[(each.value, each.value) for each in Finding]
    )
    code = models.CharField(max_length=60, blank=True)
    answer = models.CharField(max_length=1000, blank=True)

    row_access: ClassVar[RowAccess] = RowAccess(
        update=("ended_at", "finding", "code", "answer"), delete=False
    )

    class Meta(TenantModel.Meta):
        db_table = "messaging_attempt"
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, finding="", kind="send")
                | (Q(ended_at__isnull=False) & ~Q(finding="")),
                name="attempt_ends_with_a_finding",
            ),
            models.UniqueConstraint(
                fields=["organization", "message"],
                name="one_open_attempt_of_a_message",
                condition=Q(ended_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "message", "began_at"], name="attempt_of_message"),
            models.Index(
                fields=["organization", "sender", "began_at"],
                name="attempt_by_sender",
                condition=Q(kind="send"),
            ),
        ]

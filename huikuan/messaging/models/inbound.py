"""What comes back: answers and reports, and the addresses that get nothing any more."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from huikuan.audit.models import Act
from huikuan.core.postgres.fields import OrganizationField, TenantForeignKey
from huikuan.core.postgres.security import APPEND_ONLY, RowAccess
from huikuan.customers.models import Customer
from huikuan.messaging.models.messages import Message
from huikuan.messaging.models.senders import Sender
from huikuan.messaging.rules import InboundKind, OptOutKind
from huikuan.organizations.models import TenantModel


class Inbound(TenantModel):
    """A mail read from a sender's mailbox that answers a message or reports on it.

    `uid` in `validity` names it in its mailbox for ever, so that it is read once; `number` is its Message-ID.
    `status`: the enhanced status code of a report (RFC 3463), such as 5.1.1.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    sender = TenantForeignKey(Sender)
    message = TenantForeignKey(Message)
    customer = TenantForeignKey(Customer, null=True)
    kind = models.CharField(max_length=6, choices=[(each.value, each.value) for each in InboundKind])
    validity = models.BigIntegerField()
    uid = models.BigIntegerField()
    number = models.CharField(max_length=320, blank=True)
    from_shown = models.CharField(max_length=254, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    text = models.CharField(max_length=4000, blank=True)
    status = models.CharField(max_length=12, blank=True)
    received_at = models.DateTimeField()

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "messaging_inbound"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "sender", "validity", "uid"], name="inbound_mail_is_read_once"
            )
        ]
        indexes = [
            models.Index(fields=["organization", "message", "received_at"], name="inbound_of_message"),
            models.Index(
                fields=["organization", "customer", "received_at"],
                name="inbound_of_customer",
                condition=Q(customer__isnull=False),
            ),
        ]


class OptOut(TenantModel):
    """An address that gets nothing: no reminders since it unsubscribed, no messages since one came back for good.

    `lifted_at`: somebody decided that it is written to again.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    kind = models.CharField(max_length=12, choices=[(each.value, each.value) for each in OptOutKind])
    address_index = models.BinaryField()
    address_shown = models.CharField(max_length=254)
    customer = TenantForeignKey(Customer, null=True)
    message = TenantForeignKey(Message, null=True)
    since = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.CharField(max_length=100, blank=True)

    row_access: ClassVar[RowAccess] = RowAccess(update=("lifted_at", "lifted_by"), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "messaging_opt_out"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "address_index", "kind"],
                name="address_opts_out_once",
                condition=Q(lifted_at__isnull=True),
            )
        ]

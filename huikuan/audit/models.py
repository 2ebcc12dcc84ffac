"""The clock, the acts and the events of an organization, and the seals that prove nobody changed them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from huikuan.core.postgres.fields import OrganizationField, TenantForeignKey
from huikuan.core.postgres.security import APPEND_ONLY, RowAccess
from huikuan.organizations.models import TenantModel


class Clock(TenantModel):
    """One row per organization: the last moment at which an act was recorded.

    It is advanced under its row lock as the last thing of a transaction, so that nothing appears later with
    an earlier time; reports name it as what they knew.
    """

    ticked_at = models.DateTimeField()

    row_access: ClassVar[RowAccess] = RowAccess(update=("ticked_at",), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "audit_clock"
        constraints = [models.UniqueConstraint(fields=["organization"], name="one_clock_per_organization")]


class Act(TenantModel):
    """One business act: one person, one transaction, any number of records.

    Rows of the ledger carry the act that added them. `recorded_at` is empty only inside the act's own
    transaction; triggers refuse rows for an act that is already recorded.
    """

    kind = models.CharField(max_length=40)
    recorded_at = models.DateTimeField(null=True)
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=100)
    roles = models.CharField(max_length=200, blank=True)
    address = models.CharField(max_length=64, blank=True)
    origin_id = models.UUIDField(null=True)
    reason = models.TextField(blank=True)

    row_access: ClassVar[RowAccess] = RowAccess(update=("recorded_at",), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "audit_act"
        indexes = [
            models.Index(fields=["organization", "recorded_at"], name="act_by_time"),
            models.Index(
                fields=["organization", "origin_id"],
                name="act_by_origin",
                condition=models.Q(origin_id__isnull=False),
            ),
        ]


class Event(TenantModel):
    """What an act did to one record: the record's kind, id and number, and its content afterwards."""

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    action = models.CharField(max_length=40)
    record_kind = models.CharField(max_length=40)
    record_id = models.UUIDField()
    number = models.CharField(max_length=64, blank=True)
    content = models.JSONField(default=dict)

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "audit_event"
        indexes = [
            models.Index(fields=["organization", "record_id"], name="event_by_record"),
            models.Index(fields=["organization", "act"], name="event_by_act"),
        ]


class Seal(TenantModel):
    """A link of the hash chain: covers every event of the acts recorded in `(after, until]`.

    `digest` = SHA-256 over the previous digest, this seal's number and range, and the events' digests in order
    of act and id.
    """

    number = models.BigIntegerField()
    after = models.DateTimeField(null=True)
    until = models.DateTimeField()
    event_count = models.BigIntegerField()
    previous_digest = models.BinaryField()
    digest = models.BinaryField()

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "audit_seal"
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="seal_number_is_unique")
        ]

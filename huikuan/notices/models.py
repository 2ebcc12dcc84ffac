"""Notes that people write on records, and notices shown to one person."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from huikuan.audit.models import Act
from huikuan.core.postgres.fields import OrganizationField, TenantForeignKey
from huikuan.core.postgres.security import APPEND_ONLY, RowAccess
from huikuan.organizations.models import Membership, TenantModel


class Note(TenantModel):
    """What somebody wrote on a record, as it stood from `created_at` on.

    Nothing is rewritten: a correction is a new row that `replaces` the one before, a removal one that is
    `removed`. The current notes of a record are the rows that none replaces. `first` is the id of the first row
    of the chain, `written_at` when that was added. `mentions`: `[{"id": membership, "handle": text after @}]`.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    record_kind = models.CharField(max_length=40)
    record_id = models.UUIDField()
    first = models.UUIDField()
    replaces = TenantForeignKey("self", null=True)
    text = models.TextField(blank=True)
    mentions = models.JSONField(default=list)
    removed = models.BooleanField(default=False)
    author = TenantForeignKey(Membership, null=True)
    author_name = models.CharField(max_length=100)
    written_at = models.DateTimeField()
    created_at = models.DateTimeField()

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "notices_note"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "replaces"],
                name="note_is_replaced_once",
                condition=Q(replaces__isnull=False),
            ),
            models.CheckConstraint(condition=Q(removed=True) | ~Q(text=""), name="note_says_something"),
        ]
        indexes = [
            models.Index(
                fields=["organization", "record_kind", "record_id", "created_at"], name="note_by_record"
            )
        ]


class Notice(TenantModel):
    """Something one person should know: `kind` and `parameters` make its title in the reader's language
    (`wording.py`), `path` is the page it leads to. `read_at` is empty until then.
    """

    organization = OrganizationField(db_constraint=False)
    recipient = TenantForeignKey(Membership)
    kind = models.CharField(max_length=40)
    parameters = models.JSONField(default=dict)
    path = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    row_access: ClassVar[RowAccess] = RowAccess(update=("read_at",), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "notices_notice"
        indexes = [
            models.Index(fields=["organization", "recipient", "created_at"], name="notice_by_recipient"),
            models.Index(
                fields=["organization", "recipient"],
                name="notice_unread",
                condition=Q(read_at__isnull=True),
            ),
        ]

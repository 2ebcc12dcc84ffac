"""Which files are attached to which records. What is in them lies in the data folder (`storage.py`)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from huikuan.audit.models import Act
from huikuan.core.postgres.fields import OrganizationField, TenantForeignKey
from huikuan.core.postgres.security import RowAccess
from huikuan.organizations.models import Membership, TenantModel


class AttachedFile(TenantModel):
    """A file on a record (`record_kind`, `record_id`), as it was when it was attached.

    `content_type` was told from the bytes. Removing is an act of its own: the row keeps who, when and why, and
    the content stays. `size` is in bytes.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    record_kind = models.CharField(max_length=40)
    record_id = models.UUIDField()
    name = models.CharField(max_length=200)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    content_type = models.CharField(max_length=100)
    note = models.CharField(max_length=500, blank=True)
    uploaded_by = TenantForeignKey(Membership, null=True)
    uploaded_by_name = models.CharField(max_length=100)
    uploaded_at = models.DateTimeField()
    removed_act = TenantForeignKey(Act, null=True, db_constraint=False)
    removed_at = models.DateTimeField(null=True)
    removed_by_name = models.CharField(max_length=100, blank=True)
    removed_reason = models.CharField(max_length=500, blank=True)

    row_access: ClassVar[RowAccess] = RowAccess(
        update=("removed_act_id", "removed_at", "removed_by_name", "removed_reason"), delete=False
    )

    class Meta(TenantModel.Meta):
        db_table = "files_attached_file"
        constraints = [
            models.CheckConstraint(condition=Q(size__gt=0), name="file_is_never_empty"),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True, removed_act__isnull=True, removed_reason="")
                | (Q(removed_at__isnull=False, removed_act__isnull=False) & ~Q(removed_reason="")),
                name="removal_says_when_and_why",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "record_kind", "record_id", "uploaded_at"], name="file_by_record"
            ),
            models.Index(fields=["organization", "sha256"], name="file_by_content"),
        ]

    def __str__(self) -> str:
        return self.name

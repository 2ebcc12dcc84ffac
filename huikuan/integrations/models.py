"""What was imported, what was not and why, and how each kind of file was read last time."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from huikuan.core.postgres.fields import OrganizationField, TenantForeignKey
from huikuan.core.postgres.security import RowAccess
from huikuan.core.said import said_again
from huikuan.ledger.models import Document
from huikuan.organizations.models import TenantModel


class Kind(models.TextChoices):
    CUSTOMERS = "customers", pgettext_lazy("plural", "客户")
    INVOICES = "invoices", pgettext_lazy("plural", "应收单")
    RECEIPTS = "receipts", pgettext_lazy("plural", "收款")
    ALLOCATIONS = "allocations", pgettext_lazy("plural", "核销")
    RATES = "rates", pgettext_lazy("plural", "汇率")
    PRODUCTS = "products", pgettext_lazy("plural", "产品")
    ORDERS = "orders", pgettext_lazy("plural", "订单")
    DELIVERIES = "deliveries", pgettext_lazy("plural", "发货")


class State(models.TextChoices):
    READING = "reading", _("导入中")
    DONE = "done", _("已完成")
    FAILED = "failed", _("已中断")
    UNDONE = "undone", _("已撤销")


class Batch(TenantModel):
    """One run of the import over one file; its id is the origin of every act it makes."""

    organization = OrganizationField(db_constraint=True)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    file_name = models.CharField(max_length=255)
    file_sha256 = models.CharField(max_length=64)
    stored_path = models.CharField(max_length=500, blank=True)
    layout = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State.choices, default=State.READING)
    actor_name = models.CharField(max_length=100)
    started_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)
    rows_total = models.IntegerField(default=0)
    rows_read = models.IntegerField(default=0)
    imported = models.IntegerField(default=0)
    unchanged = models.IntegerField(default=0)
    set_aside = models.IntegerField(default=0)
    rejected = models.IntegerField(default=0)
    customers_created = models.IntegerField(default=0)
    failure = models.TextField(blank=True)

    class Meta(TenantModel.Meta):
        db_table = "integrations_batch"
        indexes = [models.Index(fields=["organization", "-started_at"], name="batch_by_start")]


class Problem(TenantModel):
    """A row that was set aside (suspicious, can be accepted) or rejected (unreadable), and why."""

    class Status(models.TextChoices):
        SET_ASIDE = "set_aside", "待确认"
        REJECTED = "rejected", "未导入"
        ACCEPTED = "accepted", "已接受"
        DISMISSED = "dismissed", "已放弃"

    batch = TenantForeignKey(Batch)
    row = models.IntegerField()
    column = models.CharField(max_length=200, blank=True)
    code = models.CharField(max_length=40)
    message = models.CharField(max_length=500)
    said = models.JSONField(default=dict)
    field = models.CharField(max_length=40, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices)
    cells = models.JSONField(default=list)
    values = models.JSONField(default=dict)

    class Meta(TenantModel.Meta):
        db_table = "integrations_problem"
        indexes = [models.Index(fields=["organization", "batch", "row"], name="problem_by_row")]

    @property
    def sentence(self) -> str:
        """What is wrong in the reader's language; what another part of the program said, as it said it then."""
        return said_again(self.said) or self.message


class ImportedRow(TenantModel):
    """Recognises a row that carries no number of its own: fingerprint of its fields and occurrence in the file."""

    batch = TenantForeignKey(Batch)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    fingerprint = models.BinaryField()
    document = TenantForeignKey(Document, null=True)

    row_access: ClassVar[RowAccess] = RowAccess(update=False, delete=True)

    class Meta(TenantModel.Meta):
        db_table = "integrations_imported_row"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "kind", "fingerprint"], name="row_is_imported_once"
            )
        ]
        indexes = [models.Index(fields=["organization", "batch"], name="imported_row_by_batch")]


class Mapping(TenantModel):
    """How the columns of a file with these headers were read last time; used again unless told otherwise."""

    kind = models.CharField(max_length=12, choices=Kind.choices)
    header_signature = models.CharField(max_length=64)
    columns = models.JSONField(default=dict)
    name = models.CharField(max_length=100, blank=True)
    used_at = models.DateTimeField(auto_now=True)

    class Meta(TenantModel.Meta):
        db_table = "integrations_mapping"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "kind", "header_signature"], name="mapping_once_per_headers"
            )
        ]

"""What entries are made with: accounts, months of the books, numbers, and the rules by which an event is posted."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from huikuan.core.postgres.fields import OrganizationField, TenantForeignKey
from huikuan.core.postgres.security import KEPT, RowAccess
from huikuan.ledger.account_names import account_name
from huikuan.organizations.models import TenantModel


class Control(models.TextChoices):
    """How an account relates to the sub-ledger: all its lines belong to open items, some (SHARED), or none."""

    NONE = "", "—"
    RECEIVABLE = "receivable", "应收"
    CREDIT = "credit", "客户贷方"
    SHARED = "shared", "部分属于客户"


class Account(TenantModel):
    """An account of the chart. `purpose` is what posting rules call it; codes may differ per organization."""

    organization = OrganizationField(db_constraint=True)
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=100)
    purpose = models.CharField(max_length=40, blank=True)
    control = models.CharField(max_length=12, choices=Control.choices, blank=True)

    row_access: ClassVar[RowAccess] = KEPT

    class Meta(TenantModel.Meta):
        db_table = "ledger_account"
        constraints = [
            models.UniqueConstraint(fields=["organization", "code"], name="account_code_is_unique"),
            models.UniqueConstraint(
                fields=["organization", "purpose"], name="one_account_per_purpose", condition=~Q(purpose="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def label(self) -> str:
        """Its name in the reader's language, where it is the standard's own."""
        return account_name(self.name)


class Period(TenantModel):
    """A month of the books; it appears with the first posting into it."""

    month = models.DateField()
    closed_at = models.DateTimeField(null=True)

    row_access: ClassVar[RowAccess] = RowAccess(update=("closed_at",), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "ledger_period"
        constraints = [
            models.UniqueConstraint(fields=["organization", "month"], name="period_is_unique"),
            models.CheckConstraint(condition=Q(month__day=1), name="period_starts_on_the_first"),
        ]


class NumberCounter(TenantModel):
    """The last number given per type and month: a row that is locked, never a sequence."""

    prefix = models.CharField(max_length=4)
    month = models.DateField()
    last = models.BigIntegerField()

    row_access: ClassVar[RowAccess] = RowAccess(update=("last",), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "ledger_number_counter"
        constraints = [
            models.UniqueConstraint(fields=["organization", "prefix", "month"], name="counter_is_unique")
        ]


class Side(models.IntegerChoices):
    DEBIT = 1, "借"
    CREDIT = -1, "贷"


class PostingRule(TenantModel):
    """One line of an entry that an event makes: side, account and which amount of the document.

    `on_item`: the line carries the document's open items. `red`: the amount is written negative on its side
    (红字), so that turnover stays net. A rule is replaced, never edited: entries made under the former one
    are not judged by the new.
    """

    event = models.CharField(max_length=40)
    position = models.SmallIntegerField()
    side = models.SmallIntegerField(choices=Side.choices)
    account = TenantForeignKey(Account)
    measure = models.CharField(max_length=12, choices=[("gross", "gross"), ("net", "net"), ("tax", "tax")])
    on_item = models.BooleanField(default=False)
    red = models.BooleanField(default=False)

    row_access: ClassVar[RowAccess] = RowAccess(update=False)

    class Meta(TenantModel.Meta):
        db_table = "ledger_posting_rule"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "event", "position"], name="rule_position_is_unique"
            )
        ]

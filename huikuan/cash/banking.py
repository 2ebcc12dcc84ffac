"""Our accounts at banks, what their statements say, and what became of each line.

A line is imported once and never changes; what is done with it is added as uses, which never exceed it.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Abs
from django.utils.translation import gettext_lazy as _

from huikuan.audit.models import Act
from huikuan.core.encryption import blind_index, decrypt, encrypt
from huikuan.core.postgres.fields import Money, OrganizationField, TenantForeignKey
from huikuan.core.postgres.security import APPEND_ONLY, KEPT, RowAccess
from huikuan.customers.models import payer_account_context
from huikuan.ledger.models import Account, Document, JournalEntry
from huikuan.organizations.models import TenantModel, User


class BankKind(models.TextChoices):
    BANK = "bank", _("银行账户")
    ALIPAY = "alipay", _("支付宝")
    WECHAT = "wechat", _("微信支付")
    CASH = "cash", _("现金")


class BankAccount(TenantModel):
    """An account of ours at a bank, or a wallet; `account` carries its money in the books, one each.

    `opening_balance`: what lay on it before the first line that Huikuan knows. The number is kept encrypted.
    """

    organization = OrganizationField(db_constraint=True)
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=8, choices=BankKind.choices, default=BankKind.BANK)
    bank = models.CharField(max_length=100, blank=True)
    number_encrypted = models.TextField(default="", editable=False)
    number_index = models.BinaryField(null=True, editable=False)
    currency = models.CharField(max_length=3)
    account = TenantForeignKey(Account)
    opening_balance = Money(default=0)
    closed_on = models.DateField(null=True, blank=True)

    row_access: ClassVar[RowAccess] = KEPT

    class Meta(TenantModel.Meta):
        db_table = "cash_bank_account"
        constraints = [
            models.UniqueConstraint(fields=["organization", "code"], name="bank_account_code_is_unique"),
            models.UniqueConstraint(fields=["organization", "account"], name="one_bank_account_per_account"),
            models.UniqueConstraint(
                fields=["organization", "number_index", "currency"],
                name="bank_account_number_is_unique",
                condition=Q(number_index__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def _context(self) -> str:
        return f"{self.organization_id}.bank_account.number"

    @property
    def number(self) -> str:
        """The number in clear; whoever shows it masks it first."""
        return decrypt(self.number_encrypted, context=self._context) if self.number_encrypted else ""

    @number.setter
    def number(self, number: str) -> None:
        self.number_encrypted = encrypt(number, context=self._context) if number else ""
        self.number_index = blind_index(number, context=self._context) if number else None


class Statement(TenantModel):
    """对账单: one statement of one account as a file had it; opening + Σ lines = closing where it says both.

    A file may bring lines that another one brought before: those stay with the statement that was first.
    `net` and `count` are of all lines of the file, also of those known before.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    bank_account = TenantForeignKey(BankAccount)
    format = models.CharField(max_length=30)
    file_name = models.CharField(max_length=255)
    file_sha256 = models.CharField(max_length=64)
    number = models.CharField(max_length=64, blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField()
    opening = Money(null=True)
    closing = Money(null=True)
    net = Money()
    count = models.IntegerField()

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "cash_statement"
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="statement_runs_forward"),
            models.CheckConstraint(
                condition=Q(opening__isnull=True)
                | Q(closing__isnull=True)
                | Q(closing=F("opening") + F("net")),
                name="statement_adds_up",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "bank_account", "starts_on", "id"], name="statement_by_start"
            )
        ]


class LineKind(models.TextChoices):
    """What a line is, as far as its file says."""

    TRANSFER = "transfer", _("转账")
    FEE = "fee", _("手续费")
    INTEREST = "interest", _("利息")
    RETURN = "return", _("退回")
    OTHER = "other", _("其他")


class StatementLine(TenantModel):
    """流水: one movement on an account, positive where money came in; it stands here once, whatever brought it.

    `fingerprint`: the bank's reference where it has one, else what the line says and which of its equals on that
    day it is; unique per account. `used`: how much of it is explained, kept by the database from the uses.
    `waits_for`: the colleague who was asked about it.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    bank_account = TenantForeignKey(BankAccount)
    statement = TenantForeignKey(Statement)
    position = models.IntegerField()
    booked_on = models.DateField()
    value_on = models.DateField(null=True)
    amount = Money()
    balance = Money(null=True)
    kind = models.CharField(max_length=8, choices=LineKind.choices, default=LineKind.TRANSFER)
    counterparty = models.CharField(max_length=200, blank=True)
    counterparty_bank = models.CharField(max_length=200, blank=True)
    counterparty_account_encrypted = models.TextField(default="", editable=False)
    counterparty_account_index = models.BinaryField(null=True, editable=False)
    reference = models.CharField(max_length=140, blank=True)
    text = models.CharField(max_length=1000, blank=True)
    fingerprint = models.BinaryField(editable=False)
    used = Money(default=0, db_default=0)
    waits_for = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    row_access: ClassVar[RowAccess] = RowAccess(update=("waits_for_id",), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "cash_statement_line"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "bank_account", "fingerprint"], name="line_is_imported_once"
            ),
            models.CheckConstraint(condition=~Q(amount=0), name="line_moves_money"),
            models.CheckConstraint(
                condition=Q(used__gte=0) & Q(used__lte=Abs(F("amount"))), name="line_is_used_once"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "booked_on", "id"], name="line_by_day"),
            models.Index(
                fields=["organization", "bank_account", "booked_on", "id"], name="line_by_account_and_day"
            ),
            models.Index(fields=["organization", "statement", "position"], name="line_by_statement"),
            models.Index(
                fields=["organization", "booked_on", "id"],
                name="line_waiting",
                condition=~Q(used=Abs(F("amount"))),
            ),
        ]

    def __str__(self) -> str:
        return self.reference or f"{self.booked_on:%Y-%m-%d} {self.amount:.2f}"

    @property
    def counterparty_account(self) -> str:
        """The number in clear; whoever shows it masks it first."""
        sealed = self.counterparty_account_encrypted
        return decrypt(sealed, context=payer_account_context(self.organization_id)) if sealed else ""

    @counterparty_account.setter
    def counterparty_account(self, number: str) -> None:
        context = payer_account_context(self.organization_id)
        self.counterparty_account_encrypted = encrypt(number, context=context) if number else ""
        self.counterparty_account_index = blind_index(number, context=context) if number else None


class UseKind(models.TextChoices):
    """What became of money on a line."""

    RECEIPT = "receipt", _("收款")
    POOL = "pool", _("待认领")
    REFUND = "refund", _("退款")
    BOUNCE = "bounce", _("退票")
    ENTRY = "entry", _("直接入账")
    LEFT_OUT = "left_out", _("与应收无关")


class LineUse(TenantModel):
    """What was done with (part of) a line; undone by a row of the opposite amount.

    `document`: the receipt or refund made of it, or the receipt that bounced. `unidentified`: the money in the
    pool. `entry`: what it was booked as directly. `tier` and `reasons`: why, where the matching proposed it;
    `automatic`: nobody confirmed it. `settled_with`: what else the act made for it, as JSON: `documents` (of
    differences, or of what a bounce owes again), `credits` ([credit item, debit item, amount]), `lines` that were
    settled with it, `place` among the proposals (from 0; absent: by hand), `short_reason`, `reopened` (see
    `cash.operations.returns`).
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    line = TenantForeignKey(StatementLine)
    kind = models.CharField(max_length=8, choices=UseKind.choices)
    amount = Money()
    undoes = TenantForeignKey("self", null=True)
    document = TenantForeignKey(Document, null=True)
    unidentified = TenantForeignKey("cash.UnidentifiedReceipt", null=True)
    entry = TenantForeignKey(JournalEntry, null=True)
    tier = models.CharField(max_length=8, blank=True)
    automatic = models.BooleanField(default=False)
    reasons = models.JSONField(default=list)
    settled_with = models.JSONField(default=dict, db_default={})
    memo = models.CharField(max_length=1000, blank=True)

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "cash_line_use"
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0, undoes__isnull=True) | Q(amount__lt=0, undoes__isnull=False),
                name="use_is_positive_or_undoes",
            ),
            models.UniqueConstraint(
                fields=["organization", "undoes"],
                name="use_is_undone_once",
                condition=Q(undoes__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "line"], name="use_by_line"),
            models.Index(fields=["organization", "act"], name="use_by_act"),
            models.Index(
                fields=["organization", "document"],
                name="use_by_document",
                condition=Q(document__isnull=False),
            ),
            models.Index(
                fields=["organization", "unidentified"],
                name="use_by_unidentified",
                condition=Q(unidentified__isnull=False),
            ),
        ]


class BankReconciliation(TenantModel):
    """余额调节: the balance of an account at a month's end by the bank and by the books, as it was confirmed."""

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    bank_account = TenantForeignKey(BankAccount)
    month = models.DateField()
    statement_balance = Money()
    book_balance = Money()
    explained = models.JSONField(default=list)
    memo = models.CharField(max_length=1000, blank=True)

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "cash_bank_reconciliation"
        indexes = [
            models.Index(fields=["organization", "bank_account", "month"], name="reconciliation_by_month")
        ]

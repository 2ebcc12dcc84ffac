"""Vouchers over the entries of the ledger, their counters, and what closed months came to.

A voucher says how entries stand in the books: its word and number, who prepared, reviewed and posted it. The
amounts stay with the entries. Only a voucher entered by hand has lines of its own, until it is posted and they
become an entry.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from huikuan.audit.models import Act
from huikuan.core.postgres.fields import Money, OrganizationField, TenantForeignKey
from huikuan.core.postgres.security import KEPT, RowAccess
from huikuan.customers.models import Customer
from huikuan.ledger.models import Account, JournalEntry
from huikuan.organizations.models import TenantModel


class State(models.TextChoices):
    """How far a voucher is. Only a posted one has a number, and nothing changes it any more."""

    PREPARED = "prepared", "已编制"
    REVIEWED = "reviewed", "已审核"
    POSTED = "posted", "已记账"


class Source(models.TextChoices):
    """What a voucher was made from."""

    ENTRY = "entry", "逐笔"
    DAY = "day", "按日汇总"
    KIND = "kind", "按业务汇总"
    MANUAL = "manual", "手工"
    OPENING = "opening", "期初"
    REVERSAL = "reversal", "红字冲销"


class BooksPolicy(TenantModel):
    """How the organization keeps its vouchers; without a row, the defaults.

    `words`: the 凭证字 of what brings money in, pays it out, and of everything else. `separate_duties`: who
    prepared a voucher may not review it.
    """

    words = models.JSONField(default=dict)
    separate_duties = models.BooleanField(default=False)
    grouping = models.CharField(max_length=8, choices=Source.choices, default=Source.ENTRY)

    row_access: ClassVar[RowAccess] = KEPT

    class Meta(TenantModel.Meta):
        db_table = "books_policy"
        constraints = [
            models.UniqueConstraint(fields=["organization"], name="one_books_policy_per_organization")
        ]


class VoucherCounter(TenantModel):
    """The last voucher number given per word and month: a row that is locked until the numbers are used.

    A posting that fails takes its numbers back with it; so there is never a gap.
    """

    word = models.CharField(max_length=4)
    month = models.DateField()
    last = models.IntegerField()

    row_access: ClassVar[RowAccess] = RowAccess(update=("last",), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "books_voucher_counter"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "month", "word"], name="voucher_counter_is_unique"
            )
        ]


class Voucher(TenantModel):
    """记账凭证. `amount` is the sum of its debits, which its credits equal; red ink counts as negative.

    `reverses`: the posted voucher that this one takes back in red ink.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    word = models.CharField(max_length=4)
    number = models.IntegerField(null=True)
    month = models.DateField()
    voucher_on = models.DateField()
    attachments = models.IntegerField(default=0)
    summary = models.CharField(max_length=200)
    source = models.CharField(max_length=8, choices=Source.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PREPARED)
    amount = Money()
    entry_count = models.IntegerField(default=0)
    reverses = TenantForeignKey("self", null=True, db_constraint=False)
    prepared_by = models.UUIDField(null=True)
    prepared_by_name = models.CharField(max_length=100)
    reviewed_act = TenantForeignKey(Act, null=True, db_constraint=False)
    reviewed_by = models.UUIDField(null=True)
    reviewed_by_name = models.CharField(max_length=100, blank=True)
    posted_act = TenantForeignKey(Act, null=True, db_constraint=False)
    posted_by_name = models.CharField(max_length=100, blank=True)

    row_access: ClassVar[RowAccess] = RowAccess(
        update=(
            "number",
            "state",
            "entry_count",
            "reviewed_act_id",
            "reviewed_by",
            "reviewed_by_name",
            "posted_act_id",
            "posted_by_name",
        )
    )

    class Meta(TenantModel.Meta):
        db_table = "books_voucher"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "month", "word", "number"],
                name="voucher_number_is_unique",
                condition=Q(number__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["organization", "reverses"],
                name="voucher_is_reversed_once",
                condition=Q(reverses__isnull=False),
            ),
            models.CheckConstraint(
                condition=Q(state="posted", number__isnull=False, posted_act__isnull=False)
                | (~Q(state="posted") & Q(number__isnull=True, posted_act__isnull=True)),
                name="posted_voucher_has_its_number",
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="voucher_month_starts_on_the_first"),
            models.CheckConstraint(condition=Q(attachments__gte=0), name="attachments_never_negative"),
        ]
        indexes = [
            models.Index(fields=["organization", "voucher_on", "id"], name="voucher_by_date"),
            models.Index(
                fields=["organization", "month"],
                name="voucher_to_post",
                condition=~Q(state="posted"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.word}-{self.number}" if self.number else self.word


class VoucherEntry(TenantModel):
    """An entry stands in a voucher; by its key, in one only.

    Voucher and entry are checked by a statement trigger, at a fraction of the price of a key check per row.
    """

    id = None
    pk = models.CompositePrimaryKey("organization_id", "entry_id")
    organization = OrganizationField(db_constraint=False)
    entry = TenantForeignKey(JournalEntry, db_constraint=False)
    voucher = TenantForeignKey(Voucher, db_constraint=False)

    row_access: ClassVar[RowAccess] = RowAccess(update=False)

    class Meta(TenantModel.Meta):
        db_table = "books_voucher_entry"
        indexes = [models.Index(fields=["organization", "voucher"], name="voucher_entry_by_voucher")]


class VoucherLine(TenantModel):
    """A line of a voucher entered by hand: what was written, kept beside the entry it became."""

    id = None
    pk = models.CompositePrimaryKey("organization_id", "voucher_id", "position")
    organization = OrganizationField(db_constraint=False)
    voucher = TenantForeignKey(Voucher)
    position = models.SmallIntegerField()
    summary = models.CharField(max_length=200)
    account = TenantForeignKey(Account)
    customer = TenantForeignKey(Customer, null=True)
    debit = Money(default=0)
    credit = Money(default=0)

    row_access: ClassVar[RowAccess] = RowAccess(update=False)

    class Meta(TenantModel.Meta):
        db_table = "books_voucher_line"
        constraints = [
            models.CheckConstraint(condition=Q(debit=0) ^ Q(credit=0), name="voucher_line_has_one_side")
        ]


class AccountMonth(TenantModel):
    """What an account turned over in a closed month, so that years of books need not be added up again.

    It counts only as long as the month stays closed as of `closed_at`: reopening makes it void.
    """

    id = None
    pk = models.CompositePrimaryKey("organization_id", "month", "account_id")
    organization = OrganizationField(db_constraint=False)
    month = models.DateField()
    account = TenantForeignKey(Account, db_constraint=False)
    debit = Money()
    credit = Money()
    closed_at = models.DateTimeField()

    row_access: ClassVar[RowAccess] = RowAccess(update=False)

    class Meta(TenantModel.Meta):
        db_table = "books_account_month"

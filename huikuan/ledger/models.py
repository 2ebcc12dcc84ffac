"""Documents, open items, allocations and the journal; with the accounts, currencies and totals of files of their own.

Posted rows are only added to. The web role may not update them; what looks like state (`open_amount`) is a
projection kept by the database itself in the transaction that adds an allocation.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from huikuan.audit.models import Act
from huikuan.core.postgres.fields import Money, OrganizationField, TenantForeignKey
from huikuan.core.postgres.security import APPEND_ONLY, RowAccess
from huikuan.customers.models import Customer, Salesperson
from huikuan.ledger.accounts import Account as Account
from huikuan.ledger.accounts import Control as Control
from huikuan.ledger.accounts import NumberCounter as NumberCounter
from huikuan.ledger.accounts import Period as Period
from huikuan.ledger.accounts import PostingRule as PostingRule
from huikuan.ledger.accounts import Side as Side
from huikuan.ledger.currencies import Rate as Rate
from huikuan.ledger.currencies import Revaluation as Revaluation
from huikuan.ledger.currencies import RevaluationKind as RevaluationKind
from huikuan.ledger.totals import CustomerTotal as CustomerTotal
from huikuan.ledger.totals import DayTotal as DayTotal
from huikuan.ledger.totals import OverdueDay as OverdueDay
from huikuan.organizations.models import TenantModel


class Kind(models.TextChoices):
    """What a document is. Debit kinds raise what the customer owes, credit kinds lower it."""

    INVOICE = "invoice", "应收单"
    DEBIT_NOTE = "debit_note", "应收调增"
    CREDIT_NOTE = "credit_note", "红字应收单"
    RECEIPT = "receipt", "收款单"
    ADVANCE = "advance", "预收款"
    REFUND = "refund", "退款单"
    WRITE_OFF = "write_off", "坏账核销"
    RECOVERY = "recovery", "坏账收回"
    BILL = "bill", "收票单"
    DISHONOUR = "dishonour", "拒付单"
    DISCOUNT = "discount", "现金折扣"
    DIFFERENCE = "difference", "尾差"
    OFFSET = "offset", "应收冲应付"
    TRANSFER_OUT = "transfer_out", "债务转出"
    TRANSFER_IN = "transfer_in", "债务转入"
    FACTORING = "factoring", "保理转让"
    REVERSAL = "reversal", "冲销单"


class Document(TenantModel):
    """A document of the sub-ledger: the head of one or more open items.

    Amounts are positive and in `currency`; `base_amount` is the same in the organization's currency at `rate`.
    `event` names the posting rule that made its entry. `voided_by`: the reversal that undid it; only then may
    its number be used again.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    event = models.CharField(max_length=40)
    number = models.CharField(max_length=64)
    customer = TenantForeignKey(Customer)
    salesperson = TenantForeignKey(Salesperson, null=True)
    document_on = models.DateField()
    currency = models.CharField(max_length=3)
    rate = models.DecimalField(max_digits=18, decimal_places=8, default=1)
    amount = Money()
    net = Money()
    tax = Money()
    base_amount = Money()
    reference = models.CharField(max_length=200, blank=True)
    product = models.CharField(max_length=200, blank=True)
    memo = models.CharField(max_length=1000, blank=True)
    voided_by = TenantForeignKey("self", null=True)

    row_access: ClassVar[RowAccess] = RowAccess(update=("voided_by_id",), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "ledger_document"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "number", "kind"],
                name="document_number_is_unique",
                condition=Q(voided_by__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=0, base_amount__gte=0), name="document_amount_never_negative"
            ),
            models.CheckConstraint(
                condition=Q(amount=F("net") + F("tax")), name="net_and_tax_make_the_amount"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "customer", "document_on"], name="document_by_customer"),
            models.Index(fields=["organization", "act"], name="document_by_act"),
            models.Index(fields=["organization", "document_on", "id"], name="document_by_date"),
            models.Index(
                fields=["organization", "base_amount", "id"],
                name="document_by_amount",
                condition=Q(voided_by__isnull=True),
            ),
            models.Index(
                fields=["organization", "voided_by"],
                name="document_by_reversal",
                condition=Q(voided_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class OpenItem(TenantModel):
    """One amount due to us, or (side −1) one credit we hold for the customer, with one due date.

    `due_on` is the contract's date, `effective_due_on` the one rolled over rest days; empty until a milestone
    happens. `open_amount` and `open_base` are what effective allocations of all dates have left; revaluations
    move `open_base`, above `base_amount` too.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    document = TenantForeignKey(Document)
    line = models.SmallIntegerField(default=1)
    account = TenantForeignKey(Account, db_constraint=False)
    customer = TenantForeignKey(Customer, db_constraint=False)
    salesperson = TenantForeignKey(Salesperson, null=True, db_constraint=False)
    side = models.SmallIntegerField(choices=Side.choices)
    currency = models.CharField(max_length=3)
    document_on = models.DateField()
    due_on = models.DateField(null=True)
    effective_due_on = models.DateField(null=True)
    amount = Money()
    base_amount = Money()
    open_amount = Money()
    open_base = Money()

    row_access: ClassVar[RowAccess] = RowAccess(
        update=("due_on", "effective_due_on", "salesperson_id", "account_id"), delete=False
    )

    class Meta(TenantModel.Meta):
        db_table = "ledger_open_item"
        constraints = [
            models.UniqueConstraint(fields=["organization", "document", "line"], name="item_line_is_unique"),
            models.CheckConstraint(
                condition=Q(open_amount__gte=0, open_base__gte=0), name="open_amount_never_negative"
            ),
            models.CheckConstraint(
                condition=Q(open_amount__lte=F("amount")),
                name="open_amount_never_above_amount",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "customer"],
                name="open_item_by_customer",
                condition=Q(open_amount__gt=0),
            ),
            models.Index(
                fields=["organization", "effective_due_on", "id"],
                name="open_item_by_due_date",
                condition=Q(open_amount__gt=0),
            ),
            models.Index(
                fields=["organization", "document_on", "id"],
                name="open_item_by_date",
                condition=Q(open_amount__gt=0),
            ),
            models.Index(
                fields=["organization", "open_base", "id"],
                name="open_item_by_amount",
                condition=Q(open_amount__gt=0),
            ),
        ]


class ItemChange(TenantModel):
    """What an item said *until* a change: due dates, salesperson, account; the item holds the current ones.

    `account` is empty where the change left it alone.
    """

    item = TenantForeignKey(OpenItem)
    act = TenantForeignKey(Act, db_constraint=False)
    due_on = models.DateField(null=True)
    effective_due_on = models.DateField(null=True)
    salesperson = TenantForeignKey(Salesperson, null=True)
    account = TenantForeignKey(Account, null=True)

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "ledger_item_change"
        indexes = [
            models.Index(fields=["organization", "item"], name="item_change_by_item"),
            models.Index(fields=["organization", "act"], name="item_change_by_act"),
        ]


class Allocation(TenantModel):
    """核销: an amount of a credit item settles a debit item from `effective_on`; undone by a reversing row.

    `debit_base` and `credit_base` are what leaves each item in base currency; they differ by the realised
    exchange difference. A reversing row has negative amounts and names the row it `reverses`.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    debit_item = TenantForeignKey(OpenItem)
    credit_item = TenantForeignKey(OpenItem)
    amount = Money()
    debit_base = Money()
    credit_base = Money()
    effective_on = models.DateField()
    reverses = TenantForeignKey("self", null=True)

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "ledger_allocation"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "reverses"],
                name="allocation_is_reversed_once",
                condition=Q(reverses__isnull=False),
            ),
            models.CheckConstraint(
                condition=Q(reverses__isnull=True, amount__gt=0) | Q(reverses__isnull=False, amount__lt=0),
                name="only_a_reversal_is_negative",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "debit_item"], name="allocation_by_debit"),
            models.Index(fields=["organization", "credit_item"], name="allocation_by_credit"),
            models.Index(fields=["organization", "effective_on"], name="allocation_by_date"),
            models.Index(fields=["organization", "act"], name="allocation_by_act"),
        ]


class JournalEntry(TenantModel):
    """分录: a balanced, immutable entry made by a document or an allocation, or by neither, with a `memo`."""

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    event = models.CharField(max_length=40)
    effective_on = models.DateField()
    document = TenantForeignKey(Document, null=True)
    allocation = TenantForeignKey(Allocation, null=True)
    memo = models.CharField(max_length=200, blank=True, default="", db_default="")

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "ledger_journal_entry"
        constraints = [
            models.CheckConstraint(
                condition=Q(document__isnull=True) | Q(allocation__isnull=True),
                name="entry_has_at_most_one_source",
            )
        ]
        indexes = [
            models.Index(
                fields=["organization", "document"],
                name="entry_by_document",
                condition=Q(document__isnull=False),
            ),
            models.Index(
                fields=["organization", "allocation"],
                name="entry_by_allocation",
                condition=Q(allocation__isnull=False),
            ),
            models.Index(fields=["organization", "effective_on"], name="entry_by_date"),
            models.Index(
                fields=["organization", "effective_on"],
                name="profit_closing_by_date",
                condition=Q(event="profit_closing"),
            ),
        ]


class JournalLine(TenantModel):
    """One side of an entry, in base currency. A line that changes an open item carries it.

    Lines live and are found by their entry, so (entry, position) is their key. Entry and account are never
    deleted; a statement trigger checks that they exist, at a fraction of the price of a key check per line.
    """

    id = None
    pk = models.CompositePrimaryKey("organization_id", "entry_id", "position")
    organization = OrganizationField(db_constraint=False)
    entry = TenantForeignKey(JournalEntry, db_constraint=False)
    position = models.SmallIntegerField()
    account = TenantForeignKey(Account, db_constraint=False)
    debit = Money(default=0)
    credit = Money(default=0)
    item = TenantForeignKey(OpenItem, null=True)

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "ledger_journal_line"
        constraints = [models.CheckConstraint(condition=Q(debit=0) ^ Q(credit=0), name="line_has_one_side")]
        indexes = [
            models.Index(
                fields=["organization", "item"], name="line_by_item", condition=Q(item__isnull=False)
            ),
        ]

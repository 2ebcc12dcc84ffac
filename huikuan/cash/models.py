"""Bills receivable with their events, factored items, receipts nobody claimed yet, VAT that fell due.

What happened is only added to; `Bill.state` follows from the events and is kept by the database.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from huikuan.audit.models import Act
from huikuan.cash.banking import BankAccount as BankAccount
from huikuan.cash.banking import BankKind as BankKind
from huikuan.cash.banking import BankReconciliation as BankReconciliation
from huikuan.cash.banking import LineKind as LineKind
from huikuan.cash.banking import LineUse as LineUse
from huikuan.cash.banking import Statement as Statement
from huikuan.cash.banking import StatementLine as StatementLine
from huikuan.cash.banking import UseKind as UseKind
from huikuan.cash.proposals import ClaimState as ClaimState
from huikuan.cash.proposals import MatchOrder as MatchOrder
from huikuan.cash.proposals import MatchPolicy as MatchPolicy
from huikuan.cash.proposals import Proposal as Proposal
from huikuan.cash.proposals import ReceiptClaim as ReceiptClaim
from huikuan.cash.proposals import RemittanceAdvice as RemittanceAdvice
from huikuan.cash.proposals import RemittanceLine as RemittanceLine
from huikuan.cash.proposals import Tier as Tier
from huikuan.core.postgres.fields import Money, OrganizationField, TenantForeignKey
from huikuan.core.postgres.security import APPEND_ONLY, KEPT, RowAccess
from huikuan.customers.models import Customer
from huikuan.ledger.models import Document, JournalEntry, OpenItem
from huikuan.organizations.models import TenantModel


class AcceptorClass(models.TextChoices):
    """Who accepted a bill, as far as the risk of it goes."""

    MAJOR_BANK = "major_bank", _("高信用银行（6+9）")
    OTHER_BANK = "other_bank", _("其他银行")
    FINANCE_COMPANY = "finance_company", _("财务公司")
    ENTERPRISE = "enterprise", _("企业")


class BillKind(models.TextChoices):
    BANK = "bank", _("银行承兑汇票")
    COMMERCIAL = "commercial", _("商业承兑汇票")


class BillState(models.TextChoices):
    HELD = "held", _("持有")
    SPLIT = "split", _("已拆分")
    ENDORSED = "endorsed", _("已背书")
    DISCOUNTED = "discounted", _("已贴现")
    COLLECTED = "collected", _("已收款")
    SETTLED = "settled", _("已到期兑付")
    DISHONOURED = "dishonoured", _("已拒付")
    WITHDRAWN = "withdrawn", _("已撤销")


class CashPolicy(TenantModel):
    """How the organization settles; without a row, the defaults.

    `derecognises`: classes of acceptors whose bills leave the books when endorsed or discounted (企业会计准则第23号).
    `financing`: bank bills are held to collect and to sell, on 应收款项融资. `discount_is_expense`: cash discounts
    are financial expense, not less revenue. The tolerances say how much a settlement may lack, or cost in fees.
    """

    derecognises = models.JSONField(default=list)
    financing = models.BooleanField(default=False)
    discount_is_expense = models.BooleanField(default=False)
    difference_tolerance = Money(default=10)
    fee_tolerance = Money(default=100)

    row_access: ClassVar[RowAccess] = KEPT

    class Meta(TenantModel.Meta):
        db_table = "cash_policy"
        constraints = [
            models.UniqueConstraint(fields=["organization"], name="one_cash_policy_per_organization"),
            models.CheckConstraint(
                condition=Q(difference_tolerance__gte=0, fee_tolerance__gte=0),
                name="tolerances_never_negative",
            ),
        ]


class Bill(TenantModel):
    """A bill receivable, or the sub-range of one. `root` is the received bill that a part was split from.

    `document` is the receipt of the bill, which settles the customer's items. `pays_on`: the maturity rolled
    over rest days. `account` is the purpose of the account that carries it while it is in the books.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    number = models.CharField(max_length=30)
    range_from = models.BigIntegerField(default=0)
    range_to = models.BigIntegerField(default=0)
    parent = TenantForeignKey("self", null=True)
    root = TenantForeignKey("self", null=True)
    kind = models.CharField(max_length=10, choices=BillKind.choices)
    drawer = models.CharField(max_length=200)
    acceptor = models.CharField(max_length=200)
    acceptor_class = models.CharField(max_length=16, choices=AcceptorClass.choices)
    face = Money()
    issued_on = models.DateField()
    matures_on = models.DateField()
    pays_on = models.DateField()
    customer = TenantForeignKey(Customer)
    document = TenantForeignKey(Document)
    account = models.CharField(max_length=40)
    memo = models.CharField(max_length=1000, blank=True)
    state = models.CharField(max_length=12, choices=BillState.choices, default=BillState.HELD)

    row_access: ClassVar[RowAccess] = RowAccess(update=("state",), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "cash_bill"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "number", "range_from"],
                name="bill_number_is_unique",
                condition=~Q(state__in=["split", "withdrawn"]),
            ),
            models.CheckConstraint(condition=Q(face__gt=0), name="face_is_positive"),
            models.CheckConstraint(
                condition=Q(matures_on__gte=F("issued_on")), name="bill_matures_after_issue"
            ),
            models.CheckConstraint(condition=Q(range_to__gte=F("range_from")), name="range_runs_forward"),
        ]
        indexes = [
            models.Index(fields=["organization", "matures_on", "id"], name="bill_by_maturity"),
            models.Index(fields=["organization", "customer"], name="bill_by_customer"),
            models.Index(fields=["organization", "document"], name="bill_by_document"),
            models.Index(
                fields=["organization", "root"], name="bill_by_root", condition=Q(root__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The number, with the sub-range where it has one."""
        return f"{self.number}({self.range_from}-{self.range_to})" if self.range_to else self.number


class BillEvent(TenantModel):
    """What happened to a bill, in order of `position`; `state` is what it is afterwards.

    `booked`: whether it stands in the books afterwards. `amount` is what came in or went out, `interest` what a
    discount cost, `rate` its yearly rate as a fraction. The entry that moves the bill's account is `entry`, or
    that of `document`.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    bill = TenantForeignKey(Bill)
    position = models.SmallIntegerField()
    state = models.CharField(max_length=12, choices=BillState.choices)
    effective_on = models.DateField()
    booked = models.BooleanField()
    counterparty = models.CharField(max_length=200, blank=True)
    amount = Money(default=0)
    rate = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    interest = Money(default=0)
    document = TenantForeignKey(Document, null=True)
    entry = TenantForeignKey(JournalEntry, null=True)
    memo = models.CharField(max_length=1000, blank=True)

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "cash_bill_event"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "bill", "position"], name="bill_event_follows_one"
            )
        ]
        indexes = [
            models.Index(fields=["organization", "act"], name="bill_event_by_act"),
            models.Index(
                fields=["organization", "document"],
                name="bill_event_by_document",
                condition=Q(document__isnull=False),
            ),
        ]


class Factoring(TenantModel):
    """保理: receivables handed to a factor under a contract, with recourse (a loan) or without (a sale).

    `proceeds` came in; `cost` is the interest or the loss on the sale, `allowance` the provision that went with it.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    contract = models.CharField(max_length=100)
    factor = models.CharField(max_length=200)
    with_recourse = models.BooleanField()
    factored_on = models.DateField()
    amount = Money()
    proceeds = Money()
    allowance = Money(default=0)
    cost = Money()
    entry = TenantForeignKey(JournalEntry, null=True)
    memo = models.CharField(max_length=1000, blank=True)

    row_access: ClassVar[RowAccess] = RowAccess(update=("memo",), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "cash_factoring"
        constraints = [
            models.CheckConstraint(
                condition=Q(amount=F("proceeds") + F("allowance") + F("cost")), name="factoring_adds_up"
            )
        ]
        indexes = [models.Index(fields=["organization", "factored_on", "id"], name="factoring_by_date")]

    def __str__(self) -> str:
        return self.contract


class FactoredItem(TenantModel):
    """How much of an open item was factored, and its share of the cost; `document` takes it off where it was sold."""

    organization = OrganizationField(db_constraint=False)
    factoring = TenantForeignKey(Factoring)
    item = TenantForeignKey(OpenItem)
    amount = Money()
    cost = Money()
    document = TenantForeignKey(Document, null=True)

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "cash_factored_item"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "factoring", "item"], name="item_once_per_factoring"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="factored_amount_is_positive"),
        ]
        indexes = [models.Index(fields=["organization", "item"], name="factored_item_by_item")]


class FactoringPayment(TenantModel):
    """What ended a loan against a factored item: the customer paid the factor, or we paid it back."""

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    factored_item = TenantForeignKey(FactoredItem)
    by_customer = models.BooleanField()
    paid_on = models.DateField()
    amount = Money()
    cost = Money()
    document = TenantForeignKey(Document, null=True)
    entry = TenantForeignKey(JournalEntry, null=True)

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "cash_factoring_payment"
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="factoring_payment_is_positive")
        ]
        indexes = [models.Index(fields=["organization", "factored_item"], name="factoring_payment_by_item")]


class UnidentifiedReceipt(TenantModel):
    """待认领款: money that came in without a known customer; `document` is the receipt that claimed it.

    `currency` is empty for the organization's own; else `rate` is what one of it was worth on the day.
    """

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    number = models.CharField(max_length=64)
    received_on = models.DateField()
    amount = Money()
    currency = models.CharField(max_length=3, blank=True, default="", db_default="")
    rate = models.DecimalField(max_digits=18, decimal_places=8, default=1, db_default=1)
    payer = models.CharField(max_length=200, blank=True)
    bank_reference = models.CharField(max_length=100, blank=True)
    memo = models.CharField(max_length=1000, blank=True)
    entry = TenantForeignKey(JournalEntry)
    document = TenantForeignKey(Document, null=True)

    row_access: ClassVar[RowAccess] = RowAccess(update=("document_id",), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "cash_unidentified_receipt"
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="unidentified_number_is_unique"),
            models.UniqueConstraint(
                fields=["organization", "bank_reference"],
                name="bank_reference_is_unique",
                condition=~Q(bank_reference=""),
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="unidentified_amount_is_positive"),
            models.CheckConstraint(
                condition=Q(currency="", rate=1) | (~Q(currency="") & Q(rate__gt=0)),
                name="unidentified_rate_is_positive",
            ),
        ]
        indexes = [models.Index(fields=["organization", "received_on", "id"], name="unidentified_by_date")]

    def __str__(self) -> str:
        return self.number


class VatDue(TenantModel):
    """Output VAT of an invoice that fell due after the sale (财会〔2016〕22号: 待转销项税额)."""

    organization = OrganizationField(db_constraint=False)
    act = TenantForeignKey(Act, db_constraint=False)
    document = TenantForeignKey(Document)
    due_on = models.DateField()
    amount = Money()
    entry = TenantForeignKey(JournalEntry)

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "cash_vat_due"
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="vat_due_is_positive")]
        indexes = [models.Index(fields=["organization", "document"], name="vat_due_by_document")]

"""Contracts with their billing plans, what happened of them, and the tax invoices that were issued.

A plan is kept by adding: a line that is planned anew is ended, never taken away. What is billed of a line is what
`PlanBilling` says of invoices that are not void.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from huikuan.audit.models import Act
from huikuan.core.postgres.fields import Money, TenantForeignKey
from huikuan.core.postgres.security import APPEND_ONLY, RowAccess
from huikuan.customers.models import Customer, Salesperson
from huikuan.ledger.models import Document
from huikuan.organizations.models import TenantModel


class ContractState(models.TextChoices):
    ACTIVE = "active", "执行中"
    CANCELLED = "cancelled", "已终止"


class Contract(TenantModel):
    """合同: what was agreed with a customer, VAT included; the lines of its plan that are in force sum to `amount`.

    `revision` counts the changes. A cancelled contract has come down to what was billed of it.
    """

    number = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    customer = TenantForeignKey(Customer)
    salesperson = TenantForeignKey(Salesperson, null=True)
    order = TenantForeignKey("sales.Order", null=True)
    signed_on = models.DateField()
    ends_on = models.DateField(null=True)
    currency = models.CharField(max_length=3)
    rate = models.DecimalField(max_digits=18, decimal_places=8, null=True)
    amount = Money()
    tax_code = models.CharField(max_length=10)
    tax_rate = models.DecimalField(max_digits=6, decimal_places=4)
    state = models.CharField(max_length=9, choices=ContractState.choices, default=ContractState.ACTIVE)
    revision = models.IntegerField(default=1)
    memo = models.CharField(max_length=1000, blank=True)
    act = TenantForeignKey(Act, db_constraint=False)

    row_access: ClassVar[RowAccess] = RowAccess(
        update=("amount", "state", "revision", "ends_on", "rate"), delete=False
    )

    class Meta(TenantModel.Meta):
        db_table = "sales_contract"
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="contract_number_is_unique"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="contract_amount_never_negative"),
        ]
        indexes = [
            models.Index(fields=["organization", "signed_on", "id"], name="contract_by_date"),
            models.Index(fields=["organization", "customer", "signed_on"], name="contract_by_customer"),
            models.Index(
                fields=["organization", "order"], name="contract_by_order", condition=Q(order__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Trigger(models.TextChoices):
    """When a line of a plan is billed."""

    DATE = "date", "按日期"
    MILESTONE = "milestone", "里程碑"
    MONTH = "month", "按月"
    QUANTITY = "quantity", "按交付数量"
    RETENTION = "retention", "质保金"


class PlanLine(TenantModel):
    """A line of a billing plan. `rule` (a TermRule) says when it is due once it is billed.

    `percent`: as agreed, where it was agreed so. `bill_on`: of dates and months. `milestone`: the event of
    milestones and of retentions (acceptance). `quantity`: of what is billed as it is delivered. `ended_act`: the
    change that took the line out of the plan.
    """

    contract = TenantForeignKey(Contract)
    position = models.SmallIntegerField()
    name = models.CharField(max_length=120)
    trigger = models.CharField(max_length=9, choices=Trigger.choices)
    percent = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    amount = Money()
    bill_on = models.DateField(null=True)
    milestone = models.CharField(max_length=60, blank=True)
    quantity = models.DecimalField(max_digits=19, decimal_places=6, null=True)
    unit = models.CharField(max_length=20, blank=True)
    rule = models.JSONField()
    revision = models.IntegerField(default=1)
    act = TenantForeignKey(Act, db_constraint=False)
    ended_act = TenantForeignKey(Act, null=True, db_constraint=False)

    row_access: ClassVar[RowAccess] = RowAccess(update=("amount", "quantity", "ended_act_id"), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "sales_plan_line"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "contract", "position"], name="plan_line_position_is_unique"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="plan_line_never_negative"),
            models.CheckConstraint(
                condition=Q(trigger__in=("date", "month"), bill_on__isnull=False)
                | (Q(trigger__in=("milestone", "retention")) & ~Q(milestone=""))
                | Q(trigger="quantity", quantity__isnull=False),
                name="plan_line_knows_its_trigger",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "bill_on"],
                name="plan_line_by_day",
                condition=Q(bill_on__isnull=False, ended_act__isnull=True),
            )
        ]


class PlanEvent(TenantModel):
    """What happened of a plan: a milestone, once; or a quantity delivered. `note`: what shows it; `by_name`: who says so."""

    contract = TenantForeignKey(Contract)
    milestone = models.CharField(max_length=60, blank=True)
    line = TenantForeignKey(PlanLine, null=True)
    happened_on = models.DateField()
    quantity = models.DecimalField(max_digits=19, decimal_places=6, null=True)
    note = models.CharField(max_length=500)
    by_name = models.CharField(max_length=100)
    act = TenantForeignKey(Act, db_constraint=False)

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "sales_plan_event"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "contract", "milestone"],
                name="milestone_happens_once",
                condition=~Q(milestone=""),
            ),
            models.CheckConstraint(
                condition=(~Q(milestone="") & Q(quantity__isnull=True, line__isnull=True))
                | Q(milestone="", quantity__gt=0, line__isnull=False),
                name="plan_event_is_a_milestone_or_a_quantity",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "line"], name="plan_event_by_line", condition=Q(line__isnull=False)
            )
        ]


class PlanBilling(TenantModel):
    """What an invoice billed of a line of a plan; `position`: the line of the invoice."""

    line = TenantForeignKey(PlanLine)
    invoice = TenantForeignKey("sales.Invoice")
    position = models.SmallIntegerField()
    amount = Money()
    act = TenantForeignKey(Act, db_constraint=False)

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "sales_plan_billing"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "invoice", "position"], name="invoice_line_bills_one_plan_line"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="plan_billing_is_positive"),
        ]
        indexes = [models.Index(fields=["organization", "line"], name="plan_billing_by_line")]


class ContractRevision(TenantModel):
    """What a contract and its plan said until a change, why and by whom it was changed."""

    contract = TenantForeignKey(Contract)
    revision = models.IntegerField()
    amount = Money()
    lines = models.JSONField()
    reason = models.CharField(max_length=500)
    changed_on = models.DateField()
    by_name = models.CharField(max_length=100)
    act = TenantForeignKey(Act, db_constraint=False)

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "sales_contract_revision"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "contract", "revision"], name="contract_revision_is_unique"
            )
        ]


class TaxInvoice(TenantModel):
    """数电发票 as its structured original (XML or OFD) says; the original is attached as a file.

    Amounts are positive; `red`: it takes back its `original`, whose number is `original_number`. `linked`: what of
    it stands against documents. `problems`: what did not fit when it was read, as codes.
    """

    number = models.CharField(max_length=20)
    issued_on = models.DateField()
    kind = models.CharField(max_length=60, blank=True)
    red = models.BooleanField(default=False)
    original = TenantForeignKey("self", null=True)
    original_number = models.CharField(max_length=20, blank=True)
    customer = TenantForeignKey(Customer, null=True)
    seller_name = models.CharField(max_length=200)
    seller_tax_id = models.CharField(max_length=30, blank=True)
    buyer_name = models.CharField(max_length=200)
    buyer_tax_id = models.CharField(max_length=30, blank=True)
    net = Money()
    tax = Money()
    total = Money()
    linked = Money(default=0)
    lines = models.JSONField(default=list)
    problems = models.JSONField(default=list)
    sha256 = models.CharField(max_length=64)
    act = TenantForeignKey(Act, db_constraint=False)

    row_access: ClassVar[RowAccess] = RowAccess(
        update=("linked", "customer_id", "original_id", "problems"), delete=False
    )

    class Meta(TenantModel.Meta):
        db_table = "sales_tax_invoice"
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="tax_invoice_number_is_unique"),
            models.CheckConstraint(
                condition=Q(total=F("net") + F("tax")), name="tax_invoice_net_and_tax_make_the_total"
            ),
            models.CheckConstraint(
                condition=Q(linked__gte=0, linked__lte=F("total")), name="linked_never_above_tax_invoice"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "issued_on", "id"], name="tax_invoice_by_date"),
            models.Index(
                fields=["organization", "original"],
                name="tax_invoice_by_original",
                condition=Q(original__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class TaxInvoiceLink(TenantModel):
    """How much of a tax invoice stands against a document of the ledger; taken off again by `ended_act`."""

    tax_invoice = TenantForeignKey(TaxInvoice)
    document = TenantForeignKey(Document)
    amount = Money()
    act = TenantForeignKey(Act, db_constraint=False)
    ended_act = TenantForeignKey(Act, null=True, db_constraint=False)

    row_access: ClassVar[RowAccess] = RowAccess(update=("ended_act_id",), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "sales_tax_invoice_link"
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="tax_link_is_positive"),
        ]
        indexes = [
            models.Index(
                fields=["organization", "document"],
                name="tax_link_by_document",
                condition=Q(ended_act__isnull=True),
            ),
            models.Index(
                fields=["organization", "tax_invoice"],
                name="tax_link_by_tax_invoice",
                condition=Q(ended_act__isnull=True),
            ),
        ]

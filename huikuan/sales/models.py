"""Products, orders with their deliveries, and invoices with lines before and after they are posted.

A draft may be changed; once posted, an invoice and its lines are only added to (`guards.sql`). The columns that
count — delivered, billed, credited — are projections that the operations raise in the transaction of the fact and
that constraints keep within bounds; `huikuan check` proves them.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from huikuan.audit.models import Act
from huikuan.core.postgres.fields import Money, OrganizationField, TenantForeignKey
from huikuan.core.postgres.security import KEPT, RowAccess
from huikuan.customers.models import Customer, PaymentTerm, Salesperson
from huikuan.ledger.models import Document
from huikuan.organizations.models import TenantModel
from huikuan.sales import contracts as contracts
from huikuan.sales import late_days as late_days


class Quantity(models.DecimalField):  # type: ignore[type-arg]
    """How much of a unit, with up to six decimals."""

    def __init__(self, **options: object) -> None:
        options.setdefault("max_digits", 19)
        options.setdefault("decimal_places", 6)
        super().__init__(**options)  # type: ignore[arg-type]


class TaxRate(TenantModel):
    """A rate of VAT as data: its code is what people write ("13", "exempt"), `rate` the fraction."""

    code = models.CharField(max_length=10)
    name = models.CharField(max_length=40)
    rate = models.DecimalField(max_digits=6, decimal_places=4)
    position = models.SmallIntegerField(default=0)

    row_access: ClassVar[RowAccess] = KEPT

    class Meta(TenantModel.Meta):
        db_table = "sales_tax_rate"
        constraints = [
            models.UniqueConstraint(fields=["organization", "code"], name="tax_rate_code_is_unique"),
            models.CheckConstraint(condition=Q(rate__gte=0, rate__lt=1), name="tax_rate_is_a_fraction"),
        ]

    def __str__(self) -> str:
        return self.name


class Product(TenantModel):
    """Something that is sold. Its price, where it has one, is in the organization's currency before tax."""

    code = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    category = models.CharField(max_length=60, blank=True)
    unit = models.CharField(max_length=20, blank=True)
    tax_code = models.CharField(max_length=10, default="13")
    price = models.DecimalField(max_digits=19, decimal_places=6, null=True)
    active = models.BooleanField(default=True)

    row_access: ClassVar[RowAccess] = KEPT

    class Meta(TenantModel.Meta):
        db_table = "sales_product"
        constraints = [
            models.UniqueConstraint(fields=["organization", "code"], name="product_code_is_unique"),
            models.CheckConstraint(
                condition=Q(price__isnull=True) | Q(price__gte=0), name="product_price_never_negative"
            ),
        ]
        indexes = [models.Index(fields=["organization", "name", "id"], name="product_by_name")]

    def __str__(self) -> str:
        return self.name


class OrderState(models.TextChoices):
    OPEN = "open", "执行中"
    CLOSED = "closed", "已关闭"
    CANCELLED = "cancelled", "已取消"


class Order(TenantModel):
    """销售订单: what a customer ordered. Closed: what was not delivered will not be."""

    number = models.CharField(max_length=64)
    customer = TenantForeignKey(Customer)
    salesperson = TenantForeignKey(Salesperson, null=True)
    term = TenantForeignKey(PaymentTerm, null=True)
    ordered_on = models.DateField()
    currency = models.CharField(max_length=3)
    prices_include_tax = models.BooleanField(default=False)
    state = models.CharField(max_length=9, choices=OrderState.choices, default=OrderState.OPEN)
    amount = Money()
    net = Money()
    tax = Money()
    reference = models.CharField(max_length=200, blank=True)
    memo = models.CharField(max_length=1000, blank=True)
    act = TenantForeignKey(Act, db_constraint=False)

    row_access: ClassVar[RowAccess] = RowAccess(update=("state", "amount", "net", "tax"), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "sales_order"
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="order_number_is_unique"),
            models.CheckConstraint(
                condition=Q(amount=F("net") + F("tax")), name="order_net_and_tax_make_the_amount"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "ordered_on", "id"], name="order_by_date"),
            models.Index(fields=["organization", "customer", "ordered_on"], name="order_by_customer"),
        ]

    def __str__(self) -> str:
        return self.number


class SoldLine(TenantModel):
    """What a line of an order or an invoice says: how much of what, for how much, at which rate of tax.

    `discount_percent` and `discount_amount` are as agreed (one of them, or neither); `net`, `tax` and `gross` are
    after discount, computed by `rules.line_amounts`.
    """

    position = models.SmallIntegerField()
    product = TenantForeignKey(Product, null=True)
    description = models.CharField(max_length=200)
    unit = models.CharField(max_length=20, blank=True)
    quantity = Quantity()
    unit_price = models.DecimalField(max_digits=19, decimal_places=6)
    discount_percent = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    discount_amount = Money(default=0)
    tax_code = models.CharField(max_length=10)
    tax_rate = models.DecimalField(max_digits=6, decimal_places=4)
    net = Money()
    tax = Money()
    gross = Money()

    class Meta(TenantModel.Meta):
        abstract = True


class OrderLine(SoldLine):
    """A line of an order. `delivered` and `billed` are quantities; what is left of `quantity` is still to come."""

    order = TenantForeignKey(Order)
    delivered = Quantity(default=0)
    billed = Quantity(default=0)

    row_access: ClassVar[RowAccess] = RowAccess(
        update=(
            "quantity", "unit_price", "discount_percent", "discount_amount",
            "net", "tax", "gross", "delivered", "billed",
        ),
        delete=False,
    )  # fmt: skip

    class Meta(SoldLine.Meta):
        abstract = False
        db_table = "sales_order_line"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "order", "position"], name="order_line_position_is_unique"
            ),
            models.CheckConstraint(
                condition=Q(gross=F("net") + F("tax")), name="order_line_net_and_tax_make_the_gross"
            ),
            models.CheckConstraint(
                condition=Q(delivered__gte=0, delivered__lte=F("quantity")),
                name="delivered_never_above_ordered",
            ),
            models.CheckConstraint(
                condition=Q(billed__gte=0, billed__lte=F("quantity")), name="billed_never_above_ordered"
            ),
        ]


class Delivery(TenantModel):
    """发货: goods of one order that the customer signed for on `delivered_on`."""

    number = models.CharField(max_length=64)
    order = TenantForeignKey(Order)
    customer = TenantForeignKey(Customer)
    delivered_on = models.DateField()
    memo = models.CharField(max_length=1000, blank=True)
    voided = models.BooleanField(default=False)
    act = TenantForeignKey(Act, db_constraint=False)

    row_access: ClassVar[RowAccess] = RowAccess(update=("voided",), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "sales_delivery"
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="delivery_number_is_unique")
        ]
        indexes = [
            models.Index(fields=["organization", "order"], name="delivery_by_order"),
            models.Index(fields=["organization", "delivered_on", "id"], name="delivery_by_date"),
        ]

    def __str__(self) -> str:
        return self.number


class DeliveryLine(TenantModel):
    """How much of an order line was delivered, and what that is worth; `billed`: an invoice or a draft has it."""

    delivery = TenantForeignKey(Delivery)
    order_line = TenantForeignKey(OrderLine)
    quantity = Quantity()
    discount_amount = Money(default=0)
    net = Money()
    tax = Money()
    gross = Money()
    billed = models.BooleanField(default=False)
    voided = models.BooleanField(default=False)

    row_access: ClassVar[RowAccess] = RowAccess(update=("billed", "voided"), delete=False)

    class Meta(TenantModel.Meta):
        db_table = "sales_delivery_line"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "delivery", "order_line"], name="order_line_once_per_delivery"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="delivered_quantity_is_positive"),
            models.CheckConstraint(
                condition=Q(gross=F("net") + F("tax")), name="delivery_line_net_and_tax_make_the_gross"
            ),
            models.CheckConstraint(
                condition=Q(billed=False) | Q(voided=False), name="voided_delivery_is_not_billed"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "order_line"], name="delivery_line_by_order_line"),
            models.Index(
                fields=["organization", "delivery"],
                name="delivery_line_to_bill",
                condition=Q(billed=False, voided=False),
            ),
        ]


class InvoiceKind(models.TextChoices):
    INVOICE = "invoice", "发票"
    CREDIT_NOTE = "credit_note", "红字"
    DEBIT_NOTE = "debit_note", "应收调增"


class InvoiceState(models.TextChoices):
    DRAFT = "draft", "草稿"
    POSTED = "posted", "已过账"
    VOID = "void", "已作废"


class Invoice(TenantModel):
    """An invoice, credit note or debit note with its lines, from draft to the ledger's document.

    Amounts are positive and in `currency`. `event` names the posting rule. `instalments`: own due dates as
    [{"percent": "30", "due_on": "2026-12-31"}]; empty: by the payment terms. `revision` counts the changes of a
    draft, so that two people who change it at once notice.
    """

    kind = models.CharField(max_length=12, choices=InvoiceKind.choices)
    state = models.CharField(max_length=6, choices=InvoiceState.choices, default=InvoiceState.DRAFT)
    event = models.CharField(max_length=40)
    number = models.CharField(max_length=64, blank=True)
    customer = TenantForeignKey(Customer)
    salesperson = TenantForeignKey(Salesperson, null=True)
    term = TenantForeignKey(PaymentTerm, null=True)
    order = TenantForeignKey(Order, null=True)
    original = TenantForeignKey("self", null=True)
    document = TenantForeignKey(Document, null=True)
    invoice_on = models.DateField()
    ordered_on = models.DateField(null=True)
    delivered_on = models.DateField(null=True)
    currency = models.CharField(max_length=3)
    rate = models.DecimalField(max_digits=18, decimal_places=8, null=True)
    prices_include_tax = models.BooleanField(default=False)
    amount = Money()
    net = Money()
    tax = Money()
    instalments = models.JSONField(default=list)
    reference = models.CharField(max_length=200, blank=True)
    memo = models.CharField(max_length=1000, blank=True)
    revision = models.IntegerField(default=1)
    act = TenantForeignKey(Act, db_constraint=False)

    row_access: ClassVar[RowAccess] = KEPT

    class Meta(TenantModel.Meta):
        db_table = "sales_invoice"
        constraints = [
            models.CheckConstraint(
                condition=Q(amount=F("net") + F("tax")), name="invoice_net_and_tax_make_the_amount"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="invoice_amount_never_negative"),
            models.CheckConstraint(
                condition=Q(state="posted", document__isnull=False)
                | Q(state="void")
                | Q(state="draft", document__isnull=True),
                name="posted_invoice_has_its_document",
            ),
            models.CheckConstraint(
                condition=Q(kind="credit_note", original__isnull=False)
                | (~Q(kind="credit_note") & Q(original__isnull=True)),
                name="credit_note_names_its_original",
            ),
            models.UniqueConstraint(
                fields=["organization", "document"],
                name="document_of_one_invoice",
                condition=Q(document__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "invoice_on", "id"], name="invoice_by_date"),
            models.Index(
                fields=["organization", "invoice_on", "id"], name="draft_by_date", condition=Q(state="draft")
            ),
            models.Index(
                fields=["organization", "order"], name="invoice_by_order", condition=Q(order__isnull=False)
            ),
            models.Index(
                fields=["organization", "original"],
                name="credit_by_original",
                condition=Q(original__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number or str(self.pk)


class InvoiceLine(SoldLine):
    """A line of an invoice. `credited_…`: what posted credit notes took back of it, never more than it says."""

    organization = OrganizationField(db_constraint=False)
    invoice = TenantForeignKey(Invoice)
    order_line = TenantForeignKey(OrderLine, null=True)
    delivery_line = TenantForeignKey(DeliveryLine, null=True)
    credited_line = TenantForeignKey("self", null=True)
    credited_quantity = Quantity(default=0)
    credited_net = Money(default=0)
    credited_gross = Money(default=0)

    row_access: ClassVar[RowAccess] = RowAccess(
        update=("credited_quantity", "credited_net", "credited_gross"), delete=True
    )

    class Meta(SoldLine.Meta):
        abstract = False
        db_table = "sales_invoice_line"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "invoice", "position"], name="invoice_line_position_is_unique"
            ),
            models.CheckConstraint(
                condition=Q(gross=F("net") + F("tax")), name="invoice_line_net_and_tax_make_the_gross"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=0, gross__gte=0, net__gte=0, tax__gte=0),
                name="invoice_line_never_negative",
            ),
            models.CheckConstraint(
                condition=Q(
                    credited_quantity__gte=0,
                    credited_quantity__lte=F("quantity"),
                    credited_gross__gte=0,
                    credited_gross__lte=F("gross"),
                    credited_net__gte=0,
                    credited_net__lte=F("net"),
                )
                & Q(credited_gross__lte=F("credited_net") + F("tax"), credited_gross__gte=F("credited_net")),
                name="credited_never_above_the_original",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "delivery_line"],
                name="invoice_line_by_delivery",
                condition=Q(delivery_line__isnull=False),
            ),
            models.Index(
                fields=["organization", "order_line"],
                name="invoice_line_by_order",
                condition=Q(order_line__isnull=False),
            ),
            models.Index(
                fields=["organization", "credited_line"],
                name="credit_line_by_original",
                condition=Q(credited_line__isnull=False),
            ),
        ]

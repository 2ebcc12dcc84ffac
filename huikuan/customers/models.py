"""Customers and what is known about them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from huikuan.audit.models import Act
from huikuan.core.encryption import blind_index, decrypt, encrypt
from huikuan.core.postgres.fields import OrganizationField, TenantForeignKey
from huikuan.core.postgres.security import APPEND_ONLY, KEPT, RowAccess
from huikuan.core.postgres.tenancy import TenantManager
from huikuan.organizations.models import Membership, TenantModel


def payer_account_context(organization_id: object) -> str:
    """The context account numbers of payers are sealed in, so that equal ones are found wherever they stand."""
    return f"{organization_id}.payer.account"


class Salesperson(TenantModel):
    """Who sells and owns the collection; a member of the organization or only a name from an import."""

    code = models.CharField(max_length=64)
    name = models.CharField(max_length=100)
    team = models.CharField(max_length=60, blank=True)
    membership = TenantForeignKey(Membership, null=True, blank=True)

    row_access: ClassVar[RowAccess] = KEPT

    class Meta(TenantModel.Meta):
        db_table = "customers_salesperson"
        constraints = [
            models.UniqueConstraint(fields=["organization", "code"], name="salesperson_code_is_unique")
        ]

    def __str__(self) -> str:
        return self.name


class PaymentTerm(TenantModel):
    """An agreed term as data: `rule` is a TermRule, `instalments` a list of percentages with their rules."""

    code = models.CharField(max_length=64)
    name = models.CharField(max_length=100)
    rule = models.JSONField()
    instalments = models.JSONField(default=list)

    row_access: ClassVar[RowAccess] = KEPT

    class Meta(TenantModel.Meta):
        db_table = "customers_payment_term"
        constraints = [models.UniqueConstraint(fields=["organization", "code"], name="term_code_is_unique")]

    def __str__(self) -> str:
        return self.name


class Size(models.TextChoices):
    LARGE = "large", "大型"
    MEDIUM = "medium", "中型"
    SMALL = "small", "小型"
    MICRO = "micro", "微型"


class CustomerManager(TenantManager["Customer"]):
    """Customers of the current organization, but for those whose import was undone."""

    def get_queryset(self) -> models.QuerySet[Customer]:
        return super().get_queryset().filter(removed_act__isnull=True)


class Customer(TenantModel):
    """A party that buys on credit, identified by its unified social credit code or by its code here.

    `removed_act`: the act that undid the import it came by. The row stays for the documents of then that were
    undone as well, and is taken up again when a customer of the same code comes in.
    """

    organization = OrganizationField(db_constraint=True)
    code = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    sort_key = models.CharField(max_length=400, blank=True)
    initials = models.CharField(max_length=200, blank=True)
    uscc = models.CharField(max_length=18, blank=True)
    country = models.CharField(max_length=2, default="CN")
    parent = TenantForeignKey("self", null=True, blank=True)
    salesperson = TenantForeignKey(Salesperson, null=True, blank=True)
    region = models.CharField(max_length=60, blank=True)
    sector = models.CharField(max_length=60, blank=True)
    size = models.CharField(max_length=10, choices=Size.choices, blank=True)
    segment = models.CharField(max_length=60, blank=True)
    term = TenantForeignKey(PaymentTerm, null=True, blank=True)
    created_act = TenantForeignKey(Act, null=True, editable=False, db_constraint=False)
    removed_act = TenantForeignKey(
        Act, null=True, editable=False, db_constraint=False, related_name="removed_customers"
    )

    objects: ClassVar[CustomerManager] = CustomerManager()
    everyone: ClassVar[TenantManager[Customer]] = TenantManager()
    row_access: ClassVar[RowAccess] = KEPT

    class Meta(TenantModel.Meta):
        db_table = "customers_customer"
        base_manager_name = "everyone"
        constraints = [
            models.UniqueConstraint(fields=["organization", "code"], name="customer_code_is_unique"),
            models.UniqueConstraint(
                fields=["organization", "uscc"],
                name="customer_uscc_is_unique",
                condition=~Q(uscc="") & Q(removed_act__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")), name="customer_is_not_its_own_group"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "sort_key", "id"], name="customer_by_sort_key"),
            models.Index(fields=["organization", "name"], name="customer_by_name"),
            models.Index(fields=["organization", "region", "sort_key", "id"], name="customer_by_region"),
            models.Index(
                fields=["organization", "parent"],
                name="customer_by_parent",
                condition=Q(parent__isnull=False),
            ),
            models.Index(fields=["organization", "salesperson"], name="customer_by_salesperson"),
        ]

    def __str__(self) -> str:
        return self.name


class CustomerName(TenantModel):
    """Another name of a customer: a former one, or a spelling seen in a file; finds it, never replaces it."""

    class Kind(models.TextChoices):
        FORMER = "former", "曾用名"
        VARIANT = "variant", "导入中的写法"
        PAYER = "payer", "付款户名"

    customer = TenantForeignKey(Customer)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(max_length=200)
    account_encrypted = models.TextField(default="", editable=False)
    account_index = models.BinaryField(null=True, editable=False)

    class Meta(TenantModel.Meta):
        db_table = "customers_customer_name"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "customer", "kind", "name", "account_index"],
                name="customer_name_once_per_kind",
                nulls_distinct=False,
            )
        ]
        indexes = [
            models.Index(fields=["organization", "name"], name="customer_name_by_name"),
            models.Index(
                fields=["organization", "account_index"],
                name="customer_name_by_account",
                condition=Q(account_index__isnull=False),
            ),
        ]

    @property
    def account(self) -> str:
        """The account this payer paid from, in clear; whoever shows it masks it first."""
        sealed = self.account_encrypted
        return decrypt(sealed, context=payer_account_context(self.organization_id)) if sealed else ""

    @account.setter
    def account(self, number: str) -> None:
        context = payer_account_context(self.organization_id)
        self.account_encrypted = encrypt(number, context=context) if number else ""
        self.account_index = blind_index(number, context=context) if number else None


class CustomerChange(TenantModel):
    """The report dimensions a customer had *until* a change; the customer itself holds the current ones.

    A report as of a day, known at a moment, takes the values of the earliest change that it must not know
    (later effective date or recorded later), else the current ones.
    """

    customer = TenantForeignKey(Customer)
    act = TenantForeignKey(Act, db_constraint=False)
    effective_on = models.DateField()
    parent = TenantForeignKey(Customer, null=True)
    salesperson = TenantForeignKey(Salesperson, null=True)
    region = models.CharField(max_length=60, blank=True)
    segment = models.CharField(max_length=60, blank=True)

    row_access: ClassVar[RowAccess] = APPEND_ONLY

    class Meta(TenantModel.Meta):
        db_table = "customers_customer_change"
        indexes = [models.Index(fields=["organization", "customer"], name="customer_change_by_customer")]


class Contact(TenantModel):
    """A person at the customer. Phone and e-mail are personal data: encrypted, masked where shown."""

    customer = TenantForeignKey(Customer)
    name = models.CharField(max_length=100)
    position = models.CharField(max_length=60, blank=True)
    phone_encrypted = models.TextField(default="", editable=False)
    phone_index = models.BinaryField(null=True, editable=False)
    email_encrypted = models.TextField(default="", editable=False)
    email_index = models.BinaryField(null=True, editable=False)

    class Meta(TenantModel.Meta):
        db_table = "customers_contact"
        indexes = [
            models.Index(fields=["organization", "customer"], name="contact_by_customer"),
            models.Index(fields=["organization", "phone_index"], name="contact_by_phone"),
            models.Index(fields=["organization", "email_index"], name="contact_by_email"),
        ]

    def _context(self, column: str) -> str:
        return f"{self.organization_id}.contact.{column}"

    @property
    def phone(self) -> str:
        """The number in clear; whoever shows it masks it first."""
        return decrypt(self.phone_encrypted, context=self._context("phone")) if self.phone_encrypted else ""

    @phone.setter
    def phone(self, number: str) -> None:
        self.phone_encrypted = encrypt(number, context=self._context("phone")) if number else ""
        self.phone_index = blind_index(number, context=self._context("phone")) if number else None

    @property
    def email(self) -> str:
        """The address in clear; whoever shows it masks it first."""
        return decrypt(self.email_encrypted, context=self._context("email")) if self.email_encrypted else ""

    @email.setter
    def email(self, address: str) -> None:
        self.email_encrypted = encrypt(address, context=self._context("email")) if address else ""
        self.email_index = blind_index(address, context=self._context("email")) if address else None

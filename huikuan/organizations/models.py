"""Organizations, users and who may do what where."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from huikuan.core.encryption import blind_index, decrypt, encrypt, normalise_phone
from huikuan.core.postgres.fields import OrganizationField, TenantForeignKey, UuidKey
from huikuan.core.postgres.security import KEPT, RowAccess
from huikuan.core.postgres.tenancy import TenantManager

PHONE_CONTEXT = "user.phone"


class Organization(models.Model):
    """One legal entity with one set of books.

    `live_on`: from this day the organization works in Huikuan; what is dated earlier is imported history,
    whose knowledge date is its effective date. Empty: everything is known from when it was recorded.
    `tax_number`: its 统一社会信用代码, by which it is known as the seller of tax invoices.
    `number_prefixes`: kind of document → two capital letters, where they are not the usual ones.
    `reverses_revaluations`: whether month-end revaluations are taken back on the next day.
    `onboarding`: the steps of the first days that were left out, and whether the list was put away.
    `known_permissions`: those the organization has had since its roles were last completed; what a newer version
    adds is given to the shipped roles once, and not again after somebody took it away.
    """

    id = UuidKey()
    code = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=200)
    tax_number = models.CharField(max_length=20, blank=True, default="", db_default="")
    currency = models.CharField(max_length=3, default="CNY")
    live_on = models.DateField(null=True, blank=True)
    time_zone = models.CharField(max_length=64, default="Asia/Shanghai")
    number_prefixes = models.JSONField(default=dict, blank=True)
    onboarding = models.JSONField(default=dict, blank=True)
    known_permissions = models.JSONField(default=list, blank=True)
    reverses_revaluations = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    row_access: ClassVar[RowAccess] = KEPT

    class Meta:
        db_table = "organizations_organization"
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


class TenantModel(models.Model):
    """A row that belongs to one organization, for ever.

    `row_access` is what the web role may do with the rows; the database grants no more.
    """

    id = UuidKey()
    organization = OrganizationField()

    objects = TenantManager()
    row_access: ClassVar[RowAccess] = RowAccess()

    class Meta:
        abstract = True
        base_manager_name = "objects"


class UserManager(BaseUserManager["User"]):
    def create_user(self, *, name: str, password: str | None, email: str = "", phone: str = "") -> User:
        user = User(name=name, email=email.strip().lower())
        user.phone = phone
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(pk=username or "")


class User(AbstractBaseUser):
    """A person who signs in, by e-mail or by phone. The phone number is kept encrypted."""

    id = UuidKey()
    name = models.CharField(max_length=100)
    email = models.EmailField(blank=True)
    phone_encrypted = models.TextField(default="", editable=False)
    phone_index = models.BinaryField(null=True, unique=True, editable=False)
    language = models.CharField(max_length=10, blank=True)
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()
    row_access: ClassVar[RowAccess] = KEPT

    USERNAME_FIELD = "id"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        db_table = "organizations_user"
        constraints = [
            models.UniqueConstraint(Lower("email"), condition=~Q(email=""), name="user_email_is_unique"),
            models.CheckConstraint(
                condition=~Q(email="") | Q(phone_index__isnull=False), name="user_has_email_or_phone"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def phone(self) -> str:
        """The number in clear; empty when there is none."""
        return decrypt(self.phone_encrypted, context=PHONE_CONTEXT) if self.phone_encrypted else ""

    @phone.setter
    def phone(self, text: str) -> None:
        number = normalise_phone(text) if text else None
        self.phone_encrypted = encrypt(number, context=PHONE_CONTEXT) if number else ""
        self.phone_index = blind_index(number, context=PHONE_CONTEXT) if number else None


class Scope(models.TextChoices):
    OWN = "own"
    TEAM = "team"
    ALL = "all"


class Role(TenantModel):
    """A named set of permissions with the customers it reaches. Shipped roles can be changed."""

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=60)
    scope = models.CharField(max_length=4, choices=Scope.choices, default=Scope.OWN)
    permissions = models.JSONField(default=list)

    class Meta(TenantModel.Meta):
        db_table = "organizations_role"
        constraints = [models.UniqueConstraint(fields=["organization", "code"], name="role_code_is_unique")]

    def __str__(self) -> str:
        return self.name


class Membership(TenantModel):
    """A user works in an organization. Its user may read it before an organization is chosen."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    team = models.CharField(max_length=60, blank=True)
    active = models.BooleanField(default=True)

    visible_to_its_user: ClassVar[bool] = True
    mine: ClassVar[models.Manager[Any]] = models.Manager()  # the user's own, across organizations

    class Meta(TenantModel.Meta):
        db_table = "organizations_membership"
        constraints = [
            models.UniqueConstraint(fields=["organization", "user"], name="member_once_per_organization")
        ]


class MembershipRole(TenantModel):
    """A member holds a role."""

    membership = TenantForeignKey(Membership)
    role = TenantForeignKey(Role)

    class Meta(TenantModel.Meta):
        db_table = "organizations_membership_role"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "membership", "role"], name="role_once_per_member"
            )
        ]


class SavedView(TenantModel):
    """A list as somebody wants to find it again: filters, order and columns under a name.

    `query` is the list's address without its path. A shared view is seen by every member, changed by its owner
    and by those who may share.
    """

    membership = TenantForeignKey(Membership)
    list = models.CharField(max_length=40)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=4000, blank=True)
    shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        db_table = "organizations_saved_view"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "membership", "list", "name"], name="view_name_once_per_member"
            )
        ]
        indexes = [models.Index(fields=["organization", "list"], name="saved_view_by_list")]

    def __str__(self) -> str:
        return self.name


class DefaultView(TenantModel):
    """The view with which a list opens for a member."""

    membership = TenantForeignKey(Membership)
    list = models.CharField(max_length=40)
    view = TenantForeignKey(SavedView)

    class Meta(TenantModel.Meta):
        db_table = "organizations_default_view"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "membership", "list"], name="default_view_once_per_list"
            )
        ]

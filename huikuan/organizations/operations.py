"""Creating organizations, users and memberships. Organizations and users are global; the rest is a tenant's."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from huikuan.core.errors import HuikuanError
from huikuan.core.money import is_currency
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.organizations.models import Membership, MembershipRole, Organization, Role, User
from huikuan.organizations.permissions import PERMISSIONS, SHIPPED_ROLES


class OrganizationRefused(HuikuanError):
    """The organization cannot be created as asked."""

    code = "organization_refused"


def create_organization(
    *, code: str, name: str, currency: str = "CNY", live_on: date | None = None
) -> Organization:
    """Create an empty organization. Its books (chart, rules) are opened by the ledger."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,31}", code):
        raise OrganizationRefused(_("组织代码只能用小写字母、数字、- 和 _,最多 32 位:%s") % code)
    if not name.strip():
        raise OrganizationRefused(_("请填写组织名称。"))
    if not is_currency(currency):
        raise OrganizationRefused(_("不认识的币种：%s") % currency)
    try:
        with transaction.atomic():
            return Organization.objects.create(
                code=code, name=name.strip(), currency=currency, live_on=live_on
            )
    except IntegrityError as error:
        raise OrganizationRefused(_("组织代码 %s 已经存在。") % code, code="organization_exists") from error


def create_roles() -> None:
    """Give the current organization the shipped roles."""
    organization_id = current_organization_id()
    Role.objects.bulk_create(
        Role(
            organization_id=organization_id,
            code=role.code,
            name=role.name,
            scope=role.scope,
            permissions=list(role.permissions),
        )
        for role in SHIPPED_ROLES
    )
    Organization.objects.filter(pk=organization_id).update(known_permissions=list(PERMISSIONS))


def add_member(*, user: User, role_codes: Iterable[str], team: str = "") -> Membership:
    """Let `user` work in the current organization with the given roles."""
    organization_id: UUID = current_organization_id()
    roles = list(Role.objects.filter(code__in=list(role_codes)))
    membership = Membership.objects.create(organization_id=organization_id, user=user, team=team)
    MembershipRole.objects.bulk_create(
        MembershipRole(organization_id=organization_id, membership=membership, role=role) for role in roles
    )
    return membership


def set_password(user: User, password: str, *, must_change: bool) -> None:
    """Give a person a password; `must_change`: their next sign-in leads to choosing their own."""
    user.set_password(password)
    user.must_change_password = must_change
    user.save(update_fields=["password", "must_change_password"])


def forget_password(user: User) -> None:
    """Leave a person without a password: nothing they type is right, and other browsers are signed out."""
    user.set_unusable_password()
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password"])


def password_weaknesses(password: str) -> list[str]:
    """Why a password is not good enough; nothing for a good one."""
    try:
        validate_password(password)
    except ValidationError as error:
        return list(error.messages)
    return []

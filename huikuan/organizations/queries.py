"""Reads about organizations and people."""

from __future__ import annotations

import hashlib
import json
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from huikuan.core.encryption import blind_index, normalise_phone
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import as_user
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import (
    PHONE_CONTEXT,
    Membership,
    MembershipRole,
    Organization,
    Role,
    Scope,
    User,
)


class UnknownOrganization(HuikuanError):
    """No organization has this code."""

    code = "unknown_organization"


def organization_by_code(code: str) -> Organization:
    """The organization called `code`; raises UnknownOrganization."""
    organization = Organization.objects.filter(code=code).first()
    if organization is None:
        raise UnknownOrganization(_("没有代码为 %s 的组织。") % code)
    return organization


def user_by_login(login: str) -> User | None:
    """The active person whose e-mail or phone number is `login`."""
    login = login.strip()
    phone = normalise_phone(login)
    match = Q(email__iexact=login) if "@" in login else Q(pk__isnull=True)
    if phone:
        match |= Q(phone_index=blind_index(phone, context=PHONE_CONTEXT))
    return User.objects.filter(match, is_active=True).first()


def organizations_of(user_id: UUID) -> list[Organization]:
    """Where the person works, by code."""
    with as_user(user_id):
        ids = list(
            Membership.mine.filter(user_id=user_id, active=True).values_list("organization_id", flat=True)
        )
    return list(Organization.objects.filter(id__in=ids))


def actor_of(user: User, *, address: str = "") -> Actor | None:
    """The person as an actor in the current organization; None when not a member of it."""
    membership = Membership.objects.filter(user_id=user.pk, active=True).first()
    if membership is None:
        return None
    roles = [
        held.role
        for held in MembershipRole.objects.filter(membership_id=membership.pk).select_related("role")
    ]
    widest = (Scope.ALL, Scope.TEAM, Scope.OWN)
    scope = next((scope for scope in widest if any(role.scope == scope for role in roles)), Scope.OWN)
    return Actor(
        name=user.name,
        permissions=frozenset(code for role in roles for code in role.permissions),
        scope=scope.value,
        user_id=user.pk,
        membership_id=membership.pk,
        team=membership.team,
        roles=tuple(sorted(role.code for role in roles)),
        address=address,
    )


def administrators() -> list[UUID]:
    """The memberships whose people can change settings: active, with a role that may."""
    held = MembershipRole.objects.filter(
        role__permissions__contains="organization.write",
        membership__active=True,
        membership__user__is_active=True,
    )
    return list(held.values_list("membership_id", flat=True).distinct())


def role_state(role: Role) -> str:
    """A short text that changes whenever the role's scope or permissions do."""
    facts = json.dumps([role.scope, sorted(role.permissions)])
    return hashlib.sha256(facts.encode()).hexdigest()[:16]

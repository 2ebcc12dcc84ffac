"""People who open pages: members with a role, signed in."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.test import Client

from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.models import Salesperson
from huikuan.organizations.models import Membership, User
from huikuan.organizations.operations import add_member

PASSWORD = "correct-horse-7"


def person(name: str = "王一", **values: Any) -> User:
    """A person who can sign in with PASSWORD."""
    values.setdefault("email", f"{uuid4().hex}@example.com")
    return User.objects.create_user(name=name, password=PASSWORD, **values)


def member(organization: Any, *roles: str, team: str = "", **values: Any) -> User:
    """A person who holds the roles in the organization."""
    user = person(**values)
    with tenant(organization.pk):
        add_member(user=user, role_codes=roles, team=team)
    return user


def seller(
    organization: Any, *, role: str = "salesperson", team: str = "", code: str = "S1"
) -> tuple[User, Salesperson]:
    """A member who is a salesperson, with the salesperson's record."""
    user = member(organization, role, team=team)
    with tenant(organization.pk):
        membership = Membership.objects.get(user=user)
        salesperson = Salesperson.objects.create(
            organization_id=organization.pk, code=code, name=f"业务员{code}", team=team, membership=membership
        )
    return user, salesperson


def signed_in(user: User) -> Client:
    """A browser in which the person is signed in."""
    client = Client()
    client.force_login(user, backend="huikuan.web.sign_in.LoginBackend")
    return client

"""Whose customers an actor sees."""

from typing import Any
from uuid import uuid4

import pytest

from huikuan.customers.models import Salesperson
from huikuan.customers.queries import visible_salespeople
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Membership, User
from huikuan.organizations.operations import add_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def members(books: Any) -> dict[str, Membership]:
    found = {}
    for name, team in (("own", "north"), ("mate", "north"), ("far", "south"), ("loner", "")):
        user = User.objects.create_user(name=name, password=None, email=f"{name}-{uuid4().hex}@example.com")
        found[name] = add_member(user=user, role_codes=["salesperson"], team=team)
        Salesperson.objects.create(
            organization_id=books.organization.pk, code=name, name=name, team=team, membership=found[name]
        )
    Salesperson.objects.create(organization_id=books.organization.pk, code="imported", name="imported")
    return found


def codes(actor: Actor) -> set[str] | None:
    ids = visible_salespeople(actor)
    return None if ids is None else set(Salesperson.objects.filter(pk__in=ids).values_list("code", flat=True))


def as_actor(membership: Membership | None, scope: str) -> Actor:
    return Actor(
        name="x",
        permissions=frozenset(),
        scope=scope,
        membership_id=membership.pk if membership else None,
        team=membership.team if membership else "",
    )


def test_all(members: dict[str, Membership], actor: Actor) -> None:
    assert codes(actor) is None


def test_own(members: dict[str, Membership]) -> None:
    assert codes(as_actor(members["own"], "own")) == {"own"}


def test_team(members: dict[str, Membership]) -> None:
    assert codes(as_actor(members["own"], "team")) == {"own", "mate"}


def test_no_team_is_not_the_team_of_all_without_one(members: dict[str, Membership]) -> None:
    assert codes(as_actor(members["loner"], "team")) == {"loner"}


def test_who_is_no_member_sees_none(members: dict[str, Membership]) -> None:
    assert codes(as_actor(None, "own")) == set()
    assert codes(as_actor(None, "team")) == set()

"""Whose customers a page shows."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q

from huikuan.customers.models import Salesperson
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Scope


def visible(actor: Actor) -> frozenset[UUID] | None:
    """The salespeople whose customers the actor sees; None: all customers."""
    if actor.scope == Scope.ALL:
        return None
    own = Q(membership_id=actor.membership_id, membership_id__isnull=False)
    if actor.scope == Scope.TEAM and actor.team:
        own |= Q(team=actor.team)
    return frozenset(Salesperson.objects.filter(own).values_list("pk", flat=True))

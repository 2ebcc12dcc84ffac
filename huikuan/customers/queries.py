"""Reads about customers and who sells to them."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q

from huikuan.customers.models import Salesperson
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Scope


def visible_salespeople(actor: Actor) -> frozenset[UUID] | None:
    """The salespeople whose customers the actor sees; None: all customers, with or without a salesperson.

    An actor with scope `own` sees the customers of the salesperson that he is, one with scope `team` also
    those of his team. Who is no salesperson and in no team sees none.
    """
    if actor.scope == Scope.ALL:
        return None
    within = Q(membership_id=actor.membership_id, membership_id__isnull=False)
    if actor.scope == Scope.TEAM and actor.team:
        within |= Q(team=actor.team)
    return frozenset(Salesperson.objects.filter(within).values_list("pk", flat=True))

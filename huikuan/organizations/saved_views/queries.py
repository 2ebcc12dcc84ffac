"""Which views of lists there are for whom."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from huikuan.organizations.actors import Actor
from huikuan.organizations.models import DefaultView, SavedView


def seen_views(actor: Actor, list_name: str) -> QuerySet[SavedView]:
    """The views of a list that the actor finds: the own ones and those shared, by name."""
    mine = Q(membership_id=actor.membership_id) if actor.membership_id else Q(pk__isnull=True)
    return SavedView.objects.filter(mine | Q(shared=True), list=list_name).order_by("name", "pk")


def default_view_id(actor: Actor, list_name: str) -> UUID | None:
    """The view with which the list opens for the actor, if one was chosen."""
    if actor.membership_id is None:
        return None
    chosen = DefaultView.objects.filter(membership_id=actor.membership_id, list=list_name)
    return chosen.values_list("view_id", flat=True).first()


def may_share_views(actor: Actor) -> bool:
    """Whether the actor may show views to everybody."""
    return actor.may("view.share") or actor.may("organization.write")

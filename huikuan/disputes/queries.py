"""Reading disputes: what is open, of whom, and how much of an item is in dispute."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Least
from django.utils.translation import gettext as _

from huikuan.customers.queries import visible_salespeople
from huikuan.disputes.errors import DisputeRefused
from huikuan.disputes.models import Dispute, DisputeState
from huikuan.organizations.actors import Actor

ZERO = Decimal(0)


def seen_disputes(actor: Actor) -> QuerySet[Dispute]:
    """The disputes of customers whom the actor sees."""
    found = Dispute.objects.select_related("customer", "item__document")
    people = visible_salespeople(actor)
    return found if people is None else found.filter(customer__salesperson_id__in=people)


def open_disputes_of(item_ids: Collection[UUID]) -> QuerySet[Dispute]:
    """The disputes of items that are not ended, the earliest due first."""
    return Dispute.objects.filter(item_id__in=item_ids, state=DisputeState.OPEN).order_by("due_on", "id")


def disputed_amounts(item_ids: Collection[UUID] | None = None) -> dict[UUID, Decimal]:
    """How much of items is in dispute, at most what they are open with; of these items, or of all."""
    found = Dispute.objects.filter(state=DisputeState.OPEN, item__open_amount__gt=0)
    if item_ids is not None:
        found = found.filter(item_id__in=item_ids)
    sums = found.order_by().values("item_id").annotate(disputed=Least(Sum("amount"), F("item__open_amount")))
    return {row["item_id"]: row["disputed"] for row in sums}


def disputed_on(day: date) -> QuerySet[Dispute]:
    """The disputes that were open at the end of a day."""
    return Dispute.objects.filter(Q(ended_on=None) | Q(ended_on__gt=day), opened_on__lte=day)


def dispute_by_number(number: str, actor: Actor) -> Dispute:
    """The dispute of that number, if the actor sees its customer. Raises DisputeRefused."""
    found = seen_disputes(actor).filter(number=number.strip()).first()
    if found is None:
        raise DisputeRefused(_("没有编号为 %s 的争议。") % number, code="unknown_dispute")
    return found

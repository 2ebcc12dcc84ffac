"""Warning of debts whose limitation ends soon: whoever collects or sold, and in the end legal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.urls import reverse

from huikuan.approvals.queries import transaction_time
from huikuan.audit.operations import act
from huikuan.collection.limitation import Limitation, expiring
from huikuan.collection.models import Assignment, LimitationWarning
from huikuan.collection.operations.trail import LIMITATION, Told, record_events
from huikuan.collection.our_people import Ours, our_people
from huikuan.collection.rules import WARNED_DAYS, warned_at
from huikuan.collection.stepping import Our
from huikuan.core.postgres.fields import new_id
from huikuan.customers.models import Customer
from huikuan.notices.operations import send_notices
from huikuan.notices.wording import LIMITATION_NEAR
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization

ZERO = Decimal(0)


def warn_of_limitation(*, actor: Actor, day: date) -> int:
    """时效提醒: tell of open debts whose limitation ends within 180, 90 and 30 days; returns of how many items.

    Each is told of once at each of these, to the collector and the salesperson, at the last also to legal; where
    there is nobody, to whoever manages collection. A person gets one notice for each.
    """
    actor.require("collection.write")
    with act("warn_of_limitation", actor=actor) as opened:
        organization = Organization.objects.select_for_update(no_key=True).get(pk=opened.organization_id)
        fresh = _fresh(day)
        if not fresh:
            return 0
        rows = [
            LimitationWarning(
                id=new_id(),
                organization_id=opened.organization_id,
                act_id=opened.id,
                item_id=each.item_id,
                expires_on=each.expires_on,
                days=days,
            )
            for each, days in fresh
        ]
        LimitationWarning.objects.bulk_create(rows, batch_size=2000)
        record_events(
            [
                Told(
                    "warned",
                    LIMITATION,
                    row.pk,
                    {"document": each.number, "expires_on": each.expires_on.isoformat(), "days": days},
                )
                for row, (each, days) in zip(rows, fresh, strict=True)
            ],
            opened,
        )
        _tell(fresh, organization)
    return len(fresh)


def _fresh(day: date) -> list[tuple[Limitation, int]]:
    """What ends soon and was not told of yet, with how many days before."""
    found = expiring(until=day + timedelta(days=max(WARNED_DAYS)))
    near = [(each, days) for each in found if (days := warned_at((each.expires_on - day).days)) is not None]
    had = set(
        LimitationWarning.objects.filter(expires_on__gte=day).values_list("item_id", "expires_on", "days")
    )
    return [(each, days) for each, days in near if (each.item_id, each.expires_on, days) not in had]


def _tell(fresh: Sequence[tuple[Limitation, int]], organization: Organization) -> None:
    of: dict[tuple[UUID, int], list[Limitation]] = defaultdict(list)
    whom = _whom({each.customer_id for each, _days in fresh})
    people = our_people((Our.LEGAL.value, Our.MANAGER.value))
    for each, days in fresh:
        for person in _told(whom.get(each.customer_id, _NOBODY), people, last=days == min(WARNED_DAYS)):
            of[person, days].append(each)
    path, now = reverse("collection-limitation", args=[organization.code]), transaction_time()
    for (person, days), rows in of.items():
        parameters: dict[str, Any] = {
            "count": len(rows),
            "days": days,
            "amount": f"{organization.currency} {sum((each.open_base for each in rows), ZERO):,.2f}",
            "day": min(each.expires_on for each in rows).isoformat(),
        }
        send_notices(
            [person], kind=LIMITATION_NEAR, parameters=parameters, path=f"{path}?within={days}", now=now
        )


Whom = tuple[UUID | None, UUID | None, str]
_NOBODY: Whom = (None, None, "")


def _whom(customers: Collection[UUID]) -> dict[UUID, Whom]:
    """Collector and salesperson of customers, and the latter's team."""
    collectors = dict(
        Assignment.objects.filter(customer_id__in=customers, ends_on=None).values_list(
            "customer_id", "collector_id"
        )
    )
    found = Customer.everyone.filter(pk__in=customers).values_list(
        "pk", "salesperson__membership_id", "salesperson__team"
    )
    return {key: (collectors.get(key), member, team or "") for key, member, team in found}


def _told(whom: Whom, people: Ours, *, last: bool) -> list[UUID]:
    collector, seller, team = whom
    found = [
        each for each in dict.fromkeys((collector, seller)) if each is not None and each in people.active
    ]
    if not found:
        found += people.managers.of_team.get(team) or people.managers.everywhere
    if last:
        found += [*people.legal.of_team.get(team, ()), *people.legal.everywhere]
    return list(dict.fromkeys(found))

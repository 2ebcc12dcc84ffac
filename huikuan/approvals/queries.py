"""Reads: policies, who stands for whom, what waits for somebody, and the history of a request."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import reduce
from operator import or_
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from huikuan.approvals.models import Band, Decision, Delegation, Request, Setting, Status, Step, Verdict
from huikuan.approvals.rules import Stand, band_for
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Membership, MembershipRole, Role
from huikuan.organizations.permissions import role_name


@dataclass(frozen=True)
class PolicyBand:
    """From this amount (base currency) on these roles must agree, one after the other; none: done at once."""

    floor: Decimal
    roles: tuple[Role, ...]


def policy_of(kind: str) -> list[PolicyBand]:
    """The bands of a kind from the lowest; nothing: the kind has no policy."""
    return policies().get(kind, [])


def policies() -> dict[str, list[PolicyBand]]:
    """Kind → its bands, for kinds that have a policy."""
    roles: dict[UUID, list[Role]] = defaultdict(list)
    for step in Step.objects.select_related("role").order_by("band_id", "position"):
        roles[step.band_id].append(step.role)
    found: dict[str, list[PolicyBand]] = defaultdict(list)
    for band in Band.objects.order_by("kind", "floor"):
        found[band.kind].append(PolicyBand(band.floor, tuple(roles[band.pk])))
    return dict(found)


def band_of(kind: str, amount: Decimal | None) -> PolicyBand | None:
    """What the policy says of an act of this kind and amount; None where it says nothing."""
    return band_for([(band.floor, band) for band in policy_of(kind)], amount)


def needs_approval(kind: str) -> bool:
    """Whether acts of some amount of this kind wait for agreement."""
    return any(band.roles for band in policy_of(kind))


def approves_with(role_id: UUID) -> bool:
    """Whether a policy names the role, or a request waits for it."""
    return (
        Step.objects.filter(role_id=role_id).exists()
        or Request.objects.filter(waiting_role_id=role_id).exists()
    )


def remind_after_days() -> int:
    """How long a request waits before its approvers are reminded; 0: they are not."""
    setting = Setting.objects.first()
    return setting.remind_after_days if setting else 0


def delegations_now(today: date) -> QuerySet[Delegation]:
    """Who stands in for whom today."""
    return Delegation.objects.filter(
        ended_at=None,
        starts_on__lte=today,
        ends_on__gte=today,
        member__active=True,
        member__user__is_active=True,
    )


def stands_of(member: UUID | None, today: date) -> list[Stand]:
    """In what capacities a member can decide today: by their own roles and by those of whom they stand in for."""
    if member is None:
        return []
    away = list(delegations_now(today).filter(deputy_id=member).values_list("member_id", flat=True))
    held: dict[UUID, set[UUID]] = defaultdict(set)
    found = MembershipRole.objects.filter(membership_id__in=[member, *away])
    for membership, role in found.values_list("membership_id", "role_id"):
        held[membership].add(role)
    stands = [Stand(frozenset(held[member]))]
    return stands + [Stand(frozenset(held[person]), person) for person in dict.fromkeys(away)]


def agreed_to(request: Request) -> set[UUID]:
    """Who agreed to a step of the request, and in whose place."""
    people: set[UUID] = set()
    found = Decision.objects.filter(request=request, verdict=Verdict.APPROVED)
    for member, absent in found.values_list("member_id", "in_place_of_id"):
        people |= {person for person in (member, absent) if person}
    return people


def waiting_for(actor: Actor, today: date) -> QuerySet[Request]:
    """The requests to which the actor may agree now, by own roles or for somebody who is away."""
    me = actor.membership_id
    if me is None:
        return Request.objects.none()
    conditions = []
    for stand in stands_of(me, today):
        if stand.roles:
            people = [me] if stand.in_place_of is None else [me, stand.in_place_of]
            agreed = Decision.objects.filter(
                Q(member_id__in=people) | Q(in_place_of_id__in=people),
                request_id=OuterRef("pk"),
                verdict=Verdict.APPROVED,
            )
            own = Q(requester_id__in=people, requester_id__isnull=False)
            conditions.append(Q(waiting_role_id__in=stand.roles) & ~own & ~Exists(agreed))
    if not conditions:
        return Request.objects.none()
    return Request.objects.filter(reduce(or_, conditions), status=Status.PENDING)


def waiting_count(actor: Actor, today: date) -> int:
    """How many requests wait for the actor; asked on every page, so that nothing waiting costs one query."""
    if not Request.objects.filter(status=Status.PENDING).exists():
        return 0
    return waiting_for(actor, today).count()


def requests_seen(actor: Actor, today: date) -> QuerySet[Request]:
    """The requests that the actor may see.

    All with the permission for it; else one's own, those one decided, and those that wait for one's role or for
    that of somebody one stands in for.
    """
    if actor.may("approval.read"):
        return Request.objects.all()
    me = actor.membership_id
    if me is None:
        return Request.objects.none()
    roles: set[UUID] = set().union(*(stand.roles for stand in stands_of(me, today)))
    decided = Decision.objects.filter(request_id=OuterRef("pk"), member_id=me)
    return Request.objects.filter(Q(requester_id=me) | Q(waiting_role_id__in=roles) | Exists(decided))


def open_requests(record_id: UUID) -> list[Request]:
    """What waits about a record, the latest first."""
    found = Request.objects.filter(record_id=record_id, status__in=(Status.PENDING, Status.STUCK))
    return list(found.order_by("-submitted_at"))


def decisions_of(request: Request) -> list[Decision]:
    """What was decided, in order."""
    return list(Decision.objects.filter(request=request).order_by("decided_at", "pk"))


def members_with(
    role_ids: Iterable[UUID], today: date, *, without: Collection[UUID | None] = ()
) -> dict[UUID, set[UUID]]:
    """Role → active members who hold it or stand in today for one who does; `without` these, in person or represented."""
    wanted = set(role_ids)
    found: dict[UUID, set[UUID]] = {role: set() for role in wanted}
    held = MembershipRole.objects.filter(
        role_id__in=wanted, membership__active=True, membership__user__is_active=True
    )
    for role, member in held.exclude(membership_id__in=[each for each in without if each]).values_list(
        "role_id", "membership_id"
    ):
        found[role].add(member)
    deputies: dict[UUID, set[UUID]] = defaultdict(set)
    now = delegations_now(today).filter(deputy__active=True, deputy__user__is_active=True)
    for member, deputy in now.values_list("member_id", "deputy_id"):
        deputies[member].add(deputy)
    return {
        role: people.union(*(deputies[person] for person in people)) - set(without)
        for role, people in found.items()
    }


def delegations_of(member: UUID | None) -> list[Delegation]:
    """Whom a member asked to stand in, the latest first."""
    found = Delegation.objects.filter(member_id=member).select_related("deputy__user")
    return list(found.order_by("-starts_on", "-pk")[:50])


def possible_deputies(member: UUID | None) -> list[Membership]:
    """Active members besides oneself, by name."""
    found = Membership.objects.filter(active=True, user__is_active=True).select_related("user")
    return [each for each in found.order_by("user__name", "pk") if each.pk != member]


def step_names(request: Request) -> list[str]:
    """The roles of the request's steps as they are called now, in the reader's language."""
    held = {
        str(role.pk): role for role in Role.objects.filter(pk__in=[step["role"] for step in request.steps])
    }
    return [
        role_name(held[step["role"]].code, held[step["role"]].name) if step["role"] in held else step["name"]
        for step in request.steps
    ]


def transaction_time() -> datetime:
    """When the running transaction began, by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT transaction_timestamp()")
        moment: datetime = cursor.fetchone()[0]
        return moment

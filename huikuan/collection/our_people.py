"""Who of us leads: those who manage collection and those who lead cases, by whose customers they see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from huikuan.collection.stepping import Our
from huikuan.organizations.models import Membership, MembershipRole, Scope

MANAGE = "collection.manage"
LEGAL = "collection.legal"


@dataclass(frozen=True, slots=True)
class Holders:
    """Who holds a permission, by whose customers they see: those of a team, or all."""

    of_team: dict[str, list[UUID]]
    everywhere: list[UUID]


@dataclass(frozen=True, slots=True)
class Ours:
    """Active members, and of them who manages collection and who leads cases."""

    active: frozenset[UUID]
    managers: Holders
    legal: Holders


def our_people(roles: Collection[str]) -> Ours:
    """Who is here; of managers and legal only what these roles (`stepping.Our`) ask for."""
    active = Membership.objects.filter(active=True, user__is_active=True)
    found = {MANAGE: Holders(defaultdict(list), []), LEGAL: Holders(defaultdict(list), [])}
    if {Our.MANAGER.value, Our.LEGAL.value} & set(roles):
        held = MembershipRole.objects.filter(membership__in=active).order_by("membership_id")
        for member, team, scope, permissions in held.values_list(
            "membership_id", "membership__team", "role__scope", "role__permissions"
        ):
            for holders in (found[each] for each in found if each in permissions):
                if scope == Scope.TEAM.value and team:
                    holders.of_team[team].append(member)
                elif scope == Scope.ALL.value:
                    holders.everywhere.append(member)
    return Ours(frozenset(active.values_list("pk", flat=True)), found[MANAGE], found[LEGAL])

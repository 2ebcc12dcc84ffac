"""Whom a step reaches at a customer: people by role, who have an address of the kind that is needed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from huikuan.collection.positions import role_of
from huikuan.collection.stepping import Means, Their
from huikuan.customers.models import Contact as Person

TRADITIONAL = frozenset({"HK", "MO", "TW"})


@dataclass(frozen=True, slots=True)
class Address:
    """Where a message goes: to a person, or (no `person_id`) to a group of ours."""

    person_id: UUID | None
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class People:
    """The people of customers, in the order in which they were entered."""

    of: dict[UUID, list[Person]]

    def chosen(self, customer_id: UUID, channel: str, roles: Sequence[str]) -> list[Address]:
        """One for each of the roles that somebody has; where nobody has one, the first who can be reached."""
        reached = [
            (role_of(person.position), person)
            for person in self.of.get(customer_id, ())
            if (person.email_encrypted if channel == Means.EMAIL else person.phone_encrypted)
        ]
        found = []
        for role in roles:
            match = next((person for said, person in reached if said == Their(role)), None)
            if match is not None and match not in found:
                found.append(match)
        wanted = found or [person for _role, person in reached[:1]]
        return [
            Address(each.pk, each.name, each.email if channel == Means.EMAIL else each.phone)
            for each in wanted
        ]


def addresses_of(customer_ids: Collection[UUID]) -> People:
    """The people at customers."""
    of: dict[UUID, list[Person]] = {}
    for person in Person.objects.filter(customer_id__in=customer_ids).order_by("pk"):
        of.setdefault(person.customer_id, []).append(person)
    return People(of)


def language_of(country: str) -> str:
    """In which language a customer is written to."""
    if country in ("", "CN"):
        return "zh-hans"
    return "zh-hant" if country in TRADITIONAL else "en"

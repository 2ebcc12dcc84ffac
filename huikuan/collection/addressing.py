"""Whom a step reaches at a customer: people by role, who have an address of the kind that is needed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from huikuan.collection.positions import role_of
from huikuan.collection.stepping import Means, Their
from huikuan.core.encryption import blind_index, normalise_email
from huikuan.customers.models import Contact as Person
from huikuan.messaging.models import OptOut
from huikuan.messaging.models.messages import address_context
from huikuan.messaging.rules import OptOutKind

TRADITIONAL = frozenset({"HK", "MO", "TW"})


@dataclass(frozen=True, slots=True)
class Address:
    """Where a message goes: to a person, or (no `person_id`) to a group of ours."""

    person_id: UUID | None
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class People:
    """The people of customers, in the order in which they were entered; `dead`: whose e-mail address came back."""

    of: dict[UUID, list[Person]]
    dead: frozenset[UUID] = frozenset()

    def chosen(self, customer_id: UUID, channel: str, roles: Sequence[str]) -> list[Address]:
        """One for each of the roles that somebody has; where nobody has one, the first who can be reached."""
        reached = [
            (role_of(person.position), person)
            for person in self.of.get(customer_id, ())
            if (
                person.email_encrypted and person.pk not in self.dead
                if channel == Means.EMAIL
                else person.phone_encrypted
            )
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
    return People(of, bounced_people([person for each in of.values() for person in each]))


def bounced_people(people: Sequence[Person]) -> frozenset[UUID]:
    """Those at whose e-mail address, as it is now, nothing arrives: what was sent there came back for good.

    An address is kept once, with the customer to whom it was written; companies of a group share some.
    """
    rows = OptOut.objects.filter(kind=OptOutKind.BOUNCED.value, lifted_at__isnull=True)
    dead = {bytes(index) for index in rows.values_list("address_index", flat=True)} if people else set()
    return frozenset(person.pk for person in people if dead and _index(person) in dead)


def _index(person: Person) -> bytes | None:
    address = normalise_email(person.email)
    return blind_index(address, context=address_context(person.organization_id)) if address else None


def language_of(country: str) -> str:
    """In which language a customer is written to."""
    if country in ("", "CN"):
        return "zh-hans"
    return "zh-hant" if country in TRADITIONAL else "en"

"""Reads of warnings: the settings in force, what was warned of last, and who looks into it."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from huikuan.customers.models import Customer
from huikuan.customers.queries import visible_salespeople
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import MembershipRole
from huikuan.warnings.models import EarlyWarning, State, WarningSetting
from huikuan.warnings.rules import Kind, Last, Owner, Setting, shipped_setting

READ, CREDIT_ROLE, DECIDE = "credit.read", "credit_controller", "credit.write"


def settings_in_force() -> list[Setting]:
    """Every kind as the organization decided it, in the order of the kinds; as shipped where it did not.

    A threshold that a later version added has its shipped value.
    """
    decided = {row.kind: row for row in WarningSetting.objects.all()}
    return [_in_force(kind, decided.get(kind.value)) for kind in Kind]


def _in_force(kind: Kind, row: WarningSetting | None) -> Setting:
    shipped = shipped_setting(kind)
    if row is None:
        return shipped
    kept = {name: Decimal(text) for name, text in row.thresholds.items() if name in shipped.values}
    return Setting(kind, row.active, Owner(row.owner), {**shipped.values, **kept})


def warnings_seen(actor: Actor) -> QuerySet[EarlyWarning]:
    """The warnings about customers whom the actor sees."""
    found = EarlyWarning.objects.select_related("customer")
    people = visible_salespeople(actor)
    return found if people is None else found.filter(customer__salesperson_id__in=people)


def last_warnings(kinds: Collection[str]) -> dict[tuple[UUID, str], Last]:
    """The last warning of each kind about each customer."""
    rows = (
        EarlyWarning.objects.filter(kind__in=list(kinds))
        .order_by("customer_id", "kind", "-found_on", "-id")
        .distinct("customer_id", "kind")
        .values_list("customer_id", "kind", "found_on", "state", "closed_on")
    )
    return {
        (customer, kind): Last(found_on, state == State.OPEN, closed_on)
        for customer, kind, found_on, state, closed_on in rows
    }


def owners_of(wanted: Collection[tuple[UUID, Owner]]) -> dict[tuple[UUID, Owner], tuple[UUID, str]]:
    """Who looks into warnings about customers: membership and name; absent where nobody can.

    The salesperson where it works here and may see credit, else the credit controller, else whoever sets limits.
    """
    people = _people()
    controller = next(
        (each for each in people if CREDIT_ROLE in each[2]),
        next((each for each in people if DECIDE in each[3]), None),
    )
    readers = {key: (key, name) for key, name, _roles, permissions in people if READ in permissions}
    sellers = dict(
        Customer.objects.filter(
            pk__in={key for key, owner in wanted if owner == Owner.SALESPERSON},
            salesperson__membership__isnull=False,
        ).values_list("pk", "salesperson__membership_id")
    )
    found = {}
    for key, owner in wanted:
        person = readers.get(sellers[key]) if owner == Owner.SALESPERSON and key in sellers else None
        if person is None and controller is not None:
            person = controller[:2]
        if person is not None:
            found[key, owner] = person
    return found


def _people() -> list[tuple[UUID, str, set[str], set[str]]]:
    """Active members: membership, name, roles and permissions, in the order they came."""
    rows = MembershipRole.objects.filter(
        membership__active=True, membership__user__is_active=True
    ).values_list("membership_id", "membership__user__name", "role__code", "role__permissions")
    found: dict[UUID, tuple[UUID, str, set[str], set[str]]] = {}
    for key, name, role, permissions in rows.order_by("membership_id"):
        person = found.setdefault(key, (key, name, set(), set()))
        person[2].add(role)
        person[3].update(permissions)
    return list(found.values())

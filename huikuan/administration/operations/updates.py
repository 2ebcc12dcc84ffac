"""What a newer version brings to organizations that were there before it: accounts, posting rules, permissions,
a scorecard, a collection policy as a draft.
"""

from __future__ import annotations

from huikuan.administration.operations.organization import locked_organization
from huikuan.audit.operations import act, record_event
from huikuan.collection.operations import complete_policies
from huikuan.core.postgres.tenancy import tenant
from huikuan.credit.operations import complete_cards
from huikuan.ledger.operations.books import complete_books
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization, Role
from huikuan.organizations.permissions import PERMISSIONS, SHIPPED_ROLES


def complete_organizations(*, actor: Actor) -> int:
    """Bring every organization up to this version, each in a transaction of its own; returns how many changed.

    Called outside `tenant()`, after the schema was changed.
    """
    changed = 0
    for key in Organization.objects.values_list("pk", flat=True):
        with tenant(key):
            books = complete_books(actor=actor)
            roles = complete_roles(actor=actor)
            cards = complete_cards(actor=actor)
            policies = complete_policies(actor=actor)
            changed += books or roles or cards or policies
    return changed


def complete_roles(*, actor: Actor) -> bool:
    """Give the shipped roles of the current organization the permissions that it has not known yet."""
    organization = locked_organization()
    new = PERMISSIONS.keys() - set(organization.known_permissions)
    if not new:
        return False
    shipped = {role.code: set(role.permissions) & new for role in SHIPPED_ROLES}
    with act("complete_roles", actor=actor):
        for role in Role.objects.select_for_update().filter(code__in=list(shipped)).order_by("pk"):
            gained = shipped[role.code] - set(role.permissions)
            if not gained:
                continue
            before = list(role.permissions)
            role.permissions = [code for code in PERMISSIONS if code in gained or code in before]
            role.save(update_fields=["permissions"])
            record_event(
                action="changed",
                record_kind="role",
                record_id=role.pk,
                number=role.code,
                content={"permissions": role.permissions, "before": {"permissions": before}},
            )
        organization.known_permissions = list(PERMISSIONS)
        organization.save(update_fields=["known_permissions"])
    return True

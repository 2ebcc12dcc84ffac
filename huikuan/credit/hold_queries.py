"""Reads of orders that wait: who may let them go, and which would pass now."""

from __future__ import annotations

from uuid import UUID

from huikuan.credit.models import OrderHold
from huikuan.organizations.models import Membership, MembershipRole, Role


def who_may_release() -> dict[UUID, str]:
    """Members who may release orders, with their names; nobody may release what they sell themselves."""
    roles = [row.pk for row in Role.objects.all() if "credit.release" in row.permissions]
    members = MembershipRole.objects.filter(role_id__in=roles).values_list("membership_id", flat=True)
    found = Membership.objects.filter(pk__in=list(members), active=True, user__is_active=True)
    return dict(found.order_by("user__name").values_list("pk", "user__name"))


def releasers_of(hold: OrderHold) -> list[str]:
    """The names of those who may release this order; nobody where it is blocked."""
    if hold.forced:
        return []
    return [name for key, name in who_may_release().items() if str(key) not in hold.sellers]

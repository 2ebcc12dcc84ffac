"""Who acts, and what they may do: the one place where permissions are checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.core.errors import HuikuanError
from huikuan.organizations.models import Scope
from huikuan.organizations.permissions import PERMISSIONS

LOCAL_OPERATOR = "local operator"
SCHEDULE = "schedule"


class NotPermitted(HuikuanError):
    """The actor's roles do not hold the permission."""

    code = "not_permitted"


@dataclass(frozen=True)
class Actor:
    """A person (or the local operator) inside one organization.

    `permissions` are codes of the permission table; `scope` the widest of the actor's roles.
    """

    name: str
    permissions: frozenset[str]
    scope: str
    user_id: UUID | None = None
    membership_id: UUID | None = None
    team: str = ""
    roles: tuple[str, ...] = ()
    address: str = field(default="", compare=False)

    def may(self, permission: str) -> bool:
        """Whether the actor holds `permission`; an unknown permission is a programming error."""
        if permission not in PERMISSIONS:
            raise KeyError(permission)
        return permission in self.permissions

    def require(self, permission: str) -> None:
        """Raise NotPermitted unless the actor holds `permission`."""
        if not self.may(permission):
            raise NotPermitted(
                _("您没有「%(permission)s」的权限，请联系管理员。") % {"permission": PERMISSIONS[permission]}
            )


def local_operator() -> Actor:
    """Who runs commands on the machine itself: may do everything, and is named so in the trail."""
    return Actor(
        name=LOCAL_OPERATOR, permissions=frozenset(PERMISSIONS), scope=Scope.ALL.value, roles=("operator",)
    )


def actor_words(name: str) -> str:
    """Who acted, by the name that was recorded; the machine and whoever works at it in the reader's language."""
    words = {LOCAL_OPERATOR: _("本机操作员"), SCHEDULE: _("定时任务")}
    return words.get(name, name)

"""Roles: what they may do and whose customers they reach."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from huikuan.administration.operations.organization import locked_organization
from huikuan.administration.operations.people import require_administrator
from huikuan.approvals.queries import approves_with
from huikuan.audit.operations import act, record_event
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import MembershipRole, Role, Scope
from huikuan.organizations.permissions import PERMISSIONS, SHIPPED_ROLES
from huikuan.organizations.queries import administrators, role_state

CUSTOM = "custom-"


class RoleRefused(HuikuanError):
    """The role cannot be added, changed or deleted as asked."""

    code = "role_refused"


@dataclass(frozen=True)
class RoleChange:
    """What a role shall be. `seen`: its state (`role_state`) when the person looked at it."""

    role_id: UUID
    scope: str
    permissions: frozenset[str]
    seen: str


def change_roles(*, changes: Iterable[RoleChange], actor: Actor) -> int:
    """Give roles other permissions and scopes; returns how many changed. Counts from the next request.

    Refused whole when a role was changed by somebody else meanwhile, or nobody could change settings any more.
    """
    actor.require("organization.write")
    with act("change_roles", actor=actor):
        locked_organization()
        had_administrator = bool(administrators())
        roles = {role.pk: role for role in Role.objects.select_for_update().order_by("pk")}
        changed = 0
        for change in changes:
            role = roles.get(change.role_id)
            if role is None or change.seen != role_state(role):
                raise RoleRefused(
                    _("角色在您编辑时被别人改过了。您的勾选还在，请刷新后核对。"), code="changed_meanwhile"
                )
            changed += _become(role, change.scope, change.permissions)
        require_administrator(had_administrator)
    return changed


def _become(role: Role, scope: str, permissions: Iterable[str]) -> bool:
    """Write the role and its event if it really changes."""
    if scope not in Scope.values or not set(permissions) <= PERMISSIONS.keys():
        raise RoleRefused(_("不认识的权限或范围。"), code="unknown_permission")
    before = _facts(role)
    role.scope = scope
    role.permissions = [code for code in PERMISSIONS if code in set(permissions)]
    after = _facts(role)
    changed = {key: value for key, value in before.items() if after[key] != value}
    if not changed:
        return False
    role.save(update_fields=["scope", "permissions"])
    _record(role, "changed", {**{key: after[key] for key in changed}, "before": changed})
    return True


def add_role(*, name: str, copy_of: UUID | None = None, actor: Actor) -> Role:
    """Add a role, empty or with what another one may do."""
    actor.require("organization.write")
    with act("add_role", actor=actor):
        locked_organization()
        name = _free_name(name)
        numbers = [
            int(code.removeprefix(CUSTOM))
            for code in Role.objects.filter(code__startswith=CUSTOM).values_list("code", flat=True)
            if code.removeprefix(CUSTOM).isdigit()
        ]
        model = Role.objects.filter(pk=copy_of).first() if copy_of else None
        role = Role.objects.create(
            organization_id=current_organization_id(),
            code=f"{CUSTOM}{max(numbers, default=0) + 1}",
            name=name,
            scope=model.scope if model else Scope.OWN.value,
            permissions=list(model.permissions) if model else [],
        )
        _record(role, "created", {"name": role.name, **_facts(role)})
    return role


def rename_role(*, role_id: UUID, name: str, actor: Actor) -> None:
    """Call a role something else."""
    actor.require("organization.write")
    with act("rename_role", actor=actor):
        locked_organization()
        role = Role.objects.get(pk=role_id)
        before = role.name
        if before == name.strip():
            return
        role.name = _free_name(name)
        role.save(update_fields=["name"])
        _record(role, "changed", {"name": role.name, "before": {"name": before}})


def reset_role(*, role_id: UUID, actor: Actor) -> None:
    """Bring a shipped role back to what it was shipped as."""
    actor.require("organization.write")
    with act("reset_role", actor=actor):
        locked_organization()
        had_administrator = bool(administrators())
        role = Role.objects.select_for_update().get(pk=role_id)
        shipped = next((each for each in SHIPPED_ROLES if each.code == role.code), None)
        if shipped is None:
            raise RoleRefused(_("“%s”不是随产品提供的角色。") % role.name, code="not_shipped")
        _become(role, shipped.scope, shipped.permissions)
        require_administrator(had_administrator)


def delete_role(*, role_id: UUID, actor: Actor) -> None:
    """Delete a role that nobody holds."""
    actor.require("organization.write")
    with act("delete_role", actor=actor):
        locked_organization()
        role = Role.objects.select_for_update().get(pk=role_id)
        holders = MembershipRole.objects.filter(role=role).count()
        if holders:
            raise RoleRefused(
                _("“%(name)s”还有 %(count)d 位用户，请先给他们别的角色。")
                % {"name": role.name, "count": holders},
                code="role_held",
            )
        if approves_with(role.pk):
            raise RoleRefused(
                _("“%s”还在审批设置或未办完的申请里，请先在“设置 › 审批”中换掉它。") % role.name,
                code="role_approves",
            )
        _record(role, "removed", {"name": role.name, **_facts(role)})
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM organizations_role WHERE organization_id = %s AND id = %s",
                [role.organization_id, role.pk],
            )


def _free_name(name: str) -> str:
    name = name.strip()[:60]
    if not name:
        raise RoleRefused(_("请填写角色名称。"), code="name_missing")
    if Role.objects.filter(name=name).exists():
        raise RoleRefused(_("已经有叫“%s”的角色。") % name, code="name_taken")
    return name


def _facts(role: Role) -> dict[str, Any]:
    permissions: Sequence[str] = role.permissions
    return {"scope": str(role.scope), "permissions": sorted(permissions)}


def _record(role: Role, action: str, content: dict[str, Any]) -> None:
    record_event(action=action, record_kind="role", record_id=role.pk, number=role.code, content=content)

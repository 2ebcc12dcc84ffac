"""Members: inviting, changing, shutting out and letting in again."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from huikuan.administration.operations.organization import locked_organization
from huikuan.audit.operations import act, record_event
from huikuan.core.encryption import normalise_phone
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.customers.models import Salesperson
from huikuan.organizations.actors import Actor
from huikuan.organizations.invitations import invitation_token, is_invited
from huikuan.organizations.models import Membership, MembershipRole, Role, User
from huikuan.organizations.operations import forget_password, set_password
from huikuan.organizations.queries import actor_of, administrators, organizations_of, user_by_login

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another


class MemberRefused(HuikuanError):
    """The member cannot be invited or changed as asked."""

    code = "member_refused"


@dataclass(frozen=True)
class InvitedMember:
    """A new member. `token` makes the link by which they choose a password (organizations/invitations.py).

    Empty for somebody who had an account already, and where a first password was given.
    """

    membership: Membership
    token: str
    is_new: bool


def invite_member(
    *,
    name: str,
    login: str,
    role_ids: Iterable[UUID],
    team: str = "",
    salesperson_id: UUID | None = None,
    password: str = "",
    actor: Actor,
) -> InvitedMember:
    """Let a person work here, found by e-mail or phone; a new one gets a link to choose a password.

    `password`: a first password instead of the link, for a new one, to be changed at the first sign-in.
    """
    actor.require("organization.write")
    with act("invite_member", actor=actor):
        locked_organization()
        user = user_by_login(login)
        is_new = user is None
        if user is None:
            user = _new_user(name.strip(), login.strip(), password)
        elif Membership.objects.filter(user=user).exists():
            raise MemberRefused(_("%s 已经是本组织的用户。") % user.name, code="member_exists")
        membership = Membership.objects.create(
            organization_id=current_organization_id(), user=user, team=team.strip()
        )
        _hold_roles(membership, role_ids)
        _link(membership, salesperson_id)
        record_event(
            action="invited", record_kind="member", record_id=membership.pk, content=_facts(membership)
        )
        token = _link_of(membership) if is_new and not password else ""
    return InvitedMember(membership, token, is_new)


def _link_of(membership: Membership) -> str:
    return invitation_token(membership.user, organization_id=membership.organization_id)


def _new_user(name: str, login: str, password: str) -> User:
    if not name:
        raise MemberRefused(_("请填写姓名。"), code="name_missing")
    email, phone = (login, "") if "@" in login else ("", login)
    try:
        if email:
            validate_email(email)
    except ValidationError:
        email = ""
    if not email and not normalise_phone(phone):
        raise MemberRefused(_("请填写正确的邮箱或手机号：%s") % login, code="login_invalid")
    try:
        with transaction.atomic():
            user = User.objects.create_user(
                name=name[:100], password=password or None, email=email, phone=phone
            )
    except IntegrityError as error:
        raise MemberRefused(_("这个邮箱或手机号属于一个已停用的账户。"), code="login_taken") from error
    if password:
        set_password(user, password, must_change=True)
    return user


def first_password() -> str:
    """Twelve letters and digits in groups of four: about 59 bits, easy to read out."""
    return "-".join("".join(secrets.choice(_LETTERS) for _place in range(4)) for _group in range(3))


def change_member(
    *,
    membership_id: UUID,
    role_ids: Iterable[UUID],
    team: str,
    salesperson_id: UUID | None,
    actor: Actor,
) -> None:
    """Change the roles, the team and the salesperson's record of a member; counts from the next request."""
    actor.require("organization.write")
    with act("change_member", actor=actor):
        locked_organization()
        membership = Membership.objects.select_for_update(of=("self",)).get(pk=membership_id)
        had_administrator, before = bool(administrators()), _facts(membership)
        membership.team = team.strip()
        membership.save(update_fields=["team"])
        MembershipRole.objects.filter(membership=membership).delete()
        _hold_roles(membership, role_ids)
        _link(membership, salesperson_id)
        require_administrator(had_administrator)
        _record_change(membership, before)


def set_member_active(*, membership_id: UUID, active: bool, actor: Actor) -> None:
    """Shut a member out, or let them in again. Never oneself, never the last administrator."""
    actor.require("organization.write")
    if not active and membership_id == actor.membership_id:
        raise MemberRefused(_("不能停用自己。请另一位管理员来做。"), code="oneself")
    with act("activate_member" if active else "deactivate_member", actor=actor):
        locked_organization()
        membership = Membership.objects.select_for_update(of=("self",)).get(pk=membership_id)
        had_administrator, before = bool(administrators()), _facts(membership)
        membership.active = active
        membership.save(update_fields=["active"])
        require_administrator(had_administrator)
        _record_change(membership, before)


def invite_again(*, membership_id: UUID, actor: Actor) -> InvitedMember:
    """A new link for a member who has not come in yet, or forgot the password.

    The password so far and earlier links are void from now on. Refused for people who also work elsewhere: one
    organization's administrator would get into another.
    """
    actor.require("organization.write")
    if membership_id == actor.membership_id:
        raise MemberRefused(_("自己的密码请在“修改密码”里改。"), code="oneself")
    with act("invite_again", actor=actor):
        membership = Membership.objects.select_related("user").get(pk=membership_id)
        if len(organizations_of(membership.user_id)) > 1:
            raise MemberRefused(
                _("%s 还在别的组织工作，密码不能由一个组织重设。") % membership.user.name,
                code="works_elsewhere",
            )
        forget_password(membership.user)
        record_event(action="invited", record_kind="member", record_id=membership.pk)
    return InvitedMember(membership, _link_of(membership), is_new=False)


class InvitationSpent(HuikuanError):
    """The link is not whole, too old, used already, or replaced by a newer one."""

    code = "invitation_spent"


def accept_invitation(*, user_id: UUID, token: str, password: str, address: str = "") -> User:
    """Choose the first password by a link into the current organization. Raises InvitationSpent.

    The person is locked: of two who use a link at once, one comes too late.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().filter(pk=user_id).first()
        actor = actor_of(user, address=address) if user is not None and user.is_active else None
        if (
            user is None
            or actor is None
            or not is_invited(user, token, organization_id=current_organization_id())
        ):
            raise InvitationSpent(_("这个邀请链接已经用过、过期或不完整。请向管理员要一个新的。"))
        with act("accept_invitation", actor=actor):
            set_password(user, password, must_change=False)
            record_event(action="password_changed", record_kind="user", record_id=user.pk)
    return user


def require_administrator(had_one: bool) -> None:
    """Refuse what would leave nobody who can change settings."""
    if had_one and not administrators():
        raise MemberRefused(
            _("这样就没有人能维护组织、角色与用户了。请先让另一个人担任管理员。"), code="last_administrator"
        )


def _hold_roles(membership: Membership, role_ids: Iterable[UUID]) -> None:
    wanted = set(role_ids)
    roles = list(Role.objects.filter(pk__in=wanted))
    if not wanted or len(roles) != len(wanted):
        raise MemberRefused(_("请至少选择一个角色。"), code="role_missing")
    MembershipRole.objects.bulk_create(
        MembershipRole(organization_id=membership.organization_id, membership=membership, role=role)
        for role in roles
    )


def _link(membership: Membership, salesperson_id: UUID | None) -> None:
    """Let the member be this salesperson and no other."""
    others = Salesperson.objects.filter(membership=membership)
    if salesperson_id is None:
        others.update(membership=None)
        return
    others.exclude(pk=salesperson_id).update(membership=None)
    free = Salesperson.objects.filter(pk=salesperson_id, membership__isnull=True)
    if not free.update(membership=membership) and not (
        Salesperson.objects.filter(pk=salesperson_id, membership=membership).exists()
    ):
        raise MemberRefused(_("这个业务员已经是另一位用户。"), code="salesperson_taken")


def _facts(membership: Membership) -> dict[str, Any]:
    held = MembershipRole.objects.filter(membership_id=membership.pk)
    linked = Salesperson.objects.filter(membership_id=membership.pk).order_by("code")
    return {
        "roles": sorted(held.values_list("role__code", flat=True)),
        "team": membership.team,
        "active": membership.active,
        "salespeople": list(linked.values_list("code", flat=True)),
    }


def _record_change(membership: Membership, before: dict[str, Any]) -> None:
    after = _facts(membership)
    changed = {key: value for key, value in before.items() if after[key] != value}
    if changed:
        record_event(
            action="changed",
            record_kind="member",
            record_id=membership.pk,
            content={**{key: after[key] for key in changed}, "before": changed},
        )

"""The only writers of settings; each change is an act that says what was before."""

from huikuan.administration.operations.organization import (
    SettingRefused,
    change_organization,
    note_first_steps,
)
from huikuan.administration.operations.people import (
    InvitationSpent,
    InvitedMember,
    MemberRefused,
    accept_invitation,
    change_member,
    first_password,
    invite_again,
    invite_member,
    set_member_active,
)
from huikuan.administration.operations.roles import (
    RoleChange,
    RoleRefused,
    add_role,
    change_roles,
    delete_role,
    rename_role,
    reset_role,
)
from huikuan.administration.operations.setup import FOUNDER_ROLES, Founder, SetupRefused, set_up
from huikuan.administration.operations.terms import TermRefused, save_term

__all__ = [
    "FOUNDER_ROLES",
    "Founder",
    "InvitationSpent",
    "InvitedMember",
    "MemberRefused",
    "RoleChange",
    "RoleRefused",
    "SettingRefused",
    "SetupRefused",
    "TermRefused",
    "accept_invitation",
    "add_role",
    "change_member",
    "change_organization",
    "change_roles",
    "delete_role",
    "first_password",
    "invite_again",
    "invite_member",
    "note_first_steps",
    "rename_role",
    "reset_role",
    "save_term",
    "set_member_active",
    "set_up",
]

"""The links by which invited people come in and choose their password: signed, for some days, for one time.

A link is good while the person's password and last sign-in are those it was made with (see
django.contrib.auth.tokens), so that it is spent with the first use, and void once a new one is made.
"""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.tokens import PasswordResetTokenGenerator

from huikuan.organizations.models import User


class _Tokens(PasswordResetTokenGenerator):
    """Tokens of one organization's invitations. They last settings.PASSWORD_RESET_TIMEOUT seconds."""

    def __init__(self, organization_id: UUID) -> None:
        super().__init__()
        self.key_salt = f"huikuan.invitation.{organization_id}"


def invitation_token(user: User, *, organization_id: UUID) -> str:
    """What makes a person's link into an organization good."""
    return _Tokens(organization_id).make_token(user)


def is_invited(user: User, token: str, *, organization_id: UUID) -> bool:
    """Whether a link is whole, of this organization, not too old and not used yet."""
    return _Tokens(organization_id).check_token(user, token)

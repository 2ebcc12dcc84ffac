"""The link by which a reader of a reminder says that no more are wanted: signed, good without signing in."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.core import signing

from huikuan.messaging.models import Message
from huikuan.messaging.rules import MessageChannel

_SALT = "huikuan.messaging.unsubscribe"


def unsubscribe_address(message: Message) -> str:
    """The address of the page; "" where the installation is not reached from outside, or the channel has none."""
    base = str(settings.PUBLIC_URL).rstrip("/")
    if not base or message.channel != MessageChannel.EMAIL:
        return ""
    return f"{base}/unsubscribe/{unsubscribe_token(message)}/"


def unsubscribe_token(message: Message) -> str:
    """A token for the address of a message, which nobody else can make."""
    return signing.dumps(f"{message.organization_id}:{message.pk}", salt=_SALT)


def unsubscribing(token: str) -> tuple[UUID, UUID] | None:
    """The organization and the message of a token; None for one that was not made here."""
    try:
        organization, _colon, message = str(signing.loads(token, salt=_SALT)).partition(":")
        return UUID(organization), UUID(message)
    except (signing.BadSignature, ValueError):
        return None

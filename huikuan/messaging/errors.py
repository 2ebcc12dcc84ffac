"""What is refused about messages."""

from __future__ import annotations

from huikuan.core.errors import HuikuanError


class MessageRefused(HuikuanError):
    """A message cannot be queued or settled as asked; nothing was changed."""

    code = "message_refused"


class SenderRefused(HuikuanError):
    """A sender cannot be set up as asked; nothing was changed."""

    code = "sender_refused"

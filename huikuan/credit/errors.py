"""What credit refuses, in the reader's words."""

from __future__ import annotations

from huikuan.core.errors import HuikuanError


class CreditRefused(HuikuanError):
    """The act on limits, reservations or holds is not possible; nothing was changed and nothing reserved."""

    code = "credit_refused"

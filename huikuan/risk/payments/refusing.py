"""Why an act on payment models is not possible."""

from __future__ import annotations

from huikuan.core.errors import HuikuanError


class PaymentModelRefused(HuikuanError):
    """The act on payment models is not possible; nothing was changed."""

    code = "payment_model_refused"

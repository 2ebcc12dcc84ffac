"""Which packages know something that bears on payment."""

from __future__ import annotations

from huikuan.collection.payment_facts import PAYMENT_FACTS
from huikuan.risk.payments.own_sources import OWN_SOURCES
from huikuan.risk.payments.sources import register_payment_facts


def register_risk() -> None:
    """The sources that risk reads itself, and those that packages above it offer as `PAYMENT_FACTS`."""
    register_payment_facts(*OWN_SOURCES, *PAYMENT_FACTS)

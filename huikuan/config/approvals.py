"""Which acts can be put up for approval."""

from __future__ import annotations

from huikuan.approvals.registry import register
from huikuan.ledger.requests import KINDS as LEDGER_KINDS


def register_approvals() -> None:
    """Each package above approvals offers its kinds as a tuple `KINDS`, listed here."""
    register(*LEDGER_KINDS)

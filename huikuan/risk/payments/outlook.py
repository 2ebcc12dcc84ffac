"""What predictions come to by customer, for everybody who ranks, warns or judges by it, and whether they may.

Kept in `risk_customer_outlook`, made anew with the predictions; what is older than `FRESH_DAYS` is not looked at.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, timedelta

from huikuan.risk.payments.models import PredictionUse

FRESH_DAYS = 7
LATE_DAYS = 30


@dataclass(frozen=True, slots=True)
class Uses:
    """Where predictions take part: points of the worklist, suggested next steps, whom not to chase, warnings, grades."""

    worklist: bool = True
    next_step: bool = True
    leave_alone: bool = True
    warnings: bool = True
    credit: bool = True


def uses_in_force() -> Uses:
    """As the organization decided; everywhere where it did not."""
    row = PredictionUse.objects.first()
    return Uses(**{name: getattr(row, name) for name in asdict(Uses())}) if row else Uses()


def fresh_since(today: date) -> date:
    """The first day whose outlooks still count."""
    return today - timedelta(days=FRESH_DAYS - 1)

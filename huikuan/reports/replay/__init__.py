"""政策重放: what a scorecard and the rules of the gates would have done to the orders of the past, as known then."""

from huikuan.reports.replay.data import as_data
from huikuan.reports.replay.replaying import (
    AS_GIVEN,
    BY_CARD,
    Chosen,
    Judged,
    Replay,
    ReplayRefused,
    last_full_months,
    replay,
)

__all__ = [
    "AS_GIVEN",
    "BY_CARD",
    "Chosen",
    "Judged",
    "Replay",
    "ReplayRefused",
    "as_data",
    "last_full_months",
    "replay",
]

"""What a model says of debts: how likely late, when, and what comes in which week. Pure but for the model's text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huikuan.risk.payments.hazard import Debts, WorkedDays, booster, hazards
from huikuan.risk.payments.history import ShrunkenHistory
from huikuan.risk.payments.periods import COUNT, by_day_cdf, quantile_day, spread
from huikuan.risk.payments.reasons import plain_reasons, reasons

Numbers = NDArray[np.float64]
HAZARD, HISTORY = "hazard", "history"
BEYOND = 365.0  # days after the due day that are said where no date can be


@dataclass(frozen=True)
class Predicted:
    """Of each debt: probabilities and day numbers. `paid`: probability of payment by period."""

    due: Numbers
    first_day: Numbers
    paid: Numbers

    def late(self, days: int) -> Numbers:
        """Probability of being paid `days` days after the due day or later, or never."""
        return (1 - by_day_cdf(self.paid, self.first_day, np.full(len(self.due), days - 1.0))).clip(0, 1)

    def day(self, level: float) -> Numbers:
        """Days from due by which the debt is paid with probability `level`; a year where it is not foreseeable."""
        return np.minimum(quantile_day(self.paid, self.first_day, level), BEYOND).clip(self.first_day, None)

    def paid_by(self, day: Numbers) -> Numbers:
        """Probability of being paid by the end of a day (day numbers)."""
        days = day - self.due
        return np.where(days < self.first_day, 0.0, by_day_cdf(self.paid, self.first_day, days))


@lru_cache(maxsize=4)
def _boosters(text: str) -> dict[str, Any]:
    return {phase: booster(each) for phase, each in json.loads(text).items()}


def hazard_text(at_issue: str, while_open: str) -> str:
    """A hazard model as it is kept: its trees for questions at issue, and those for questions while a debt is open."""
    return json.dumps({"issue": at_issue, "open": while_open or at_issue})


def _phases(text: str, debts: Debts) -> list[tuple[Any, NDArray[np.bool_]]]:
    trees = _boosters(text)
    return [
        (trees[phase], chosen)
        for phase, chosen in (("issue", debts.at_issue), ("open", ~debts.at_issue))
        if chosen.any()
    ]


def predicted(method: str, text: str, debts: Debts, worked: WorkedDays) -> Predicted:
    """What the model says of debts."""
    if method == HISTORY:
        found = ShrunkenHistory.read(text).hazards_of(debts)
    else:
        found = np.zeros((len(debts.due), COUNT))
        for trees, chosen in _phases(text, debts):
            found[chosen] = hazards(trees, debts.only(chosen), worked)
    return Predicted(debts.due, debts.first_day, spread(found, debts.first_day))


def reasons_of(
    method: str, text: str, debts: Debts, rows: Mapping[str, Numbers], worked: WorkedDays
) -> list[list[dict[str, Any]]]:
    """What moved each prediction (`reasons.reasons`)."""
    if method == HISTORY:
        return plain_reasons(debts, rows)
    told: list[list[dict[str, Any]]] = [[] for _row in range(len(debts.due))]
    for trees, chosen in _phases(text, debts):
        some = {name: values[chosen] for name, values in rows.items()}
        for at, each in zip(
            np.nonzero(chosen)[0], reasons(trees, debts.only(chosen), some, worked), strict=True
        ):
            told[at] = each
    return told

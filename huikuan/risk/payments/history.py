"""The plain way where there is too little to learn from: how all debts were paid, moved by the customer's own delay. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huikuan.risk.payments.hazard import Debts
from huikuan.risk.payments.periods import COUNT, ENDS, STARTS, period_of

Numbers = NDArray[np.float64]
PRIOR = 5.0  # debts' worth of the assumption below, where there are none


def assumed() -> Numbers:
    """Hazards assumed before anything is known: nobody pays early, four in ten on the day, then one in eight a day."""
    made = np.where(ENDS < 0, 0.0, np.where(ENDS == 0, 0.4, 0.125))
    length = ENDS - STARTS + 1
    return np.where(ENDS > 0, 1 - (1 - made) ** length.clip(1, 30), made)


@dataclass(frozen=True)
class ShrunkenHistory:
    """Hazards of all debts by period, and the mean days late at which they stand."""

    hazards: Numbers
    mean_days: float

    @classmethod
    def of(cls, debts: Debts, ended: Numbers, paid: NDArray[np.bool_]) -> ShrunkenHistory:
        """What debts at issue teach: how many were paid in each period of those that were still unpaid."""
        first, last = period_of(debts.first_day), period_of(ended)
        events, at_risk = np.zeros(COUNT), np.zeros(COUNT)
        inside = paid & (last < COUNT)
        np.add.at(events, last[inside], 1)
        for period in range(COUNT):
            at_risk[period] = ((first <= period) & (np.where(paid, last >= period, last > period))).sum()
        hazards = (events + PRIOR * assumed()) / (at_risk + PRIOR)
        mean = float(ended[paid].clip(-30, 90).sum() / (paid.sum() + PRIOR))
        return cls(hazards, mean)

    @classmethod
    def read(cls, text: str) -> ShrunkenHistory:
        """Back from `text`."""
        data = json.loads(text)
        return cls(np.array(data["hazards"]), data["mean_days"])

    def text(self) -> str:
        """As it is kept."""
        return json.dumps(
            {"hazards": [round(float(each), 9) for each in self.hazards], "mean_days": self.mean_days}
        )

    def hazards_of(self, debts: Debts) -> Numbers:
        """Hazards (rows × COUNT): those of all, moved by how much later the customer pays, shrunk toward all."""
        means = debts.features[:, debts.names.index("mean_days")].astype(np.float64)
        shift = np.round(means - self.mean_days)
        middle = (STARTS + ENDS) / 2
        found = self.hazards[np.minimum(period_of(middle[None, :] - shift[:, None]), COUNT - 1)]
        return np.where(ENDS[None, :] < debts.first_day[:, None], 0.0, found)

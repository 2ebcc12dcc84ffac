"""What a clerk would say without a model: it is paid on the due day; or as late as this customer usually is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huikuan.risk.payments.features import Histories, fetch
from huikuan.risk.payments.hazard import Debts

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Baselines:
    """Days from due that each way of guessing says, and the customer's own share of late debts, shrunk."""

    due: Numbers
    median: Numbers
    late_share: dict[int, Numbers]

    @classmethod
    def before(cls, rows: Histories, debts: Debts, origin: int) -> Baselines:
        """With each customer's median delay as known before `origin`; 0 where it has none."""
        found = fetch(
            """
            SELECT c.customer, percentile_disc(0.5) WITHIN GROUP (ORDER BY t.paid_on - i.due) AS median
            FROM payments_turn t
            JOIN payments_item i USING (item)
            JOIN payments_customer c ON c.id = i.customer_id
            WHERE t.known < %(origin)s AND t.turn = 1 AND t.how = 'paid'
            GROUP BY c.customer
            """,
            {"origin": origin},
        )
        usual = np.zeros(int(max(rows["customer"].max(), found["customer"].max(initial=0))) + 1)
        usual[found["customer"].astype(int)] = found["median"]
        median = np.maximum(usual[rows["customer"].astype(int)], debts.first_day)
        shares = {days: debts.features[:, debts.names.index(f"rate{days}")].astype(float) for days in (5, 30)}
        return cls(np.maximum(np.zeros(len(rows)), debts.first_day), median, shares)

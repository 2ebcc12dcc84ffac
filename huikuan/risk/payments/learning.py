"""From the ledger to a model: rows that were known, what came of them, and which way of predicting is good enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from huikuan.risk.payments.columns import columns_of
from huikuan.risk.payments.features import Histories, fetch, histories
from huikuan.risk.payments.hazard import Debts
from huikuan.risk.payments.periods import Numbers
from huikuan.risk.payments.sources import registered_payment_facts
from huikuan.risk.payments.staging import Cut

FOREVER = 1_000_000
MOST_DEBTS = 60_000  # debts to learn from; of more, as many are drawn by their numbers
DRAWS = 100_000

# The last turn of each item, as known on a day.
LAST_TURN = (
    "SELECT DISTINCT ON (item) item, turn, paid_on, known, how FROM payments_turn"
    " WHERE known <= %(known_by)s ORDER BY item, known DESC, id DESC"
)

AT_ISSUE = "SELECT item, known AS day, 1 AS ord FROM payments_item WHERE since = known AND issued BETWEEN {0} AND {1}"

# Every 28th day while an item is open, from a day that its number says, its day of issue included. Each day is as likely
# to be learned from as any other: one day drawn of each item would show long-unpaid ones too seldom, and all would seem
# to pay sooner, as they would if their first week were left out.
WHILE_OPEN = (
    """
    SELECT item, day, 9 AS ord
    FROM (
        SELECT i.item, i.since, least(CASE WHEN l.turn = 1 THEN l.known - 1 ELSE {1} END, {1}, i.since + 420) AS last
        FROM payments_item i LEFT JOIN ("""
    + LAST_TURN
    + """) l USING (item)
        WHERE i.issued BETWEEN {0} AND {1}
    ) each
    CROSS JOIN LATERAL generate_series(since + (item::bigint * 7919 %% 28)::int, last, 28) day
"""
)

OPEN_ON = """
    SELECT i.item, d.day, 9 AS ord
    FROM unnest(%(days)s::int[]) d (day)
    JOIN payments_item i ON i.known <= d.day AND i.since <= d.day
    LEFT JOIN payments_move m ON m.item = i.item AND m.known <= d.day
    GROUP BY i.item, d.day, i.amount
    HAVING coalesce(sum(m.amount), 0) <= i.amount - 0.0005
"""


@dataclass(frozen=True)
class Outcomes:
    """What became of rows: days from due. Where `paid` is false, `ended` is the last day known to be without payment."""

    ended: Numbers
    paid: NDArray[np.bool_]

    def late(self, days: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Whether each was at least `days` late, and of which of them that is known."""
        late = self.ended >= np.where(self.paid, days, days - 1)
        return late, self.paid | late

    def only(self, chosen: NDArray[Any]) -> Outcomes:
        """The chosen rows."""
        return Outcomes(self.ended[chosen], self.paid[chosen])


def known_rows(cut: Cut, most: int = MOST_DEBTS) -> Histories:
    """What there is to learn from: at most so many debts at issue and every few weeks while open. Debts must be staged."""
    since, last = -FOREVER, cut.number
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM payments_item")
        count = cursor.fetchone()[0]
    share = DRAWS if count <= most else DRAWS * most // count
    questions = (
        f"SELECT * FROM ({AT_ISSUE.format(since, last)} UNION ALL {WHILE_OPEN.format(since, last)}) drawn"
        f" WHERE (item::bigint * 2654435761) / 65536 %% {DRAWS} < {share}"
    )
    return histories(cut, questions, {"known_by": last})


def outcomes(rows: Histories, known_by: int) -> Outcomes:
    """What became of the rows, as known on a day. Lost debts stay unpaid; those reduced to nothing are open till then."""
    found = fetch(
        f"""
        SELECT i.item, coalesce(l.turn, 0) AS turn, coalesce(l.paid_on, 0) AS paid_on, coalesce(l.known, 0) AS known,
               (l.how IS NOT DISTINCT FROM 'paid')::int AS paid, (l.how IS NOT DISTINCT FROM 'reduced')::int AS reduced
        FROM payments_item i LEFT JOIN ({LAST_TURN}) l USING (item) ORDER BY i.item
        """,
        {"known_by": known_by},
    )
    at = rows["item"].astype(np.int64) - 1
    settled = found["turn"][at] == 1
    paid = settled & (found["paid"][at] == 1)
    reduced = settled & (found["reduced"][at] == 1)
    day = np.where(paid, found["paid_on"][at], np.where(reduced, found["known"][at] - 1, float(known_by)))
    return Outcomes(day - rows["due_day"], paid)


def debts_of(rows: Histories) -> Debts:
    """The rows as the model sees them. On the day of issue payment may come at once, later from the next day on."""
    facts = tuple(source.code for source in registered_payment_facts())
    made = columns_of(rows.columns, rows.worked.on, facts)
    names = tuple(made)
    matrix = np.empty((len(rows), len(names)), dtype=np.float32)
    for position, name in enumerate(names):
        matrix[:, position] = made[name]
    first_day = rows["day"] + (rows["ord"] != 1) - rows["due_day"]
    return Debts(names, matrix, rows["due_day"], np.maximum(first_day, -400.0), rows["ord"] == 1)

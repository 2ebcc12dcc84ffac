"""Making a model and trying it on a later time than it learned from. Debts must be staged (`staging.stage_debts`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huikuan.risk.payments.baselines import Baselines
from huikuan.risk.payments.features import Histories
from huikuan.risk.payments.hazard import best_rounds, person_periods, train
from huikuan.risk.payments.history import ShrunkenHistory
from huikuan.risk.payments.judging import judge
from huikuan.risk.payments.learning import debts_of, known_rows, outcomes, worked_days
from huikuan.risk.payments.predicting import HAZARD, HISTORY, hazard_text, predicted
from huikuan.risk.payments.staging import Cut, day_of

LEAST_PAID, LEAST_LATE = 200, 20  # debts to learn from: with fewer there is nothing to learn
LATER_SHARE = 0.2  # of the debts, the latest, on which a model is tried


@dataclass(frozen=True)
class Fitted:
    """A model (`method` and its text), what it learned from, and how it did on the later time it was tried on.

    `why`: why the plain history is used: "few" debts, "no_late" ones, or a "worse" model; empty for a model.
    """

    method: str
    text: str
    rounds: dict[str, int]
    learned: dict[str, int]
    tried: dict[str, Any] | None
    tried_from: date | None
    why: str


def fit(cut: Cut) -> Fitted:
    """The model of what is known at the cut: learned, tried on the latest debts, and used if that was better.

    It is tried on the latest fifth of the debts by a model of what was known before them; then all is learned from.
    """
    rows = known_rows(cut)
    came = outcomes(rows, cut.number)
    at_issue = rows["ord"] == 1
    late, known = came.late(5)
    learned = {
        "debts": int(at_issue.sum()),
        "rows": len(rows),
        "paid": int((came.paid & at_issue).sum()),
        "late5": int((late & known & at_issue).sum()),
    }
    plain = _plain(rows, cut.number)
    if learned["paid"] < LEAST_PAID:
        return Fitted(HISTORY, plain, {}, learned, None, None, "few")
    if min(learned["late5"], learned["debts"] - learned["late5"]) < LEAST_LATE:
        return Fitted(HISTORY, plain, {}, learned, None, None, "no_late")
    origin = int(np.quantile(rows["day"][at_issue], 1 - LATER_SHARE))
    rounds, text = learn_before(rows, origin)
    later = rows.only((rows["day"] >= origin) & at_issue)
    tried = try_on(HAZARD, text, later, origin, cut.number) if text else None
    if tried is None or not tried["better"]:
        return Fitted(HISTORY, plain, {}, learned, tried, day_of(origin), "worse")
    text = hazard_text(
        *(_learn(rows.only(chosen), cut.number, rounds[phase]) for phase, chosen in _phases(rows).items())
    )
    return Fitted(HAZARD, text, rounds, learned, tried, day_of(origin), "")


def _phases(rows: Histories) -> dict[str, NDArray[np.bool_]]:
    return {"issue": rows["ord"] == 1, "open": rows["ord"] != 1}


def _learn(rows: Histories, known_by: int, rounds: int) -> str:
    if not rounds:
        return ""
    debts, came = debts_of(rows), outcomes(rows, known_by)
    matrix, events, _rows = person_periods(debts, came.ended, came.paid, worked_days())
    return train(matrix, events, debts.names, rounds)


def _plain(rows: Histories, known_by: int) -> str:
    issued = rows.only(rows["ord"] == 1)
    came = outcomes(issued, known_by)
    return ShrunkenHistory.of(debts_of(issued), came.ended, came.paid).text()


def learn_before(rows: Histories, origin: int) -> tuple[dict[str, int], str]:
    """Rounds by phase and the model of what was known before a day; empty where that is too little.

    Rounds are those that say most about every fifth customer's month, held out whole: debts of one customer issued
    together are paid alike, and say nothing new of each other.
    """
    before = rows.only(rows["day"] < origin)
    rounds, texts = {}, []
    for phase, chosen in _phases(before).items():
        some = before.only(chosen)
        came = outcomes(some, origin - 1)
        rounds[phase] = 0
        if came.paid.sum() >= LEAST_PAID // 2:
            debts = debts_of(some)
            matrix, events, of_row = person_periods(debts, came.ended, came.paid, worked_days())
            held_out = _held_out(some)[of_row]
            rounds[phase], text = best_rounds(matrix, events, held_out, debts.names)
            texts.append(text)
    if not rounds["issue"]:
        return rounds, ""
    return rounds, hazard_text(texts[0], texts[1] if len(texts) > 1 else "")


def _held_out(rows: Histories) -> NDArray[np.bool_]:
    month = rows["customer"].astype(np.int64) * 10_007 + rows["issued_day"].astype(np.int64) // 30
    return np.asarray((month * 2654435761 // 65536) % 5 == 0)


def try_on(method: str, text: str, rows: Histories, origin: int, known_by: int) -> dict[str, Any] | None:
    """How a model made before `origin` did on rows at issue from then on, beside what a clerk would say."""
    if not len(rows):
        return None
    debts = debts_of(rows)
    said = predicted(method, text, debts, worked_days())
    return judge(said, outcomes(rows, known_by), Baselines.before(rows, debts, origin))

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
from huikuan.risk.payments.learning import (
    MOST_DEBTS,
    Outcomes,
    debts_of,
    known_rows,
    outcomes,
)
from huikuan.risk.payments.predicting import HAZARD, HISTORY, hazard_text, predicted
from huikuan.risk.payments.processors import on_all_processors
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


def fit(cut: Cut, most: int = MOST_DEBTS) -> Fitted:
    """The model of what is known at the cut: learned, tried on the latest debts, and used if that was better.

    It is tried on the latest fifth of the debts by a model of what was known before them; then all is learned from.
    """
    rows = known_rows(cut, most)
    came = outcomes(rows, cut.number)
    at_issue = rows["ord"] == 1
    late, known = came.late(5)
    learned = {
        "debts": int(at_issue.sum()),
        "rows": len(rows),
        "paid": int((came.paid & at_issue).sum()),
        "late5": int((late & known & at_issue).sum()),
    }
    plain = _plain(rows.only(at_issue), came.only(at_issue))
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
    lessons = [_lesson(rows, came, chosen) for chosen in _phases(rows).values()]
    told = zip(lessons, rounds.values(), strict=True)
    text = hazard_text(*on_all_processors(lambda each: each[0].learned(each[1]), list(told)))
    return Fitted(HAZARD, text, rounds, learned, tried, day_of(origin), "")


def _phases(rows: Histories) -> dict[str, NDArray[np.bool_]]:
    return {"issue": rows["ord"] == 1, "open": rows["ord"] != 1}


@dataclass(frozen=True)
class _Lesson:
    """Person-periods of a phase; `held_out`: those on which rounds are chosen."""

    names: tuple[str, ...]
    matrix: NDArray[np.float32]
    events: NDArray[np.int8]
    held_out: NDArray[np.bool_]

    def learned(self, rounds: int) -> str:
        """The model of so many rounds; empty for none."""
        return train(self.matrix, self.events, self.names, rounds) if rounds else ""

    def tried(self) -> tuple[int, str]:
        """The rounds that say most about the rows held out, and the model of those rounds of the others."""
        return best_rounds(self.matrix, self.events, self.held_out, self.names)


def _lesson(rows: Histories, came: Outcomes, chosen: NDArray[np.bool_]) -> _Lesson:
    some, known = rows.only(chosen), came.only(chosen)
    debts = debts_of(some)
    matrix, events, of_row = person_periods(debts, known.ended, known.paid, rows.worked)
    return _Lesson(debts.names, matrix, events, _held_out(some)[of_row])


def _plain(issued: Histories, came: Outcomes) -> str:
    return ShrunkenHistory.of(debts_of(issued), came.ended, came.paid).text()


def learn_before(rows: Histories, origin: int) -> tuple[dict[str, int], str]:
    """Rounds by phase and the model of what was known before a day; empty where that is too little.

    Rounds are those that say most about every fifth customer's month, held out whole: debts of one customer issued
    together are paid alike, and say nothing new of each other.
    """
    before = rows.only(rows["day"] < origin)
    came = outcomes(before, origin - 1)
    enough = {
        phase: _lesson(before, came, chosen)
        for phase, chosen in _phases(before).items()
        if (came.paid & chosen).sum() >= LEAST_PAID // 2
    }
    found = dict(zip(enough, on_all_processors(_Lesson.tried, list(enough.values())), strict=True))
    rounds = {phase: found[phase][0] if phase in found else 0 for phase in _phases(before)}
    texts = [text for _rounds, text in found.values()]
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
    said = predicted(method, text, debts, rows.worked)
    return judge(said, outcomes(rows, known_by), Baselines.before(rows, debts, origin))

"""Trying models on the past: at several times, each made of what was known then, beside what a clerk would say.

Of each trial: how debts issued from its day on were foreseen at their issue, and, from weekly looks at the open book,
what cash was foreseen for each week and what came.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huikuan.risk.payments.baselines import Baselines
from huikuan.risk.payments.features import Histories, histories
from huikuan.risk.payments.fitting import fit, try_on
from huikuan.risk.payments.learning import AT_ISSUE, OPEN_ON, debts_of, outcomes
from huikuan.risk.payments.metrics import wape
from huikuan.risk.payments.predicting import predicted
from huikuan.risk.payments.staging import cut_at, day_number, day_of, stage_debts
from huikuan.risk.payments.weeks import monday_of

Numbers = NDArray[np.float64]
TRIALS = 3
HORIZONS = 8  # weeks ahead
LOOKS = 8  # days on which the open book is looked at in a trial, at most


@dataclass(frozen=True)
class Trial:
    """A model made of what was known before `origin`, tried on debts issued from then to `until`; day numbers."""

    origin: int
    until: int


def run_backtest(*, until: date, since: date | None, today: date) -> dict[str, Any]:
    """The figures of all trials up to a day. `since`: one trial from that day on; else three over the latest half.

    What became of debts is told as known on `today` where `since` is given, else at `until`; weeks of cash are those over by
    `until`: books that end there know nothing of later ones.
    """
    known = cut_at(today if since else until)
    if not stage_debts(known):
        return {"trials": [], "until": until.isoformat()}
    trials = [Trial(day_number(since), day_number(until))] if since else _rolling(day_number(until))
    return {"until": until.isoformat(), "trials": [_try(trial, known.on, until) for trial in trials]}


def _rolling(until: int) -> list[Trial]:
    rows = histories(cut_at(day_of(until)), AT_ISSUE.format(-1_000_000, until))
    if len(rows) < 2 * TRIALS:
        return []
    bounds = [int(each) for each in np.quantile(rows["day"], np.linspace(0.5, 1, TRIALS + 1))]
    return [
        Trial(start, end - 1)
        for start, end in zip(bounds[:-1], [*bounds[1:-1], until + 1], strict=True)
        if start < end
    ]


def _try(trial: Trial, known_on: date, until: date) -> dict[str, Any]:
    before = cut_at(day_of(trial.origin) - timedelta(days=1))
    stage_debts(before)
    fitted = fit(before)
    known = cut_at(known_on)
    stage_debts(known)
    rows = histories(known, AT_ISSUE.format(trial.origin, trial.until))
    return {
        "from": day_of(trial.origin).isoformat(),
        "until": day_of(trial.until).isoformat(),
        "method": fitted.method,
        "why": fitted.why,
        "learned": fitted.learned,
        "at_issue": try_on(fitted.method, fitted.text, rows, trial.origin, known.number),
        "cash": _cash(trial, fitted.method, fitted.text, day_number(until)),
    }


def _cash(trial: Trial, method: str, text: str, known_by: int) -> dict[str, Any] | None:
    """Weekly cash of what was open on Sundays of the trial, by how many weeks ahead; weeks that were over by a day."""
    sunday = day_number(monday_of(day_of(trial.origin))) + 6
    looks = np.arange(sunday, min(trial.until, known_by - 6), 7)
    if not len(looks):
        return None
    looks = looks[:: -(-len(looks) // LOOKS)]
    rows = histories(cut_at(day_of(known_by)), OPEN_ON, {"days": [int(each) for each in looks]})
    if not len(rows):
        return None
    debts = debts_of(rows)
    said = predicted(method, text, debts, rows.worked)
    came = outcomes(rows, known_by)
    guessed = Baselines.before(rows, debts, trial.origin)
    left = rows["base"] * (1 - rows["part_paid"])
    figures = _weeks(rows, left, looks, known_by)
    ways: dict[str, Callable[[Numbers, Numbers], Numbers]] = {
        "actual": lambda start, end: _within(came.ended, rows, start, end) * came.paid,
        "model": lambda start, end: said.paid_by(end) - said.paid_by(start - 1),
        "due": lambda start, end: _within(guessed.due, rows, start, end),
        "median": lambda start, end: _within(guessed.median, rows, start, end),
    }
    sums: dict[str, list[Numbers]] = {name: [] for name in ways}
    for ahead in range(HORIZONS):
        start, end = rows["day"] + 1 + 7 * ahead, rows["day"] + 7 * (ahead + 1)
        for name, share in ways.items():
            sums[name].append(figures(share(start, end), ahead))
    actual = np.concatenate(sums["actual"])
    return {
        "looks": len(looks),
        "open": float(left.sum()),
        **{f"wape_{name}": wape(actual, np.concatenate(sums[name])) for name in ways if name != "actual"},
        "by_weeks_ahead": [
            {
                "weeks": ahead + 1,
                **{name: wape(sums["actual"][ahead], sums[name][ahead]) for name in ways if name != "actual"},
            }
            for ahead in range(HORIZONS)
        ],
    }


def _within(days: Numbers, rows: Histories, start: Numbers, end: Numbers) -> Numbers:
    on = rows["due_day"] + days
    return ((on >= start) & (on <= end)).astype(float)


def _weeks(rows: Histories, left: Numbers, looks: NDArray[np.int64], known_by: int) -> Any:
    """Adds up amounts × shares by look, for looks whose week `ahead` is over by the known day."""
    position = np.searchsorted(looks, rows["day"])

    def figures(share: Numbers, ahead: int) -> Numbers:
        summed = np.bincount(position, weights=left * share, minlength=len(looks))
        return np.asarray(summed[looks + 7 * (ahead + 1) <= known_by])

    return figures

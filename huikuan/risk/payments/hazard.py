"""The discrete-time hazard model: of debts still unpaid, how many are paid in the next period. LightGBM, pure.

One model answers everything: what is paid in each period follows from the hazards (`periods.spread`), and from that
the probabilities of being late, the dates and the cash.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huikuan.risk.payments.periods import COUNT, ENDS, STARTS, period_of
from huikuan.risk.payments.processors import on_all_processors

Numbers = NDArray[np.float64]
SEED = 20260101
THREADS = 1
CHUNK = 10_000  # rows whose periods are worked out together
TIME = (
    "period",
    "days_in_period",
    "workdays_in_period",
    "weekday_of_period",
    "month_day_of_period",
    "days_ahead",
)
SETTINGS: dict[str, Any] = {
    "objective": "binary",
    "learning_rate": 0.05,
    "num_leaves": 31,
    "min_data_in_leaf": 100,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "max_bin": 127,
    "seed": SEED,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": THREADS,
    "verbosity": -1,
}
MOST_ROUNDS, LEAST_ROUNDS, PATIENCE = 200, 30, 20


def _weekdays(day: Numbers | int) -> Numbers:
    """How many days are Monday to Friday from a Monday (day number −5) up to a day."""
    whole = np.asarray(day, dtype=np.float64) + 6
    return np.asarray(5 * np.floor(whole / 7) + np.minimum(whole % 7, 5))


@dataclass(frozen=True)
class WorkedDays:
    """Which days are worked, from `first` (a day number) on; before and after the table Monday to Friday are."""

    first: int
    worked: Numbers

    def between(self, start: Numbers, end: Numbers) -> Numbers:
        """How many days from `start` to `end` (both day numbers, included) are worked."""
        summed = np.concatenate(([0.0], np.cumsum(self.worked)))
        return np.asarray(self._upto(end, summed) - self._upto(start - 1, summed))

    def _upto(self, day: Numbers, summed: Numbers) -> Numbers:
        before, last = self.first - 1, self.first + len(self.worked) - 1
        outside = _weekdays(np.minimum(day, before)) - _weekdays(before)
        outside = outside + _weekdays(np.maximum(day, last)) - _weekdays(last)
        return np.asarray(summed[(day - before).clip(0, len(self.worked)).astype(int)] + outside)

    def on(self, days: Numbers) -> Numbers:
        """1.0 for the days that are worked."""
        return self.between(days, days)


@dataclass(frozen=True)
class Debts:
    """Rows to learn from or to ask about: features, the due day, and the first day on which payment may come.

    Days are day numbers (`due`) or days from due (`first_day`).
    """

    names: tuple[str, ...]
    features: NDArray[np.float32]
    due: Numbers
    first_day: Numbers
    at_issue: NDArray[np.bool_]

    def only(self, chosen: NDArray[Any] | slice) -> Debts:
        """The chosen rows."""
        return Debts(
            self.names, self.features[chosen], self.due[chosen], self.first_day[chosen], self.at_issue[chosen]
        )


def person_periods(
    debts: Debts, ended: Numbers, paid: NDArray[np.bool_], worked: WorkedDays
) -> tuple[NDArray[np.float32], NDArray[np.int8], NDArray[np.int64]]:
    """A row for each period in which a debt could have been paid and whether it was, with what was known of it.

    `ended`: the day of payment, or, where it is not `paid`, the last day of which that is known; days from due. The last
    array says of which debt each row is.
    """
    first = period_of(debts.first_day)
    at_end = period_of(ended)
    last = np.where(paid, np.minimum(at_end, COUNT - 1), np.where(at_end < COUNT, at_end - 1, COUNT - 1))
    whole = ~paid & (at_end < COUNT)
    whole &= ended == ENDS[np.minimum(at_end, COUNT - 1)]  # the period is over, without payment
    last = np.where(whole, at_end, last)
    counts = np.maximum(last - first + 1, 0)
    rows = np.repeat(np.arange(len(first)), counts)
    offsets = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    period = first[rows] + offsets
    event = paid[rows] & (at_end[rows] == period)
    return period_rows(debts, rows, period, worked), event.astype(np.int8), rows


def period_rows(
    debts: Debts, rows: NDArray[np.int64], period: NDArray[np.int64], worked: WorkedDays
) -> NDArray[np.float32]:
    """What the model is asked: of chosen rows of debts, one period each."""
    matrix = np.empty((len(rows), len(debts.names) + len(TIME)), dtype=np.float32)
    matrix[:, : len(debts.names)] = debts.features[rows]
    matrix[:, len(debts.names) :] = _time(period, debts.due[rows], debts.first_day[rows], worked)
    return matrix


def _time(period: NDArray[np.int64], due: Numbers, first_day: Numbers, worked: WorkedDays) -> Numbers:
    start = np.maximum(STARTS[period], first_day)
    end = ENDS[period]
    day = due + start
    dates = day.astype(np.int64).astype("timedelta64[D]") + np.datetime64("2000-01-01")
    month_day = (dates - dates.astype("datetime64[M]").astype("datetime64[D]")).astype(np.float64) + 1
    return np.column_stack(
        (
            period,
            end - start + 1,
            worked.between(day, due + end),
            np.where(end == start, (day + 5) % 7, 7),
            np.where(end == start, month_day, 0),
            np.minimum(start - first_day, 99),
        )
    )


def train(matrix: NDArray[np.float32], events: NDArray[np.int8], names: tuple[str, ...], rounds: int) -> str:
    """Learn from person-periods; the model as LightGBM's own text. The same rows always give the same model."""
    import lightgbm

    data = lightgbm.Dataset(matrix, label=events, feature_name=[*names, *TIME], params=SETTINGS)
    return str(lightgbm.train(SETTINGS, data, num_boost_round=rounds).model_to_string())


def best_rounds(
    matrix: NDArray[np.float32],
    events: NDArray[np.int8],
    held_out: NDArray[np.bool_],
    names: tuple[str, ...],
) -> tuple[int, str]:
    """How many rounds say most about the rows held out, and the model of those rounds of the others."""
    import lightgbm

    data = lightgbm.Dataset(
        matrix[~held_out], label=events[~held_out], feature_name=[*names, *TIME], params=SETTINGS
    )
    check = lightgbm.Dataset(matrix[held_out], label=events[held_out], reference=data)
    stopping = lightgbm.early_stopping(PATIENCE, verbose=False)
    found = lightgbm.train(
        SETTINGS, data, num_boost_round=MOST_ROUNDS, valid_sets=[check], callbacks=[stopping]
    )
    rounds = max(int(found.best_iteration), LEAST_ROUNDS)
    return rounds, str(found.model_to_string(num_iteration=rounds))


def booster(text: str) -> Any:
    """The model of a text."""
    import lightgbm

    return lightgbm.Booster(model_str=text)


def hazards(model: Any, debts: Debts, worked: WorkedDays) -> Numbers:
    """Hazard of each debt in each period (rows × COUNT); 0 in those before its first day."""
    found = np.zeros((len(debts.due), COUNT))
    first = period_of(debts.first_day)

    def ask(begin: int) -> None:
        counts = COUNT - first[begin : begin + CHUNK]
        rows = begin + np.repeat(np.arange(len(counts)), counts)
        period = COUNT - np.repeat(np.cumsum(counts), counts) + np.arange(len(rows))
        if len(rows):
            found[rows, period] = model.predict(period_rows(debts, rows, period, worked), num_threads=THREADS)

    on_all_processors(ask, range(0, len(debts.due), CHUNK))
    return found

"""Predictions beside what came: the figures of a trial. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from huikuan.risk.payments import metrics
from huikuan.risk.payments.predicting import Predicted

Numbers = NDArray[np.float64]
LATE = (5, 30)


class Came(Protocol):
    """What became of the debts (`learning.Outcomes`)."""

    @property
    def ended(self) -> Numbers: ...
    @property
    def paid(self) -> NDArray[np.bool_]: ...
    def late(self, days: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]: ...


class Guessed(Protocol):
    """What a clerk would say (`baselines.Baselines`)."""

    @property
    def due(self) -> Numbers: ...
    @property
    def median(self) -> Numbers: ...
    @property
    def late_share(self) -> dict[int, Numbers]: ...


def judge(said: Predicted, came: Came, guessed: Guessed) -> dict[str, Any]:
    """The figures of a trial by name; what has no meaning is null. `better`: than both ways of guessing."""
    figures: dict[str, Any] = {"debts": len(came.ended), "paid": int(came.paid.sum())}
    for days in LATE:
        late, known = came.late(days)
        figures[f"late{days}"] = _lateness(
            late[known], said.late(days)[known], guessed.late_share[days][known]
        )
    paid = came.paid
    low, middle, high = (said.day(level)[paid] for level in (0.1, 0.5, 0.9))
    ended = came.ended[paid]
    figures["date"] = {
        "mae": _mean(np.abs(middle - ended)),
        "mae_due": _mean(np.abs(guessed.due[paid] - ended)),
        "mae_median": _mean(np.abs(guessed.median[paid] - ended)),
        "before_p10": _mean(ended < low),
        "after_p90": _mean(ended > high),
    }
    figures["better"] = _better(figures)
    return figures


def _mean(values: NDArray[Any]) -> float | None:
    return float(values.mean()) if len(values) else None


def _lateness(late: NDArray[np.bool_], said: Numbers, share: Numbers) -> dict[str, Any]:
    if not len(late):
        return {"debts": 0, "rate": None}
    return {
        "debts": len(late),
        "rate": float(late.mean()),
        "said": float(said.mean()),
        "auc": metrics.auc(late, said),
        "pr_auc": metrics.average_precision(late, said),
        "brier": metrics.brier(late, said),
        "brier_skill": metrics.brier_skill(late, said),
        "calibration_error": metrics.calibration_error(late, said),
        "calibration": metrics.calibration(late, said),
        "auc_customer": metrics.auc(late, share),
        "brier_skill_customer": metrics.brier_skill(late, share),
    }


def pooled_bands(trials: Sequence[Sequence[Sequence[float]]]) -> list[tuple[float, float, int]]:
    """The bands of several calibrations as one: (mean probability, share that came true, how many) by tenth of probability."""
    tenths: dict[int, list[Sequence[float]]] = {}
    for said, came, count in (band for bands in trials for band in bands):
        tenths.setdefault(min(int(said * 10), 9), []).append((said, came, count))
    found = []
    for _tenth, bands in sorted(tenths.items()):
        count = sum(band[2] for band in bands)
        said, came = (sum(band[at] * band[2] for band in bands) / count for at in (0, 1))
        found.append((said, came, int(count)))
    return found


def _better(figures: dict[str, Any]) -> bool:
    """Closer in days than both guesses, and in how likely late than the customer's own share."""
    date, late = figures["date"], figures["late5"]
    if date["mae"] is None or late["rate"] is None:
        return False
    closer = date["mae"] <= min(date["mae_due"], date["mae_median"])
    surer = late["brier_skill"] is None or late["brier_skill"] >= (late["brier_skill_customer"] or 0.0)
    return bool(closer and surer)

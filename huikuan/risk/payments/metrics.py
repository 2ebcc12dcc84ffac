"""How good predictions were. Pure; each figure is null where it has no meaning."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


def auc(outcome: NDArray[np.bool_], score: Numbers) -> float | None:
    """Area under the ROC curve: how often a late debt has the higher score than one that is not; ties count half."""
    positives, negatives = int(outcome.sum()), int((~outcome).sum())
    if not positives or not negatives:
        return None
    _values, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    return float((ranks[outcome].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def average_precision(outcome: NDArray[np.bool_], score: Numbers) -> float | None:
    """Area under the precision-recall curve: Σ (recall gained) × precision, over falling scores."""
    if not outcome.any():
        return None
    order = np.argsort(-score, kind="stable")
    hit, falling = outcome[order], score[order]
    ends = np.append(np.nonzero(np.diff(falling))[0], len(falling) - 1)
    found = np.cumsum(hit)[ends]
    precision, recall = found / (ends + 1), found / hit.sum()
    return float(np.sum(np.diff(np.concatenate(([0.0], recall))) * precision))


def brier(outcome: NDArray[np.bool_], probability: Numbers) -> float:
    """Mean squared difference of probability and outcome."""
    return float(np.mean((probability - outcome) ** 2))


def brier_skill(outcome: NDArray[np.bool_], probability: Numbers) -> float | None:
    """1 − Brier score ÷ that of the share of late debts said of every debt."""
    base = float(np.mean((outcome.mean() - outcome) ** 2))
    return None if base == 0 else 1 - brier(outcome, probability) / base


def calibration(
    outcome: NDArray[np.bool_], probability: Numbers, parts: int = 10
) -> list[tuple[float, float, int]]:
    """(mean probability, share that came true, how many), of ten equally wide bands of probability that have any."""
    band = np.minimum((probability * parts).astype(int), parts - 1)
    return [
        (
            float(probability[band == each].mean()),
            float(outcome[band == each].mean()),
            int((band == each).sum()),
        )
        for each in range(parts)
        if (band == each).any()
    ]


def calibration_error(outcome: NDArray[np.bool_], probability: Numbers) -> float:
    """Mean distance of what was said and what came true over the bands, weighted by how many."""
    bands = calibration(outcome, probability)
    return sum(abs(said - came) * count for said, came, count in bands) / sum(count for *_, count in bands)


def wape(actual: Numbers, said: Numbers) -> float | None:
    """Σ |said − actual| ÷ Σ actual."""
    total = float(np.abs(actual).sum())
    return None if total == 0 else float(np.abs(said - actual).sum()) / total

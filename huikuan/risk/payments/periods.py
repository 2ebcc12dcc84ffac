"""Time as the model sees it: periods of days from the due day. Pure.

Near the due day a period is a day, further off it is longer. A debt that is unpaid at the end of the last one is
treated as not coming in the foreseeable future.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

# Last day of each period but the open last one, in days from the due day; the first begins with time.
ENDS = np.array(
    [-90, -60, -45, -35, -28, -24, -21, *range(-19, 16), 17, 19, 21, 24, 29, 36, 44, 59, 89, 119, 179, 364]
)
STARTS = np.concatenate(([-400], ENDS[:-1] + 1))
COUNT = len(ENDS)


def period_of(days: Numbers) -> NDArray[np.int64]:
    """The period in which a number of days from the due day lies; COUNT: after the last."""
    return np.searchsorted(ENDS, days, side="left")


def spread(hazards: Numbers, first_day: Numbers) -> Numbers:
    """Probability of payment in each period (rows × COUNT), given the hazards, from `first_day` (days from due) on."""
    hazards = np.where(ENDS[None, :] < first_day[:, None], 0.0, hazards)
    survived = np.cumprod(1.0 - hazards, axis=1)
    before = np.concatenate((np.ones((len(hazards), 1)), survived[:, :-1]), axis=1)
    return np.asarray(before * hazards)


def by_day_cdf(paid: Numbers, first_day: Numbers, days: Numbers) -> Numbers:
    """Probability of being paid by each of `days` (days from due), evenly within longer periods."""
    cumulated = np.cumsum(paid, axis=1)
    at = np.minimum(period_of(days), COUNT - 1)
    rows = np.arange(len(paid))
    earlier = np.where(at > 0, cumulated[rows, np.maximum(at - 1, 0)], 0.0)
    start = np.maximum(STARTS[at], first_day)
    part = ((days - start + 1) / np.maximum(ENDS[at] - start + 1, 1)).clip(0, 1)
    return np.asarray(earlier + paid[rows, at] * part)


def quantile_day(paid: Numbers, first_day: Numbers, level: float) -> Numbers:
    """The first day (from due) by which the debt is paid with probability `level`; NaN-free: inf where never."""
    cumulated = np.cumsum(paid, axis=1)
    reached = cumulated >= level - 1e-12
    at = np.where(reached.any(axis=1), reached.argmax(axis=1), COUNT)
    rows, inside = np.arange(len(paid)), np.minimum(at, COUNT - 1)
    earlier = np.where(inside > 0, cumulated[rows, np.maximum(inside - 1, 0)], 0.0)
    start = np.maximum(STARTS[inside], first_day)
    length = np.maximum(ENDS[inside] - start + 1, 1)
    part = ((level - earlier) / np.maximum(paid[rows, inside], 1e-12)).clip(0, 1)
    day = start + np.ceil(part * length - 1e-9).clip(1, None) - 1
    return np.where(at == COUNT, np.inf, day)

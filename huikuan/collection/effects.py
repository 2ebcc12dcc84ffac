"""Whether a step does anything: rates and means of those nudged and those held out, with their intervals; pure.

Rates: Newcombe's interval from two Wilson scores (method 10, Statistics in Medicine 17, 1998). Means: Welch's interval,
the quantile of t by the expansion of Cornish and Fisher. Both at 95 % unless told otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, sqrt
from statistics import NormalDist, fmean, variance

CONFIDENCE = 0.95
LEAST_PEOPLE = 20
"""In smaller groups nothing is said."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with the bounds between which it lies with the given confidence."""

    value: float
    low: float
    high: float

    @property
    def shown(self) -> bool:
        """Whether the interval leaves zero out: only then is there an effect to speak of."""
        return self.low > 0 or self.high < 0


def wilson(hits: int, people: int, confidence: float = CONFIDENCE) -> Interval:
    """A rate with Wilson's score interval. Raises ValueError without anybody."""
    if not 0 <= hits <= people or people <= 0:
        raise ValueError("hits of at least one")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    rate = hits / people
    middle = (rate + z * z / (2 * people)) / (1 + z * z / people)
    half = z * sqrt(rate * (1 - rate) / people + z * z / (4 * people * people)) / (1 + z * z / people)
    return Interval(rate, max(0.0, middle - half), min(1.0, middle + half))


def rate_difference(
    hits: int, people: int, hits_without: int, people_without: int, confidence: float = CONFIDENCE
) -> Interval | None:
    """The rate of those nudged less that of those held out; None where a group is too small to say."""
    if min(people, people_without) < LEAST_PEOPLE:
        return None
    one, other = wilson(hits, people, confidence), wilson(hits_without, people_without, confidence)
    value = one.value - other.value
    low = value - sqrt((one.value - one.low) ** 2 + (other.high - other.value) ** 2)
    high = value + sqrt((one.high - one.value) ** 2 + (other.value - other.low) ** 2)
    return Interval(value, low, high)


def mean_difference(
    values: Sequence[float], without: Sequence[float], confidence: float = CONFIDENCE
) -> Interval | None:
    """The mean of those nudged less that of those held out (days: negative is sooner); None where too few."""
    if min(len(values), len(without)) < LEAST_PEOPLE:
        return None
    return _welch(
        Sample(len(values), fmean(values), variance(values)),
        Sample(len(without), fmean(without), variance(without)),
        confidence,
    )


@dataclass(frozen=True, slots=True)
class Sample:
    """How many there are, their mean and variance (of a sample: divided by one less)."""

    count: int
    mean: float
    variance: float


def sample_difference(one: Sample, other: Sample, confidence: float = CONFIDENCE) -> Interval | None:
    """As `mean_difference`, of groups that the database added up."""
    if min(one.count, other.count) < LEAST_PEOPLE:
        return None
    return _welch(one, other, confidence)


def _welch(one: Sample, other: Sample, confidence: float) -> Interval:
    a, b = one.variance / one.count, other.variance / other.count
    value = one.mean - other.mean
    if a + b == 0:
        return Interval(value, value, value)
    freedom = (a + b) ** 2 / (a * a / (one.count - 1) + b * b / (other.count - 1))
    half = _t(freedom, confidence) * sqrt(a + b)
    return Interval(value, value - half, value + half)


def _t(freedom: float, confidence: float) -> float:
    """The two-sided quantile of Student's t; exact to three places from 19 degrees of freedom on."""
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    if not isfinite(freedom):
        return z
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / freedom + second / freedom**2 + third / freedom**3

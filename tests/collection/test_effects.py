"""Effects: intervals that hold the truth as often as they say, and no effect where there is none."""

from __future__ import annotations

from random import Random

import pytest

from huikuan.collection.effects import (
    Sample,
    mean_difference,
    rate_difference,
    sample_difference,
    wilson,
)


def test_published_intervals() -> None:
    """Newcombe 1998: 56/70 against 48/80 gives 0.2 with 0.0524 to 0.3339 (method 10); 81/263 is 0.2553 to 0.3662."""
    found = rate_difference(56, 70, 48, 80)
    assert found is not None
    assert (round(found.value, 4), round(found.low, 4), round(found.high, 4)) == (0.2, 0.0524, 0.3339)
    score = wilson(81, 263)
    assert (round(score.low, 4), round(score.high, 4)) == (0.2553, 0.3662)
    assert wilson(0, 20).low < 1e-12 and wilson(20, 20).high > 1 - 1e-12
    with pytest.raises(ValueError, match="at least one"):
        wilson(0, 0)


def test_welch_with_the_quantile_of_t() -> None:
    """t at 38 degrees of freedom is 2.0244: two groups of 20 with variance 1 differ by 0 ± 0.6402."""
    found = sample_difference(Sample(20, 3.0, 1.0), Sample(20, 3.0, 1.0))
    assert found is not None
    assert (found.value, round(found.high, 4)) == (0.0, 0.6402)
    assert sample_difference(Sample(19, 3.0, 1.0), Sample(20, 3.0, 1.0)) is None
    assert rate_difference(5, 19, 5, 20) is None


def test_a_known_effect_is_recovered_and_none_is_called_none() -> None:
    random, rounds = Random(20261122), 400
    held, shown, false = 0, 0, 0
    for _round in range(rounds):
        nudged = sum(random.random() < 0.42 for _each in range(900))
        without = sum(random.random() < 0.30 for _each in range(300))
        found = rate_difference(nudged, 900, without, 300)
        assert found is not None
        held += found.low <= 0.12 <= found.high
        shown += found.shown
        same = sum(random.random() < 0.30 for _each in range(900))
        nothing = rate_difference(same, 900, without, 300)
        assert nothing is not None
        false += nothing.shown
    assert 0.92 <= held / rounds <= 0.98
    assert shown / rounds > 0.93
    assert false / rounds < 0.08


def test_days_saved_are_recovered_and_none_is_called_none() -> None:
    random, rounds = Random(7), 300
    held, false = 0, 0
    for _round in range(rounds):
        nudged = [random.gauss(20, 9) for _each in range(120)]
        without = [random.gauss(24, 12) for _each in range(60)]
        found = mean_difference(nudged, without)
        assert found is not None
        held += found.low <= -4 <= found.high
        nothing = mean_difference([random.gauss(24, 9) for _each in range(120)], without)
        assert nothing is not None
        false += nothing.shown
    assert 0.91 <= held / rounds <= 0.985
    assert false / rounds < 0.09

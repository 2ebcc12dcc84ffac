"""Periods, spreads, figures: by hand."""

from __future__ import annotations

from decimal import Decimal

import lightgbm
import numpy as np
import pytest

from huikuan.risk.payments import metrics
from huikuan.risk.payments.cash import ForetoldCash, by_month, drawn, weekly_cash
from huikuan.risk.payments.hazard import Debts, WorkedDays, person_periods
from huikuan.risk.payments.judging import pooled_bands
from huikuan.risk.payments.periods import COUNT, ENDS, STARTS, by_day_cdf, period_of, quantile_day, spread
from huikuan.risk.payments.reasons import leaf_moves


def array(*values: float) -> np.ndarray:
    return np.array(values, dtype=float)


def test_periods_cover_time_without_gaps() -> None:
    assert list(STARTS[1:]) == [end + 1 for end in ENDS[:-1]]
    assert [period_of(array(day))[0] for day in (ENDS[0], ENDS[0] + 1, 0, 5)] == [
        0, 1, list(ENDS).index(0), list(ENDS).index(5)
    ]  # fmt: skip
    assert period_of(array(ENDS[-1] + 1))[0] == COUNT


def test_what_is_paid_when_follows_from_the_hazards() -> None:
    """A half each day from the due day on: 1/2, 1/4, 1/8, …"""
    first = array(0)
    paid = spread(np.full((1, COUNT), 0.5), first)
    due = list(ENDS).index(0)
    assert list(paid[0, due : due + 3]) == [0.5, 0.25, 0.125]
    assert paid[0, :due].sum() == 0
    assert by_day_cdf(paid, first, array(1))[0] == 0.75
    assert [quantile_day(paid, first, level)[0] for level in (0.1, 0.5, 0.6, 0.9)] == [0, 0, 1, 3]
    never = spread(np.zeros((1, COUNT)), first)
    assert np.isinf(quantile_day(never, first, 0.5)[0])


def test_outside_the_calendar_weekdays_are_worked() -> None:
    """From Monday 2000-01-10 on three days are told: worked, a holiday, worked."""
    told = WorkedDays(9, array(1, 0, 1))
    assert list(told.on(np.arange(2.0, 16))) == [1, 1, 1, 1, 1, 0, 0, 1, 0, 1, 1, 1, 0, 0]
    assert list(told.between(array(2, 9, 0), array(15, 11, 1))) == [9, 2, 0]
    assert list(WorkedDays(0, array()).on(np.arange(-5.0, 2))) == [1, 1, 1, 1, 1, 0, 0]


def test_a_debt_is_at_risk_until_it_is_paid_or_no_longer_known() -> None:
    worked = WorkedDays(0, np.ones(20_000))
    debts = Debts(
        ("x",),
        np.zeros((3, 1), dtype=np.float32),
        array(9000, 9000, 9000),
        array(-2, -2, 1),
        np.ones(3, bool),
    )
    matrix, events, of_row = person_periods(debts, array(0, 3, 2), np.array([True, False, True]), worked)
    told = [[int(event) for event in events[of_row == row]] for row in range(3)]
    assert told == [[0, 0, 1], [0, 0, 0, 0, 0, 0], [0, 1]]  # −2…0 paid; −2…3 not yet; 1, 2 paid
    assert matrix.shape == (11, 7)


def test_figures_by_hand() -> None:
    late = np.array([True, False, True, False])
    said = array(0.9, 0.8, 0.7, 0.1)
    assert metrics.auc(late, said) == 0.75
    assert metrics.average_precision(late, said) == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    assert metrics.brier(late, said) == pytest.approx((0.01 + 0.64 + 0.09 + 0.01) / 4)
    assert metrics.brier_skill(late, said) == pytest.approx(1 - 0.1875 / 0.25)
    assert metrics.calibration_error(late, said) == pytest.approx((0.1 + 0.8 + 0.3 + 0.1) / 4)
    assert metrics.auc(np.array([True, True]), array(0.5, 0.2)) is None
    assert metrics.auc(late, array(0.5, 0.5, 0.5, 0.5)) == 0.5
    assert metrics.wape(array(100, 100), array(90, 120)) == 0.15
    assert metrics.wape(array(0), array(1)) is None


def test_weeks_of_cash() -> None:
    from datetime import date

    weeks = np.array([[0.5, 0.5], [1.0, 0.0]])
    cash = weekly_cash(array(100, 50), np.array([1, 2]), weeks, date(2026, 7, 1))
    assert [str(each.starts_on) for each in cash] == ["2026-06-29", "2026-07-06"]
    assert [str(each.expected) for each in cash] == ["100.00", "50.00"]
    assert [str(each.low) for each in cash] == ["50.00", "0.00"]
    assert [str(each.high) for each in cash] == ["150.00", "100.00"]
    came = drawn(array(100, 50), np.array([1, 2]), weeks)
    assert {float(each) for each in came[:, 0]} == {50, 150}
    assert [each.middle for each in cash] == [Decimal(f"{each:.2f}") for each in np.median(came, axis=0)]


def test_months_have_a_middle() -> None:
    from datetime import date

    def week(day: int, expected: str, low: str, middle: str | None, high: str) -> ForetoldCash:
        amounts = [Decimal(each) for each in (expected, low)]
        median = None if middle is None else Decimal(middle)
        return ForetoldCash(date(2026, 7, day), *amounts, median, Decimal(high))

    wide = week(6, "100", "50", "80", "150")  # 100 wide, the median 20 below the mean
    narrow = week(13, "100", "95", "105", "105")  # 10 wide, 5 above
    sure = week(20, "70", "70", "70", "70")
    [month] = by_month([wide, narrow, sure])
    assert month.expected == 270
    assert month.middle == Decimal("250.25")  # 270 − (100² × 20 − 10² × 5) ÷ (100² + 10²)
    assert by_month([sure])[0].middle == 70
    assert by_month([wide, week(13, "1", "0", None, "2")])[0].middle is None


def test_calibrations_of_trials_are_pooled() -> None:
    first = [(0.05, 0.0, 30), (0.15, 0.5, 10)]
    second = [(0.09, 0.1, 10), (1.0, 1.0, 2)]
    assert pooled_bands([first, second, []]) == [
        (pytest.approx(0.06), pytest.approx(0.025), 40), (0.15, 0.5, 10), (1.0, 1.0, 2)
    ]  # fmt: skip
    assert pooled_bands([]) == []


def test_moves_through_the_trees_add_up_to_what_is_said() -> None:
    """Of every row: what the groups moved, and what all are said at the root, are the model's own raw score."""
    drawn = np.random.default_rng(5)
    matrix = drawn.normal(size=(600, 4))
    event = (matrix[:, 0] + 0.5 * matrix[:, 2] * matrix[:, 1] + drawn.normal(scale=0.3, size=600)) > 0
    settings = {"objective": "binary", "num_leaves": 7, "verbosity": -1, "seed": 1, "num_threads": 1}
    model = lightgbm.train(settings, lightgbm.Dataset(matrix, label=event), num_boost_round=12)
    trees = model.dump_model()["tree_info"]
    first, moves = leaf_moves(trees, [[0], [1, 2], [3]])
    leaves = np.asarray(model.predict(matrix, pred_leaf=True))
    moved = np.sum([moves[start + leaves[:, tree]] for tree, start in enumerate(first)], axis=0)
    roots = sum(tree["tree_structure"]["internal_value"] for tree in trees)
    assert np.allclose(moved.sum(axis=1) + roots, model.predict(matrix, raw_score=True))
    assert np.abs(moved[:, 0]).mean() > np.abs(moved[:, 1]).mean() > np.abs(moved[:, 2]).mean()

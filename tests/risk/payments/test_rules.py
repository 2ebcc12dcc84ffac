"""Periods, spreads, figures: by hand."""

from __future__ import annotations

import numpy as np
import pytest

from huikuan.risk.payments import metrics
from huikuan.risk.payments.cash import weekly_cash
from huikuan.risk.payments.hazard import Debts, WorkedDays, person_periods
from huikuan.risk.payments.periods import COUNT, ENDS, STARTS, by_day_cdf, period_of, quantile_day, spread


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

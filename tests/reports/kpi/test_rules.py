"""The example quarter of every formula, to the digit it is printed with, and no figure where there can be none."""

from __future__ import annotations

import random
from decimal import ROUND_HALF_UP, Decimal

import pytest

from huikuan.reports.kpi import rules
from huikuan.reports.kpi.rules import MonthOfSales, Paid

D = Decimal
SALES, OPENING, CLOSING, NOT_DUE, COLLECTED, DAYS = D(890), D(400), D(450), D(330), D(840), 90
QUARTER = (MonthOfSales(D(310), 31), MonthOfSales(D(280), 28), MonthOfSales(D(300), 31))
BALANCES = [D(200), D(100), D(80), D(40), D(30)]
PAYMENTS = [Paid(D(100), 10), Paid(D(200), -5), Paid(D(300), 20)]


def rounded(value: Decimal | None, places: str = "0.01") -> Decimal | None:
    return None if value is None else value.quantize(D(places), rounding=ROUND_HALF_UP)


def percent(value: Decimal | None) -> Decimal | None:
    return None if value is None else rounded(value * 100)


def test_days_of_sales() -> None:
    dso = rules.days_sales_outstanding(CLOSING, SALES, DAYS)
    best = rules.best_possible_dso(NOT_DUE, SALES, DAYS)
    assert rounded(dso) == D("45.51")
    assert rounded(best) == D("33.37")
    assert rounded(rules.average_days_delinquent(dso, best)) == D("12.13")
    assert rounded(rules.count_back_dso(CLOSING, QUARTER)) == D("45.00")


def test_shares_of_the_quarter() -> None:
    assert percent(rules.collection_effectiveness(OPENING, SALES, CLOSING, NOT_DUE)) == D("87.50")
    assert percent(rules.collection_rate(COLLECTED, OPENING, SALES)) == D("65.12")
    assert percent(rules.due_collection_rate(D(700), D(800), D(60))) == D("81.40")
    assert percent(rules.on_time_rate(D(620), D(800))) == D("77.50")
    assert percent(rules.overdue_rate(D(120), CLOSING)) == D("26.67")
    assert percent(rules.bad_debt_ratio(D("4.45"), SALES)) == D("0.50")


def test_turnover() -> None:
    times = rules.turnover(SALES, OPENING, CLOSING)
    assert rounded(times, "0.001") == D("2.094")
    assert rounded(rules.turnover_days(DAYS, times)) == D("42.98")


def test_concentration() -> None:
    assert percent(rules.top_share(BALANCES, 3)) == D("84.44")
    assert rounded(rules.herfindahl(BALANCES)) == D("2908.64")
    assert rules.herfindahl([D(5)]) == 10_000
    assert rules.top_share(BALANCES, 9) == 1


def test_lateness() -> None:
    assert rounded(rules.weighted_days_late(PAYMENTS)) == D("10.00")
    assert rounded(rules.weighted_days_late(PAYMENTS, floored=True)) == D("11.67")


def test_promises() -> None:
    assert percent(rules.promise_kept_rate(7, 10)) == D("70.00")
    assert percent(rules.promise_kept_rate(D("35000.00"), D("50000.00"))) == D("70.00")


def test_counting_back() -> None:
    assert rules.count_back_dso(D(0), QUARTER) == 0
    assert rules.count_back_dso(D(0), [MonthOfSales(D(0), 31)]) is None
    assert rules.count_back_dso(D(310), QUARTER) == 31
    assert rules.count_back_dso(D(890), QUARTER) == 90
    assert rules.count_back_dso(D(891), QUARTER) is None
    # A month without sales made nothing of what is owed, and is as many days further back.
    assert rules.count_back_dso(D(10), [MonthOfSales(D(0), 30), MonthOfSales(D(20), 28)]) == 44
    # More was credited than sold: that has to be made up for further back.
    assert rules.count_back_dso(D(10), [MonthOfSales(D(-10), 30), MonthOfSales(D(40), 28)]) == 44


@pytest.mark.parametrize(
    "figure",
    [
        rules.days_sales_outstanding(CLOSING, D(0), DAYS),
        rules.average_days_delinquent(None, D(1)),
        rules.count_back_dso(D(1), []),
        rules.collection_effectiveness(D(0), SALES, D(0), SALES),
        rules.collection_rate(COLLECTED, D(0), D(0)),
        rules.due_collection_rate(D(1), D(0), D(0)),
        rules.on_time_rate(D(0), D(0)),
        rules.turnover(SALES, D(0), D(0)),
        rules.turnover_days(DAYS, D(0)),
        rules.turnover_days(DAYS, None),
        rules.overdue_rate(D(0), D(0)),
        rules.bad_debt_ratio(D(1), D(0)),
        rules.top_share([], 3),
        rules.herfindahl([]),
        rules.weighted_days_late([]),
        rules.promise_kept_rate(0, 0),
    ],
)
def test_nothing_to_divide_by_is_no_figure(figure: Decimal | None) -> None:
    assert figure is None


def some_amounts(chosen: random.Random) -> list[Decimal]:
    return [D(chosen.randint(0, 10**11)) / 100 for _each in range(chosen.randint(1, 12))]


def test_early_money_never_makes_lateness_smaller_than_signed() -> None:
    chosen = random.Random(5)
    for _case in range(200):
        payments = [Paid(amount, chosen.randint(-90, 400)) for amount in some_amounts(chosen)]
        signed, floored = rules.weighted_days_late(payments), rules.weighted_days_late(payments, floored=True)
        assert (signed is None) == (floored is None)
        assert signed is None or floored is None or floored >= signed


def test_concentration_is_between_even_and_one() -> None:
    chosen = random.Random(7)
    for _case in range(200):
        balances = some_amounts(chosen)
        index = rules.herfindahl(balances)
        assert index is not None
        assert D(10_000) / len(balances) - D("0.0001") <= index <= D(10_000) + D("0.0001")

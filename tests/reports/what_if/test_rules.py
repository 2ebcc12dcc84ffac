"""What another limit or term does to one customer."""

from __future__ import annotations

from decimal import Decimal

import pytest

from huikuan.reports.what_if import Account, Change, effect_of

D = Decimal
RATE = D("0.06")


def _account(limit: str | None, used: str, *, sales: str = "200000", loss: str = "0.01") -> Account:
    return Account(None if limit is None else D(limit), D(used), D(sales), D(loss))


def test_a_longer_term_is_owed_longer() -> None:
    found = effect_of(_account("1000000", "300000"), Change(D(0), 15, RATE))
    assert found.before.used == 300_000
    assert found.after.used == 400_000
    assert found.after.capital_cost - found.before.capital_cost == 6_000
    assert found.after.expected_loss - found.before.expected_loss == 1_000


@pytest.mark.parametrize(
    ("limit", "used", "percent", "after", "stopped"),
    [
        ("100", "50", 20, "50", "0"),  # has room: goes on as before
        ("100", "95", 20, "114", "0"),  # uses it up: uses as much of the new one
        ("100", "95", -20, "80", "15"),  # comes down to the new limit
        ("100", "50", -20, "50", "0"),
        ("100", "130", 0, "130", "0"),  # was above it before: nothing changes by nothing
        ("100", "-10", 50, "-10", "0"),  # holds money of theirs
        (None, "50", 50, "50", "0"),
        ("0", "40", 50, "40", "0"),
        ("100", "100", -100, "0", "100"),
    ],
)
def test_another_limit(limit: str | None, used: str, percent: int, after: str, stopped: str) -> None:
    found = effect_of(_account(limit, used), Change(D(percent), 0, RATE))
    assert (found.after.used, found.stopped) == (D(after), D(stopped))


def test_what_a_longer_term_adds_stops_at_the_limit() -> None:
    found = effect_of(_account("350000", "300000"), Change(D(0), 15, RATE))
    assert (found.after.used, found.stopped) == (D(350_000), D(50_000))


def test_a_shorter_term_never_makes_less_than_nothing() -> None:
    found = effect_of(_account("350000", "50000"), Change(D(0), -60, RATE))
    assert (found.after.used, found.after.capital_cost) == (D(0), D(0))

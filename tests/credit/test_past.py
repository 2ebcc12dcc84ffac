"""Exposure as of a past day: what was reserved then, whatever became of it since."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from huikuan.credit.operations import release
from huikuan.credit.queries import standing_of
from tests.credit.giving import Giving

D = Decimal


def reserved_on(credit: Giving, day: date) -> Decimal:
    return standing_of(credit.books.customer(), day=day, past=True).exposure.parts["reserved"]


def test_reservations_are_as_they_were_on_the_day(credit: Giving) -> None:
    credit.limit("1000")
    first = credit.books.today
    credit.reserve("SO-1", "100")
    credit.reserve("SO-2", "50")
    credit.books.today = first + timedelta(days=2)
    credit.reserve("SO-1", "300")
    credit.books.today = first + timedelta(days=4)
    release(["SO-2"], actor=credit.books.actor, today=credit.books.today)
    expected = {-1: 0, 0: 150, 1: 150, 2: 350, 3: 350, 4: 300, 91: 300, 93: 0}
    assert {each: reserved_on(credit, first + timedelta(days=each)) for each in expected} == {
        each: D(amount) for each, amount in expected.items()
    }


def test_the_past_agrees_with_today_at_its_end(credit: Giving) -> None:
    credit.limit("1000")
    credit.books.invoice("F1", "2026-11-01", "40", due="2026-12-31")
    credit.reserve("SO-1", "100")
    now = standing_of(credit.books.customer(), day=credit.books.today)
    then = standing_of(credit.books.customer(), day=credit.books.today, past=True)
    assert now.exposure == then.exposure

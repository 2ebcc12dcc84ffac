"""Scenarios tried on what is owed: cash by week, overdue, provision and limits, and concentration."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from huikuan.credit.operations import NewLimit, set_limit
from huikuan.ledger.models import OpenItem
from huikuan.reports.stress.book import Book, book_of, concentration
from huikuan.reports.stress.files import as_data, as_workbook
from huikuan.reports.stress.stressing import Scenario, ScenarioRefused, postponed, stressed
from huikuan.risk.operations import set_matrix
from huikuan.risk.rules import STARTING_RATES
from tests.risk.test_outlook import foretold
from tests.trade import Books, day

TODAY = date(2026, 11, 21)  # a Saturday: the week began on the 16th
MONDAY = date(2026, 11, 16)
D = Decimal


def test_later_by_days_divides_weeks_evenly() -> None:
    weeks = np.array([[0.7, 0.3, 0.0, 0.0, 0.0, 0.0, 0.0]])
    assert postponed(weeks, 0).tolist() == weeks.tolist()
    assert postponed(weeks, 14)[0, 2:4].tolist() == [0.7, 0.3]
    assert postponed(weeks, 30)[0].round(6).tolist() == [0, 0, 0, 0, 0.5, 0.414286, 0.085714]


@pytest.mark.django_db
class TestScenarios:
    @pytest.fixture
    def book(self, books: Books) -> Book:
        """BIG owes 200, S1 and S2 of the sector steel 100 and 80, OTHER 40 and 30 as in the example of the trade."""
        for code, amount, sector, due in (
            ("BIG", "200000", "化工", "2026-11-27"),
            ("S1", "100000", "钢铁", "2026-11-20"),
            ("S2", "80000", "钢铁", "2026-12-04"),
            ("O1", "40000", "", "2026-12-31"),
            ("O2", "30000", "", "2026-08-01"),
        ):
            books.customer(code, sector=sector, region="华东" if sector else "")
            books.invoice(f"I-{code}", "2026-07-01", amount, due=due, customer=code)
        return book_of(TODAY)

    def test_concentration_as_in_the_example(self, book: Book) -> None:
        found = concentration(book)
        assert found.tops[3] is not None
        assert f"{found.tops[3] * 100:.2f}" == "84.44"
        assert f"{found.index:.2f}" == "2908.64"
        assert [(part.name, part.owed) for part in found.sectors] == [
            ("化工", D(200_000)),
            ("钢铁", D(180_000)),
            ("", D(70_000)),
        ]

    def test_a_sector_pays_thirty_days_later(self, book: Book) -> None:
        """Without predictions debts come when due: 100,000 this week, 80,000 in that of 30 November."""
        tried = stressed(book, Scenario(sector="钢铁", days=28))
        assert tried.late == 2
        cash = {week.starts_on: (week.cash, week.cash_after) for week in tried.weeks}
        assert cash[MONDAY] == (D(130_000), D(30_000))
        assert cash[MONDAY + timedelta(days=7)] == (D(200_000), D(200_000))
        assert cash[MONDAY + timedelta(days=14)] == (D(80_000), D(0))
        assert cash[MONDAY + timedelta(days=28)] == (D(0), D(100_000))
        assert cash[MONDAY + timedelta(days=42)] == (D(40_000), D(120_000))
        overdue = {week.starts_on: (week.overdue, week.overdue_after) for week in tried.weeks}
        assert overdue[MONDAY] == (D(0), D(100_000))
        assert overdue[MONDAY + timedelta(days=14)] == (D(0), D(180_000))
        assert overdue[MONDAY + timedelta(days=42)] == (D(0), D(0))
        assert tried.missing == 0
        assert tried.guessed == 5

    def test_the_two_largest_fail(self, book: Book, books: Books) -> None:
        set_matrix(rates=STARTING_RATES, effective_on=day("2026-01-01"), actor=books.actor)
        tried = stressed(book, Scenario(days=0, largest=2))
        assert [each.code for each in tried.failing] == ["BIG", "S1"]
        assert tried.missing == D(300_000)
        assert tried.weeks[-1].overdue_after - tried.weeks[-1].overdue == D(300_000)
        # 320,000 not due at 0.5%, 100,000 one day over at 2%, 30,000 112 days over at 30%.
        assert tried.provision == D("12600.00")
        # 300,000 whole, of the rest 120,000 not due and the 30,000.
        assert tried.provision_after == D("309600.00")
        half = stressed(book, Scenario(days=0, largest=2, loss=D("0.5")))
        assert half.provision_after == D("159600.00")

    def test_a_delay_ages_what_is_owed(self, book: Book, books: Books) -> None:
        set_matrix(rates=STARTING_RATES, effective_on=day("2026-01-01"), actor=books.actor)
        tried = stressed(book, Scenario(sector="钢铁", days=30))
        # S1 31 days over at 5%, S2 17 days at 2%: 5,000 + 1,600 instead of 2,000 + 400.
        assert tried.provision is not None
        assert tried.provision_after == tried.provision + D(4_200)

    def test_limits_are_used_up_by_what_waits(self, book: Book, books: Books) -> None:
        for code, amount in (("S1", "150000"), ("S2", "500000"), ("BIG", "900000")):
            set_limit(
                NewLimit(
                    customer_id=books.customer(code).pk,
                    amount=D(amount),
                    starts_on=day("2026-01-01"),
                    reason="x",
                ),
                actor=books.actor,
                today=TODAY,
            )
        tried = stressed(book, Scenario(sector="钢铁", days=30, failing=("BIG",)))
        found = {each.code: (each.used, each.used_after, each.failed) for each in tried.limits}
        assert found == {
            "S1": (D(100_000), D(200_000), False),
            "BIG": (D(200_000), D(200_000), True),
        }

    def test_predictions_say_when(self, book: Book, books: Books) -> None:
        foretold(books, "I-BIG", [0.0, 0.25, 0.25])
        again = book_of(TODAY)
        assert again.guessed == 4
        assert stressed(again, Scenario(days=0, largest=1)).weeks[1].cash == D(50_000)
        later = book_of(
            TODAY + timedelta(days=14)
        )  # nothing came in two weeks: of 0.75 left a third comes now
        assert later.weeks[later.customer_ids.index(books.customer("BIG").pk)][0] == pytest.approx(1 / 3)

    def test_what_cannot_be_tried_is_refused(self, book: Book) -> None:
        for scenario in (
            Scenario(sector="没有"),
            Scenario(days=0),
            Scenario(days=-1),
            Scenario(days=999),
            Scenario(largest=99),
            Scenario(failing=("NOBODY",)),
            Scenario(loss=D("NaN")),
            Scenario(loss=D("1.5")),
        ):
            with pytest.raises(ScenarioRefused):
                stressed(book, scenario)

    def test_files_hold_the_figures(self, book: Book) -> None:
        tried = stressed(book, Scenario(sector="钢铁", days=30, largest=1))
        said = as_data(book, concentration(book), tried, "CNY")
        assert said["scenario"]["failing"] == ["BIG"]
        assert said["concentration"]["hhi"].startswith("2908.64")
        assert said["provision"] is None
        assert len(said["weeks"]) == 13
        assert "nan" not in str(said).lower()
        assert as_workbook(book, concentration(book), tried, "CNY")[:2] == b"PK"


@pytest.mark.django_db
def test_with_nothing_owed_nothing_happens(books: Books) -> None:
    book = book_of(TODAY)
    tried = stressed(book, Scenario())
    assert (tried.missing, tried.late, tried.limits) == (D(0), 0, [])
    found = concentration(book)
    assert (found.index, found.tops[1]) == (None, None)


@pytest.mark.django_db
def test_debts_without_a_due_day_are_not_expected(books: Books) -> None:
    books.invoice("W1", "2026-11-01", "100")
    OpenItem.objects.update(due_on=None, effective_due_on=None)  # it waits for an event
    book = book_of(TODAY)
    tried = stressed(book, Scenario(days=0, largest=1))
    assert {week.cash for week in tried.weeks} == {D(0)}
    assert {week.overdue_after for week in tried.weeks} == {D(0)}

"""Expected credit losses through two periods: the matrix, one customer by itself, a write-off and a recovery."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from huikuan.audit.operations import act
from huikuan.ledger.models import Document
from huikuan.ledger.operations import EntryLine, NewEntry, accounts_by_purpose, post_entries
from huikuan.risk.in_force import NoMatrix
from huikuan.risk.operations import RiskRefused, assess, end_assessment, post_provision, recover, set_matrix
from huikuan.risk.queries import requirement, roll_forward
from huikuan.risk.rules import STARTING_RATES
from tests.ledger.checking import assert_nothing_broken
from tests.trade import day

pytestmark = pytest.mark.django_db

YEAR_END = day("2026-06-30")
# Days overdue at the end of the period, and what is owed.
OWED = {-20: "500000", 15: "200000", 45: "80000", 75: "40000", 120: "30000", 300: "20000", 400: "10000"}


@pytest.fixture
def portfolio(books: Any) -> Any:
    for number, (days, amount) in enumerate(OWED.items()):
        due = YEAR_END - timedelta(days=days)
        books.invoice(f"I{number}", "2025-01-10", amount, due=due.isoformat())
    books.invoice("X1", "2026-02-01", "50000", customer="X")
    accounts = accounts_by_purpose(["opening", "allowance"])
    lines = (
        EntryLine(accounts["opening"], debit=Decimal("60000.00")),
        EntryLine(accounts["allowance"], credit=Decimal("60000.00")),
    )
    with act("opening", actor=books.actor) as opened:
        post_entries([NewEntry("opening", day("2026-03-31"), lines)], opened=opened)
    set_matrix(rates=STARTING_RATES, effective_on=day("2026-01-01"), actor=books.actor)
    assess(
        customer_id=books.customer("X").pk,
        rate=Decimal("0.8"),
        reason="涉诉",
        from_on=day("2026-04-01"),
        actor=books.actor,
    )
    return books


def test_the_matrix_and_a_customer_by_itself(portfolio: Any) -> None:
    found = requirement(YEAR_END)
    assert [(f"{line.balance:.0f}", f"{line.loss:.0f}") for line in found.lines] == [
        ("500000", "2500"),
        ("200000", "4000"),
        ("80000", "4000"),
        ("40000", "4000"),
        ("30000", "9000"),
        ("20000", "12000"),
        ("10000", "10000"),
        ("50000", "40000"),
    ]
    assert (found.balance, found.required) == (Decimal(930_000), Decimal("85500.00"))


def test_charge_and_reversal_over_two_periods(portfolio: Any) -> None:
    portfolio.invoice("BAD", "2025-12-01", "20000")
    portfolio.write_off("BAD", "2026-05-10")
    write_off = Document.objects.get(kind="write_off")
    back = recover(
        write_off_id=write_off.pk,
        amount=Decimal("5000.00"),
        on=day("2026-06-01"),
        actor=portfolio.actor,
        today=portfolio.today,
    )
    portfolio.receipt("R1", "2026-06-02", "5000.00")
    portfolio.allocate("R1", back.number, "5000.00", "2026-06-02")
    first = post_provision(as_of=YEAR_END, actor=portfolio.actor, today=portfolio.today)
    assert (first.before, first.charge) == (Decimal("45000.00"), Decimal("40500.00"))
    assert portfolio.entries("provision") == ["D6702 40500.00", "C1231 40500.00"]
    moved = roll_forward(day("2026-04-01"), YEAR_END)
    assert (moved.opening, moved.write_off, moved.recovery, moved.charge, moved.closing) == (
        Decimal("60000.00"),
        Decimal("20000.00"),
        Decimal("5000.00"),
        Decimal("40500.00"),
        Decimal("85500.00"),
    )
    portfolio.receipt("R2", "2026-07-01", "6875.00", customer="X")
    portfolio.allocate("R2", "X1", "6875.00", "2026-07-01")
    second = post_provision(as_of=day("2026-07-02"), actor=portfolio.actor, today=portfolio.today)
    assert (second.required, second.charge) == (Decimal("80000.00"), Decimal("-5500.00"))
    assert portfolio.entries("provision_reversal") == ["D1231 5500.00", "C6702 5500.00"]
    # As of the first day nothing has changed, although X has paid since.
    assert requirement(YEAR_END).required == Decimal("85500.00")
    assert_nothing_broken(portfolio.organization)


def test_posted_again_only_the_difference_is_booked(portfolio: Any) -> None:
    post_provision(as_of=YEAR_END, actor=portfolio.actor, today=portfolio.today)
    again = post_provision(as_of=YEAR_END, actor=portfolio.actor, today=portfolio.today)
    assert again.charge == 0
    assert again.entry_id is None
    assert len(portfolio.entries("provision")) == 2
    assert_nothing_broken(portfolio.organization)


def test_credits_make_no_negative_loss(portfolio: Any) -> None:
    portfolio.credit_note("N1", "2026-06-01", "900000.00")
    assert requirement(YEAR_END).required == Decimal("85500.00")


def test_a_customer_goes_back_to_the_matrix(portfolio: Any) -> None:
    from huikuan.risk.models import Assessment

    row = Assessment.objects.get()
    end_assessment(assessment_id=row.pk, until_on=YEAR_END, reason="已和解", actor=portfolio.actor)
    lines = requirement(YEAR_END).lines
    assert [line.code for line in lines if line.code] == []
    # X1 was due on 1 February: 149 days overdue.
    assert next(line.balance for line in lines if line.bucket == "91-180") == Decimal(80_000)
    assert requirement(day("2026-06-29")).lines[-1].code == "X"


def test_never_more_back_than_was_given_up(portfolio: Any) -> None:
    portfolio.invoice("BAD", "2025-12-01", "20000")
    portfolio.write_off("BAD", "2026-05-10")
    write_off = Document.objects.get(kind="write_off")

    def back(amount: str) -> None:
        recover(
            write_off_id=write_off.pk,
            amount=Decimal(amount),
            on=day("2026-06-01"),
            actor=portfolio.actor,
            today=portfolio.today,
        )

    back("15000.00")
    with pytest.raises(RiskRefused, match="还可收回"):
        back("5000.01")
    back("5000.00")
    assert_nothing_broken(portfolio.organization)


@pytest.mark.parametrize("share", ["-0.01", "1.01", "NaN"])
def test_rates_are_shares(books: Any, share: str) -> None:
    with pytest.raises(RiskRefused):
        set_matrix(
            rates={**STARTING_RATES, "31-60": Decimal(share)},
            effective_on=day("2026-01-01"),
            actor=books.actor,
        )
    with pytest.raises(NoMatrix):
        requirement(YEAR_END)


def test_what_was_revalued_later_counts_as_it_was_carried_then(portfolio: Any) -> None:
    portfolio.invoice("U1", "2026-06-01", "1000.00", due="2026-09-30", currency="USD", rate=Decimal("7.10"))
    before = requirement(YEAR_END)
    assert before.lines[0].balance == Decimal("507100.00")
    portfolio.rate("USD", "2026-07-31", "7.05")
    portfolio.revalue("2026-07")
    assert requirement(YEAR_END).lines == before.lines
    assert requirement(day("2026-07-31")).lines[0].balance == Decimal("7050.00")


def test_not_into_the_future(portfolio: Any) -> None:
    with pytest.raises(RiskRefused):
        post_provision(
            as_of=portfolio.today + timedelta(days=1), actor=portfolio.actor, today=portfolio.today
        )

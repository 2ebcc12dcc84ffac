"""预计回款表: the day by promise or habit, never on a rest day nor before today; losses taken off, disputes apart."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from huikuan.collection.operations.promises import NewPromise, record_promise
from huikuan.core.calendar import WorkCalendar
from huikuan.disputes.operations import NewDispute, open_dispute
from huikuan.reports.asking import Result
from huikuan.reports.catalogue import answer, asked, report_named
from huikuan.reports.expected_cash import expected_day
from huikuan.risk.operations import set_matrix
from huikuan.risk.rules import STARTING_RATES
from tests.trade import Books, day

pytestmark = pytest.mark.django_db
JUNE = day("2026-06-30")
RATES = {**STARTING_RATES, "not_due": Decimal("0.00864")}


def ask(**words: str) -> Result:
    report = report_named("expected-cash")
    words.setdefault("as_of", JUNE.isoformat())
    return answer(report, asked(report, words, today=JUNE, zone=ZoneInfo("Asia/Shanghai")))


def record_habit(books: Books) -> None:
    """100 paid ten days late, half of it in two days of weight: 9 and 11 days."""
    books.invoice("OLD", "2026-01-01", "200.00", due="2026-03-02")
    for number, on in (("R1", "2026-03-11"), ("R2", "2026-03-13")):
        books.receipt(number, on, "100.00")
        books.allocate(number, "OLD", "100.00", on)


@pytest.mark.parametrize(
    ("due", "late", "promised", "expected"),
    [
        ("2026-07-20", 10, None, "2026-07-30"),
        ("2026-07-20", 12, None, "2026-08-03"),  # 1 August 2026 is a Saturday
        ("2026-07-20", 10, "2026-07-25", "2026-07-25"),  # what was said is said
        ("2026-07-20", -5, None, "2026-07-15"),
        ("2026-05-01", 10, None, "2026-06-30"),
        ("2026-05-01", 10, "2026-06-01", "2026-06-30"),
        (None, 10, None, None),
        (None, 10, "2026-07-25", "2026-07-25"),
    ],
)
def test_the_day(due: str | None, late: int, promised: str | None, expected: str | None) -> None:
    found = expected_day(
        day(due) if due else None,
        late,
        day(promised) if promised else None,
        today=JUNE,
        calendar=WorkCalendar(),
    )
    assert found == (day(expected) if expected else None)


def test_debts_of_a_customer_with_a_habit_and_one_without(books: Books) -> None:
    record_habit(books)
    set_matrix(rates=RATES, effective_on=date(2026, 1, 1), actor=books.actor)
    books.invoice("NEW", "2026-06-01", "100000.00", due="2026-07-20")
    books.invoice("LATE", "2026-04-01", "1000.00", due="2026-05-15")
    books.invoice("OTHER", "2026-06-01", "500.00", due="2026-07-20", customer="C2")
    books.receipt("FREE", "2026-06-20", "70.00")  # a credit is no debt
    found = {row.values["number"]: row.values for row in ask(row="debt").rows}
    new, late, other = found["NEW"], found["LATE"], found["OTHER"]
    assert (new["days_late"], new["expected_on"], new["expected"]) == (
        10,
        day("2026-07-30"),
        Decimal("99136.00"),
    )
    assert (late["expected_on"], late["rate"], late["expected"]) == (JUNE, Decimal("0.05"), Decimal("950.00"))
    assert (other["days_late"], other["expected_on"]) == (None, day("2026-07-20"))
    weeks = ask()
    assert [row.key for row in weeks.rows] == [("2026-06-29",), ("2026-07-20",), ("2026-07-27",)]
    assert weeks.total and weeks.total.values["expected"] == sum(row.values["expected"] for row in weeks.rows)
    customers = ask(row="customer")
    assert [(row.key, row.values["next_on"], row.values["debts"]) for row in customers.rows] == [
        (("C1",), JUNE, 2),
        (("C2",), day("2026-07-20"), 1),
    ]
    assert len(ask(row="debt", customer="C2").rows) == 1


def test_a_promise_counts_and_a_dispute_stands_apart(books: Books) -> None:
    set_matrix(rates=RATES, effective_on=date(2026, 1, 1), actor=books.actor)
    books.invoice("P", "2026-04-01", "1000.00", due="2026-05-15")
    books.invoice("D", "2026-06-01", "600.00", due="2026-07-20")
    new = NewPromise(
        customer_id=books.customer("C1").pk,
        promised_on=day("2026-07-11"),
        made_on=JUNE,
        item_ids=[books.item("P").pk],
    )
    record_promise(new, actor=books.actor, today=JUNE)
    open_dispute(NewDispute(books.item("D").pk, "quality", Decimal("200.00")), actor=books.actor, today=JUNE)
    found = {row.values["number"]: row.values for row in ask(row="debt").rows}
    assert (found["P"]["promised_on"], found["P"]["expected_on"]) == (day("2026-07-11"), day("2026-07-11"))
    assert (found["D"]["disputed"], found["D"]["loss"]) == (Decimal("200.00"), Decimal("3.46"))
    assert found["D"]["expected"] == Decimal("396.54")


def test_without_rates_nothing_is_taken_off_and_it_says_so(books: Books) -> None:
    books.invoice("NEW", "2026-06-01", "100.00", due="2026-07-20")
    found = ask()
    assert found.total and found.total.values["expected"] == Decimal("100.00")
    assert any("没有扣预期损失" in str(each) for each in found.remarks)


def test_an_old_answer_comes_out_again(books: Books) -> None:
    books.invoice("NEW", "2026-06-01", "100.00", due="2026-07-20")
    before = ask(row="debt")
    books.receipt("R", "2026-06-25", "40.00")
    books.allocate("R", "NEW", "40.00", "2026-06-26")
    assert before.known_at is not None and before.total
    now, then = ask(row="debt"), ask(row="debt", known_at=before.known_at.isoformat())
    assert now.total and now.total.values["amount"] == Decimal("60.00")
    assert then.total and then.total.values == before.total.values

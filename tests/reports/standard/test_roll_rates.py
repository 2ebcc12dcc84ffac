"""坏账迁徙率 from the books: what rolled on, what was written off, who is judged apart; both methods beside each other."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from xlsxwriter import Workbook

from huikuan.reports.asking import QuestionRefused, Result
from huikuan.reports.catalogue import answer, asked, report_named
from huikuan.reports.output.as_xlsx import Formats
from huikuan.reports.output.values import plain, shown
from huikuan.risk.operations import assess, set_matrix
from huikuan.risk.rolling import rolled
from huikuan.risk.rules import STARTING_RATES
from tests.trade import day

pytestmark = pytest.mark.django_db

SINCE, UNTIL = day("2026-01-01"), day("2026-12-31")


def ask(**words: str) -> Result:
    report = report_named("roll-rates")
    words = {"from": SINCE.isoformat(), "to": UNTIL.isoformat(), **words}
    return answer(report, asked(report, words, today=date(2026, 12, 31), zone=ZoneInfo("Asia/Shanghai")))


def test_what_is_left_on_the_first_day_of_a_bucket_rolled_into_it(books: Any) -> None:
    books.invoice("I1", "2026-02-01", "100.00", due="2026-03-01", customer="C1")
    books.receipt("R1", "2026-03-01", "40.00", customer="C1")  # on the due day: not overdue
    books.allocate("R1", "I1", "40.00", "2026-03-01")
    books.receipt("R2", "2026-03-31", "30.00", customer="C1")  # the thirtieth day overdue
    books.allocate("R2", "I1", "30.00", "2026-03-31")
    found = rolled(SINCE, UNTIL)
    assert found.average[:3] == [Decimal("0.6"), Decimal("0.5"), Decimal(1)]
    assert found.of_month(day("2026-03-01"))[0] == Decimal("0.6")
    assert found.of_month(day("2026-04-01"))[:2] == [None, Decimal("0.5")]


def test_what_was_written_off_is_not_paid(books: Any) -> None:
    books.invoice("I1", "2026-01-01", "100.00", due="2026-02-01", customer="C1")
    books.write_off("I1", "2026-02-15", "100.00")
    assert rolled(SINCE, UNTIL).average[:3] == [Decimal(1), Decimal(1), Decimal(1)]


def test_who_is_judged_apart_is_left_out(books: Any) -> None:
    books.invoice("I1", "2026-01-01", "100.00", due="2026-02-01", customer="C1")
    customer = books.customer("C1").pk
    assess(
        customer_id=customer, rate=Decimal("0.5"), reason="破产", from_on=day("2026-06-01"), actor=books.actor
    )
    assert set(rolled(SINCE, UNTIL).average) == {None}


def test_both_methods_beside_each_other(books: Any) -> None:
    set_matrix(rates=STARTING_RATES, effective_on=SINCE, note="", actor=books.actor)
    books.invoice("OLD", "2026-01-01", "100.00", due="2026-02-01", customer="C1")
    books.receipt("R1", "2026-02-10", "50.00", customer="C1")
    books.allocate("R1", "OLD", "50.00", "2026-02-10")
    books.invoice("NEW", "2026-12-01", "200.00", due="2027-01-31", customer="C1")
    methods, months = ask(final="80").parts
    first, second, *_rest = methods.rows
    # not due → 1-30: all; 1-30 → 31-60: half; from there on everything; nothing passed the last bucket's gate
    assert (first.values["roll"], second.values["roll"]) == (Decimal(1), Decimal("0.5"))
    assert first.values["loss_rate"] == Decimal("0.4")
    assert (first.values["balance"], first.values["by_rolls"]) == (Decimal(200), Decimal("80.00"))
    assert first.values["in_force"] == Decimal("1.00")
    assert methods.total is not None
    assert methods.total.values["name"] == "合计"
    assert methods.total.values["balance"] == Decimal(250)
    assert [row.values["month"] for row in months.rows] == [
        day(text) for text in ("2026-02-01", "2026-03-01", "2026-04-01", "2026-05-01", "2026-08-01")
    ]


def test_a_loss_rate_has_four_decimals_for_people_and_all_for_programs(books: Any) -> None:
    books.invoice("I1", "2026-01-01", "300.00", due="2026-02-01", customer="C1")
    books.receipt("R1", "2026-02-10", "100.00", customer="C1")
    books.allocate("R1", "I1", "100.00", "2026-02-10")
    methods, _months = ask().parts
    (column,) = (column for column in methods.columns if column.name == "loss_rate")
    value = methods.rows[1].values["loss_rate"]
    assert (shown(column, value, "CNY"), plain(column, value, "CNY")) == ("66.6667%", "0.666667")
    assert Formats(Workbook(BytesIO())).value(column, "CNY").num_format == "0.0000%"


def test_without_a_matrix_and_without_debts(books: Any) -> None:
    methods, months = ask(final="0").parts
    assert (methods.total, list(months.rows)) == (None, [])
    assert {row.values["loss_rate"] for row in methods.rows} == {Decimal(0)}


def test_less_than_a_year_is_said_and_more_than_everything_refused(books: Any) -> None:
    assert len(ask().remarks) + 1 == len(ask(**{"from": "2026-03-01"}).remarks)
    with pytest.raises(QuestionRefused):
        ask(final="101")

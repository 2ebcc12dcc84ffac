"""What words may ask of a report, and how the words come back."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from huikuan.reports.asking import Option, Question, QuestionRefused, Report, Result
from huikuan.reports.questions import asked, parameters_of

SHANGHAI = ZoneInfo("Asia/Shanghai")


def read(question: Question) -> Result:
    raise AssertionError


PLAIN = Report(
    name="plain",
    title="表",
    definition="说明",
    read=read,
    dimensions=("customer", "region", "salesperson", "team"),
    by=("customer",),
    levels=3,
    filters=("customer", "region"),
    options=(
        Option("basis", "起点", "choice", default="due", choices=(("due", "到期"), ("document", "单据"))),
        Option("bounds", "区间", "bounds", default=()),
        Option("most", "前几名", "integer", default=0),
        Option("closed", "含已结", "flag", default=False),
    ),
)
OF_PERIOD = Report(name="period", title="表", definition="说明", read=read, period=True)


def ask(report: Report = PLAIN, **words: str) -> Question:
    return asked(report, words, today=date(2026, 6, 30), zone=SHANGHAI)


def test_what_is_not_said_is_as_usual() -> None:
    question = ask()
    assert question.as_of == date(2026, 6, 30)
    assert question.by == ("customer",)
    assert question.options == {"basis": "due", "bounds": (), "most": 0, "closed": False}
    assert parameters_of(PLAIN, question) == {"as_of": "2026-06-30"}


def test_words_come_back_as_they_were_meant() -> None:
    question = ask(
        as_of="2026-05-31",
        known_at="2026-06-01T08:00",
        by="region，customer",
        region="-",
        basis="document",
        bounds="30，60 90",
        most="5",
        closed="on",
        sort="-net",
    )
    assert question.known_at == datetime(2026, 6, 1, 0, 0, tzinfo=UTC)
    assert question.by == ("region", "customer")
    assert question.where == {"region": ""}
    assert question.options == {"basis": "document", "bounds": (30, 60, 90), "most": 5, "closed": True}
    assert ask(**parameters_of(PLAIN, question)) == question


def test_one_row_of_everything() -> None:
    question = ask(by="none")
    assert question.by == ()
    assert ask(**parameters_of(PLAIN, question)) == question


def test_a_period_is_the_year_so_far_and_ends_on_the_day() -> None:
    question = ask(OF_PERIOD, to="2026-03-31")
    assert (question.since, question.until, question.as_of) == (
        date(2026, 1, 1),
        date(2026, 3, 31),
        date(2026, 3, 31),
    )
    assert ask(OF_PERIOD, **parameters_of(OF_PERIOD, question)) == question


@pytest.mark.parametrize(
    ("usual", "since"),
    [
        ("month", date(2026, 8, 1)),
        ("quarter", date(2026, 7, 1)),
        ("year", date(2026, 1, 1)),
        ("months:12", date(2025, 9, 1)),
    ],
)
def test_usual_periods(usual: str, since: date) -> None:
    report = Report(name="p", title="", definition="", read=read, period=True, usual_period=usual)
    assert ask(report, to="2026-08-31").since == since


@pytest.mark.parametrize(
    ("report", "words", "code"),
    [
        (OF_PERIOD, {"from": "2026-07-01", "to": "2026-06-30"}, "dates_reversed"),
        (PLAIN, {"as_of": "2026-06-31"}, "unreadable_date"),
        (PLAIN, {"known_at": "yesterday"}, "unreadable_time"),
        (PLAIN, {"by": "moon"}, "unknown_dimension"),
        (PLAIN, {"by": "region,region"}, "repeated_dimension"),
        (PLAIN, {"by": "region,customer,salesperson,team"}, "too_many_levels"),
        (PLAIN, {"bounds": "60,30"}, "unusable_bounds"),
        (PLAIN, {"bounds": "30,30"}, "unusable_bounds"),
        (PLAIN, {"bounds": "a"}, "unusable_bounds"),
        (PLAIN, {"basis": "moon"}, "unusable_option"),
        (PLAIN, {"most": "-1"}, "unusable_option"),
        (PLAIN, {"closed": "perhaps"}, "unusable_option"),
    ],
)
def test_what_cannot_be_asked_is_named(report: Report, words: dict[str, Any], code: str) -> None:
    with pytest.raises(QuestionRefused) as refused:
        ask(report, **words)
    assert refused.value.code == code
    assert refused.value.message


def test_a_moment_comes_back_in_the_time_of_the_organization() -> None:
    known_at = ask(known_at="2026-06-01T16:30:05+00:00").known_at
    assert known_at is not None
    assert known_at.isoformat() == "2026-06-02T00:30:05+08:00"

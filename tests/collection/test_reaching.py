"""When a customer can be called: its own hours, at which hours it answers, calls of today, quiet hours and rest days."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from huikuan.audit.models import Event
from huikuan.collection.errors import CollectionRefused
from huikuan.collection.models import CallingHours
from huikuan.collection.operations import (
    Hours,
    NewContact,
    correct_contact,
    fold_standings,
    record_contact,
    save_hours,
)
from huikuan.collection.points import SHIPPED, Signal, Standing, Weights, points
from huikuan.collection.queries import calls_on
from huikuan.collection.reaching import BAD, GOOD, Clock, Reach, clock_at, hours_of
from huikuan.collection.rules import Channel, Direction, Result
from huikuan.collection.worklist import WorkFilter, WorkLine, work_line, work_lines
from huikuan.core.calendar import CHINA, WorkCalendar

TODAY = date(2026, 11, 23)
"""A Monday."""
WEIGHTS = Weights(SHIPPED)
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-11-23T10:00", None),
        ("2026-11-23T07:59", "2026-11-23T08:00"),
        ("2026-11-23T20:00", "2026-11-24T08:00"),
        ("2026-11-20T21:00", "2026-11-23T08:00"),  # Friday evening: Monday
        ("2026-02-14T10:00", None),  # a Saturday worked for Spring Festival
        ("2026-02-14T20:30", "2026-02-24T08:00"),  # the holiday from the 15th to the 23rd
    ],
)
def test_nobody_is_called_in_quiet_hours_and_on_rest_days(moment: str, opens: str | None) -> None:
    found = clock_at(datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI), CHINA)
    assert found.may_call == (opens is None)
    assert found.opens_at == (datetime.fromisoformat(opens).replace(tzinfo=SHANGHAI) if opens else None)


def test_the_organizations_own_rest_days_count() -> None:
    moment = datetime(2026, 11, 23, 10, tzinfo=SHANGHAI)
    found = clock_at(moment, WorkCalendar(overrides={TODAY: False}))
    assert found.opens_at == datetime(2026, 11, 24, 8, tzinfo=SHANGHAI)


def test_hours_are_told_as_spans() -> None:
    assert hours_of(0) == []
    assert hours_of(1 << 9 | 1 << 10 | 1 << 15 | 1 << 23) == [(9, 11), (15, 16), (23, 24)]


def test_points_for_a_time_to_call_and_against_it() -> None:
    def signals(reach: Reach) -> dict[Signal, int]:
        standing = Standing(Decimal(0), 0, contacted_on=TODAY, reach=reach)
        return points(standing, WEIGHTS, today=TODAY)

    assert {reach: signals(reach) for reach in Reach} == {
        **{reach: {Signal.REACHABLE: 10} for reach in GOOD},
        **{reach: {Signal.AWAY: -20} for reach in BAD},
        Reach.UNKNOWN: {},
    }


def _owe(books: Any, *codes: str) -> None:
    for code in codes:
        books.customer(code)
        books.invoice(f"I-{code}", "2026-09-01", "1000", due="2026-10-01", customer=code)


def _call(books: Any, code: str, at: str, result: Result = Result.REACHED, **values: Any) -> Any:
    return record_contact(
        NewContact(
            customer_id=books.customer(code).pk,
            channel=values.pop("channel", Channel.PHONE),
            result=result,
            made_at=datetime.fromisoformat(f"{at}+08:00"),
            **values,
        ),
        actor=books.actor,
        today=TODAY,
    )


def _lines(clock: Clock | None) -> dict[str, WorkLine]:
    """The lines by code: as kept and as recorded, which must be one, and their points as they are explained."""
    lines = work_lines(WorkFilter(), WEIGHTS, today=TODAY, clock=clock)
    assert lines == work_lines(WorkFilter(), WEIGHTS, today=TODAY, clock=clock, live=True)
    for line in lines:
        assert sum(line.explained(WEIGHTS, today=TODAY).values()) == line.points
        assert work_line(line.customer_id, WEIGHTS, today=TODAY, clock=clock) == line
    return {line.code: line for line in lines}


def _reach(at: time | None, *, may_call: bool = True) -> dict[str, str]:
    opens = None if may_call else datetime(2026, 11, 24, 8, tzinfo=SHANGHAI)
    return {code: line.reach for code, line in _lines(Clock(at, opens) if at else None).items()}


@pytest.mark.django_db
def test_at_which_hours_a_customer_answers(books: Any) -> None:
    _owe(books, "MORNING", "SILENT", "MIXED", "FEW")
    for day in range(9, 13):
        _call(books, "MORNING", f"2026-11-{day:02}T09:50")
        _call(books, "MORNING", f"2026-11-{day:02}T15:10", Result.NOT_REACHED)
        _call(books, "SILENT", f"2026-11-{day:02}T10:00", Result.NOT_REACHED)
        _call(books, "MIXED", f"2026-11-{day:02}T10:00", Result.REACHED if day % 2 else Result.NOT_REACHED)
    for day in (9, 10):
        _call(books, "FEW", f"2026-11-{day:02}T10:00")
    # None of these is a call of ours.
    for place in range(5):
        _call(books, "FEW", f"2026-11-11T10:0{place}", direction=Direction.IN)
        _call(books, "FEW", f"2026-11-11T10:0{place}", channel=Channel.WECOM)
    fold_standings(today=TODAY)
    assert _reach(time(10)) == {"MORNING": "answers", "SILENT": "silent", "MIXED": "", "FEW": ""}
    assert _reach(time(8, 59))["MORNING"] == "answers", "an hour beside those that were tried"
    assert _reach(time(11, 30))["MORNING"] == ""
    assert _reach(time(14, 59))["MORNING"] == _reach(time(16))["MORNING"] == "silent"
    assert set(_reach(time(10), may_call=False).values()) == set(_reach(None).values()) == {""}
    line = _lines(Clock(time(15)))["MORNING"]
    assert (line.tries, line.answered) == (4, 0) and hours_of(line.answers_at) == [(8, 11)]
    # Only the last calls count: what was once in vain is forgotten, and the kept row follows.
    for place in range(20):
        _call(books, "SILENT", f"2026-11-{13 + place // 5}T10:{place:02}")
    assert _reach(time(10))["SILENT"] == "answers"
    line = _lines(Clock(time(10)))["SILENT"]
    assert (line.tries, line.answered) == (20, 20)
    fold_standings(today=TODAY)
    assert _reach(time(10))["SILENT"] == "answers"


@pytest.mark.django_db
def test_what_a_customer_told_us_counts_more_than_what_was_tried(books: Any) -> None:
    _owe(books, "TOLD", "AWAY", "BACK")
    for day in range(9, 13):
        _call(books, "TOLD", f"2026-11-{day:02}T10:00")
    keys = {code: books.customer(code).pk for code in ("TOLD", "AWAY", "BACK")}
    day = timedelta(days=1)
    assert save_hours(
        keys["TOLD"], Hours(called_from=time(14), called_until=time(16), note="找王会计"), actor=books.actor
    )
    assert save_hours(keys["AWAY"], Hours(away_from=TODAY - day, away_until=TODAY), actor=books.actor)
    assert save_hours(
        keys["BACK"], Hours(away_from=TODAY - 9 * day, away_until=TODAY - day), actor=books.actor
    )
    assert _reach(time(10)) == {"TOLD": "outside", "AWAY": "closed", "BACK": ""}
    assert _reach(time(14))["TOLD"] == _reach(time(15, 59))["TOLD"] == "hours"
    assert _reach(time(16))["TOLD"] == "outside"
    assert _reach(time(6), may_call=False) == {"TOLD": "", "AWAY": "closed", "BACK": ""}
    line = _lines(Clock(time(10)))
    assert (line["TOLD"].called_from, line["AWAY"].away_until, line["BACK"].away_until) == (
        time(14),
        TODAY,
        None,
    )
    before, now = (
        {code: line.points for code, line in _lines(clock).items()} for clock in (None, Clock(time(14, 30)))
    )
    assert {code: now[code] - before[code] for code in now} == {"TOLD": 10, "AWAY": -20, "BACK": 0}
    assert not save_hours(keys["AWAY"], Hours(away_from=TODAY - day, away_until=TODAY), actor=books.actor)
    assert save_hours(keys["AWAY"], Hours(), actor=books.actor)
    assert not CallingHours.objects.filter(pk=keys["AWAY"]).exists()
    assert Event.objects.filter(record_kind="calling_hours").count() == 4


@pytest.mark.django_db
@pytest.mark.parametrize(
    "hours",
    [
        Hours(called_from=time(9)),
        Hours(called_from=time(16), called_until=time(14)),
        Hours(called_from=time(7, 59), called_until=time(9)),
        Hours(called_from=time(21), called_until=time(22, 1)),
        Hours(away_until=TODAY),
        Hours(away_from=TODAY, away_until=TODAY - timedelta(days=1)),
        Hours(note="x" * 201),
    ],
)
def test_hours_that_cannot_be(books: Any, hours: Hours) -> None:
    with pytest.raises(CollectionRefused):
        save_hours(books.customer("C1").pk, hours, actor=books.actor)


@pytest.mark.django_db
def test_after_three_calls_a_day_somebody_else_is_called(books: Any) -> None:
    _owe(books, "OFTEN", "ONCE")
    key = books.customer("OFTEN").pk
    _call(books, "OFTEN", "2026-11-22T10:00")
    for place in range(2):
        _call(books, "OFTEN", f"2026-11-23T09:0{place}", Result.NOT_REACHED)
    wrong = _call(books, "ONCE", "2026-11-23T09:00")
    assert (calls_on(key, TODAY), _reach(time(10))["OFTEN"]) == (2, "")
    correct_contact(
        wrong.pk,
        NewContact(
            customer_id=wrong.customer_id,
            channel=Channel.PHONE,
            result=Result.NOT_REACHED,
            made_at=wrong.made_at,
        ),
        actor=books.actor,
        today=TODAY,
    )
    last = _call(books, "OFTEN", "2026-11-23T09:30")
    assert (calls_on(key, TODAY), calls_on(wrong.customer_id, TODAY)) == (3, 1)
    assert _reach(time(10)) == {"OFTEN": "called", "ONCE": ""}
    assert _lines(Clock(time(10)))["OFTEN"].called == 3
    correct_contact(
        last.pk,
        NewContact(customer_id=key, channel=Channel.EMAIL, result=Result.SENT, made_at=last.made_at),
        actor=books.actor,
        today=TODAY,
    )
    assert _reach(time(10))["OFTEN"] == ""

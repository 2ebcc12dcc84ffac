"""The organization's own working days in predictions: as they were recorded by the day, and paid after them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from huikuan.audit.models import Act
from huikuan.collection.models import CalendarDay
from huikuan.collection.operations import drop_calendar_day, save_calendar_days
from huikuan.collection.policy_queries import CHANGE_CALENDAR, work_calendar
from huikuan.core.calendar import CHINA
from huikuan.core.postgres.tenancy import tenant
from huikuan.risk.payments.asking import OpenPredictions, predict_open
from huikuan.risk.payments.operations import train_model
from huikuan.risk.payments.staging import Cut, cut_at, day_number
from huikuan.risk.payments.worked_days import worked_days
from tests.conftest import TODAY
from tests.risk.payments.conftest import Company, Row, cut, trade
from tests.trade import Books

pytestmark = pytest.mark.django_db

DAY = date(2025, 6, 30)
CLOSED = [date(2025, 7, 7) + timedelta(days=each) for each in range(5)]  # Monday to Friday


def medians(found: OpenPredictions) -> dict[str, date]:
    return dict(zip(found.numbers, found.days[50], strict=True))


def on_workdays(rows: list[Row]) -> list[Row]:
    """The same trade, but nobody pays while the public calendar rests."""
    return [row._replace(paid=row.paid and CHINA.next_workday(row.paid)) for row in rows]


def is_worked(day: date, known: Cut) -> bool:
    return bool(worked_days(known).on(np.array([float(day_number(day))]))[0])


def test_debts_due_while_we_are_closed_are_expected_afterwards(company: Company, actor: Any) -> None:
    due = [Row(f"due {on}", "C1", DAY - timedelta(days=2), on, None, 1000) for on in CLOSED[:3]]
    with tenant(company([*cut(on_workdays(trade(500)), DAY), *due]).id):
        model = train_model(until=DAY, actor=actor, today=TODAY)
        assert model.method == "hazard"
        public = predict_open(model, DAY)
        assert all(medians(public)[row.number] in CLOSED for row in due)
        save_calendar_days(first=CLOSED[0], last=CLOSED[-1], worked=False, name="检修", actor=actor)
        own = predict_open(model, DAY)
        assert all(medians(own)[row.number] >= date(2025, 7, 14) for row in due)  # a Monday


def test_without_own_days_the_public_calendar_counts(books: Books) -> None:
    days = [date(2025, 1, 20) + timedelta(days=each) for each in range(30)]  # the Spring Festival of 2025
    for day in days:
        assert is_worked(day, cut_at(TODAY)) == CHINA.is_workday(day), day
    found = worked_days(cut_at(TODAY))
    save_calendar_days(first=date(1990, 1, 1), last=date(1990, 1, 2), worked=False, actor=books.actor)
    assert (worked_days(cut_at(TODAY)).worked == found.worked).all()


def test_own_days_count_as_recorded_by_the_day(books: Books) -> None:
    """Days changed and left to the public calendar again later are told from the trail."""
    first, middle, last = CLOSED[0], CLOSED[2], CLOSED[-1]
    save_calendar_days(first=first, last=last, worked=False, actor=books.actor)
    moment = Act.objects.filter(kind=CHANGE_CALENDAR).latest("recorded_at").recorded_at
    assert moment is not None
    save_calendar_days(first=middle, last=middle, worked=True, actor=books.actor)
    drop_calendar_day(CalendarDay.objects.get(on=first).pk, actor=books.actor)
    save_calendar_days(first=date(2025, 7, 14), last=date(2025, 7, 15), worked=False, actor=books.actor)
    assert work_calendar(moment).overrides == dict.fromkeys(CLOSED, False)
    assert work_calendar(moment - timedelta(microseconds=1)).overrides == {}
    now = {CLOSED[1]: False, middle: True, CLOSED[3]: False, last: False} | dict.fromkeys(
        (date(2025, 7, 14), date(2025, 7, 15)), False
    )
    assert work_calendar().overrides == now
    ever = Act.objects.latest("recorded_at").recorded_at
    assert ever is not None
    assert work_calendar(ever).overrides == now

    known = replace(cut_at(DAY), live_on=date(2025, 1, 1))
    assert is_worked(last, known)  # recorded long after the day
    assert not is_worked(last, replace(known, on=ever.date() + timedelta(days=1)))
    assert not is_worked(last, replace(known, live_on=TODAY))

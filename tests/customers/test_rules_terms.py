"""Due dates of every kind of payment term."""

import dataclasses
import json
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huikuan.core.calendar import CHINA, PUBLISHED_THROUGH, WorkCalendar
from huikuan.customers.rules import (
    BaseEvent,
    DueDate,
    HolidayRule,
    TermKind,
    TermRule,
    UnusableTerm,
    days_overdue,
    due_date,
    term_from_days,
)

BASES = st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 12, 31))
DAYS = st.integers(0, 365)
MONTHS = st.integers(1, 60)
DAYS_OF_MONTH = st.integers(1, 31)

RULES = st.one_of(
    st.builds(TermRule.net, DAYS),
    st.builds(TermRule.after_months, MONTHS, day=st.none() | DAYS_OF_MONTH),
    st.builds(TermRule.period_days, DAYS, cutoff=st.none() | DAYS_OF_MONTH),
    st.builds(
        TermRule.period_months, MONTHS, day=st.none() | DAYS_OF_MONTH, cutoff=st.none() | DAYS_OF_MONTH
    ),
    st.just(TermRule.on_delivery()),
    st.just(TermRule.prepaid()),
    st.builds(TermRule.at_milestone, st.sampled_from(["调试完成", "首批交付"]), days=DAYS),
    st.builds(TermRule.retention, MONTHS),
)

GOLDEN = [
    ("NET 30", TermRule.net(30), "2026-01-31", "2026-03-02"),
    ("+1 month", TermRule.after_months(1), "2026-01-31", "2026-02-28"),
    ("+1 month, leap year", TermRule.after_months(1), "2028-01-31", "2028-02-29"),
    ("月结30 DAYS", TermRule.period_days(30), "2026-01-15", "2026-03-02"),
    ("月结30 MONTHS", TermRule.period_months(1), "2026-01-15", "2026-02-28"),
    ("月结30 DAYS, leap year", TermRule.period_days(30), "2028-01-15", "2028-03-01"),
    ("月结30 MONTHS, leap year", TermRule.period_months(1), "2028-01-15", "2028-02-29"),
    ("月结60 DAYS", TermRule.period_days(60), "2025-12-31", "2026-03-01"),
    ("月结60 MONTHS", TermRule.period_months(2), "2025-12-31", "2026-02-28"),
    ("月结90 DAYS", TermRule.period_days(90), "2027-11-30", "2028-02-28"),
    ("月结90 MONTHS", TermRule.period_months(3), "2027-11-30", "2028-02-29"),
    ("cut-off 25 +30 days, on it", TermRule.period_days(30, cutoff=25), "2026-01-25", "2026-02-24"),
    ("cut-off 25 +30 days, after it", TermRule.period_days(30, cutoff=25), "2026-01-26", "2026-03-27"),
    ("next month 15th", TermRule.after_months(1, day=15), "2026-01-31", "2026-02-15"),
    ("next month 31st", TermRule.after_months(1, day=31), "2026-03-10", "2026-04-30"),
    ("2nd month, 30th", TermRule.after_months(2, day=30), "2025-12-05", "2026-02-28"),
    ("retention +12 months", TermRule.retention(12), "2024-02-29", "2025-02-28"),
    ("retention +48 months", TermRule.retention(48), "2024-02-29", "2028-02-29"),
    ("on delivery", TermRule.on_delivery(), "2026-02-16", "2026-02-16"),
    ("prepaid", TermRule.prepaid(), "2026-02-16", "2026-02-16"),
    ("milestone", TermRule.at_milestone("调试完成", days=10), "2026-02-16", "2026-02-26"),
    (
        "seven days before delivery",
        TermRule.net(-7, base_event=BaseEvent.DELIVERY),
        "2026-03-05",
        "2026-02-26",
    ),
    ("月结30, pay day 10", TermRule.period_months(1, day=10), "2026-01-15", "2026-02-10"),
    ("fixed", TermRule.fixed(date(2026, 6, 30)), "2026-01-15", "2026-06-30"),
]


@pytest.mark.parametrize(
    ("rule", "base", "due"), [row[1:] for row in GOLDEN], ids=[f"{row[0]} from {row[2]}" for row in GOLDEN]
)
def test_due_dates(rule: TermRule, base: str, due: str) -> None:
    expected = date.fromisoformat(due)
    assert due_date(rule, date.fromisoformat(base)) == DueDate(expected, expected)


@pytest.mark.parametrize(
    ("holiday", "effective"),
    [
        (HolidayRule.NONE, date(2026, 2, 15)),
        (HolidayRule.NEXT, date(2026, 2, 24)),
        (HolidayRule.PREV, date(2026, 2, 14)),
    ],
    ids=str,
)
def test_a_due_date_in_the_spring_festival(holiday: HolidayRule, effective: date) -> None:
    by_term = TermRule(kind=TermKind.MONTHS, months=1, day=15, holiday=holiday)
    by_policy = TermRule.after_months(1, day=15)
    expected = DueDate(date(2026, 2, 15), effective)
    assert due_date(by_term, date(2026, 1, 31)) == expected
    assert due_date(by_policy, date(2026, 1, 31), policy=holiday) == expected


def test_the_term_comes_before_the_policy() -> None:
    rule = TermRule(kind=TermKind.NET_DAYS, days=0, holiday=HolidayRule.NONE)
    assert due_date(rule, date(2026, 2, 15), policy=HolidayRule.NEXT).effective_due_on == date(2026, 2, 15)


def test_an_organizations_own_days_count() -> None:
    shutdown = WorkCalendar({date(2026, 3, 2): False})
    due = due_date(TermRule.net(0), date(2026, 3, 2), shutdown, policy=HolidayRule.NEXT)
    assert due.effective_due_on == date(2026, 3, 3)


def test_a_date_in_a_year_without_a_notice_is_provisional() -> None:
    first_of_may = date(PUBLISHED_THROUGH + 1, 5, 1)
    due = due_date(TermRule.fixed(first_of_may), None, policy=HolidayRule.NEXT)
    assert due is not None and due.provisional
    assert due.effective_due_on.weekday() < 5
    final = WorkCalendar({}, PUBLISHED_THROUGH + 1)
    assert (
        due_date(TermRule.fixed(first_of_may), first_of_may, final, policy=HolidayRule.NEXT).provisional
        is False
    )
    assert due_date(TermRule.fixed(first_of_may), first_of_may).provisional is False


def test_nothing_is_due_before_its_event_except_on_a_fixed_date() -> None:
    assert due_date(TermRule.at_milestone("调试完成"), None) is None
    assert due_date(TermRule.net(30), None) is None
    assert due_date(TermRule.fixed(date(2026, 6, 30)), None) is not None


@pytest.mark.parametrize(
    ("rule", "event"),
    [
        (TermRule.net(30), "invoice"),
        (TermRule.net(30, base_event=BaseEvent.INVOICE_RECEIVED), "invoice_received"),
        (TermRule.on_delivery(), "delivery"),
        (TermRule.prepaid(), "order"),
        (TermRule.retention(12), "acceptance"),
        (TermRule.retention(12, base_event=BaseEvent.DELIVERY), "delivery"),
        (TermRule.at_milestone("调试完成"), "调试完成"),
    ],
)
def test_the_event_a_term_counts_from(rule: TermRule, event: str) -> None:
    assert rule.event == event


def test_only_prepayment_holds_the_delivery() -> None:
    assert TermRule.prepaid().delivery_waits_for_payment
    assert not TermRule.on_delivery().delivery_waits_for_payment


def test_the_due_day_itself_is_not_overdue() -> None:
    due = date(2026, 2, 24)
    assert [days_overdue(due, due + timedelta(days=days)) for days in (-1, 0, 1, 30)] == [0, 0, 1, 30]


def test_term_from_days() -> None:
    assert term_from_days(45) == TermRule.net(45)
    assert term_from_days(0) == TermRule.net(0)
    with pytest.raises(UnusableTerm):
        term_from_days(100_000)


@given(rule=RULES, base=BASES)
def test_nothing_is_due_before_its_base_date(rule: TermRule, base: date) -> None:
    assert due_date(rule, base).due_on >= base


@given(base=BASES, months=MONTHS, day=st.none() | DAYS_OF_MONTH)
def test_no_month_end_is_skipped(base: date, months: int, day: int | None) -> None:
    for rule in (TermRule.after_months(months, day=day), TermRule.period_months(months, day=day)):
        due = due_date(rule, base).due_on
        assert due.year * 12 + due.month == base.year * 12 + base.month + months


@given(rule=RULES, base=BASES)
def test_a_rolled_date_is_worked_and_the_contract_date_stays(rule: TermRule, base: date) -> None:
    contract = due_date(rule, base)
    later = due_date(rule, base, policy=HolidayRule.NEXT)
    earlier = due_date(rule, base, policy=HolidayRule.PREV)
    assert contract.due_on == later.due_on == earlier.due_on == contract.effective_due_on
    assert earlier.effective_due_on <= contract.due_on <= later.effective_due_on
    assert CHINA.is_workday(later.effective_due_on) and CHINA.is_workday(earlier.effective_due_on)


@given(rule=RULES, holiday=st.none() | st.sampled_from(HolidayRule))
def test_a_term_survives_the_database(rule: TermRule, holiday: HolidayRule | None) -> None:
    held = dataclasses.replace(rule, holiday=holiday)
    assert TermRule.from_data(json.loads(json.dumps(held.to_data()))) == held


def test_a_fixed_date_survives_the_database() -> None:
    rule = TermRule.fixed(date(2026, 6, 30))
    assert rule.to_data() == {"kind": "fixed", "base_event": "invoice", "on": "2026-06-30"}
    assert TermRule.from_data(rule.to_data()) == rule


@pytest.mark.parametrize(("kind", "event"), [("prepaid", "order"), ("on_delivery", "delivery")])
def test_the_event_may_be_left_out_where_it_is_clear(kind: str, event: str) -> None:
    assert TermRule.from_data({"kind": kind}).event == event
    assert TermRule.from_data({"kind": "retention", "months": 12}).event == "acceptance"
    assert TermRule.from_data({"kind": "net_days", "days": 30}) == TermRule.net(30)


@pytest.mark.parametrize(
    ("data", "field", "code"),
    [
        ({}, "kind", "missing"),
        ({"kind": "sometimes"}, "kind", "unreadable"),
        ({"kind": 3}, "kind", "unreadable"),
        ({"kind": "net_days"}, "days", "missing"),
        ({"kind": "net_days", "days": "30"}, "days", "unreadable"),
        ({"kind": "net_days", "days": 30.0}, "days", "unreadable"),
        ({"kind": "net_days", "days": True}, "days", "unreadable"),
        ({"kind": "net_days", "days": 3651}, "days", "out_of_range"),
        ({"kind": "net_days", "days": -366}, "days", "out_of_range"),
        ({"kind": "net_days", "days": 30, "day": 5}, "day", "not_used"),
        ({"kind": "net_days", "days": 30, "colour": 1}, "colour", "unknown"),
        ({"kind": "net_days", "days": 30, "base_event": "birthday"}, "base_event", "unreadable"),
        ({"kind": "net_days", "days": 30, "base_event": "milestone"}, "base_event", "not_used"),
        ({"kind": "net_days", "days": 30, "holiday": "always"}, "holiday", "unreadable"),
        ({"kind": "period_days", "days": -1}, "days", "out_of_range"),
        ({"kind": "period_days", "days": 30, "cutoff": 32}, "cutoff", "out_of_range"),
        ({"kind": "months", "months": 1, "day": 0}, "day", "out_of_range"),
        ({"kind": "months", "months": 0, "day": 15}, "months", "out_of_range"),
        ({"kind": "months", "months": -1}, "months", "out_of_range"),
        ({"kind": "period_months", "months": 0, "day": 15}, "months", "out_of_range"),
        ({"kind": "prepaid", "base_event": "invoice"}, "base_event", "not_used"),
        ({"kind": "prepaid", "days": 0}, "days", "not_used"),
        ({"kind": "milestone", "days": 0}, "milestone", "missing"),
        ({"kind": "milestone", "days": 0, "milestone": " "}, "milestone", "unreadable"),
        ({"kind": "milestone", "days": 0, "milestone": "invoice"}, "milestone", "unreadable"),
        ({"kind": "fixed"}, "on", "missing"),
        ({"kind": "fixed", "on": "2026-02-30"}, "on", "unreadable"),
        ({"kind": "retention"}, "months", "missing"),
    ],
)
def test_what_is_no_term_is_refused_with_its_place(data: dict[str, Any], field: str, code: str) -> None:
    with pytest.raises(UnusableTerm) as caught:
        TermRule.from_data(data)
    assert (caught.value.field, caught.value.code) == (field, code)

"""A policy tried on the past: the same every time, and blind to what came later."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from huikuan.credit.operations import NewLimit, complete_cards, set_limit
from huikuan.credit.rules import Action
from huikuan.ledger.operations import ItemFacts, change_items
from huikuan.organizations.models import Organization
from huikuan.reports.replay import AS_GIVEN, Replay, ReplayRefused, as_data, last_full_months, replay
from huikuan.sales.operations import close_orders
from tests.sales.selling import Selling, line

pytestmark = pytest.mark.django_db
LIVE_ON = date(2026, 7, 1)
SINCE, UNTIL = date(2025, 7, 1), date(2026, 6, 30)
TODAY = date(2026, 11, 21)
D = Decimal


@pytest.fixture
def past(books: Any) -> Any:
    """History that was imported: known from its own dates. C1 pays, C2 stopped paying."""
    Organization.objects.filter(pk=books.organization.pk).update(live_on=LIVE_ON)
    complete_cards(actor=books.actor)
    for code in ("C1", "C2"):
        new = NewLimit(
            customer_id=books.customer(code).pk, amount=D(1000), starts_on=date(2025, 1, 1), reason="年度授信"
        )
        set_limit(new, actor=books.actor, today=TODAY)
    for month in range(7, 13):
        for code in ("C1", "C2"):
            books.invoice(
                f"{code}-{month}", f"2025-{month:02}-05", "400", due=f"2025-{month:02}-25", customer=code
            )
    for month in range(7, 13):
        books.receipt(f"R-{month}", f"2025-{month:02}-25", "400")
        books.allocate(f"R-{month}", f"C1-{month}", "400", f"2025-{month:02}-25")
    return books


def _replay(limits: str = AS_GIVEN) -> Replay:
    return replay(since=SINCE, until=UNTIL, today=TODAY, limits=limits)


def _decided(found: Replay) -> dict[str, Action]:
    return {each.subject.number: each.action for each in found.judged}


def _told(found: Replay) -> dict[str, Any]:
    return as_data(found, words=lambda reason: f"{reason.code} {dict(reason.figures)}")


def test_who_stops_paying_is_stopped_when_the_limit_is_used_up(past: Any) -> None:
    found = _replay()
    decided = _decided(found)
    assert {decided[f"C1-{month}"] for month in range(7, 13)} == {Action.PASS}
    assert [decided[f"C2-{month}"] for month in (7, 8, 9)] == [Action.PASS, Action.WARN, Action.APPROVE]
    assert (found.all.count, found.all.amount, found.all.bad) == (12, D(4800), D(2400))
    assert (found.stopped.count, found.stopped.bad, found.stopped.good) == (4, D(1600), D(0))
    first = next(each for each in found.judged if each.subject.number == "C2-9")
    assert (first.limit, first.exposure) == (D(1000), D(800))
    assert [reason.code for reason in first.reasons] == ["limit", "overdue"]
    assert [each.subject.number for each in found.list][:1] == ["C2-10"]


def test_the_card_of_the_month_before_gives_the_limit(past: Any) -> None:
    found = _replay("card")
    first = [each for each in found.judged if each.subject.number == "C1-7"]
    assert (first[0].grade, first[0].limit, first[0].action) == (
        "",
        None,
        Action.APPROVE,
    )  # nothing known yet
    assert next(each for each in found.judged if each.subject.number == "C1-12").grade


def test_the_same_replay_twice_is_the_same_and_does_not_see_the_future(past: Any) -> None:
    selling = Selling(past)
    ordered = selling.order(line("1", "500"), on="2026-02-01", customer="C2")
    told = [_told(_replay(limits)) for limits in (AS_GIVEN, "card")]
    assert [_told(_replay(limits)) for limits in (AS_GIVEN, "card")] == told
    assert told[0]["orders"]["count"] == 13
    # Dated later: the debts are paid, lost, and grow. Recorded later: due dates, an order, a limit change.
    past.receipt("late", "2026-07-01", "400", customer="C2")
    past.allocate("late", "C2-7", "400", "2026-07-01")
    past.write_off("C2-8", "2026-07-02", "400")
    past.invoice("N", "2026-07-03", "90000", due="2026-07-04", customer="C2")
    item = past.item("C2-9")
    change_items(
        [ItemFacts(item.pk, date(2027, 1, 1), date(2027, 1, 1), None)], actor=past.actor, reason="展期"
    )
    close_orders([ordered.id], actor=past.actor, reason="客户取消", today=TODAY)
    new = NewLimit(customer_id=past.customer("C2").pk, amount=D(1), starts_on=TODAY, reason="下调")
    set_limit(new, actor=past.actor, today=TODAY)
    assert [_told(_replay(limits)) for limits in (AS_GIVEN, "card")] == told


def test_what_was_recorded_later_was_not_known_whatever_its_date(books: Any) -> None:
    complete_cards(actor=books.actor)
    now = timezone.localdate()  # the acts of this test are recorded today
    new = NewLimit(
        customer_id=books.customer().pk, amount=D(1000), starts_on=now - timedelta(days=1), reason="授信"
    )
    set_limit(new, actor=books.actor, today=now)
    for number, days in (("debt", -60), ("before", -20), ("after", 3)):
        on = now + timedelta(days=days)
        books.invoice(number, on.isoformat(), "900", due=(on + timedelta(days=1)).isoformat())
    found = replay(
        since=now - timedelta(days=90),
        until=now + timedelta(days=10),
        today=now + timedelta(days=20),
        limits=AS_GIVEN,
    )
    exposure = {each.subject.number: each.exposure for each in found.judged}
    assert exposure == {"debt": 0, "before": 0, "after": 1800}
    earlier = replay(since=now - timedelta(days=90), until=now - timedelta(days=1), today=now)
    assert earlier.judged == []


def test_days_and_cards_that_cannot_be_are_named(books: Any) -> None:
    complete_cards(actor=books.actor)
    for since, until, card, code in (
        (UNTIL, SINCE, "", "days_wrong"),
        (SINCE, TODAY, "", "days_wrong"),
        (date(2019, 1, 1), UNTIL, "", "too_many_months"),
        (SINCE, UNTIL, "none", "unknown_card"),
    ):
        with pytest.raises(ReplayRefused) as refused:
            replay(since=since, until=until, today=TODAY, card=card)
        assert refused.value.code == code


def test_the_last_full_months() -> None:
    assert last_full_months(date(2026, 11, 22)) == (date(2024, 11, 1), date(2026, 10, 31))
    assert last_full_months(date(2026, 1, 31), 1) == (date(2025, 12, 1), date(2025, 12, 31))

"""Repayment plans as pure decisions: parts, what was paid of them, and the day a plan is broken."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

import pytest

from huikuan.collection.holdout import held_out
from huikuan.collection.instalments import (
    BreachRule,
    Instalment,
    Payment,
    PlanState,
    Progress,
    even_instalments,
    progress,
)

D = Decimal
FIRST = date(2026, 1, 31)
PARTS = even_instalments(D(1000), count=3, first_on=FIRST)


def at(
    day: date, *payments: tuple[date, int], rule: BreachRule | None = None, left: int = 1, unbilled: int = 0
) -> Progress:
    paid = [Payment(on, D(amount)) for on, amount in payments]
    return progress(PARTS, paid, rule or BreachRule(7), day=day, left=D(left), unbilled=D(unbilled))


def test_parts_sum_up_and_months_end_with_the_month() -> None:
    assert [each.amount for each in PARTS] == [D("333.33"), D("333.33"), D("333.34")]
    assert [each.due_on for each in PARTS] == [FIRST, date(2026, 2, 28), date(2026, 3, 31)]
    with pytest.raises(ValueError, match="at least one"):
        even_instalments(D(1), count=0, first_on=FIRST)


def test_broken_the_day_after_the_last_day_of_grace() -> None:
    assert at(date(2026, 2, 7)).state == PlanState.OPEN
    assert at(date(2026, 2, 7)).late == 1
    broken = at(date(2026, 2, 8))
    assert (broken.state, broken.ended_on) == (PlanState.BROKEN, date(2026, 2, 8))
    part = at(date(2026, 2, 8), (FIRST, 300))
    assert (part.state, part.parts) == (PlanState.PARTLY, (D(300), D(0), D(0)))
    assert at(date(2026, 2, 8), (date(2026, 2, 7), 334)).state == PlanState.OPEN
    # Paid too late, it stays broken; money of then, recorded later, mends it.
    assert at(date(2026, 2, 20), (date(2026, 2, 9), 334)).state == PlanState.PARTLY


def test_several_late_at_once() -> None:
    rule = BreachRule(60, 2)
    assert at(date(2026, 2, 28), rule=rule).state == PlanState.OPEN
    broken = at(date(2026, 3, 1), rule=rule)
    assert (broken.state, broken.ended_on) == (PlanState.BROKEN, date(2026, 3, 1))
    assert at(date(2026, 3, 1), (date(2026, 2, 28), 334), rule=rule).state == PlanState.OPEN


def test_kept_on_the_day_all_was_paid_and_by_a_credit_of_the_rest() -> None:
    kept = at(date(2026, 3, 30), (FIRST, 400), (date(2026, 2, 20), 600))
    assert (kept.state, kept.ended_on) == (PlanState.KEPT, date(2026, 2, 20))
    undone = at(date(2026, 3, 30), (FIRST, 400), (date(2026, 2, 20), 600), (date(2026, 3, 1), -500))
    assert undone.state == PlanState.PARTLY
    assert at(FIRST, (FIRST, 400), left=0).state == PlanState.KEPT
    assert at(FIRST, left=0).state == PlanState.WITHDRAWN


def test_interest_without_a_document_is_not_demanded_and_not_forgotten() -> None:
    paid = ((FIRST, 334), (date(2026, 2, 28), 566))
    assert at(date(2026, 4, 30), *paid).state == PlanState.PARTLY
    assert at(date(2026, 4, 30), *paid, left=0, unbilled=100).state == PlanState.OPEN


def test_once_broken_always_broken_unless_the_past_changes() -> None:
    random = Random(7)
    for _round in range(300):
        paid = [
            Payment(FIRST + timedelta(days=random.randint(-20, 90)), D(random.choice([50, 200, 334, 500])))
            for _each in range(random.randint(0, 5))
        ]
        rule = BreachRule(random.choice([0, 3, 10]), random.choice([0, 1, 2]))
        ended: date | None = None
        for ahead in range(110):
            found = progress(PARTS, paid, rule, day=FIRST + timedelta(days=ahead), left=D(1))
            if ended is not None and found.state != PlanState.KEPT:
                assert found.ended_on == ended
            if found.state in (PlanState.BROKEN, PlanState.PARTLY):
                ended = found.ended_on
        assert sum(found.parts) == min(found.paid, D(1000))


def test_held_out_is_the_same_for_ever_near_the_share_and_independent_of_other_steps() -> None:
    people = [UUID(int=each * 7919 + 1) for each in range(20_000)]
    step, other = UUID(int=5), UUID(int=6)
    chosen = {each for each in people if held_out(each, step, 10)}
    assert abs(len(chosen) - 2000) < 180
    assert chosen <= {each for each in people if held_out(each, step, 20)}
    both = sum(held_out(each, other, 10) for each in chosen)
    assert abs(both - 200) < 60
    assert not any(held_out(each, step, 0) for each in people[:500])
    assert all(held_out(each, step, 100) for each in people[:500])
    assert held_out(UUID(int=1), UUID(int=5), 10) is False and held_out(UUID(int=1), UUID(int=5), 100) is True


def test_one_instalment_is_paid_first() -> None:
    parts = [Instalment(FIRST, D(100)), Instalment(FIRST + timedelta(days=30), D(50))]
    found = progress(parts, [Payment(FIRST, D(120))], BreachRule(), day=FIRST, left=D(30))
    assert found.parts == (D(100), D(20))

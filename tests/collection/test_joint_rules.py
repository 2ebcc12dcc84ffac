"""Commission by lateness, time in hands, sharing customers out, stages of cases: pure decisions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from huikuan.collection.commission import SHIPPED_TERMS, Factor, commission, in_order, lost
from huikuan.collection.sharing import AssignmentRule, Candidate, Hands, shared_out, stays
from huikuan.collection.stages import CaseKind, Stage, next_stages

D = Decimal


@pytest.mark.parametrize(
    ("collected", "days", "expected"),
    [
        ("113000", 10, "1800.00"),
        ("113000", -5, "2000.00"),
        ("113000", 0, "2000.00"),
        ("113000", 30, "1800.00"),
        ("113000", 31, "1600.00"),
        ("113000", 61, "1000.00"),
        ("113000", 90, "1000.00"),
        ("113000", 91, "0.00"),
        ("-113000", 10, "-1800.00"),
        ("0.01", 0, "0.00"),
    ],
)
def test_commission(collected: str, days: int, expected: str) -> None:
    found = commission(
        D(collected), net=D(100000), gross=D(113000), days_late=days, terms=SHIPPED_TERMS, currency="CNY"
    )
    assert f"{found:.2f}" == expected
    rest = lost(
        D(collected), net=D(100000), gross=D(113000), days_late=days, terms=SHIPPED_TERMS, currency="CNY"
    )
    assert rest + found == commission(
        D(collected), net=D(100000), gross=D(113000), days_late=0, terms=SHIPPED_TERMS, currency="CNY"
    )


@pytest.mark.parametrize(("late", "drop"), [(0, 1), (1, 31), (30, 31), (31, 61), (90, 91), (91, None)])
def test_when_a_smaller_share_is_paid(late: int, drop: int | None) -> None:
    assert SHIPPED_TERMS.next_drop(late) == drop
    if drop is not None:
        assert SHIPPED_TERMS.share(drop) < SHIPPED_TERMS.share(drop - 1)


def test_factors_go_down() -> None:
    assert in_order(SHIPPED_TERMS.factors)
    assert not in_order([Factor(0, D(1)), Factor(30, D("1.1"))])
    assert not in_order([Factor(0, D("0.5")), Factor(30, D(1))])
    assert not in_order([Factor(5, D(1))]) and not in_order([])


def test_whose_hands_how_long() -> None:
    moves = [
        (date(2026, 5, 11), Hands.FINANCE),
        (date(2026, 5, 11), Hands.JOINT),
        (date(2026, 6, 1), Hands.LEGAL),
        (date(2026, 6, 3), Hands.LEGAL),
    ]
    found = stays(moves, since=date(2026, 5, 1), today=date(2026, 6, 11))
    assert [(each.hands, each.days) for each in found] == [
        (Hands.SALES, 10),
        (Hands.JOINT, 21),
        (Hands.LEGAL, 10),
    ]
    assert found[-1].ends_on is None and sum(each.days for each in found) == 41
    assert stays([], since=date(2026, 5, 1), today=date(2026, 5, 4))[0].days == 3


def test_the_least_busy_gets_the_next_and_nobody_who_is_away() -> None:
    one, two, three = UUID(int=1), UUID(int=2), UUID(int=3)
    rules = [
        AssignmentRule("大额", (three,), least=D(500_000)),
        AssignmentRule("华东", (one, two), regions=frozenset({"华东"}), least_days=30),
    ]
    people = [
        Candidate(UUID(int=10 + place), "华东" if place % 5 else "西南", "", D(1000 * place), 40)
        for place in range(1, 9)
    ] + [
        Candidate(UUID(int=50), "西南", "", D(900_000), 1),
        Candidate(UUID(int=51), "华东", "", D(9), 29),
    ]
    found = shared_out(people, rules, load={one: 2})
    assert found[UUID(int=50)] == three and UUID(int=51) not in found and UUID(int=15) not in found
    assert [list(found.values()).count(key) for key in (one, two)] == [3, 4]
    assert found == shared_out(people[::-1], rules, load={one: 2})
    assert one not in shared_out(people, rules, load={}, away=frozenset({one})).values()


def test_nothing_leaves_the_house_before_it_was_approved() -> None:
    assert next_stages(CaseKind.SUIT, Stage.PREPARED) == (Stage.APPROVED, Stage.CLOSED)
    assert Stage.FILED in next_stages(CaseKind.SUIT, Stage.APPROVED)
    assert next_stages(CaseKind.LETTER, Stage.APPROVED) == (Stage.LETTER_SENT, Stage.CLOSED)
    assert Stage.HEARING not in next_stages(CaseKind.ORDER, Stage.ACCEPTED)
    for kind in CaseKind:
        assert next_stages(kind, Stage.CLOSED) == ()

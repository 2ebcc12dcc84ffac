"""What interrupts limitation, when it ends, what a promise comes to, and what is done next."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from huikuan.collection.rules import (
    Channel,
    Direction,
    Interruption,
    NextStep,
    PromiseState,
    Proof,
    Result,
    digest,
    follow_up,
    interruption,
    judged,
    kept_rate,
    limitation_expiry,
)
from huikuan.core.calendar import WorkCalendar

D = Decimal
DAY = date(2027, 5, 8)


@pytest.mark.parametrize(
    ("due", "interruptions", "ends"),
    [
        ("2026-03-31", [], "2029-03-31"),
        ("2026-03-31", [("2027-05-10", False)], "2030-05-10"),
        ("2024-02-29", [], "2027-02-28"),
        ("2026-03-31", [("2028-02-29", False)], "2031-02-28"),
        ("2026-03-31", [("2026-01-15", False)], "2029-03-31"),  # a demand before it was due
        ("2026-03-31", [("2029-03-31", False)], "2032-03-31"),  # on the last day
        ("2026-03-31", [("2029-04-01", False)], "2029-03-31"),  # a day too late
        ("2026-03-31", [("2029-04-01", False), ("2030-01-01", False)], "2029-03-31"),
        ("2026-03-31", [("2029-04-01", True)], "2032-04-01"),  # the debtor agrees to pay after the end
        ("2026-03-31", [("2029-04-01", False), ("2030-01-01", True), ("2032-12-31", False)], "2035-12-31"),
        ("2026-03-31", [("2027-01-01", False), ("2029-12-31", False)], "2032-12-31"),
        ("2026-03-31", [(f"{year}-01-01", True) for year in range(2027, 2046, 2)], "2046-03-31"),
    ],
)
def test_limitation_to_the_day(due: str, interruptions: list[tuple[str, bool]], ends: str) -> None:
    found = [Interruption(date.fromisoformat(on), agreement) for on, agreement in interruptions]
    assert limitation_expiry(date.fromisoformat(due), found) == date.fromisoformat(ends)
    assert limitation_expiry(date.fromisoformat(due), found[::-1]) == date.fromisoformat(ends)


@pytest.mark.parametrize(
    ("channel", "direction", "result", "proof", "expected"),
    [
        (Channel.PHONE, Direction.OUT, Result.REACHED, Proof.NONE, None),
        (Channel.PHONE, Direction.OUT, Result.PROMISED, Proof.NONE, None),
        (Channel.PHONE, Direction.OUT, Result.REACHED, Proof.RECORDING, False),
        (Channel.PHONE, Direction.OUT, Result.NOT_REACHED, Proof.RECORDING, None),
        (Channel.PHONE, Direction.OUT, Result.PROMISED, Proof.RECORDING, True),
        (Channel.VISIT, Direction.OUT, Result.REACHED, Proof.SIGNED, False),
        (Channel.VISIT, Direction.OUT, Result.REACHED, Proof.DELIVERED, None),
        (Channel.LETTER, Direction.OUT, Result.SENT, Proof.DELIVERED, False),
        (Channel.LETTER, Direction.OUT, Result.SENT, Proof.NONE, None),
        (Channel.EMAIL, Direction.OUT, Result.SENT, Proof.AGREED_ADDRESS, False),
        (Channel.EMAIL, Direction.IN, Result.REACHED, Proof.REPLY, None),
        (Channel.EMAIL, Direction.IN, Result.ACKNOWLEDGED, Proof.REPLY, True),
        (Channel.SMS, Direction.OUT, Result.SENT, Proof.DELIVERED, None),
        (Channel.SMS, Direction.OUT, Result.SENT, Proof.REPLY, False),
    ],
)
def test_what_interrupts_limitation_by_itself(
    channel: Channel, direction: Direction, result: Result, proof: Proof, expected: bool | None
) -> None:
    proved = date(2027, 5, 10)
    found = interruption(
        channel=channel, direction=direction, result=result, proof=proof, on=DAY, proved_on=proved
    )
    assert found == (None if expected is None else Interruption(proved, expected))


def test_without_a_day_of_delivery_the_contact_itself_counts() -> None:
    found = interruption(
        channel=Channel.EMAIL,
        direction=Direction.OUT,
        result=Result.SENT,
        proof=Proof.AGREED_ADDRESS,
        on=DAY,
        proved_on=None,
    )
    assert found == Interruption(DAY)


@pytest.mark.parametrize(
    ("paid", "left", "day", "state"),
    [
        ("0", "100", 20, PromiseState.OPEN),
        ("0", "100", 23, PromiseState.OPEN),
        ("0", "100", 24, PromiseState.BROKEN),
        ("60", "40", 23, PromiseState.OPEN),
        ("60", "40", 24, PromiseState.PARTLY),
        ("80", "20", 21, PromiseState.KEPT),
        ("60", "0", 24, PromiseState.KEPT),  # the rest was credited
        ("0", "0", 24, PromiseState.WITHDRAWN),  # all of it was
        ("-10", "110", 24, PromiseState.BROKEN),  # a payment of before came back
    ],
)
def test_what_a_promise_of_eighty_comes_to(paid: str, left: str, day: int, state: PromiseState) -> None:
    found = judged(
        amount=D(80), paid=D(paid), left=D(left), day=date(2026, 6, day), last_day=date(2026, 6, 23)
    )
    assert found == state


def test_kept_rate() -> None:
    assert kept_rate(D(7), D(10)) == D("0.7")
    assert kept_rate(D(0), D(0)) is None


def test_every_result_has_its_follow_up() -> None:
    for result in Result:
        _step, day = follow_up(result, on=date(2026, 11, 20))  # a Friday
        assert day > date(2026, 11, 20)
        assert day.weekday() < 5
    assert follow_up(Result.NOT_REACHED, on=date(2026, 11, 20)) == (NextStep.CALL, date(2026, 11, 23))
    # Spring Festival 2026: the 15th to the 23rd, with a Saturday worked before; and the organization's own rest day.
    assert follow_up(Result.NOT_REACHED, on=date(2026, 2, 13))[1] == date(2026, 2, 14)
    assert follow_up(Result.NOT_REACHED, on=date(2026, 2, 14))[1] == date(2026, 2, 24)
    own = WorkCalendar(overrides={date(2026, 2, 24): False})
    assert follow_up(Result.NOT_REACHED, on=date(2026, 2, 14), calendar=own)[1] == date(2026, 2, 25)
    promised = date(2026, 11, 28)
    assert follow_up(Result.PROMISED, on=DAY, promised_on=promised) == (NextStep.CHECK_MONEY, promised)


def test_the_digest_covers_every_word_and_no_order() -> None:
    assert digest({"a": "甲", "b": 1}) == digest({"b": 1, "a": "甲"})
    assert digest({"a": "甲", "b": 1}) != digest({"a": "甲 ", "b": 1})

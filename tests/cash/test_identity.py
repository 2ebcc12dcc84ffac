"""Which incoming line is which known one, over any sequence of files."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from huikuan.cash.identity import Mark, equals_key, fingerprint, recognise

FIRST = date(2026, 3, 2)
payments = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from([-50, 100, 100, 250]), st.sampled_from(["", "甲", "乙"])),
    max_size=14,
)


def marks(
    found: list[tuple[int, int, str]], *, family: str, opening: int | None = None, referenced: bool = False
) -> list[Mark]:
    """The payments in order of their days, as a file of one kind tells them."""
    balance = Decimal(opening) if opening is not None else None
    told = []
    for number, (offset, amount, says) in enumerate(sorted(found, key=lambda each: each[0])):
        balance = balance + amount if balance is not None else None
        told.append(
            Mark(
                day=FIRST + timedelta(days=offset),
                amount=Decimal(amount),
                reference=f"{family}-{number}" if referenced else "",
                balance=balance,
                says=f"{family if referenced else ''}{says}",
                family=family,
                whole=opening is not None,
            )
        )
    return told


def store(known: list[Mark], incoming: list[Mark], prints: list[bytes]) -> int:
    """As the operation does: new lines are added, each with its fingerprint; returns how many were new."""
    recognised = recognise(incoming, known)
    equals = Counter(equals_key(mark) for mark in known)
    new = 0
    for mark, found in zip(incoming, recognised.known, strict=True):
        if found is None:
            equals[equals_key(mark)] += 1
            known.append(mark)
            prints.append(fingerprint(mark, equals[equals_key(mark)]))
            new += 1
    return new


@settings(max_examples=300, deadline=None)
@given(payments, st.booleans(), st.booleans())
def test_the_same_file_twice_adds_nothing(
    found: list[tuple[int, int, str]], balanced: bool, referenced: bool
) -> None:
    known: list[Mark] = []
    prints: list[bytes] = []
    file = marks(found, family="table", opening=0 if balanced else None, referenced=referenced)
    assert store(known, file, prints) == len(found)
    assert store(known, file, prints) == 0
    assert len(set(prints)) == len(prints)


@settings(max_examples=300, deadline=None)
@given(payments, st.integers(0, 14))
def test_a_longer_export_adds_just_what_is_more(found: list[tuple[int, int, str]], cut: int) -> None:
    """What a bank's page shows at noon, and again in the evening."""
    known: list[Mark] = []
    prints: list[bytes] = []
    ordered = sorted(found, key=lambda each: each[0])
    store(known, marks(ordered[:cut], family="table"), prints)
    store(known, marks(ordered, family="table"), prints)
    assert Counter((mark.day, mark.amount, mark.says) for mark in known) == Counter(
        (mark.day, mark.amount, mark.says) for mark in marks(ordered, family="table")
    )
    assert len(set(prints)) == len(prints)


@settings(max_examples=300, deadline=None)
@given(payments, st.integers(0, 14), st.booleans())
def test_consecutive_statements_lose_nothing(
    found: list[tuple[int, int, str]], cut: int, referenced: bool
) -> None:
    """Two statements whose balances join never share a line, however equal the payments."""
    ordered = sorted(found, key=lambda each: each[0])
    whole = marks(ordered, family="swift", opening=0, referenced=referenced)
    known: list[Mark] = []
    prints: list[bytes] = []
    store(known, whole[:cut], prints)
    store(known, whole[cut:], prints)
    balances = Counter((mark.balance, mark.day, mark.amount) for mark in whole)
    if referenced or max(balances.values(), default=1) == 1:
        assert len(known) == len(whole)
    assert len(set(prints)) == len(prints)


@settings(max_examples=300, deadline=None)
@given(payments)
def test_another_kind_of_file_with_the_same_balances_adds_nothing(found: list[tuple[int, int, str]]) -> None:
    known: list[Mark] = []
    prints: list[bytes] = []
    store(known, marks(found, family="swift", opening=0, referenced=True), prints)
    assert store(known, marks(found, family="ccb", opening=0, referenced=True), prints) == 0

"""反核销: allocations are undone by reversing rows."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from huikuan.ledger.models import Allocation, OpenItem
from huikuan.ledger.operations import AllocationRefused, close_period, reverse_allocations
from tests.ledger.checking import assert_nothing_broken
from tests.trade import day

pytestmark = pytest.mark.django_db


def refused(code: str) -> Any:
    return pytest.raises(AllocationRefused, check=lambda error: error.code == code)


def _undo(books: Any, ids: list[UUID], on: str | None) -> int:
    return reverse_allocations(
        ids, effective_on=day(on) if on else None, actor=books.actor, today=books.today
    )


@pytest.fixture
def allocated(books: Any) -> Any:
    books.invoice("I1", "2026-01-05", "100.00")
    books.receipt("R1", "2026-01-20", "60.00")
    books.allocate("R1", "I1", "60.00", "2026-01-25")
    return books


def _only() -> Allocation:
    return Allocation.objects.get(reverses=None)


def test_it_restores_both_items_exactly(allocated: Any) -> None:
    assert _undo(allocated, [_only().pk], "2026-02-01") == 1
    assert allocated.open("I1") == 100
    assert allocated.open("R1") == 60
    row = Allocation.objects.exclude(reverses=None).get()
    assert (row.amount, row.effective_on, row.reverses_id) == (Decimal(-60), day("2026-02-01"), _only().pk)
    assert_nothing_broken(allocated.organization)


def test_it_restores_the_books_in_base_currency_too(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "100.00", currency="USD", rate=Decimal("7.123456"))
    books.advance("A1", "2026-01-06", "33.33", currency="USD", rate=Decimal("7.2"))
    before = list(OpenItem.objects.order_by("pk").values_list("open_amount", "open_base"))
    books.allocate("A1", "I1", "33.33", "2026-01-10")
    books.unallocate("A1", "I1", "2026-02-10")
    assert list(OpenItem.objects.order_by("pk").values_list("open_amount", "open_base")) == before
    assert books.entries("apply_credit") == ["D2203 239.98", "C1122 239.98", "D2203 -239.98", "C1122 -239.98"]
    assert books.entries("exchange_difference") == ["D6603 -2.55", "C1122 -2.55", "D6603 2.55", "C1122 2.55"]
    assert_nothing_broken(books.organization)


def test_without_a_date_it_takes_the_allocation_s_own(allocated: Any) -> None:
    _undo(allocated, [_only().pk], None)
    assert Allocation.objects.exclude(reverses=None).get().effective_on == day("2026-01-25")


def test_twice_is_refused(allocated: Any) -> None:
    only = _only().pk
    _undo(allocated, [only], "2026-02-01")
    with refused("nothing_to_reverse"):
        _undo(allocated, [only], "2026-02-02")
    assert allocated.open("I1") == 100


def test_a_reversal_is_not_reversed(allocated: Any) -> None:
    _undo(allocated, [_only().pk], "2026-02-01")
    with refused("nothing_to_reverse"):
        _undo(allocated, [Allocation.objects.exclude(reverses=None).get().pk], "2026-02-02")


def test_the_same_allocation_named_twice_is_undone_once(allocated: Any) -> None:
    assert _undo(allocated, [_only().pk, _only().pk], "2026-02-01") == 1
    assert allocated.open("I1") == 100


def test_before_the_allocation_is_refused(allocated: Any) -> None:
    with refused("reversal_too_early"):
        _undo(allocated, [_only().pk], "2026-01-24")
    with refused("reversal_too_early"):
        _undo(allocated, [_only().pk], "2025-12-31")
    _undo(allocated, [_only().pk], "2026-01-25")


def test_tomorrow_is_refused(allocated: Any) -> None:
    with refused("in_future"):
        _undo(allocated, [_only().pk], (allocated.today + timedelta(days=1)).isoformat())


def test_a_closed_period_is_refused(allocated: Any) -> None:
    close_period(month=day("2026-02-01"), actor=allocated.actor)
    with refused("period_closed"):
        _undo(allocated, [_only().pk], "2026-02-01")
    assert allocated.open("I1") == 40


def test_nothing_is_freed_that_was_used_again(allocated: Any) -> None:
    """After undoing as of March, a new allocation of the same money may not start before March."""
    _undo(allocated, [_only().pk], "2026-03-01")
    allocated.invoice("I2", "2026-01-05", "60.00")
    with refused("beyond_balance"):
        allocated.allocate("R1", "I2", "60.00", "2026-02-01")
    allocated.allocate("R1", "I2", "60.00", "2026-03-01")
    assert allocated.open("R1") == 0
    assert_nothing_broken(allocated.organization)


def test_none_of_a_set_is_undone_when_one_cannot_be(allocated: Any) -> None:
    allocated.invoice("I2", "2026-01-05", "60.00")
    allocated.receipt("R2", "2026-01-20", "60.00")
    allocated.allocate("R2", "I2", "60.00", "2026-02-25")
    ids = list(Allocation.objects.values_list("pk", flat=True))
    with refused("reversal_too_early"):
        _undo(allocated, ids, "2026-02-01")
    assert allocated.open("I1") == 40
    assert _undo(allocated, ids, "2026-02-25") == 2

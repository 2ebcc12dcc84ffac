"""Another due date or another salesperson: the item says so, and what it said before is kept."""

from typing import Any

import pytest

from huikuan.audit.models import Event
from huikuan.ledger.models import ItemChange
from huikuan.ledger.operations import ChangeRefused, ItemFacts, change_items
from tests.trade import day

pytestmark = pytest.mark.django_db


def test_a_new_due_date_keeps_the_old_one_as_history(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "100.00", due="2026-02-05")
    item = books.item("I1")
    facts = ItemFacts(item.pk, day("2026-03-05"), day("2026-03-05"), None)
    assert change_items([facts], actor=books.actor, reason="客户来函展期") == 1
    assert str(books.item("I1").due_on) == "2026-03-05"
    assert str(ItemChange.objects.get().due_on) == "2026-02-05"
    assert Event.objects.get(record_id=item.pk).content["due_on"] == "2026-03-05"


def test_the_same_again_changes_nothing(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "100.00", due="2026-02-05")
    item = books.item("I1")
    facts = ItemFacts(item.pk, item.due_on, item.effective_due_on, item.salesperson_id)
    assert change_items([facts], actor=books.actor, reason="核对") == 0
    assert not ItemChange.objects.exists()


def test_a_reason_is_needed(books: Any) -> None:
    books.invoice("I1", "2026-01-05", "100.00")
    with pytest.raises(ChangeRefused):
        change_items([ItemFacts(books.item("I1").pk, None, None, None)], actor=books.actor, reason=" ")

"""Walking through what happened to customers day by day, and where each stood before each order. Pure decisions.

An order is looked at in the morning of its day: what was dated and recorded up to the evening before counts, and the
orders of the same day that came before it. What became known later plays no part, whatever its date.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

ZERO = Decimal(0)
RECEIVABLE, CREDITS, ADVANCES, ORDERS, BILLS = "receivable", "credits", "advances", "orders", "bills"
BAD_AFTER_DAYS = 90


class Item(NamedTuple):
    """A debt (side 1) or a credit (side −1) that came to be known on `day`."""

    day: date
    id: UUID
    side: int
    part: str
    due_on: date | None
    amount: Decimal


class Move(NamedTuple):
    """What an item was changed by; `lost`: it was written off."""

    day: date
    item_id: UUID
    amount: Decimal
    lost: bool


class Committed(NamedTuple):
    """An order comes to `amount` from `day` on; 0: nothing more comes of it."""

    day: date
    order_id: UUID
    amount: Decimal


class Billed(NamedTuple):
    """A part of an order was invoiced."""

    day: date
    order_id: UUID
    amount: Decimal


class BillMove(NamedTuple):
    """What bills that the customer handed over weigh changed by."""

    day: date
    amount: Decimal


Event = Item | Move | Committed | Billed | BillMove
_TURN = {Item: 0, Move: 1, Committed: 2, Billed: 3, BillMove: 4}


class Subject(NamedTuple):
    """An order, or an invoice that came from none, that the policy looks at; `seen_on`: when it was recorded."""

    id: UUID
    kind: str
    number: str
    customer_id: UUID
    on: date
    seen_on: date
    amount: Decimal


class Debt(NamedTuple):
    """An open amount, and for how many days it was overdue."""

    amount: Decimal
    overdue_days: int


@dataclass(frozen=True, slots=True)
class Stood:
    """Where a customer stood before an order: exposure by component, and what was overdue."""

    exposure: Mapping[str, Decimal]
    overdue: Sequence[Debt]


@dataclass
class Walk:
    """One customer on its way through time. `due_changes`: what an item's due date was until it was changed, in order."""

    due_changes: Mapping[UUID, Sequence[tuple[date, date | None]]] = field(default_factory=dict)
    items: dict[UUID, Item] = field(default_factory=dict)
    open: dict[UUID, Decimal] = field(default_factory=dict)
    lost: dict[UUID, Decimal] = field(default_factory=dict)
    committed: dict[UUID, Decimal] = field(default_factory=dict)
    billed: dict[UUID, Decimal] = field(default_factory=dict)
    parts: dict[str, Decimal] = field(
        default_factory=lambda: dict.fromkeys((RECEIVABLE, ORDERS, BILLS, CREDITS, ADVANCES), ZERO)
    )

    def take(self, event: Event) -> None:
        """Let an event happen."""
        if isinstance(event, Item):
            self.items[event.id] = event
            self._change(event, event.amount)
        elif isinstance(event, Move):
            if event.lost:
                self.lost[event.item_id] = self.lost.get(event.item_id, ZERO) - event.amount
            item = self.items.get(event.item_id)
            if item is not None:
                self._change(item, event.amount)
        elif isinstance(event, BillMove):
            self.parts[BILLS] += event.amount
        else:
            before = self._undelivered(event.order_id)
            if isinstance(event, Committed):
                self.committed[event.order_id] = event.amount
            else:
                self.billed[event.order_id] = self.billed.get(event.order_id, ZERO) + event.amount
            self.parts[ORDERS] += self._undelivered(event.order_id) - before

    def _undelivered(self, order_id: UUID) -> Decimal:
        return max(self.committed.get(order_id, ZERO) - self.billed.get(order_id, ZERO), ZERO)

    def _change(self, item: Item, amount: Decimal) -> None:
        left = self.open.get(item.id, ZERO) + amount
        self.parts[item.part] += item.side * amount
        if left:
            self.open[item.id] = left
        else:
            self.open.pop(item.id, None)

    def stood(self, day: date, *, besides: Decimal = ZERO) -> Stood:
        """Where the customer stood in the morning of a day; `besides`: orders of the same day before this one."""
        overdue = []
        for key, amount in self.open.items():
            item = self.items[key]
            if item.side < 0 or amount <= 0:
                continue
            due = self._due(item, day)
            if due is not None and due < day:
                overdue.append(Debt(amount, (day - due).days))
        return Stood({**self.parts, ORDERS: self.parts[ORDERS] + besides}, overdue)

    def _due(self, item: Item, day: date) -> date | None:
        """The due date that was known in the morning of a day."""
        changes = self.due_changes.get(item.id)
        if not changes:
            return item.due_on
        place = bisect_left(changes, day, key=lambda change: change[0])
        return changes[place][1] if place < len(changes) else item.due_on

    def bad(self, key: UUID, day: date) -> Decimal:
        """What of a debt was written off by a day, or is open and more than 90 days overdue."""
        item = self.items.get(key)
        if item is None:
            return ZERO
        due = self._due(item, day)
        still = self.open.get(key, ZERO)
        late = still if due is not None and (day - due).days > BAD_AFTER_DAYS else ZERO
        return self.lost.get(key, ZERO) + max(late, ZERO)


def walked(
    walk: Walk, events: Iterable[Event], subjects: Sequence[Subject]
) -> Iterator[tuple[Subject, Stood]]:
    """Each subject with where its customer stood before it; all events have happened when it ends."""
    waiting = sorted(events, key=lambda event: (event.day, _TURN[type(event)]))
    place, today, besides = 0, date.min, ZERO
    for subject in sorted(subjects, key=lambda each: (each.on, each.number, each.id)):
        while place < len(waiting) and waiting[place].day < subject.on:
            walk.take(waiting[place])
            place += 1
        if subject.on != today:
            today, besides = subject.on, ZERO
        yield subject, walk.stood(subject.on, besides=besides)
        if subject.seen_on <= subject.on:
            besides += subject.amount
    for event in waiting[place:]:
        walk.take(event)

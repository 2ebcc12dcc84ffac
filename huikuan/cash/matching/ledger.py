"""The open items of a run: what each customer has left after what earlier lines of the same run have taken."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from huikuan.cash.matching.facts import Customer, Item
from huikuan.cash.matching.fits import Fit, by_due


class Ledger:
    """Items by customer and currency. What is reserved for a line is not offered to a later one."""

    def __init__(self, customers: Iterable[Customer], items: Iterable[Item]) -> None:
        self._left = {item.id: item.amount for item in items}
        self._items: dict[tuple[UUID, str, int], list[Item]] = {}
        self._members: dict[UUID, list[UUID]] = {}
        self._head: dict[UUID, UUID] = {}
        for item in items:
            self._items.setdefault((item.customer_id, item.currency, item.side), []).append(item)
        for found in self._items.values():
            found.sort(key=by_due)
        for customer in customers:
            head = customer.parent or customer.id
            self._head[customer.id] = head
            self._members.setdefault(head, []).append(customer.id)

    def debits(self, customer_id: UUID, currency: str) -> tuple[Item, ...]:
        """What the customer still owes, earliest due first."""
        return self._still(customer_id, currency, 1)

    def credits(self, customer_id: UUID, currency: str) -> tuple[Item, ...]:
        """What is still open in the customer's favour."""
        return self._still(customer_id, currency, -1)

    def _still(self, customer_id: UUID, currency: str, side: int) -> tuple[Item, ...]:
        found = self._items.get((customer_id, currency, side), ())
        left = self._left
        return tuple(
            item if left[item.id] == item.amount else replace(item, amount=left[item.id])
            for item in found
            if left[item.id] > 0
        )

    def left(self, item: Item) -> int:
        """What of an item no line has taken."""
        return self._left.get(item.id, 0)

    def reserve(self, fit: Fit) -> None:
        """Take what a fit settles out of what is offered."""
        for item, amount in (*fit.items, *fit.credits):
            self._left[item.id] -= amount

    def has(self, fit: Fit) -> bool:
        """Whether everything that a fit settles is still there."""
        return all(self._left[item.id] >= amount for item, amount in (*fit.items, *fit.credits))

    def family(self, customer_id: UUID) -> list[UUID]:
        """The other members of the customer's group, its head among them."""
        head = self._head.get(customer_id, customer_id)
        return [member for member in self._members.get(head, ()) if member != customer_id]

"""The parts that exposure is made of, beside what the ledger knows: registered once, at start, by `huikuan.config.credit`.

A package above says what it knows of customers (sales: delivered and not invoiced; cash: bills held) as a
`Component`; this package adds it up without knowing where it comes from.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.utils.functional import Promise

Amounts = Callable[[Sequence[UUID], date, Collection[str]], Mapping[UUID, Decimal]]


@dataclass(frozen=True)
class Component:
    """A part of exposure.

    code     stable; the key of JSON output
    title    what people call it (a Chinese message id, translated when read)
    amounts  customer ids, a day and order numbers → amount in base currency of those that have any, credits
             negative; the orders with these numbers are being looked at and not counted
    page     the name of the address whose list holds its rows, with the customer's code behind it; "" for none
    query    how the list is narrowed to a customer: "{code}" stands for the customer's code, "{id}" for its id
    """

    code: str
    title: str | Promise
    amounts: Amounts
    page: str = ""
    query: str = ""


_components: dict[str, Component] = {}


def register_components(*components: Component) -> None:
    """Make components known; the same code twice is a programming error, the same component twice is not."""
    for component in components:
        if _components.setdefault(component.code, component) is not component:
            raise ValueError(f"two components are called {component.code}")


def registered_components() -> list[Component]:
    """What packages above registered, in their order."""
    return list(_components.values())

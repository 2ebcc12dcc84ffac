"""The parts that exposure is made of, beside what the ledger knows: registered once, at start, by `huikuan.config.credit`.

A package above says what it knows of customers (sales: delivered and not invoiced; cash: bills held) as a
`Component`; this package adds it up without knowing where it comes from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True)
class Component:
    """A part of exposure.

    code       stable; the key of JSON output
    title      what people call it (a Chinese message id, translated when read)
    statement  SQL that gives rows of (customer_id, currency, amount), credits negative, currency NULL for amounts in
               the organization's own; a customer may have several. Its parameters are %(organization)s, %(ids)s
               (customers), %(day)s and %(without)s (numbers of orders that are looked at and not counted). It becomes
               part of one statement together with the others.
    known      what stands for the tables that the statement reads where it is asked as of a time: see `credit.known`;
               every table whose rows are added to or changed is in it
    page       the name of the address whose list holds its rows, with the customer's code behind it; "" for none
    query      how the list is narrowed to a customer: "{code}" stands for the customer's code, "{id}" for its id
    """

    code: str
    title: str | Promise
    statement: str
    known: Mapping[str, str]
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


_contracts: list[str] = []
_dunning: list[str] = []


def register_contract_exposure(statement: str) -> None:
    """Make known what is owed of contracts: SQL with rows of (contract_id, currency, amount), currency NULL for ours.

    Its parameters are %(organization)s, %(contracts)s and %(day)s.
    """
    if statement not in _contracts:
        _contracts.append(statement)


def contract_exposure() -> str:
    """What was registered, as one statement; "" where nobody knows of contracts."""
    return " UNION ALL ".join(_contracts)


def register_dunning_levels(statement: str) -> None:
    """Make known how far what is open was chased: SQL as of a `Component`, with rows of (customer_id, level)."""
    if statement not in _dunning:
        _dunning.append(statement)


def dunning_levels() -> str:
    """What was registered, as one statement; "" where nobody chases."""
    return " UNION ALL ".join(_dunning)


_broken: list[str] = []


def register_broken_promises(statement: str) -> None:
    """Make known where broken promises are kept: SQL as of a `Component`, with rows of (customer_id, judged_on)."""
    if statement not in _broken:
        _broken.append(statement)


def broken_promises() -> str:
    """What was registered, as one statement; "" where nobody keeps promises."""
    return " UNION ALL ".join(_broken)

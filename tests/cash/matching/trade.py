"""A small ledger in words: customers by code, items by number, amounts in yuan as text."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from huikuan.cash.matching.composing import Proposed
from huikuan.cash.matching.facts import (
    Advice,
    AdviceLine,
    Customer,
    Facts,
    Item,
    KnownName,
    Line,
    PastReceipt,
)
from huikuan.cash.matching.matcher import match
from huikuan.cash.matching.options import Option


@cache
def key(name: str) -> UUID:
    return uuid5(NAMESPACE_OID, name)


def cents(text: str | int) -> int:
    return int(Decimal(text) * 100)


def on(text: str) -> date:
    return date.fromisoformat(text)


@dataclass
class Desk:
    """Customers, items and lines of one question to the matching."""

    customers: list[Customer] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    advices: list[Advice] = field(default_factory=list)
    receipts: list[PastReceipt] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)

    def customer(self, code: str, name: str, *, parent: str = "", **values: Any) -> None:
        names = tuple(KnownName(*each) for each in values.pop("names", ()))
        self.customers.append(
            Customer(key(code), name, code, key(parent) if parent else None, names=names, **values)
        )

    def item(
        self, number: str, amount: str, *, customer: str = "A", issued: str = "2025-09-01", **values: Any
    ) -> None:
        units = cents(amount)
        due = values.pop("due", "2025-10-01")
        line = values.pop("position", 1)
        self.items.append(
            Item(
                key(f"{number}.{line}"),
                key(number),
                number,
                key(customer),
                units,
                cents(values.pop("gross", amount)),
                cents(values.pop("net", amount)),
                values.pop("currency", "CNY"),
                on(issued),
                on(due) if due else None,
                position=line,
                **values,
            )
        )

    def line(self, amount: str, name: str = "", text: str = "", **values: Any) -> Line:
        booked = on(values.pop("on", "2025-11-03"))
        line = Line(
            key(f"line {len(self.lines)}"),
            cents(amount),
            values.pop("currency", "CNY"),
            booked,
            name,
            text=text,
            position=len(self.lines),
            **values,
        )
        self.lines.append(line)
        return line

    def advice(self, amount: str, *lines: tuple[str, str], customer: str = "") -> None:
        said = tuple(AdviceLine(reference, cents(part)) for reference, part in lines)
        self.advices.append(
            Advice(
                key(f"advice {len(self.advices)}"),
                cents(amount),
                "CNY",
                said,
                key(customer) if customer else None,
            )
        )

    @property
    def facts(self) -> Facts:
        return Facts(
            tuple(self.customers),
            tuple(self.items),
            tuple(self.advices),
            tuple(self.receipts),
            **self.options,
        )

    def match(self) -> list[Proposed]:
        return match(self.facts, self.lines)

    def said(self) -> list[str]:
        """Per line: tier, then what the first option does."""
        return [told(each) for each in self.match()]

    def tiers(self) -> list[str]:
        return [each.tier for each in self.match()]


def told(proposed: Proposed) -> str:
    if not proposed.options:
        return proposed.tier
    return " ".join([proposed.tier, *did(proposed.options[0])])


def did(option: Option) -> list[str]:
    words = [f"{each.number}={each.amount:g}".rstrip() for each in option.items]
    words += [f"-{each.number}={each.amount:g}" for each in option.credits]
    words += [f"{name}={amount:g}" for name, amount in option.differences.items()]
    return [*words, f"left={option.unapplied:g}"] if option.unapplied else words


def codes(option: Option) -> set[str]:
    return {each.code for each in (*option.payer_reasons, *option.reasons)}


def desk(*amounts: str, name: str = "宁波海翔机械有限公司") -> Desk:
    """One customer A with items YS2025-00001, … of these amounts."""
    made = Desk()
    made.customer("A", name)
    for place, amount in enumerate(amounts, 1):
        made.item(
            f"YS2025-{place:05d}",
            amount,
            issued=f"2025-0{1 + place % 9}-1{place % 10}",
            due=f"2025-10-{place:02d}",
        )
    return made


__all__ = ["Desk", "codes", "desk", "did", "key", "on", "replace", "told"]

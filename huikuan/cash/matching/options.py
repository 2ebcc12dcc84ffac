"""What the matching proposes for a line, as plain values and as the JSON that `Proposal.options` keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

ZERO = Decimal(0)
DIFFERENCES = ("fee", "short", "over", "discount")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is believed: a code that has words in every language, and what is filled into them."""

    code: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settled:
    """How much of an open item is settled; `number` is its document's, for people to read."""

    item_id: UUID
    number: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Option:
    """One way to explain a line. Line + credits + fee, short and discount − over = items + unapplied, to the cent.

    With `companions`, that holds for all the lines together, and each of them has the same option.

    `customer_id`: whose money it is (None: nobody known). `items` are debit items settled, `credits` credit notes
    and advances used up with them. `differences`: what lies between money and invoices, by the names in
    DIFFERENCES. `companions`: other lines that settle the same items with this one, in one act. `score` orders
    the options of a line, higher first; `tier` is one of `Tier`. `payer_reasons` say why it is this customer's,
    `reasons` why it is for these items. `returns`: the receipt that a payment bounced of, for money that went out
    again; then the negative amount stands as `unapplied`. `recorded`: the document (or money in the pool) that is
    this money already; then the whole amount stands as `unapplied`, and nothing is posted.
    `advance`: the number of the order or contract that it is an advance on; the whole amount stands as `unapplied`.
    """

    customer_id: UUID | None
    tier: str
    score: int
    items: tuple[Settled, ...] = ()
    credits: tuple[Settled, ...] = ()
    differences: Mapping[str, Decimal] = field(default_factory=dict)
    companions: tuple[UUID, ...] = ()
    unapplied: Decimal = ZERO
    payer_reasons: tuple[Reason, ...] = ()
    reasons: tuple[Reason, ...] = ()
    returns: UUID | None = None
    recorded: UUID | None = None
    advance: str = ""


def to_json(option: Option) -> dict[str, Any]:
    """The option as JSON: amounts and keys as text."""
    return {
        "customer": str(option.customer_id) if option.customer_id else None,
        "tier": option.tier,
        "score": option.score,
        "items": [_settled_to_json(each) for each in option.items],
        "credits": [_settled_to_json(each) for each in option.credits],
        "differences": {name: str(amount) for name, amount in option.differences.items() if amount},
        "companions": [str(key) for key in option.companions],
        "unapplied": str(option.unapplied),
        **({"returns": str(option.returns)} if option.returns else {}),
        **({"recorded": str(option.recorded)} if option.recorded else {}),
        **({"advance": option.advance} if option.advance else {}),
        "payer_reasons": [{"code": each.code, **each.values} for each in option.payer_reasons],
        "reasons": [{"code": each.code, **each.values} for each in option.reasons],
    }


def from_json(data: Mapping[str, Any]) -> Option:
    """The option that `to_json` wrote."""
    return Option(
        customer_id=UUID(data["customer"]) if data["customer"] else None,
        tier=data["tier"],
        score=data["score"],
        items=tuple(_settled_from_json(each) for each in data["items"]),
        credits=tuple(_settled_from_json(each) for each in data["credits"]),
        differences={name: Decimal(amount) for name, amount in data["differences"].items()},
        companions=tuple(UUID(key) for key in data["companions"]),
        unapplied=Decimal(data["unapplied"]),
        payer_reasons=tuple(_reason_from_json(each) for each in data["payer_reasons"]),
        reasons=tuple(_reason_from_json(each) for each in data["reasons"]),
        returns=UUID(data["returns"]) if data.get("returns") else None,
        recorded=UUID(data["recorded"]) if data.get("recorded") else None,
        advance=data.get("advance", ""),
    )


def _settled_to_json(settled: Settled) -> dict[str, str]:
    return {"item": str(settled.item_id), "number": settled.number, "amount": str(settled.amount)}


def _settled_from_json(data: Mapping[str, str]) -> Settled:
    return Settled(UUID(data["item"]), data["number"], Decimal(data["amount"]))


def _reason_from_json(data: Mapping[str, str]) -> Reason:
    return Reason(data["code"], {name: value for name, value in data.items() if name != "code"})

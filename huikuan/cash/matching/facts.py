"""What the matching knows: customers, open items, lines, advices and how far it may go, as plain values.

Amounts are whole numbers of the currency's smallest unit, so that equal means equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from huikuan.core.money import currency_exponent

SURE, LIKELY, WEAK, NONE = "sure", "likely", "weak", "none"
TIERS = (NONE, WEAK, LIKELY, SURE)

CURRENT, FORMER, VARIANT, PAYER = "current", "former", "variant", "payer"


def to_units(amount: Decimal, currency: str) -> int:
    """The amount in the currency's smallest unit; ValueError where it has a fraction of one."""
    scaled = amount.scaleb(currency_exponent(currency))
    units = int(scaled)
    if units != scaled:
        raise ValueError(f"{amount} has a fraction of the smallest unit of {currency}")
    return units


def to_decimal(units: int, currency: str) -> Decimal:
    """The amount of so many of the currency's smallest units."""
    return Decimal(units).scaleb(-currency_exponent(currency))


@dataclass(frozen=True, slots=True)
class KnownName:
    """A name of a customer other than its current one; `account`: the blind index it came with."""

    kind: str
    name: str
    account: bytes | None = None


@dataclass(frozen=True, slots=True)
class Discount:
    """An agreed settlement discount: so many hundredths of a percent when paid within so many days."""

    points: int
    days: int


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer and whatever recognises it. `discounts`: what its terms allow for early payment."""

    id: UUID
    name: str
    code: str = ""
    parent: UUID | None = None
    names: tuple[KnownName, ...] = ()
    discounts: tuple[Discount, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """An open item: side 1 is owed to us, −1 a credit. `amount` is open, `gross` and `net` as it was issued.

    `also`: other numbers that mean it, as (kind, number): order, contract, tax_invoice, reference.
    `due_on` is None until a milestone happens. `interest`: late interest. `held`: a retention not due yet. `disputed`: how much of it is
    in dispute.
    """

    id: UUID
    document_id: UUID
    number: str
    customer_id: UUID
    amount: int
    gross: int
    net: int
    currency: str
    document_on: date
    due_on: date | None = None
    side: int = 1
    position: int = 1
    kind: str = "invoice"
    also: tuple[tuple[str, str], ...] = ()
    interest: bool = False
    held: bool = False
    disputed: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """A movement on an account of ours, what of it is unused; negative where money went out.

    `bank`: the account of the chart that carries it.
    """

    id: UUID
    amount: int
    currency: str
    booked_on: date
    counterparty: str = ""
    account: bytes | None = None
    reference: str = ""
    text: str = ""
    kind: str = "transfer"
    position: int = 0
    bank: UUID | None = None


@dataclass(frozen=True, slots=True)
class AdviceLine:
    """One document that an advice names, with what is paid of it; negative for a credit taken off."""

    reference: str
    amount: int
    item_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Advice:
    """What a payer says a payment is for."""

    id: UUID
    amount: int
    currency: str
    lines: tuple[AdviceLine, ...]
    customer_id: UUID | None = None
    paid_on: date | None = None


@dataclass(frozen=True, slots=True)
class PastReceipt:
    """Money that came in before and became a receipt: what a bounced payment takes back."""

    document_id: UUID
    number: str
    customer_id: UUID
    amount: int
    currency: str
    booked_on: date
    counterparty: str = ""
    account: bytes | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """Money in the books that no line was found for yet: a receipt, an advance, or what waits to be claimed.

    `reference` is the bank's number as it was noted, `payer` a name that was; `bank` as of `Line`.
    """

    id: UUID
    number: str
    customer_id: UUID | None
    amount: int
    currency: str
    on: date
    bank: UUID | None = None
    reference: str = ""
    payer: str = ""


@dataclass(frozen=True, slots=True)
class Agreement:
    """An order or a contract in force on which money may come before its invoice. `amount`: the whole of it."""

    kind: str
    number: str
    customer_id: UUID
    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class Limits:
    """How far the matching goes. `fee` and `short`: tolerances of the organization, in hundredths (see `of`).

    `half`: how many sums one half of an exact search may hold; beyond it "the only one" is not proven. `aside`: the
    same for the searches beside the main one, of which a line may take a dozen. `advice_days`: how far an advice
    may lie from the money; `grace_days`: how late a discount may be.
    """

    fee: int = 10_000
    short: int = 1_000
    half: int = 1 << 17
    aside: int = 1 << 13
    shown: int = 6
    advice_days: int = 10
    grace_days: int = 2

    def of(self, currency: str) -> Limits:
        """The same tolerances in the smallest units of a currency."""
        exponent = currency_exponent(currency)
        if exponent == 2:
            return self
        return replace(self, fee=self.fee * 10**exponent // 100, short=self.short * 10**exponent // 100)


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a run of the matching looks at.

    `orders`: which items money settles that names none, per customer; `order` for the others. `own_names`: names
    of the organization itself. `settled`: bare numbers of documents that are settled already, with their customer.
    `agreements`: the orders and contracts that the lines may name.
    """

    customers: tuple[Customer, ...]
    items: tuple[Item, ...]
    advices: tuple[Advice, ...] = ()
    receipts: tuple[PastReceipt, ...] = ()
    recorded: tuple[Recorded, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    orders: Mapping[UUID, str] = field(default_factory=dict)
    order: str = "none"
    own_names: tuple[str, ...] = ()
    settled: Mapping[str, UUID] = field(default_factory=dict)
    limits: Limits = Limits()

"""What every reader of bank files gives: statements with their lines, exact to the cent, in the order of the file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class ParsedLine:
    """One movement: positive where money came in. `row`: the line or row of the file it begins at, from 1.

    `kind` is one of `LineKind`. `reference` is the bank's own number of the movement, empty where it has none;
    `text` whatever else the file says of it, one space between its parts.
    """

    row: int
    booked_on: date
    amount: Decimal
    value_on: date | None = None
    balance: Decimal | None = None
    kind: str = "transfer"
    counterparty: str = ""
    counterparty_account: str = ""
    counterparty_bank: str = ""
    reference: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class ParsedStatement:
    """One statement of one account. What the file does not say is empty or None.

    `account`: the account number as written, without spaces. `format`: the name of the reader. `row`: the line or
    row of the file it begins at. `notices`: what a person should know of how it was read, in their language.
    """

    format: str
    account: str
    currency: str
    lines: tuple[ParsedLine, ...]
    number: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    opening: Decimal | None = None
    closing: Decimal | None = None
    row: int = 1
    notices: tuple[str, ...] = ()

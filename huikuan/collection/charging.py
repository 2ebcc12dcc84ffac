"""What is charged for paying late: interest for days that were not charged before, and a fee once for a step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from huikuan.core.money import quantize


class ChargeState(StrEnum):
    """What became of a proposal. `WITHDRAWN`: its step fell away before anything was said to the customer."""

    PROPOSED = "proposed"
    CHARGED = "charged"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Owed:
    """An item of an action and late days of it that nothing was charged for: after `after_on` up to and with
    `until_on`. `principal`: what is undisputed of it, also in the organization's currency.
    """

    item_id: UUID
    number: str
    currency: str
    principal: Decimal
    principal_base: Decimal
    after_on: date
    until_on: date


@dataclass(frozen=True, slots=True)
class Interest:
    """Interest on an item for the days after `after_on` up to and with `until_on`; `base`: as the books carry it."""

    item_id: UUID
    number: str
    currency: str
    principal: Decimal
    after_on: date
    until_on: date
    amount: Decimal
    base: Decimal


def interest_on(owed: Owed, *, daily_rate: Decimal, base_currency: str) -> Interest | None:
    """The interest of an item for its free days; None where it rounds to nothing.

    It runs from the day after the due day (Civil Code art. 577, 585); principal × daily rate × days, rounded to the
    currency.
    """
    days = (owed.until_on - owed.after_on).days
    amount = quantize(owed.principal * daily_rate * days, owed.currency)
    if amount <= 0:
        return None
    base = quantize(amount * owed.principal_base / owed.principal, base_currency)
    return Interest(
        owed.item_id, owed.number, owed.currency, owed.principal, owed.after_on, owed.until_on, amount, base
    )

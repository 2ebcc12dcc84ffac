"""What is asked of credit, and what is answered: with every reason and the figures it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from huikuan.core.money import amount_text
from huikuan.credit.models import Reservation
from huikuan.credit.rules import SEVERITY, Action, Position, Reason, total
from huikuan.credit.wording import reason_data, reason_from, sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Credit that is asked for: `amount` in `currency` (empty: the organization's) for the order `reference`.

    `contract_id`: the contract that the order belongs to, whose own limit it then has to fit as well. `term_days`: how long the customer may take to pay, where it is known. `prepaid`: paid before delivery, so that no
    credit is given.
    """

    customer_id: UUID
    amount: Decimal
    reference: str
    currency: str = ""
    term_days: int | None = None
    prepaid: bool = False
    contract_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, with every reason and the figures it rests on, before the order, in base currency.

    `limit` and `available` are None where no limit was set. `reserved`: whether credit is taken for the order now.
    """

    decision: Action
    reasons: tuple[Reason, ...]
    limit: Decimal | None
    group_limit: Decimal | None
    exposure: Mapping[str, Decimal]
    available: Decimal | None
    currency: str
    reserved: bool = False
    base_amount: Decimal = Decimal(0)

    @property
    def passes(self) -> bool:
        """Whether the order may go ahead."""
        return SEVERITY[self.decision] <= SEVERITY[Action.WARN]

    def as_data(self) -> dict[str, Any]:
        """As programs read it, with the reasons in the reader's language."""
        return {
            "decision": self.decision.value,
            "reasons": [
                {"code": reason.code, "action": reason.action.value, "text": sentence(reason, self.currency)}
                for reason in self.reasons
            ],
            **_room(self.limit, self.group_limit, self.exposure, self.available, self.currency),
            "reserved": self.reserved,
        }


def room_data(position: Position, currency: str) -> dict[str, Any]:
    """Limit, exposure and what is available, as programs read them."""
    return _room(position.limit, position.group_limit, position.exposure, position.available, currency)


def _room(
    limit: Decimal | None,
    group_limit: Decimal | None,
    exposure: Mapping[str, Decimal],
    available: Decimal | None,
    currency: str,
) -> dict[str, Any]:
    def text(amount: Decimal | None) -> str | None:
        return None if amount is None else amount_text(amount, currency)

    return {
        "currency": currency,
        "limit": text(limit),
        "group_limit": text(group_limit),
        "exposure": {
            **{code: text(amount) for code, amount in exposure.items()},
            "total": text(total(exposure)),
        },
        "available": text(available),
    }


def stored_answer(decision: Decision) -> dict[str, Any]:
    def text(amount: Decimal | None) -> str | None:
        return None if amount is None else f"{amount:f}"

    return {
        "decision": decision.decision.value,
        "reasons": [reason_data(reason) for reason in decision.reasons],
        "limit": text(decision.limit),
        "group_limit": text(decision.group_limit),
        "exposure": {code: text(amount) for code, amount in decision.exposure.items()},
        "available": text(decision.available),
    }


def answered_before(row: Reservation, base: str) -> Decision:
    """What was answered when this was reserved."""
    answer = row.answer

    def amount(name: str) -> Decimal | None:
        return None if answer.get(name) is None else Decimal(answer[name])

    return Decision(
        Action(answer["decision"]),
        tuple(reason_from(each) for each in answer["reasons"]),
        amount("limit"),
        amount("group_limit"),
        {code: Decimal(value) for code, value in answer["exposure"].items()},
        amount("available"),
        base,
        reserved=True,
        base_amount=row.base_amount,
    )
